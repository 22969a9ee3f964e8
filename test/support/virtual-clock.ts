import type { ElapsingClock } from '#test/twins/index.ts';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Time that stands still until somebody moves it. Waiting on it is a promise, never a timer. */
export interface VirtualClock extends ElapsingClock {
  readonly elapse: (ms: number) => Promise<void>;
  /** Epoch milliseconds of the first waiter, null when nobody waits. */
  nextAt(): number | null;
  /** Moves time on, waking everybody whose time has come. Never back. */
  advanceTo(epochMs: number): void;
}

export function createVirtualClock(startAt = Date.parse('2026-11-20T09:00:00.000Z')): VirtualClock {
  let now = startAt;
  let sleepers: Sleeper[] = [];
  return {
    now: () => now,
    elapse: (ms) => new Promise((wake) => sleepers.push({ at: now + ms, wake })),
    nextAt: () => (sleepers.length === 0 ? null : Math.min(...sleepers.map((sleeper) => sleeper.at))),
    advanceTo(epochMs) {
      now = Math.max(now, epochMs);
      const due = sleepers.filter((sleeper) => sleeper.at <= now);
      sleepers = sleepers.filter((sleeper) => sleeper.at > now);
      for (const sleeper of due.toSorted((a, b) => a.at - b.at)) sleeper.wake();
    },
  };
}
