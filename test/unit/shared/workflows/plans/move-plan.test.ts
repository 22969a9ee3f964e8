import { expect, test } from 'vitest';
import { PLAN_MOVES, PLAN_STATES, type Plan, type PlanState } from '#shared/model/plan.ts';
import { newPlan } from '#shared/workflows/plans/new-plan.ts';
import { movedTo } from '#shared/workflows/plans/move-plan.ts';
import { aContext } from '#test/support/builders/contexts.ts';
import { BY_OWNER, PLAN } from '#test/support/builders/plans.ts';

function planIn(state: PlanState): Plan {
  const plan = newPlan(
    aContext(),
    {
      id: PLAN,
      kind: 'reconcile',
      scope: { kind: 'ids', ids: [] },
      direction: BY_OWNER,
      createdBy: 'olga',
      reason: null,
      follows: null,
    },
    0,
  );
  return { ...plan, state };
}

const PAIRS = PLAN_STATES.flatMap((from) => PLAN_STATES.map((to) => [from, to] as const));

test.each(PAIRS.filter(([from, to]) => PLAN_MOVES[from].includes(to)))(
  'a plan may move from %s to %s',
  (from, to) => {
    expect(movedTo(planIn(from), to).state).toBe(to);
  },
);

test.each(PAIRS.filter(([from, to]) => !PLAN_MOVES[from].includes(to)))(
  'a plan may NOT move from %s to %s',
  (from, to) => {
    expect(() => movedTo(planIn(from), to)).toThrow(`Plan ${PLAN} cannot move from ${from} to ${to}.`);
  },
);

test('what was started ends, and what has ended stays as it is', () => {
  const last = PLAN_STATES.filter((state) => PLAN_MOVES[state].length === 0);

  expect(last).toEqual(['applied', 'partly_applied', 'cancelled', 'discarded', 'expired']);
});
