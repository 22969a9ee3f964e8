import { z } from 'zod';
import { AuditAction } from '#shared/model/audit.ts';
import { Capability } from '#shared/model/capabilities.ts';
import { PlanId } from '#shared/model/ids.ts';
import { toEpochMs, toInstant } from '#shared/model/instant.ts';
import { approvals, crosswalkPages, plans, type Plan } from '#shared/model/plan.ts';
import { records } from '#shared/model/record.ts';
import { create, set } from '#shared/ports/document-store.ts';
import { ITEM_STATUSES, planItems, type PlanItem } from '#shared/reconciliation/plan-item.ts';
import { pageName } from '#shared/workflows/plans/join-listed.ts';
import { movedTo } from '#shared/workflows/plans/move-plan.ts';
import { newPlan } from '#shared/workflows/plans/new-plan.ts';
import { taskOfPlan } from '#shared/workflows/plans/plan-task.ts';
import { keptUntil } from '#shared/workflows/plans/settle-item.ts';
import type { ApiContext, WriteCall } from '../context.ts';
import { unheldValues } from '../override-values.ts';
import { PAGE_QUERY, readPage } from '../page.ts';
import { PlanBodySchema, PlanParamsSchema, unknownNames, type PlanBody } from '../plan-body.ts';
import { scopeOf } from '../plan-scope.ts';
import { planContextOf, refusalOfStart, type StartBody } from '../plan-start.ts';
import { stateOf, toItemRow, toPlanView } from '../plan-view.ts';
import { notFound, refuse, type Refusal } from '../problem.ts';
import { readRoute, writeRoute, type Decided, type Route } from '../route.ts';
import { NOTHING, reasonText } from '../schemas.ts';

const hash = z.string().regex(/^[0-9a-f]{32}$/, 'must be the hash of the plan that you saw.');

const ApplyBodySchema = z.strictObject({
  hash,
  reason: reasonText.optional(),
  confirmText: z.string().max(100).optional(),
  /** Whether to go on with the rest when records have changed since the preview. */
  skipChanged: z.boolean().default(false),
});

const ApproveBodySchema = z.strictObject({ hash, reason: reasonText.optional() });
const DiscardBodySchema = z.strictObject({ reason: reasonText.optional() });

export const ItemsQuerySchema = z.strictObject({
  ...PAGE_QUERY,
  status: z.enum(ITEM_STATUSES, { error: `must be one of ${ITEM_STATUSES.join(', ')}.` }).optional(),
});

/** How long somebody's word for a plan lasts. */
const APPROVAL_MS = 60 * 60_000;

type PlanParams = z.output<typeof PlanParamsSchema>;

export const PLAN_ROUTES: readonly Route[] = [
  writeRoute({
    method: 'POST',
    path: '/plans',
    capability: Capability.previewPlan,
    params: NOTHING,
    body: PlanBodySchema,
    decide: preview,
  }),
  readRoute({
    path: '/plans/:id',
    capability: Capability.readPlans,
    params: PlanParamsSchema,
    query: NOTHING,
    async read(context, { params, operator }) {
      const plan = await context.ports.store.get(plans.at(params.id));
      if (plan === undefined) return notFound('plan', params.id);
      const now = toInstant(context.ports.clock.now());
      return { kind: 'found', body: toPlanView(plan.value, operator.role, now) };
    },
  }),
  readRoute({
    path: '/plans/:id/items',
    capability: Capability.readPlans,
    params: PlanParamsSchema,
    query: ItemsQuerySchema,
    read: (context, { params, query, operator }) => readItems(context, params.id, query, operator.role),
  }),
  writeRoute({
    method: 'POST',
    path: '/plans/:id/apply',
    capability: Capability.applyPlan,
    params: PlanParamsSchema,
    body: ApplyBodySchema,
    decide: apply,
  }),
  writeRoute({
    method: 'POST',
    path: '/plans/:id/approve',
    capability: Capability.approvePlan,
    params: PlanParamsSchema,
    body: ApproveBodySchema,
    decide: approve,
  }),
  writeRoute({
    method: 'POST',
    path: '/plans/:id/discard',
    capability: Capability.previewPlan,
    params: PlanParamsSchema,
    body: DiscardBodySchema,
    decide: discard,
  }),
];

