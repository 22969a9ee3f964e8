import type { EntityPolicy } from '#shared/authority/policy.ts';
import { Capability, may, type Role } from '#shared/model/capabilities.ts';
import type { Instant } from '#shared/model/instant.ts';
import type { Plan, PlanState, PlanTier, PlanTotals } from '#shared/model/plan.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import type { PlanItem } from '#shared/reconciliation/plan-item.ts';
import type { AllowedAction } from './allowed-actions.ts';
import { sightOf } from './masking.ts';
import { titleOf } from './record-title.ts';

/** Tiers from which on a reason is asked for, and the count has to be typed. */
const REASON_FROM: PlanTier = 2;
const CONFIRM_FROM: PlanTier = 3;

/** What whoever applies a plan has to say. */
export interface Confirmation {
  readonly needsReason: boolean;
  /** What has to be typed; null for nothing. */
  readonly confirmText: string | null;
}

/** What a plan asks of whoever applies it. */
export function confirmationOf({ tier, totals }: Plan): Confirmation {
  return {
    needsReason: tier >= REASON_FROM,
    confirmText: tier >= CONFIRM_FROM ? String(totals.items) : null,
  };
}

/** Where a plan stands: one whose time is over is expired, whether somebody has written that down or not. */
export function stateOf({ state, expiresAt }: Plan, now: Instant): PlanState {
  const isOver =
    (state === 'ready' || state === 'awaiting_approval') && expiresAt !== null && expiresAt <= now;
  return isOver ? 'expired' : state;
}

/** A plan as it is told. */
export function toPlanView(plan: Plan, role: Role, now: Instant): object {
  const { cursor: _, wakeAt: _at, wakeShard: _shard, wakeSeq: _seq, redrives: _redrives, ...rest } = plan;
  const { idleTurns: _idle, release: _release, expireAt: _expire, ...told } = rest;
  return {
    ...told,
    scope: plan.scope.kind === 'ids' ? { kind: 'ids', count: plan.scope.ids.length } : plan.scope,
    state: stateOf(plan, now),
    confirmation: confirmationOf(plan),
    sideEffects: [
      ...effectsOf('creates_objects', plan.totals.creates),
      ...effectsOf('removes_objects', plan.totals.removals),
    ],
    allowedActions: planActions(plan, role, now),
    asOf: now,
  };
}

function effectsOf(effect: string, counts: PlanTotals['creates']): readonly object[] {
  return Object.entries(counts).map(([system, count]) => ({ system, effect, count }));
}

/** Why a role may not apply a plan before somebody has approved it; null when it may. */
export function missingApproval(plan: Plan, role: Role, now: Instant): string | null {
  if (plan.tier < CONFIRM_FROM && !plan.needsSecondPerson) return null;
  if (plan.approval !== null && plan.approval.expiresAt > now) return null;
  if (plan.needsSecondPerson) return 'Somebody else than whoever made the plan has to approve it first.';
  return may(role, Capability.approvePlan) ? null : 'An admin has to approve it first.';
}

function planActions(plan: Plan, role: Role, now: Instant): readonly AllowedAction[] {
  const state = stateOf(plan, now);
  const isOpen = state === 'ready' || state === 'awaiting_approval';
  const stands = `It is ${state.replaceAll('_', ' ')}.`;
  const empty = plan.totals.items === 0 ? 'There is nothing to apply.' : null;
  return [
    action('apply', isOpen ? (empty ?? missingApproval(plan, role, now)) : stands),
    action('approve', state === 'awaiting_approval' ? null : stands),
    action('discard', isOpen || state === 'building' ? null : stands),
    action('cancel', state === 'applying' && plan.cancelledBy === null ? null : stands),
  ];
}

function action(name: string, reason: string | null): AllowedAction {
  return { action: name, allowed: reason === null, reason };
}

/** An item as a role may see it, with what its record is called. */
export function toItemRow(
  item: PlanItem,
  record: RecordDocument | undefined,
  policy: EntityPolicy | undefined,
  role: Role,
): object {
  const { expireAt: _, hash: _hash, ...rest } = item;
  if (record === undefined || policy === undefined) return { ...rest, type: null, title: item.recordId };
  const sight = sightOf(role, policy);
  return {
    ...rest,
    type: record.type,
    title: titleOf(record, sight),
    decisions: item.decisions.map((decision) => ({
      ...decision,
      before: sight.tell(decision.path, decision.before),
      value: sight.tell(decision.path, decision.value),
      weighed: Object.fromEntries(
        Object.entries(decision.weighed).map(([system, value]) => [system, sight.tell(decision.path, value)]),
      ),
    })),
    operations: item.operations.map((operation) => ({
      ...operation,
      fields: operation.fields.map((field) => ({
        ...field,
        from: sight.tell(field.path, field.from),
        to: sight.tell(field.path, field.to),
      })),
    })),
  };
}
