import { z } from 'zod';
import { AuditAction } from '#shared/model/audit.ts';
import { Capability } from '#shared/model/capabilities.ts';
import type { PlanId } from '#shared/model/ids.ts';
import { toInstant } from '#shared/model/instant.ts';
import { plans, type Plan } from '#shared/model/plan.ts';
import { set, type Query } from '#shared/ports/document-store.ts';
import { planItems, type ItemStatus } from '#shared/reconciliation/plan-item.ts';
import { taskOfPlan } from '#shared/workflows/plans/plan-task.ts';
import type { ApiContext, WriteCall } from '../context.ts';
import { PAGE_QUERY, readPage } from '../page.ts';
import { PlanParamsSchema } from '../plan-body.ts';
import { notFound, refuse, type Refusal } from '../problem.ts';
import { readRoute, writeRoute, type Decided, type Route } from '../route.ts';
import { NOTHING, reasonText } from '../schemas.ts';
import { ItemsQuerySchema, readItems } from './plans.ts';

/** States of a plan that somebody has started. */
const OPERATION_STATES = ['applying', 'applied', 'partly_applied', 'cancelled'] as const;

const OperationsQuerySchema = z.strictObject({
  ...PAGE_QUERY,
  state: z.enum(OPERATION_STATES, { error: `must be one of ${OPERATION_STATES.join(', ')}.` }).optional(),
});

const CancelBodySchema = z.strictObject({ reason: reasonText.optional() });

/** An operation is a plan that was started, under the same id. */
export const OPERATION_ROUTES: readonly Route[] = [
  readRoute({
    path: '/operations',
    capability: Capability.readPlans,
    params: NOTHING,
    query: OperationsQuerySchema,
    async read(context, { query: { state, limit, cursor } }) {
      const where: NonNullable<Query<Plan>['where']> =
        state === undefined ? [['startedAt', '>', '']] : [['state', '==', state]];
      const page = await readPage<Plan, object>(context, {
        from: { from: plans.ref, where, orderBy: [['startedAt', 'desc']] },
        limit,
        cursor,
        toRows: (found) => found.map(({ value }) => toOperationRow(value)),
      });
      return 'kind' in page ? page : { kind: 'found', body: page };
    },
  }),
  readRoute({
    path: '/operations/:id',
    capability: Capability.readPlans,
    params: PlanParamsSchema,
    query: NOTHING,
    async read(context, { params }) {
      const plan = await startedPlan(context, params.id);
      if (plan === undefined) return notFound('operation', params.id);
      const progress = await progressOf(context, plan.value);
      const asOf = toInstant(context.ports.clock.now());
      return { kind: 'found', body: { ...toOperationRow(plan.value), progress, asOf } };
    },
  }),
  readRoute({
    path: '/operations/:id/items',
    capability: Capability.readPlans,
    params: PlanParamsSchema,
    query: ItemsQuerySchema,
    read: (context, { params, query, operator }) => readItems(context, params.id, query, operator.role),
  }),
  writeRoute({
    method: 'POST',
    path: '/operations/:id/cancel',
    capability: Capability.applyPlan,
    params: PlanParamsSchema,
    body: CancelBodySchema,
    decide: cancel,
  }),
];

async function startedPlan({ ports }: ApiContext, id: PlanId) {
  const plan = await ports.store.get(plans.at(id));
  return plan?.value.startedAt == null ? undefined : plan;
}

function toOperationRow(plan: Plan): object {
  const { id, kind, state, createdBy, startedBy, startedAt, cancelledBy, finishedAt, reason, follows } = plan;
  return {
    id,
    kind,
    state,
    createdBy,
    startedBy,
    startedAt,
    cancelledBy,
    finishedAt,
    reason,
    follows,
    items: plan.totals.items,
  };
}

/** Items by where they stand, counted now. */
async function progressOf({ ports }: ApiContext, plan: Plan): Promise<Readonly<Record<string, number>>> {
  const statuses: readonly ItemStatus[] = ['pending', 'running', 'applied', 'refused', 'failed', 'cancelled'];
  const counts = await Promise.all(
    statuses.map((status) =>
      ports.store.count({ from: planItems.under(plans.at(plan.id)), where: [['status', '==', status]] }),
    ),
  );
  return {
    total: plan.totals.items,
    ...Object.fromEntries(statuses.map((status, index) => [status, counts[index] ?? 0])),
  };
}

/** Nothing more is handed out; what runs ends. */
async function cancel(
  context: ApiContext,
  { operator, params, body }: WriteCall<{ readonly id: PlanId }, z.output<typeof CancelBodySchema>>,
): Promise<Decided | Refusal> {
  const found = await startedPlan(context, params.id);
  if (found === undefined) return notFound('operation', params.id);
  const plan = found.value;
  if (plan.state !== 'applying')
    return refuse('conflict', `The operation has ended: it is ${plan.state.replaceAll('_', ' ')}.`);
  if (plan.cancelledBy !== null)
    return { kind: 'decided', writes: [], status: 202, body: toOperationRow(plan), audit: null };
  const now = context.ports.clock.now();
  const next: Plan = {
    ...plan,
    cancelledBy: operator.id,
    idleTurns: 0,
    wakeAt: now,
    wakeSeq: plan.wakeSeq + 1,
    redrives: 0,
  };
  return {
    kind: 'decided',
    writes: [set(found.ref, next, found.version)],
    tasks: [taskOfPlan(next)],
    status: 202,
    body: toOperationRow(next),
    audit: {
      action: AuditAction.cancelRun,
      target: { kind: 'plan', id: plan.id },
      planId: plan.id,
      reason: body.reason ?? null,
      before: null,
      after: { items: plan.totals.items },
      result: 'accepted',
    },
  };
}
