import { newerRelease } from '#shared/errors/faults.ts';
import type { PlanId } from '#shared/model/ids.ts';
import { plans } from '#shared/model/plan.ts';
import { applyPlan, type ApplyReason } from './apply-plan.ts';
import { buildPlan, type BuildReason } from './build-plan.ts';
import type { PlanContext } from './plan-context.ts';

const MAX_RACES = 8;

export type ServePlanReason = BuildReason | ApplyReason | 'unknown_plan' | 'nothing_due';

/**
 * Does whatever a plan owes now: goes on building or applying it. A task only names the plan, so an old, a new and a
 * repeated one do the same (M4).
 *
 * @throws ConcordError `newer_release` (retry) when a newer release has begun the plan (M6); store errors pass through.
 */
export async function servePlan(context: PlanContext, planId: PlanId): Promise<ServePlanReason> {
  let reason: ServePlanReason = 'unknown_plan';
  for (let race = 0; race < MAX_RACES; race += 1) {
    const plan = await context.ports.store.get(plans.at(planId));
    if (plan === undefined) return 'unknown_plan';
    const { release, state } = plan.value;
    if (release > context.release) throw newerRelease(`Plan ${planId}`, release, context.release);
    if (state !== 'building' && state !== 'applying') return 'nothing_due';
    reason = await (state === 'building' ? buildPlan(context, plan) : applyPlan(context, plan));
    if (reason !== 'lost_race') return reason;
  }
  return reason;
}
