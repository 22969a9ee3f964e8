import type { Clock } from '#shared/ports/clock.ts';

/** A clock that only moves when it is told to. */
export interface ManualClock extends Clock {
  /** Moves on by a number of milliseconds, never back. */
  advance(byMs: number): void;
  /** Moves to a time, never back. */
  advanceTo(epochMs: number): void;
}

/** 2026-01-05T09:00:00.000Z, a Monday. */
const MANUAL_CLOCK_START = Date.UTC(2026, 0, 5, 9);

/** Creates a clock that stands still. @default startAt MANUAL_CLOCK_START */
export function createManualClock(startAt: number = MANUAL_CLOCK_START): ManualClock {
  let now = startAt;
  const advanceTo = (epochMs: number): void => {
    if (epochMs < now) throw new RangeError('time does not run backwards');
    now = epochMs;
  };
  return { now: () => now, advance: (byMs) => advanceTo(now + byMs), advanceTo };
}
