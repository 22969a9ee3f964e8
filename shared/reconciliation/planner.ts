/**
 * Plan: from differences to operations. Pure (M13). Each operation carries the rule that allows it and the
 * pre-image it was computed from; what may not be written comes back as blocked, with a reason (M8).
 */
import type { Cause } from '#shared/model/cause.ts';
import { ABSENT, CLEARED, sameValue } from '#shared/model/field-value.ts';
import type { FieldPath, SystemId } from '#shared/model/ids.ts';
import { keysOf, type GoldenValue, type RecordDocument } from '#shared/model/record.ts';
import { presenceRuleName, ruleName, type EntityPolicy } from '#shared/authority/policy.ts';
import type { CompareResult, Difference } from '#shared/drift/compare.ts';
import type { Operation, OperationField } from './operation.ts';

export interface PlanInput {
  readonly policy: EntityPolicy;
  readonly record: RecordDocument;
  readonly comparison: CompareResult;
  /** Fields that each system can hold, from its mapping. */
  readonly writable: Readonly<Record<SystemId, readonly FieldPath[]>>;
}

export interface BlockedField {
  readonly system: SystemId;
  readonly path: FieldPath | null;
  readonly reason:
    | 'waits_for_operator'
    | 'unexplained'
    | 'refused_before'
    | 'no_natural_key'
    | 'gone'
    | 'foreign_answer';
}

export interface RecordPlan {
  readonly operations: readonly Operation[];
  readonly blocked: readonly BlockedField[];
}

/** Plans what policy lets flow at once. The plan of a settled record is empty. */
export function planRecord(input: PlanInput): RecordPlan {
  const updates = planUpdates(input);
  const creates = planCreates(input);
  return {
    operations: [...updates.operations, ...creates.operations],
    blocked: [...updates.blocked, ...creates.blocked],
  };
}

function planUpdates(input: PlanInput): RecordPlan {
  const bySystem = Map.groupBy(input.comparison.differences, (difference) => difference.system);
  const operations: Operation[] = [];
  const blocked: BlockedField[] = [];
  for (const [system, differences] of bySystem) {
    const fields: OperationField[] = [];
    for (const difference of differences) {
      const reason = blockOf(input, difference);
      if (reason === null) fields.push(fieldOfDifference(input, difference));
      else blocked.push({ system, path: difference.field.path, reason });
    }
    const nativeId = input.record.links[system]?.nativeId;
    if (fields.length > 0 && nativeId !== undefined) {
      const chosen = withoutSuspects(input.record, system, fields);
      operations.push({ type: input.policy.type, system, action: 'update', nativeId, fields: chosen });
    }
  }
  return { operations, blocked };
}

function blockOf(input: PlanInput, difference: Difference): BlockedField['reason'] | null {
  if (!difference.isExplained) return 'unexplained';
  if (difference.field.apply === 'ask') return 'waits_for_operator';
  const refusal = input.record.refusals[difference.system]?.[difference.field.path];
  const isRefused = refusal !== undefined && sameValue(refusal.to, difference.to);
  return isRefused && !refusal.isShared ? 'refused_before' : null;
}

function fieldOfDifference({ policy, comparison }: PlanInput, difference: Difference): OperationField {
  const rule = ruleName(policy, difference.field);
  return {
    path: difference.field.path,
    from: difference.from,
    to: difference.to,
    rule: rule.id,
    ruleHash: rule.hash,
    cause: causeOf(comparison.golden[difference.field.path]),
  };
}

/** A system that is behind inherits the cause that moved golden (section 6). */
function causeOf(golden: GoldenValue | undefined): Cause {
  const evidence = golden?.cause.evidence ?? null;
  return evidence?.eventKey == null
    ? { kind: 'observation', id: evidence?.source ?? 'first_seen' }
    : { kind: 'event', id: evidence.eventKey };
}

/** A required system that never held the record gets it, but for what waits for an operator; one that lost it does not (M10). */
function planCreates(input: PlanInput): RecordPlan {
  const operations: Operation[] = [];
  const blocked: BlockedField[] = [];
  for (const [key, presence] of Object.entries(input.policy.presence)) {
    const system = key as SystemId;
    const link = input.record.links[system];
    if (presence !== 'required' || link?.state === 'active') continue;
    if (link !== undefined) {
      blocked.push({ system, path: null, reason: link.state === 'gone' ? 'gone' : 'foreign_answer' });
    } else if (!isHeldSomewhere(input.record)) {
      blocked.push({ system, path: null, reason: 'gone' });
    } else if (keysOf(input.record).length === 0) {
      blocked.push({ system, path: null, reason: 'no_natural_key' });
    } else {
      const fields = fieldsOfCreate(input, system);
      const isRefused = fields.every((field) => wasRefused(input.record, system, field));
      if (fields.length === 0) blocked.push({ system, path: null, reason: 'no_natural_key' });
      else if (waitsForKey(input)) blocked.push({ system, path: null, reason: 'waits_for_operator' });
      else if (isRefused) blocked.push({ system, path: null, reason: 'refused_before' });
      else operations.push({ type: input.policy.type, system, action: 'create', nativeId: null, fields });
    }
  }
  return { operations, blocked };
}

function fieldsOfCreate(input: PlanInput, system: SystemId): readonly OperationField[] {
  const rule = presenceRuleName(input.policy, system);
  return input.policy.fields.flatMap((field) => {
    const golden = input.comparison.golden[field.path];
    const value = golden?.value ?? ABSENT;
    const isWritable = input.writable[system]?.includes(field.path) ?? false;
    const mayFlow = field.apply === 'auto' && field.rule.kind !== 'ignored';
    if (value.state !== 'value' || !isWritable || !mayFlow) return [];
    const cause = causeOf(golden);
    return [{ path: field.path, from: CLEARED, to: value, rule: rule.id, ruleHash: rule.hash, cause }];
  });
}

/** A create without the field that identifies the record would make a stranger of it. */
function waitsForKey({ policy, record }: PlanInput): boolean {
  const keys = keysOf(record);
  return policy.fields.some(
    ({ path, apply }) => apply === 'ask' && keys.some((natural) => natural.key === path),
  );
}

/** M10: what every system has lost is not made anew anywhere. */
function isHeldSomewhere(record: RecordDocument): boolean {
  return Object.values(record.links).some((link) => link.state === 'active');
}

/** One value at fault must not hold back the others: what was refused together goes last, and one at a time. */
function withoutSuspects(
  record: RecordDocument,
  system: SystemId,
  fields: readonly OperationField[],
): readonly OperationField[] {
  const clean = fields.filter((field) => !wasRefused(record, system, field));
  return clean.length > 0 ? clean : fields.slice(0, 1);
}

function wasRefused(record: RecordDocument, system: SystemId, { path, to }: OperationField): boolean {
  const refusal = record.refusals[system]?.[path];
  return refusal !== undefined && sameValue(refusal.to, to);
}
