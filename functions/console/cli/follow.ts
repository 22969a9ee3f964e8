import type { Refused } from './outcome.ts';
import type { Terminal } from './terminal.ts';

export interface Following<T> {
  /** Looks once. */
  readonly look: () => Promise<{ readonly kind: 'seen'; readonly seen: T } | Refused>;
  /** Whether there is nothing more to wait for. */
  readonly isOver: (seen: T) => boolean;
  /** Says how far it has come; said when it differs from what was said last. */
  readonly progress: (seen: T) => string;
  /** Longest time that is waited, milliseconds; null for as long as it takes. */
  readonly patienceMs: number | null;
}

/** `stopped`: the person asked to stop. `patience`: it took too long. What was followed goes on in both cases. */
export interface Followed<T> {
  readonly kind: 'over' | 'stopped' | 'patience';
  readonly seen: T;
}

const SOONEST_LOOK_MS = 500;
const LATEST_LOOK_MS = 5_000;

/**
 * Looks until something is over, more and more rarely while nothing moves. Following is looking on: when it ends, what
 * is looked at goes on.
 */
export async function follow<T>(
  terminal: Pick<Terminal, 'wait' | 'stopped' | 'err'>,
  { look, isOver, progress, patienceMs }: Following<T>,
): Promise<Followed<T> | Refused> {
  let waitedMs = 0;
  let pauseMs = SOONEST_LOOK_MS;
  let said = '';
  for (;;) {
    const looked = await look();
    if (looked.kind === 'refused') return looked;
    const { seen } = looked;
    if (isOver(seen)) return { kind: 'over', seen };
    const saying = progress(seen);
    if (saying === said) pauseMs = Math.min(pauseMs * 2, LATEST_LOOK_MS);
    else {
      terminal.err(saying);
      pauseMs = SOONEST_LOOK_MS;
    }
    said = saying;
    if (terminal.stopped.aborted) return { kind: 'stopped', seen };
    if (patienceMs !== null && waitedMs >= patienceMs) return { kind: 'patience', seen };
    await terminal.wait(pauseMs);
    waitedMs += pauseMs;
    if (terminal.stopped.aborted) return { kind: 'stopped', seen };
  }
}
