/**
 * Plans what a mass guard holds of one record, and nothing else of it: whoever lets a mass change pass has looked at
 * that alone. Pure (M13). Upholds M10: each thing is named by when it came to be, so that what was lost or written anew
 * since is not what was shown.
 */
import { unitOf } from '#shared/authority/rules.ts';
import { compareRecord } from '#shared/drift/compare.ts';
import { presencePath } from '#shared/drift/presence.ts';
import { ABSENT, CLEARED, valueOf, type FieldValue } from '#shared/model/field-value.ts';
import { subjectOf } from '#shared/model/guard.ts';
import type { FieldPath, SystemId } from '#shared/model/ids.ts';
import type { Instant } from '#shared/model/instant.ts';
import { writeTargets, type RecordDocument } from '#shared/model/record.ts';
import { CauseCode } from '#shared/model/vocabulary.ts';
import type { DirectedInput, DirectedPlan } from './directed-plan.ts';
import type { Operation } from './operation.ts';
import { blockOfRecord } from './plan-directed.ts';
import type { BlockedPart, Decision } from './plan-item.ts';
import { asPlanned } from './plan-writes.ts';
import { planRecord } from './planner.ts';

/** One record, and the guard that holds something of it. */
export interface HeldInput extends Omit<DirectedInput, 'direction'> {
  readonly guard: string;
}

/** One thing that is held. */
interface Hold {
  /** The field, or the pseudo field of presence of the system that lost its object. */
  readonly what: FieldPath;
  readonly since: Instant;
  readonly to: FieldValue;
}

/** Plans one record. What is not held any more comes to nothing. */
export function planHeld(input: HeldInput): DirectedPlan {
  const { policy, record, guard, planId, at } = input;
  const held = heldBy(input);
  const stopped = held.length === 0 ? null : blockOfRecord(record);
  if (held.length === 0 || stopped !== null)
    return { decisions: [], operations: [], blocked: stopped === null ? [] : [stopped], record };
  const comparison = compareRecord({ ...input, signs: {} });
  const plan = planRecord({
    policy,
    record,
    comparison,
    writable: input.writable,
    ...(input.removal === undefined ? {} : { removal: input.removal }),
    released: Object.fromEntries(held.map(({ what }) => [what, planId])),
    at,
  });
  const meant = held.map(({ what }) => what);
  const busy = new Set(writeTargets(record).map(({ system }) => system));
  const freed = plan.operations.flatMap((operation) => onlyHeld(input, operation));
  const operations = freed.filter(({ system }) => !busy.has(system));
  const blocked: BlockedPart[] = [
    ...plan.blocked
      .filter(({ path }) => path !== null && meant.includes(path))
      .map(({ system, path, reason }) => ({
        system,
        path,
        reason: reason === 'unexplained' ? CauseCode.moveUnexplained : reason,
      })),
    ...freed
      .filter(({ system }) => busy.has(system))
      .map(({ system }) => ({ system, path: null, reason: CauseCode.inFlight })),
  ];
  const { system } = subjectOf(guard);
  return {
    decisions: held.flatMap((hold) => releaseOf(operations, hold, system)),
    operations: operations.map((operation) => asPlanned(input, comparison, operation)),
    blocked,
    record,
  };
}

/** What the guard holds, with everything that moves together with it. */
function heldBy({ policy, record, guard }: HeldInput): readonly Hold[] {
  const losses = (Object.keys(record.links) as SystemId[]).flatMap((system): readonly Hold[] => {
    const loss = record.links[system]?.loss;
    return loss?.heldBy === guard ? [{ what: presencePath(system), since: loss.since, to: CLEARED }] : [];
  });
  const holds = Object.entries(record.massHolds ?? {}) as [
    FieldPath,
    NonNullable<RecordDocument['massHolds']>[FieldPath],
  ][];
  const units = holds
    .filter(([, hold]) => hold.guard === guard)
    .flatMap(([path]) => membersOf({ policy, record }, path));
  const values = holds
    .filter(([path]) => units.includes(path))
    .map(([what, { since, to }]): Hold => ({ what, since, to }));
  return [...losses, ...values];
}

function membersOf(
  { policy, record }: Pick<HeldInput, 'policy' | 'record'>,
  path: FieldPath,
): readonly FieldPath[] {
  return unitOf(policy, record.lifecycle, path)?.fields.map((field) => field.path) ?? [path];
}

/** The operation without what the plan has not let pass; nothing where that is all of it. */
function onlyHeld(input: HeldInput, operation: Operation): readonly Operation[] {
  const freed = operation.fields.filter(({ approvedBy }) => approvedBy === input.planId);
  if (freed.length === operation.fields.length) return [operation];
  const units = freed.flatMap(({ path }) => membersOf(input, path));
  const fields = operation.fields.filter(({ path }) => units.includes(path));
  return fields.length === 0 ? [] : [{ ...operation, fields }];
}

function releaseOf(
  operations: readonly Operation[],
  { what, since, to }: Hold,
  system: SystemId,
): readonly Decision[] {
  const field = operations
    .flatMap(({ fields, lost }) =>
      fields.map((one) => ({ ...one, held: lost === undefined ? one.path : presencePath(lost) })),
    )
    .find(({ held }) => held === what);
  if (field === undefined) return [];
  const weighed = { [system]: valueOf(since) };
  return [{ kind: 'release', path: what, before: ABSENT, value: to, system, weighed, rule: field.rule }];
}
