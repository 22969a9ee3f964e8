import { vendorDisconnected, vendorTimeout, vendorUnreachable } from '#shared/errors/http-faults.ts';
import type { Clock } from '#shared/ports/clock.ts';
import type { Http, HttpRequest } from '#shared/ports/http.ts';

import type { Twin, TwinResponse } from './twin.ts';

/** A clock that can wait: virtual time moves on, real time passes. */
export interface ElapsingClock extends Clock {
  /** Resolves when `ms` milliseconds have passed on this clock. */
  readonly elapse?: (ms: number) => Promise<void>;
}

/**
 * An `Http` port that leads to twins by origin, with no socket. Latency passes on the given clock; without
 * `elapse` it takes no time, while a timeout still is one.
 *
 * @throws ConcordError `vendor_unreachable` for an origin that is no twin's; `vendor_timeout` when the answer
 *   would come after `timeoutMs` or never, the effect having taken place or not; `vendor_unavailable` when the
 *   connection breaks earlier.
 */
export function createTwinHttp(routes: ReadonlyMap<string, Twin>, clock: ElapsingClock): Http {
  const pass = async (ms: number): Promise<void> => {
    if (ms > 0) await clock.elapse?.(ms);
  };

  async function arrive(request: HttpRequest, response: TwinResponse, host: string): Promise<TwinResponse> {
    if (response.delayMs > request.timeoutMs) {
      await pass(request.timeoutMs);
      throw vendorTimeout(host, request.timeoutMs);
    }
    await pass(response.delayMs);
    if (response.drop === undefined) return response;
    throw vendorDisconnected(host, 'no answer');
  }

  return {
    async send(request) {
      const url = new URL(request.url);
      const twin = routes.get(url.origin);
      if (twin === undefined) throw vendorUnreachable(url.host, 'no twin has this origin');
      const response = await twin.handle({
        method: request.method.toUpperCase(),
        path: `${url.pathname}${url.search}`,
        headers: Object.fromEntries(
          Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
        ),
        body: request.body ?? '',
      });
      const { status, headers, body } = await arrive(request, response, url.host);
      return { status, headers, body };
    },
  };
}
