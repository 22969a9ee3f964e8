import { Pool } from 'undici';
import { invalidArgument, unavailable } from '#shared/errors/faults.ts';
import { vendorUnreachable } from '#shared/errors/http-faults.ts';
import type { Http, HttpRequest, HttpResponse } from '#shared/ports/http.ts';
import { HttpExchange } from './http-exchange.ts';

export interface LocalHttpOptions {
  /** Time for TCP and TLS, milliseconds. @default 5,000 */
  readonly connectTimeoutMs?: number;
  /** Connections per origin. @default 64 */
  readonly connections?: number;
  /** Size of an answer's body. @default 10 MB */
  readonly maxResponseBytes?: number;
}

/** The Http port on undici, one pool of connections per origin. */
export interface LocalHttp extends Http {
  /** Ends all connections; calls in flight fail with effect `unknown`. */
  close(): Promise<void>;
}

/** Headers that belong to one connection, or that undici writes itself. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
]);

/** Creates the port. Redirects are answers; nothing is repeated and no body is decompressed. */
export function createLocalHttp(options: LocalHttpOptions = {}): LocalHttp {
  const { connectTimeoutMs = 5_000, connections = 64, maxResponseBytes = 10_000_000 } = options;
  const pools = new Map<string, Pool>();
  let isClosed = false;

  function poolOf(origin: string): Pool {
    const known = pools.get(origin);
    if (known !== undefined) return known;
    const pool = new Pool(origin, { connections, connect: { timeout: connectTimeoutMs } });
    pools.set(origin, pool);
    return pool;
  }

  return {
    async send(request: HttpRequest): Promise<HttpResponse> {
      if (isClosed) throw unavailable('The network');
      const url = parseUrl(request.url);
      if (request.timeoutMs <= 0) throw vendorUnreachable(url.host);
      const exchange = new HttpExchange({ host: url.host, timeoutMs: request.timeoutMs, maxResponseBytes });
      try {
        poolOf(url.origin).dispatch(
          {
            method: request.method,
            path: `${url.pathname}${url.search}`,
            headers: ownHeaders(request.headers),
            body: request.body ?? null,
            headersTimeout: 0,
            bodyTimeout: 0,
          },
          exchange,
        );
      } catch (error) {
        exchange.refuse(error);
      }
      return exchange.response;
    },
    async close() {
      isClosed = true;
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
}

function ownHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name.toLowerCase()));
  return { ...Object.fromEntries(kept), 'accept-encoding': 'identity' };
}

/** The address may carry a token, so no error repeats it (M14). */
function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw invalidArgument('The address of a vendor call is no http or https URL.');
  }
  return url;
}