/** Reads a page of items with what their records are called. */
export async function readItems(
  context: ApiContext,
  id: PlanId,
  { status, limit, cursor }: z.output<typeof ItemsQuerySchema>,
  role: Parameters<typeof toItemRow>[3],
) {
  const plan = await context.ports.store.get(plans.at(id));
  if (plan === undefined) return notFound('plan', id);
  const { client } = await context.load();
  const page = await readPage<PlanItem, object>(context, {
    from: {
      from: planItems.under(plans.at(id)),
      ...(status === undefined ? {} : { where: [['status', '==', status]] }),
    },
    limit,
    cursor,
    async toRows(snapshots) {
      const refs = snapshots.map(({ value }) => records.at(value.recordId));
      const found = await context.ports.store.getAll(refs);
      return snapshots.map(({ value }, index) => {
        const record = found[index]?.value;
        const policy = client.entities.find(({ type }) => type === record?.type);
        return toItemRow(value, record, policy, role);
      });
    },
  });
  return 'kind' in page ? page : ({ kind: 'found', body: page } as const);
}

/** Stores what is asked for; going through the records is a task's to do. Nothing is decided yet: no act to audit. */
async function preview(
  context: ApiContext,
  { operator, body, callId }: WriteCall<unknown, PlanBody>,
): Promise<Decided | Refusal> {
  const now = context.ports.clock.now();
  const planning = await planContextOf(context);
  const { client } = await context.load();
  const fields = unknownNames(client, body, toInstant(now));
  if (Object.keys(fields).length > 0)
    return refuse('invalid_request', 'The plan names what this client does not have.', { fields });
  const unheld = unheldValues(client, body);
  if (Object.keys(unheld).length > 0)
    return refuse('invalid_request', 'The plan sets what a system could not hold.', { fields: unheld });
  const scoped = await scopeOf(context, body);
  if ('problem' in scoped) return scoped;
  const { pages = [], ...about } = scoped;
  const plan = newPlan(
    planning,
    {
      id: PlanId(`plan_${callId}`),
      kind: body.kind,
      createdBy: operator.id,
      reason: body.reason ?? null,
      ...about,
    },
    now,
  );
  return {
    kind: 'decided',
    writes: [
      create(plans.at(plan.id), plan),
      ...pages.map((page, index) => create(crosswalkPages.at(plans.at(plan.id), pageName(index + 1)), page)),
    ],
    tasks: [taskOfPlan(plan)],
    status: 202,
    body: toPlanView(plan, operator.role, toInstant(now)),
    audit: null,
  };
}

/** Starts a plan once. Whoever comes second, or a second time, is told of the operation that is under way. */
async function apply(
  context: ApiContext,
  { operator, params, body }: WriteCall<PlanParams, StartBody>,
): Promise<Decided | Refusal> {
  const { store, clock } = context.ports;
  const found = await store.get(plans.at(params.id));
  if (found === undefined) return notFound('plan', params.id);
  const plan = found.value;
  if (plan.startedAt !== null && plan.hash === body.hash) return started(plan, false);
  const refusal = await refusalOfStart(context, plan, operator, body);
  if (refusal !== null) return refusal;
  const now = clock.now();
  const next = movedTo(plan, 'applying', {
    reason: body.reason ?? plan.reason,
    startedBy: operator.id,
    startedAt: toInstant(now),
    idleTurns: 0,
    wakeAt: now,
    wakeSeq: plan.wakeSeq + 1,
    redrives: 0,
  });
  const { items, updates, creates, removals } = plan.totals;
  return {
    ...started(next, true),
    writes: [set(found.ref, next, found.version)],
    tasks: [taskOfPlan(next)],
    audit: {
      action: AuditAction.applyPlan,
      target: { kind: 'plan', id: plan.id },
      planId: plan.id,
      reason: body.reason ?? null,
      before: null,
      after: {
        hash: plan.hash,
        tier: plan.tier,
        items,
        updates: { ...updates },
        creates: { ...creates },
        ...(Object.keys(removals).length === 0 ? {} : { removals: { ...removals } }),
      },
      result: 'accepted',
    },
  };
}

