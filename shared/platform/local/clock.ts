import type { Clock } from '#shared/ports/clock.ts';

/** Reads the machine's clock. */
export function createSystemClock(): Clock {
  return { now: () => Date.now() };
}
