/**
 * Plan: from differences to operations. Pure (M13). Each operation carries the rule that allows it and the
 * pre-image it was computed from; what may not be written comes back as blocked, with a reason (M8).
 */
import { presenceOf } from '#shared/authority/lifecycle.ts';
import { presenceRuleName, unitsOf, type Unit } from '#shared/authority/rules.ts';
import type { EntityPolicy } from '#shared/authority/policy.ts';
import type { CompareResult } from '#shared/drift/compare.ts';
import type { Difference } from '#shared/drift/unit-outcome.ts';
import { waitingWrite, type Waiting } from '#shared/drift/permission.ts';
import type { CompareInput } from '#shared/drift/stand.ts';
import type { Cause } from '#shared/model/cause.ts';
import { ABSENT, CLEARED, sameValue } from '#shared/model/field-value.ts';
import type { FieldPath, SystemId } from '#shared/model/ids.ts';
import { keysOf, type GoldenValue, type RecordDocument } from '#shared/model/record.ts';
import type { Operation, OperationField } from './operation.ts';

export interface PlanInput extends Pick<CompareInput, 'modes' | 'at'> {
  readonly policy: EntityPolicy;
  readonly record: RecordDocument;
  readonly comparison: CompareResult;
  /** Fields that each system can hold, from its mapping. */
  readonly writable: Readonly<Record<SystemId, readonly FieldPath[]>>;
  /** Systems to which nothing is written for the time being. */
  readonly paused?: readonly SystemId[];
}

export interface BlockedField {
  readonly system: SystemId;
  readonly path: FieldPath | null;
  readonly reason:
    | Waiting
    | 'unexplained'
    | 'refused_before'
    | 'no_natural_key'
    | 'not_writable'
    | 'system_paused'
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
    const free: (readonly Difference[])[] = [];
    for (const members of Map.groupBy(differences, ({ unit }) => unit).values()) {
      const reason = blockOf(input, system, members);
      if (reason === null) free.push(members);
      else blocked.push(...members.map(({ field }) => ({ system, path: field.path, reason })));
    }
    const nativeId = input.record.links[system]?.nativeId;
    if (free.length > 0 && nativeId !== undefined) {
      const fields = withoutSuspects(input.record, system, free).map((one) => fieldOfDifference(input, one));
      operations.push({ type: input.policy.type, system, action: 'update', nativeId, fields });
    }
  }
  return { operations, blocked };
}

/** Why the differences of one unit are not written; a group is written as a whole or not at all. */
function blockOf(
  input: PlanInput,
  system: SystemId,
  members: readonly Difference[],
): BlockedField['reason'] | null {
  const waiting = members.find((member) => member.waiting !== null)?.waiting;
  if (members.some(({ isExplained }) => !isExplained)) return 'unexplained';
  if (waiting != null) return waiting;
  const { writable } = input;
  if (members.some(({ field }) => writable[system]?.includes(field.path) === false)) return 'not_writable';
  if (isPaused(input, system)) return 'system_paused';
  const isRefused = members.some((member) => {
    const refusal = input.record.refusals[system]?.[member.field.path];
    return refusal !== undefined && sameValue(refusal.to, member.to) && !refusal.isShared;
  });
  return isRefused ? 'refused_before' : null;
}

function isPaused({ paused = [] }: PlanInput, system: SystemId): boolean {
  return paused.includes(system);
}

