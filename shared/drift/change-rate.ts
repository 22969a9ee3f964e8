import type { ChangeCount } from '#shared/model/work.ts';

const DAY_MS = 24 * 60 * 60_000;

/** Time constant of the counts: what lies this far back counts for 1/e. */
const MEMORY_MS = 90 * DAY_MS;

/** What is taken for granted of a record that nobody has watched yet: one change in this time. */
export const USUAL_DAYS_BETWEEN_CHANGES = 30;

/** How far that is taken for granted, in changes: few, so that a record's own story soon counts for more. */
const PRIOR_WEIGHT = 0.5;

/** Share of changes that no webhook tells, taken for granted with the weight of this many changes. */
const USUAL_LOSS = 0.05;
const LOSS_PRIOR_WEIGHT = 10;

/** A comparison as the counts see it. */
export interface Comparison {
  /** Whether a system said something else of the dimension than before. */
  readonly isChanged: boolean;
  /** Whether a webhook had told of the change. Means nothing without one. */
  readonly isTold: boolean;
}

/** Counts a comparison at `now`, epoch milliseconds. One that found no change leaves the counts as they are. */
export function countChange(
  count: ChangeCount | undefined,
  { isChanged, isTold }: Comparison,
  now: number,
): ChangeCount {
  if (count === undefined)
    return { seen: isChanged ? 1 : 0, untold: isChanged && !isTold ? 1 : 0, at: now, since: now };
  if (!isChanged) return count;
  const faded = fadedSince(count.at, now);
  return {
    seen: count.seen * faded + 1,
    untold: count.untold * faded + (isTold ? 0 : 1),
    at: Math.max(count.at, now),
    since: count.since,
  };
}

/**
 * Changes a day, as far as they were seen: the mean of a Poisson process's rate given the faded count and the time
 * over which it was collected, faded alike, with half a change in fifteen days taken for granted (a Gamma prior).
 * Always more than zero.
 */
export function changesPerDay(count: ChangeCount | undefined, now: number): number {
  if (count === undefined) return 1 / USUAL_DAYS_BETWEEN_CHANGES;
  const seen = count.seen * fadedSince(count.at, now);
  const watchedDays = (MEMORY_MS * (1 - fadedSince(count.since, now))) / DAY_MS;
  return (seen + PRIOR_WEIGHT) / (watchedDays + PRIOR_WEIGHT * USUAL_DAYS_BETWEEN_CHANGES);
}

/** Share of changes that no webhook told of, 0 to 1: measured, with one in twenty taken for granted. */
export function webhookLoss(counts: readonly ChangeCount[]): number {
  const seen = counts.reduce((sum, count) => sum + count.seen, 0);
  const untold = counts.reduce((sum, count) => sum + count.untold, 0);
  return (untold + USUAL_LOSS * LOSS_PRIOR_WEIGHT) / (seen + LOSS_PRIOR_WEIGHT);
}

function fadedSince(then: number, now: number): number {
  return Math.exp(-Math.max(0, now - then) / MEMORY_MS);
}
