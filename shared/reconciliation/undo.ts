/**
 * Undo: from what a finished run wrote to operations that put the value before it back. Pure (M13).
 *
 * U1 A before-image is restored only where the system still says what the run left there: anything else is somebody's
 *    word by now.
 * U2 What is put back is held, so that sync does not write it again; the source's next move or an operator lifts it.
 *    Where that is what holds true, there is nothing to keep from sync, and an earlier hold ends.
 * U3 What holds true stays what it is: undo takes back a write, not the reason for it.
 * U4 What no write can take back is listed as such.
 */
import { equalUnder } from '#shared/authority/equality.ts';
import type { EntityPolicy } from '#shared/authority/policy.ts';
import { ruleName, unitOf } from '#shared/authority/rules.ts';
import { fieldOf } from '#shared/model/field-value.ts';
import type { FieldPath, PlanId, RunId } from '#shared/model/ids.ts';
import type { Instant } from '#shared/model/instant.ts';
import { ABSENT } from '#shared/model/field-value.ts';
import { writeTargets, type RecordDocument } from '#shared/model/record.ts';
import { CauseCode } from '#shared/model/vocabulary.ts';
import { decideRecord } from './decide-record.ts';
import type { Operation, OperationField } from './operation.ts';
import type { DirectedPlan } from './directed-plan.ts';
import type { BlockedPart, BlockReason, Decision } from './plan-item.ts';

export interface UndoInput {
  readonly policy: EntityPolicy;
  readonly record: RecordDocument;
  readonly runId: RunId;
  /** What the run has really written: steps that failed, were refused or found it there already are none of it. */
  readonly written: readonly Operation[];
  readonly planId: PlanId;
  readonly by: string;
  readonly at: Instant;
}

/** Plans to take back what a run wrote for one record. */
export function planUndo(input: UndoInput): DirectedPlan {
  const busy = new Set(writeTargets(input.record).map(({ system }) => system));
  const operations: Operation[] = [];
  const blocked: BlockedPart[] = [];
  for (const operation of input.written) {
    const { system, action } = operation;
    if (action !== 'update') {
      blocked.push({ system, path: null, reason: 'cannot_be_undone' }); // U4
      continue;
    }
    if (busy.has(system)) {
      blocked.push({ system, path: null, reason: CauseCode.inFlight });
      continue;
    }
    const obstacles = obstaclesOf(input, operation);
    blocked.push(...[...obstacles].map(([path, reason]) => ({ system, path, reason })));
    const fields = operation.fields.filter(({ path }) => !isObstructed(input, path, obstacles));
    if (fields.length > 0) operations.push(restoring(input, operation, fields));
  }
  const decisions = operations.flatMap((operation) => holdsOf(input, operation));
  const { by, at, planId } = input;
  return {
    decisions,
    operations,
    blocked,
    record: decideRecord(input.record, { decisions, overrides: {}, voided: [], by, at, planId }),
  };
}

/** Fields of which the system no longer says what the run left there (U1). */
function obstaclesOf(
  { record, runId, policy }: UndoInput,
  { system, nativeId, fields }: Operation,
): ReadonlyMap<FieldPath, BlockReason> {
  const link = record.links[system];
  return new Map(
    fields.flatMap(({ path }): (readonly [FieldPath, BlockReason])[] => {
      if (link === undefined || link.state === 'gone') return [[path, CauseCode.gone]];
      const field = policy.fields.find((one) => one.path === path);
      if (field === undefined) return [[path, CauseCode.ruleMissing]];
      const left = record.ledger[system]?.[path];
      const says = fieldOf(record.representations[system]?.fields, path);
      const isOurs =
        link.nativeId === nativeId && left?.runId === runId && equalUnder(policy, field, left.stored, says);
      return isOurs ? [] : [[path, 'not_ours_any_more']];
    }),
  );
}

/** What moves together is put back together or not at all. */
function isObstructed(
  { policy, record }: UndoInput,
  path: FieldPath,
  obstacles: ReadonlyMap<FieldPath, BlockReason>,
): boolean {
  const members = unitOf(policy, record.lifecycle, path)?.fields.map((field) => field.path) ?? [path];
  return members.some((member) => obstacles.has(member));
}

function restoring(
  { policy, record, planId }: UndoInput,
  { type, system, nativeId }: Operation,
  fields: readonly OperationField[],
): Operation {
  return {
    type,
    system,
    action: 'update',
    nativeId,
    fields: fields.map(({ path, from }) => {
      const rule = ruleName(policy, path, record.lifecycle);
      return {
        path,
        from: fieldOf(record.representations[system]?.fields, path),
        to: from,
        rule: rule.id,
        ruleHash: rule.hash,
        cause: { kind: 'plan', id: planId },
      };
    }),
  };
}

/** U2, U3. */
function holdsOf(input: UndoInput, { system, fields }: Operation): readonly Decision[] {
  const { record } = input;
  return fields.flatMap(({ path, from, rule }): readonly Decision[] => {
    const value = record.golden[path]?.value ?? ABSENT;
    const decision = { path, before: value, value, system: null, rule };
    if (!isTrueAgain(input, path, fields))
      return [{ ...decision, kind: 'hold', weighed: { [system]: from } }];
    return record.holds[path] === undefined ? [] : [{ ...decision, kind: 'lift', weighed: {} }];
  });
}

/** Whether what moves together with the field is put back to what holds true. */
function isTrueAgain(
  { policy, record }: UndoInput,
  path: FieldPath,
  fields: readonly OperationField[],
): boolean {
  const members = unitOf(policy, record.lifecycle, path)?.fields ?? [];
  return fields.every(({ path: other, to }) => {
    const field = members.find((member) => member.path === other);
    return field === undefined || equalUnder(policy, field, to, record.golden[other]?.value ?? ABSENT);
  });
}
