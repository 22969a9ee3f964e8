import type { Operations } from '#test/support/counting-ports.ts';
import type { Benchmark } from '../benchmark.ts';
import { countOperations, EVENT_KINDS, type EventKind } from './count-operations.ts';

/** An event after which nothing has to be written: architecture, "Lean per event". */
const NO_CHANGE: Operations = {
  publishes: 1,
  tasks: 1,
  invocations: 3,
  reads: 4,
  writes: 3,
  vendorCalls: 1,
};

/**
 * What an event of each kind may cost. The design sets the budget of an event that changes nothing; a duplicate
 * may not cost more. A change has a read of the mover, a pre-image, a write and a read-back; its documents are
 * the event, the mark, the record with two entries of history, the run, the lease, and their settling; what
 * operators have switched is read before anything is decided that would be written, and again with the run. What is
 * overwritten is counted by a mass guard, whose counter is read and incremented.
 */
export const BUDGETS: Readonly<Record<EventKind, Operations>> = Object.freeze({
  change: { publishes: 1, tasks: 2, invocations: 4, reads: 11, writes: 15, vendorCalls: 4 },
  echo: NO_CHANGE,
  no_change: NO_CHANGE,
  duplicate: { ...NO_CHANGE, tasks: 0, invocations: 2, writes: 2, vendorCalls: 0 },
});

/** What exceeds its budget, as `echo.reads 5 > 4`. */
export function overspending(measured: Readonly<Record<EventKind, Operations>>): readonly string[] {
  return EVENT_KINDS.flatMap((kind) =>
    (Object.keys(NO_CHANGE) as (keyof Operations)[])
      .filter((what) => measured[kind][what] > BUDGETS[kind][what])
      .map((what) => `${kind}.${what} ${measured[kind][what]} > ${BUDGETS[kind][what]}`),
  );
}

/** Counts port operations per event. Exact: no clock is involved, so it is never noisy. */
export const operations: Benchmark = {
  name: 'operations',
  async run() {
    const measured = await countOperations();
    const over = overspending(measured);
    return [
      {
        benchmark: 'operations',
        verdict: over.length === 0 ? 'met' : 'missed',
        within: over.length === 0,
        over,
        events: Object.fromEntries(
          EVENT_KINDS.map((kind) => [kind, { budget: BUDGETS[kind], measured: measured[kind] }]),
        ),
      },
    ];
  },
};
