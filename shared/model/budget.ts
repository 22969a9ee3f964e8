/**
 * Budgets: how many calls a minute each lane may make to a system. Every instance draws before it calls, and the
 * totals that its draw returns decide, so that no lock and no election is needed.
 */
import { defineCollection, type DocumentRef } from './document.ts';
import type { SystemId } from './ids.ts';
import { LANES, type Lane } from './vocabulary.ts';

/** Length of a window, milliseconds. */
export const BUDGET_WINDOW_MS = 60_000;

/** Windows are kept a day, for people who ask what was spent. */
export const BUDGET_KEPT_MS = 24 * 60 * 60_000;

/** Calls a minute that each lane has to itself in one system. What a lane leaves unused flows to the others with time. */
export type CallBudget = Readonly<Record<Lane, number>>;

/** What each lane has drawn in one window: calls that it was granted or is about to give back. */
export type BudgetWindow = Readonly<Record<Lane, number>> & {
  readonly system: SystemId;
  readonly expireAt: Date;
};

export const budgets = defineCollection<BudgetWindow>({
  name: 'budgets',
  indexes: [],
  unindexed: ['operator', 'live', 'background'],
  ttlField: 'expireAt',
  erasure: 'holds_none',
});

/** First moment of the window that `now`, epoch milliseconds, lies in. */
export function windowStart(now: number): number {
  return now - (now % BUDGET_WINDOW_MS);
}

/** `budgets/{system}:{window}`. */
export function budgetRef(system: SystemId, start: number): DocumentRef<BudgetWindow> {
  return budgets.at(`${system}:${start}`);
}

/** A draw as its commit left the window. */
export interface Draw {
  readonly lane: Lane;
  readonly calls: number;
  /** What every lane has drawn, this draw included. */
  readonly totals: Readonly<Record<Lane, number>>;
  /** Share of the window that has passed, 0 to 1. */
  readonly elapsed: number;
  /** Calls that the draw leaves to others of its lane. @default 0 */
  readonly spared?: number;
}

/**
 * Calls of a draw that are granted. The lane may use whatever the others neither drew nor may still claim; what they
 * may claim shrinks as the window passes, so that unused shares flow down. Because draws are counted one after the
 * other, the calls granted in a window never exceed the sum of its shares, however many instances draw.
 */
export function grantOf({ lane, calls, totals, elapsed, spared = 0 }: Draw, budget: CallBudget): number {
  const limit = LANES.reduce((sum, one) => sum + budget[one], 0);
  const others = LANES.filter((one) => one !== lane);
  const claimed = others.reduce(
    (sum, one) => sum + Math.max(totals[one], Math.ceil(budget[one] * (1 - elapsed))),
    0,
  );
  const before = totals[lane] - calls;
  return Math.min(Math.max(0, limit - claimed - spared - before), calls);
}