function started(plan: Plan, isNew: boolean): Decided {
  const { id, state, startedBy, startedAt } = plan;
  return {
    kind: 'decided',
    writes: [],
    status: 202,
    body: { operationId: id, state, startedBy, startedAt, isNew },
    audit: null,
  };
}

async function approve(
  context: ApiContext,
  { operator, params, body, callId }: WriteCall<PlanParams, z.output<typeof ApproveBodySchema>>,
): Promise<Decided | Refusal> {
  const { store, clock } = context.ports;
  const found = await store.get(plans.at(params.id));
  if (found === undefined) return notFound('plan', params.id);
  const plan = found.value;
  const at = toInstant(clock.now());
  const state = stateOf(plan, at);
  if (state === 'expired') return refuse('expired', 'The plan is too old to be approved; make a new one.');
  if (state !== 'awaiting_approval')
    return refuse('conflict', `The plan does not wait for approval: it is ${state.replaceAll('_', ' ')}.`);
  if (body.hash !== plan.hash)
    return refuse('conflict', 'This is not the plan that you saw; read it again.', {
      more: { hash: plan.hash },
    });
  if (plan.needsSecondPerson && plan.createdBy === operator.id)
    return refuse('awaiting_approval', 'Whoever made a plan cannot approve it; somebody else has to.');
  const expiresAt = toInstant(toEpochMs(at) + APPROVAL_MS);
  const approval = { by: operator.id, at, expiresAt };
  const next = movedTo(plan, 'ready', { approval, expiresAt });
  return {
    kind: 'decided',
    writes: [
      set(found.ref, next, found.version),
      create(approvals.at(`apr_${callId}`), {
        ...approval,
        planId: plan.id,
        hash: body.hash,
        name: operator.name,
        reason: body.reason ?? null,
      }),
    ],
    status: 200,
    body: toPlanView(next, operator.role, at),
    audit: {
      action: AuditAction.approvePlan,
      target: { kind: 'plan', id: plan.id },
      planId: plan.id,
      reason: body.reason ?? null,
      before: null,
      after: { hash: plan.hash, expiresAt },
    },
  };
}

async function discard(
  context: ApiContext,
  { operator, params, body }: WriteCall<PlanParams, z.output<typeof DiscardBodySchema>>,
): Promise<Decided | Refusal> {
  const { store, clock } = context.ports;
  const found = await store.get(plans.at(params.id));
  if (found === undefined) return notFound('plan', params.id);
  const plan = found.value;
  const at = toInstant(clock.now());
  const state = stateOf(plan, at);
  if (!['building', 'ready', 'awaiting_approval'].includes(state))
    return refuse('conflict', `The plan cannot be discarded: it is ${state.replaceAll('_', ' ')}.`);
  const next = movedTo(plan, 'discarded', { wakeAt: null, expireAt: keptUntil(at) });
  return {
    kind: 'decided',
    writes: [set(found.ref, next, found.version)],
    status: 200,
    body: toPlanView(next, operator.role, at),
    audit: {
      action: AuditAction.discardPlan,
      target: { kind: 'plan', id: plan.id },
      planId: plan.id,
      reason: body.reason ?? null,
      before: { state: plan.state },
      after: { state: 'discarded' },
    },
  };
}
