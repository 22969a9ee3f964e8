import type { Clock } from '#shared/ports/clock.ts';

/** A clock that stands still during an act. */
export interface ActClock extends Clock {
  /** Runs one act at one instant: that of the call. An act inside an act is part of it. */
  during<Result>(act: () => Result): Result;
}

/**
 * Lets everything that one request or one person's act leaves behind carry one time, as in one transaction at
 * the vendor: modified time, histories, events, write log. Otherwise an event could be later than the record it
 * tells of, and a reader would take the record for one from before the event.
 */
export function createActClock(clock: Clock): ActClock {
  let instant: number | null = null;
  return {
    now: () => instant ?? clock.now(),
    during(act) {
      if (instant !== null) return act();
      instant = clock.now();
      try {
        return act();
      } finally {
        instant = null;
      }
    },
  };
}
