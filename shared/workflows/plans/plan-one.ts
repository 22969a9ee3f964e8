/** Plans one record as a plan's scope and direction say: the same for the preview and for applying it. */
import type { EntityPolicy } from '#shared/authority/policy.ts';
import { canonicalForm } from '#shared/authority/equality.ts';
import { naturalKeyRef } from '#shared/model/identity-documents.ts';
import type { FieldPath, RunId } from '#shared/model/ids.ts';
import type { Instant } from '#shared/model/instant.ts';
import type { Plan } from '#shared/model/plan.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import { keysOf } from '#shared/model/record.ts';
import type { NaturalKey } from '#shared/model/representation.ts';
import type { Operation } from '#shared/reconciliation/operation.ts';
import type { DirectedPlan } from '#shared/reconciliation/directed-plan.ts';
import { planDirected } from '#shared/reconciliation/plan-directed.ts';
import { planHeld } from '#shared/reconciliation/plan-held.ts';
import { planUndo } from '#shared/reconciliation/undo.ts';
import { policyOf, removalKinds, writableFields } from '../sync-record/context.ts';
import { findClaims, unheldKeys } from '../sync-record/identify.ts';
import { ownValuesOf } from '../sync-record/own-values.ts';
import { runRef } from '../sync-record/loaded-run.ts';
import type { PlanContext } from './plan-context.ts';

/** Plans one record. Reads what identity needs, and writes nothing. */
export async function planOne(
  context: PlanContext,
  plan: Plan,
  record: RecordDocument,
  at: Instant,
): Promise<DirectedPlan> {
  const policy = policyOf(context, record.type);
  const common = { policy, record, planId: plan.id, by: plan.startedBy ?? plan.createdBy, at };
  if (plan.scope.kind === 'crosswalk') return nothing(record);
  if (plan.scope.kind === 'run') {
    if (record.state !== 'active') return nothing(record);
    const written = await writtenBy(context, plan.scope.runId);
    return planUndo({ ...common, runId: plan.scope.runId, written });
  }
  const input = {
    ...common,
    writable: writableFields(context, policy),
    removal: removalKinds(context, policy),
    takenKeys: await takenKeys(context, plan, policy, record),
    ownValues: await ownValuesOf(context, policy, record.id),
  };
  if (plan.scope.kind === 'guard') return planHeld({ ...input, guard: plan.scope.guard });
  return planDirected({ ...input, direction: plan.direction });
}

function nothing(record: RecordDocument): DirectedPlan {
  return {
    decisions: [],
    operations: [],
    blocked: [{ system: null, path: null, reason: 'unknown_record' }],
    record,
  };
}

/** What a run has really written: not what was there already, nor what did not succeed. */
async function writtenBy({ ports }: PlanContext, runId: RunId): Promise<readonly Operation[]> {
  const run = await ports.store.get(runRef(runId));
  return Object.entries(run?.value.input.operations ?? {}).flatMap(([step, operation]) => {
    const state = run?.value.steps[step];
    const isOurs = state?.reason === 'verified' || state?.reason === 'removed';
    return state?.status === 'succeeded' && isOurs ? [operation] : [];
  });
}

/** Natural keys that another record holds: those seen on this one, and those that somebody would give it. */
async function takenKeys(
  context: PlanContext,
  { direction }: Plan,
  policy: EntityPolicy,
  record: RecordDocument,
): Promise<readonly NaturalKey[]> {
  const seen =
    unheldKeys(record).length === 0 ? [] : (await findClaims(context, record)).taken.map(({ key }) => key);
  const given: NaturalKey[] = [];
  for (const key of keysGiven(direction, policy, record)) {
    const claim = await context.ports.store.get(naturalKeyRef(record.type, key));
    if (claim !== undefined && claim.value.recordId !== record.id) given.push(key);
  }
  return [...seen, ...given];
}

/** Values that overrides would give to fields by which the record is known. */
function keysGiven(
  { overrides }: Plan['direction'],
  policy: EntityPolicy,
  record: RecordDocument,
): readonly NaturalKey[] {
  const names = new Set(keysOf(record).map(({ key }) => key));
  return Object.entries(overrides).flatMap(([key, override]) => {
    const field = policy.fields.find(({ path }) => path === (key as FieldPath));
    if (override.kind !== 'value' || field === undefined || !names.has(key)) return [];
    const form = canonicalForm(policy, field, override.value);
    return form.state === 'value' && typeof form.value === 'string' ? [{ key, value: form.value }] : [];
  });
}
