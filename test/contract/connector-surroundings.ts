import type { Http } from '#shared/ports/http.ts';
import type { Telemetry } from '#shared/ports/telemetry.ts';

export const silence: Telemetry = { log: () => undefined, count: () => undefined };

export interface PassingClock {
  now(): number;
  advance(ms: number): void;
  elapse(ms: number): Promise<void>;
}

/** Time that passes only when somebody waits for it. */
export function passingClock(): PassingClock {
  let now = Date.UTC(2026, 10, 20, 10);
  const advance = (ms: number): void => {
    now += ms;
  };
  return {
    now: () => now,
    advance,
    elapse: (ms) => {
      advance(ms);
      return Promise.resolve();
    },
  };
}

export interface CountingHttp extends Http {
  sent(): number;
}

export function countingHttp(http: Http): CountingHttp {
  let sent = 0;
  return {
    sent: () => sent,
    send(request) {
      sent += 1;
      return http.send(request);
    },
  };
}
