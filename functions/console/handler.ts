import type { Ports } from '#shared/ports/ports.ts';
import type { EntryRequest, EntryResponse } from '#shared/runtime/entry.ts';
import type { PumpHealth } from '#shared/runtime/function-host.ts';
import type { PublicAnswer } from '#shared/runtime/http-entry.ts';
import { readHealth } from './health.ts';
import { HOME_PAGE } from './home-page.ts';

export interface ConsoleOptions {
  readonly ports: Pick<Ports, 'store' | 'clock'>;
  readonly pumps: () => readonly PumpHealth[];
}

/** Sent with every answer: nothing is cached, framed, sniffed or loaded from elsewhere. */
const STRICT_HEADERS = Object.freeze({
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
});

/** Answers operators: the health of the mesh, and a page that leads there. Reads only. */
export function createConsole(options: ConsoleOptions): (request: EntryRequest) => Promise<PublicAnswer> {
  const routes = new Map<string, () => Promise<EntryResponse>>([
    ['/', async () => reply(200, 'text/html; charset=utf-8', HOME_PAGE)],
    ['/api/v1/health', async () => replyJson(200, await readHealth(options.ports, options.pumps()))],
  ]);

  return async function console(request): Promise<PublicAnswer> {
    const route = routes.get(request.path);
    return { status: 'replied', response: await respond(route, request) };
  };
}

async function respond(
  route: (() => Promise<EntryResponse>) | undefined,
  request: EntryRequest,
): Promise<EntryResponse> {
  if (route === undefined) return problem(404, 'not_found', 'There is nothing at this address.');
  if (request.method === 'GET' || request.method === 'HEAD') return route();
  const refused = problem(405, 'method_not_allowed', 'This address can only be read.');
  return { ...refused, headers: { ...refused.headers, allow: 'GET, HEAD' } };
}

/** An error in the form of RFC 9457. */
function problem(status: number, code: string, detail: string): EntryResponse {
  const body = JSON.stringify({
    type: 'about:blank',
    title: code.replaceAll('_', ' '),
    status,
    code,
    detail,
  });
  return reply(status, 'application/problem+json', body);
}

function replyJson(status: number, value: unknown): EntryResponse {
  return reply(status, 'application/json; charset=utf-8', JSON.stringify(value));
}

function reply(status: number, contentType: string, body: string): EntryResponse {
  return { status, headers: { ...STRICT_HEADERS, 'content-type': contentType }, body };
}
