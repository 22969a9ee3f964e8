/**
 * Plan: from differences to operations. Pure (M13). Each operation carries the rule that allows it and the
 * pre-image it was computed from; what may not be written comes back as blocked, with a reason (M8).
 */
import { presenceOf } from '#shared/authority/lifecycle.ts';
import { presenceRuleName, unitsOf, type Unit } from '#shared/authority/rules.ts';
import { forbidsCreates } from '#shared/drift/loss.ts';
import type { Difference } from '#shared/drift/unit-outcome.ts';
import { waitingCreate, waitingWrite, type Waiting } from '#shared/drift/permission.ts';
import type { Cause } from '#shared/model/cause.ts';
import { ABSENT, CLEARED, sameValue } from '#shared/model/field-value.ts';
import { guardKey } from '#shared/model/guard.ts';
import type { FieldPath, SystemId } from '#shared/model/ids.ts';
import type { Instant } from '#shared/model/instant.ts';
import { keysOf, type GoldenValue, type RecordDocument } from '#shared/model/record.ts';
import { guardedBy, overwriteGuard } from './mass-guard.ts';
import type { Operation, OperationField } from './operation.ts';
import { planRemovals } from './plan-removals.ts';
import type { BlockedField, PlanInput, RecordPlan } from './record-plan.ts';

/** Plans what policy lets flow at once. The plan of a settled record is empty. */
export function planRecord(input: PlanInput): RecordPlan {
  const removals = planRemovals(input);
  const updates = planUpdates(input);
  const creates = planCreates(input);
  // What is about to go is told nothing any more.
  const going = removals.operations.map(({ system }) => system);
  const staying = updates.operations.filter(({ system }) => !going.includes(system));
  return {
    operations: [...staying, ...creates.operations, ...removals.operations],
    blocked: [...updates.blocked, ...creates.blocked, ...removals.blocked],
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
      // A pause ends by itself, and what is held stays held.
      const mayBeHeld = reason === null || reason === 'system_paused';
      const isHeld = mayBeHeld && members.some((one) => guardOf(input, one).status === 'held');
      if (isHeld) blocked.push(...members.map((one) => heldBack(input, one)));
      else if (reason !== null)
        blocked.push(...members.map(({ field }) => ({ system, path: field.path, reason })));
      else free.push(members);
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

/** Whether a mass guard stops the difference. One that replaces nothing is not counted. */
function guardOf({ comparison, record, ...standing }: PlanInput, { field: { path }, from, to }: Difference) {
  const subject = from.state === 'value' ? overwriteGuard(record, path, comparison.golden[path]) : null;
  if (subject === null) return { status: 'free', approvedBy: null, key: undefined } as const;
  const key = guardKey(subject);
  const hold = record.massHolds?.[path];
  const wasHeld = hold !== undefined && sameValue(hold.to, to);
  return { ...guardedBy(standing, key, path, wasHeld), key };
}

function heldBack(input: PlanInput, difference: Difference): BlockedField {
  const { system, field, to } = difference;
  const { key } = guardOf(input, difference);
  const guard = key === undefined ? {} : { guard: key };
  return { system, path: field.path, reason: 'mass_guard', to, ...guard };
}

function isPaused({ paused = [] }: PlanInput, system: SystemId): boolean {
  return paused.includes(system);
}

function fieldOfDifference(input: PlanInput, difference: Difference): OperationField {
  const { comparison } = input;
  const { name } = difference.unit;
  const guarded = guardOf(input, difference);
  return {
    path: difference.field.path,
    from: difference.from,
    to: difference.to,
    rule: name.id,
    ruleHash: name.hash,
    cause: causeOf(comparison.golden[difference.field.path]),
    ...(guarded.key === undefined ? {} : { guard: guarded.key }),
    ...(guarded.status === 'free' && guarded.approvedBy !== null ? { approvedBy: guarded.approvedBy } : {}),
  };
}

/** A system that is behind inherits the cause that moved golden (section 6). */
function causeOf(golden: GoldenValue | undefined): Cause {
  const evidence = golden?.cause.evidence ?? null;
  return evidence?.eventKey == null
    ? { kind: 'observation', id: evidence?.source ?? 'first_seen' }
    : { kind: 'event', id: evidence.eventKey };
}

/**
 * A required system that never held the record gets it, but for what waits for an operator; one that lost it does not
 * (M10), unless somebody has said so.
 */
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
    const isAnew = input.recreated?.includes(system) === true && link?.state === 'gone';
    const isDue = isAnew || presenceOf(policy, system, known) === 'required';
    if (!isDue || link?.state === 'active') continue;
    const fields = fieldsOfCreate(input, system);
    const reason = blockOfCreate(input, system, fields);
    const lost = isAnew ? { lost: system } : {};
    if (reason === null)
      operations.push({ type: policy.type, system, action: 'create', nativeId: null, fields, ...lost });
    else blocked.push({ system, path: null, reason });
  }
  return { operations, blocked };
}

function blockOfCreate(
  input: PlanInput,
  system: SystemId,
  fields: readonly OperationField[],
): BlockedField['reason'] | null {
  const { record, recreated = [] } = input;
  const link = record.links[system];
  const isAnew = recreated.includes(system) && link?.state === 'gone';
  if (link !== undefined && !isAnew) return link.state === 'gone' ? 'gone' : 'foreign_answer';
  if (!isHeldSomewhere(record) || forbidsCreates(input.policy, record, recreated)) return 'gone';
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

/**
 * Why a create waits: that the system holds the record at all, or the field that identifies the record, without which
 * a stranger would come of it.
 */
function waitingKey(input: PlanInput, system: SystemId): Waiting | null {
  const keys = keysOf(input.record).map(({ key }) => key);
  const identifying = unitsInForce(input).filter((unit) =>
    unit.fields.some(({ path }) => keys.includes(path)),
  );
  const since = identifying.flatMap((unit) => heldSince(input, unit) ?? []).toSorted();
  return identifying.reduce<Waiting | null>(
    (found, unit) => found ?? waitingUnit(input, unit, system),
    waitingCreate(input, system, since.at(-1) ?? input.record.createdAt),
  );
}

function waitingUnit(input: PlanInput, unit: Unit, system: SystemId): Waiting | null {
  return waitingWrite(input, unit, system, heldSince(input, unit));
}

/** Since when what holds true of the unit does, by its evidence, else by our clock. */
function heldSince({ comparison }: PlanInput, unit: Unit): Instant | null {
  const times = unit.fields.flatMap(({ path }) => {
    const cause = comparison.golden[path]?.cause;
    return cause === undefined ? [] : (cause.evidence?.at ?? cause.acceptedAt);
  });
  return times.toSorted().at(-1) ?? null;
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
