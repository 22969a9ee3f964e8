import type { PlanId } from '#shared/model/ids.ts';
import { toInstant } from '#shared/model/instant.ts';
import { EMPTY_TOTALS, type Plan } from '#shared/model/plan.ts';
import { wakeShardOf } from '../sync-record/wake.ts';
import { policiesHash, type PlanContext } from './plan-context.ts';

/** What somebody asks to see. */
export interface PlanRequest extends Pick<
  Plan,
  'kind' | 'scope' | 'direction' | 'createdBy' | 'reason' | 'follows'
> {
  readonly id: PlanId;
}

/** A plan that has to be built: it owes that, and holds nothing yet. */
export function newPlan(
  context: Pick<PlanContext, 'client' | 'release'>,
  request: PlanRequest,
  now: number,
): Plan {
  return {
    ...request,
    state: 'building',
    createdAt: toInstant(now),
    readyAt: null,
    expiresAt: null,
    cursor: { after: null, itemsHash: '' },
    totals: EMPTY_TOTALS,
    tier: 0,
    tierReasons: [],
    needsSecondPerson: false,
    approval: null,
    policyHash: policiesHash(context),
    hash: null,
    startedBy: null,
    startedAt: null,
    cancelledBy: null,
    finishedAt: null,
    idleTurns: 0,
    release: context.release,
    wakeAt: now,
    wakeShard: wakeShardOf(request.id),
    wakeSeq: 1,
    redrives: 0,
    expireAt: null,
  };
}