function fieldOfDifference({ comparison }: PlanInput, difference: Difference): OperationField {
  const { name } = difference.unit;
  return {
    path: difference.field.path,
    from: difference.from,
    to: difference.to,
    rule: name.id,
    ruleHash: name.hash,
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
  const { comparison, policy, record } = input;
  const known = {
    lifecycle: comparison.lifecycle,
    valueAt: (path: FieldPath) => comparison.golden[path]?.value,
  };
  const operations: Operation[] = [];
  const blocked: BlockedField[] = [];
  for (const system of Object.keys(policy.presence) as SystemId[]) {
    const link = record.links[system];
    if (presenceOf(policy, system, known) !== 'required' || link?.state === 'active') continue;
    const fields = fieldsOfCreate(input, system);
    const reason = blockOfCreate(input, system, fields);
    if (reason === null)
      operations.push({ type: policy.type, system, action: 'create', nativeId: null, fields });
    else blocked.push({ system, path: null, reason });
  }
  return { operations, blocked };
}

function blockOfCreate(
  input: PlanInput,
  system: SystemId,
  fields: readonly OperationField[],
): BlockedField['reason'] | null {
  const { record } = input;
  const link = record.links[system];
  if (link !== undefined) return link.state === 'gone' ? 'gone' : 'foreign_answer';
  if (!isHeldSomewhere(record)) return 'gone';
  if (keysOf(record).length === 0) return 'no_natural_key';
  const waiting = waitingKey(input, system);
  if (waiting !== null) return waiting;
  if (fields.length === 0) return 'no_natural_key';
  if (isPaused(input, system)) return 'system_paused';
  return fields.every((field) => wasRefused(record, system, field)) ? 'refused_before' : null;
}

function fieldsOfCreate(input: PlanInput, system: SystemId): readonly OperationField[] {
  const rule = presenceRuleName(input.policy, system);
  return unitsInForce(input).flatMap((unit) => {
    if (unit.rule === null || unit.rule.kind === 'ignored') return [];
    if (waitingUnit(input, unit, system) !== null) return [];
    return unit.fields.flatMap(({ path }) => {
      const golden = input.comparison.golden[path];
      const value = golden?.value ?? ABSENT;
      const isWritable = input.writable[system]?.includes(path) ?? false;
      if (value.state !== 'value' || !isWritable) return [];
      const cause = causeOf(golden);
      return [{ path, from: CLEARED, to: value, rule: rule.id, ruleHash: rule.hash, cause }];
    });
  });
}

/** A create without the field that identifies the record would make a stranger of it. */
function waitingKey(input: PlanInput, system: SystemId): Waiting | null {
  const keys = keysOf(input.record).map(({ key }) => key);
  const identifying = unitsInForce(input).filter((unit) =>
    unit.fields.some(({ path }) => keys.includes(path)),
  );
  return identifying.reduce<Waiting | null>((found, unit) => found ?? waitingUnit(input, unit, system), null);
}

function waitingUnit(input: PlanInput, unit: Unit, system: SystemId): Waiting | null {
  const times = unit.fields.flatMap(({ path }) => {
    const cause = input.comparison.golden[path]?.cause;
    return cause === undefined ? [] : (cause.evidence?.at ?? cause.acceptedAt);
  });
  return waitingWrite(input, unit, system, times.toSorted().at(-1) ?? null);
}

function unitsInForce({ policy, comparison }: PlanInput): readonly Unit[] {
  return unitsOf(policy, comparison.lifecycle);
}

/** M10: what every system has lost is not made anew anywhere. */
function isHeldSomewhere(record: RecordDocument): boolean {
  return Object.values(record.links).some((link) => link.state === 'active');
}

/** One value at fault must not hold back the others: what was refused together goes last, and one unit at a time. */
function withoutSuspects(
  record: RecordDocument,
  system: SystemId,
  units: readonly (readonly Difference[])[],
): readonly Difference[] {
  const clean = units.filter(
    (members) => !members.some(({ field, to }) => wasRefused(record, system, { path: field.path, to })),
  );
  return clean.length > 0 ? clean.flat() : (units[0] ?? []);
}

function wasRefused(
  record: RecordDocument,
  system: SystemId,
  { path, to }: Pick<OperationField, 'path' | 'to'>,
): boolean {
  const refusal = record.refusals[system]?.[path];
  return refusal !== undefined && sameValue(refusal.to, to);
}
