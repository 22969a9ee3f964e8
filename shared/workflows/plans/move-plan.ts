import { ConcordError, ErrorCode } from '#shared/errors/concord-error.ts';
import { PLAN_MOVES, type Plan, type PlanState } from '#shared/model/plan.ts';

/** The plan in another state. @throws ConcordError `internal` when the table of legal moves knows no such move. */
export function movedTo(plan: Plan, state: PlanState, changes: Partial<Plan> = {}): Plan {
  if (PLAN_MOVES[plan.state].includes(state)) return { ...plan, ...changes, state };
  throw new ConcordError({
    code: ErrorCode.internal,
    disposition: 'terminal',
    message: `Plan ${plan.id} cannot move from ${plan.state} to ${state}.`,
  });
}
