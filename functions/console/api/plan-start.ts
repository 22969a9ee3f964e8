/** Whether a plan may be applied now, by whom, and what has changed since it was made. */
import { modeFor } from '#shared/authority/modes.ts';
import { toInstant, type Instant } from '#shared/model/instant.ts';
import type { SystemId } from '#shared/model/ids.ts';
import { plans, type Plan } from '#shared/model/plan.ts';
import { records } from '#shared/model/record.ts';
import { controlRef } from '#shared/model/settings.ts';
import type { Operator } from '#shared/ports/operators.ts';
import { itemHash } from '#shared/reconciliation/plan-hash.ts';
import { planItems, type PlanItem } from '#shared/reconciliation/plan-item.ts';
import type { PlanContext } from '#shared/workflows/plans/plan-context.ts';
import { planOne } from '#shared/workflows/plans/plan-one.ts';
import { controlAt } from '#shared/workflows/sync-record/control.ts';
import type { ApiContext } from './context.ts';
import { confirmationOf, missingApproval, stateOf } from './plan-view.ts';
import { refuse, type Refusal } from './problem.ts';

/** Items that are looked at anew before anything starts; of a larger plan each is when its turn comes. */
const LOOKED_AT = 100;

export interface StartBody {
  readonly hash: string;
  readonly reason?: string | undefined;
  readonly confirmText?: string | undefined;
  readonly skipChanged: boolean;
}

/** What a planner needs, from where no vendor is called and no lease is held. */
export async function planContextOf({ ports, load }: ApiContext): Promise<PlanContext> {
  return { ports, ...(await load()), timing: { callTimeoutMs: 0, leaseMs: 0, clockSkewMs: 0 } };
}

/** Why the plan cannot be started; null when it can. */
export async function refusalOfStart(
  context: ApiContext,
  plan: Plan,
  operator: Operator,
  body: StartBody,
): Promise<Refusal | null> {
  const now = toInstant(context.ports.clock.now());
  const planning = await planContextOf(context);
  return (
    refusalOfState(plan, body, now) ??
    refusalOfConfirmation(plan, operator, body, now) ??
    (plan.scope.kind === 'crosswalk' ? null : await refusalOfMode(planning, plan)) ??
    (body.skipChanged || plan.scope.kind === 'crosswalk' ? null : await refusalOfChanges(planning, plan))
  );
}

function refusalOfState(plan: Plan, { hash }: StartBody, now: Instant): Refusal | null {
  const state = stateOf(plan, now);
  if (state === 'building')
    return refuse('conflict', 'The plan is still being made; ask again in a moment.', { retryAfter: 1 });
  if (state === 'expired') return refuse('expired', 'The plan is too old to be applied; make a new one.');
  if (state === 'discarded') return refuse('conflict', 'The plan was discarded; make a new one.');
  if (hash !== plan.hash)
    return refuse('conflict', 'This is not the plan that you saw; read it again.', {
      more: { hash: plan.hash },
    });
  return plan.totals.items === 0 ? refuse('conflict', 'There is nothing in the plan to apply.') : null;
}

function refusalOfConfirmation(
  plan: Plan,
  operator: Operator,
  { reason, confirmText }: StartBody,
  now: Instant,
): Refusal | null {
  const approval = missingApproval(plan, operator.role, now);
  if (approval !== null) return refuse('awaiting_approval', approval);
  const asked = confirmationOf(plan);
  if (asked.needsReason && reason === undefined)
    return refuse('invalid_request', 'Say why this is applied.', {
      fields: { reason: 'must say why, in a sentence.' },
    });
  if (asked.confirmText !== null && confirmText !== asked.confirmText)
    return refuse('invalid_request', 'Type the number of records to confirm.', {
      fields: { confirmText: `must be ${asked.confirmText}, the number of records.` },
    });
  return null;
}

/** In `observe` no vendor write leaves, whoever asks for it. */
async function refusalOfMode(planning: PlanContext, plan: Plan): Promise<Refusal | null> {
  const { store, clock } = planning.ports;
  const settings = await store.get(controlRef);
  const { modes } = controlAt(planning, settings?.value, clock.now());
  if (modes.client.mode === 'observe')
    return refuse('conflict', 'The client only observes; switch it to ask first.', {
      more: { mode: 'observe' },
    });
  const written = Object.keys({
    ...plan.totals.updates,
    ...plan.totals.creates,
    ...plan.totals.removals,
  }) as SystemId[];
  const [policy] = planning.client.entities;
  const observed = written.filter(
    (system) =>
      policy !== undefined &&
      modeFor(modes, policy.type, policy.presenceDimension, system).mode === 'observe' &&
      modes.systems[system]?.mode === 'observe',
  );
  return observed.length === 0
    ? null
    : refuse('conflict', `Of ${observed.join(' and ')} the client only observes; switch it to ask first.`, {
        more: { mode: 'observe', systems: observed },
      });
}

/** Others are not applied silently: whoever applies is told first what is not as they saw it. */
async function refusalOfChanges(planning: PlanContext, plan: Plan): Promise<Refusal | null> {
  if (plan.totals.items > LOOKED_AT) return null;
  const { store, clock } = planning.ports;
  const items = await store.query<PlanItem>({
    from: planItems.under(plans.at(plan.id)),
    where: [['status', '==', 'pending']],
    limit: LOOKED_AT,
  });
  const found = await store.getAll(items.map(({ value }) => records.at(value.recordId)));
  const changed: { recordId: string }[] = [];
  for (const [index, { value }] of items.entries()) {
    const record = found[index]?.value;
    const isSame =
      record !== undefined &&
      itemHash(await planOne(planning, plan, record, toInstant(clock.now()))) === value.hash;
    if (!isSame) changed.push({ recordId: value.recordId });
  }
  return changed.length === 0
    ? null
    : refuse(
        'conflict',
        'Records have changed since the plan was made; preview them again, or apply the others alone.',
        {
          more: { changed },
        },
      );
}
