/**
 * How the outcome of one written step changes the record. Pure. The bases, the ledger and the write set move
 * together with the run's own state in one commit.
 */
import type { JudgeInput } from './judge.ts';
import { judge } from './judge.ts';
import { fieldOf, type FieldValue, type FieldValues } from '#shared/model/field-value.ts';
import type { FieldPath, RunId, SystemId } from '#shared/model/ids.ts';
import type { Instant } from '#shared/model/instant.ts';
import type { Link, RecordDocument, WriteTarget } from '#shared/model/record.ts';
import type { Base, LedgerEntry, Representation } from '#shared/model/representation.ts';
import type { Operation } from '#shared/reconciliation/operation.ts';
import { valuesOf, type ApplyOutcome } from '../apply-request.ts';
import { withDenial, withoutFields, withRepresentation, type HistoryNote } from './facts.ts';

export interface StepResult {
  readonly record: RecordDocument;
  readonly notes: readonly HistoryNote[];
}

/** Applies the outcome of a step to the record. Outcomes that settle nothing leave it as it is. */
export function settleStep(
  record: RecordDocument,
  runId: RunId,
  operation: Operation,
  outcome: ApplyOutcome,
  at: Instant,
): StepResult {
  switch (outcome.status) {
    case 'applied':
      return settleApplied(record, runId, operation, outcome, at);
    case 'refused':
      return settleRefused(record, runId, operation, outcome, at);
    case 'failed':
      return settleFailed(record, runId, operation, outcome.error.code);
    case 'unknown':
    case 'unverified':
    case 'waits':
      return { record, notes: [] };
  }
}

/**
 * Compares again what is now stored, for the last commit of a run. True `isSettled` means that nothing is
 * left to accept or to plan: the verdicts stand. Otherwise a pass has to look at it.
 */
export function recompare(input: JudgeInput): {
  readonly record: RecordDocument;
  readonly isSettled: boolean;
  readonly notes: readonly HistoryNote[];
} {
  const judgement = judge(input);
  const isSettled =
    judgement.operations.length === 0 && judgement.notes.every((note) => note.kind === 'verdict');
  const record = isSettled ? judgement.record : input.record;
  return { record, isSettled, notes: isSettled ? judgement.notes : [] };
}

function settleApplied(
  record: RecordDocument,
  runId: RunId,
  operation: Operation,
  outcome: Extract<ApplyOutcome, { status: 'applied' }>,
  at: Instant,
): StepResult {
  const { system, fields } = operation;
  const { stored, seen } = outcome;
  const paths = fields.map((field) => field.path);
  const linked = operation.action === 'create' ? withCreatedLink(record, system, stored, at) : record;
  const represented = withRepresentation(linked, system, seen);
  const known = storedFields(operation, stored, seen);
  const written = fields.map((field): [FieldPath, FieldValue] => [field.path, fieldOf(known, field.path)]);
  // What others said in a field we did not send may have been accepted while the create was under way.
  const isNews = ([path]: readonly [FieldPath, FieldValue]) =>
    paths.includes(path) || represented.bases[system]?.[path] === undefined;
  const settled = operation.action === 'create' ? entriesOf(known).filter(isNews) : written;
  const bases = basesOf(settled, stored);
  const ledger: Record<FieldPath, LedgerEntry> = Object.fromEntries(
    fields.map((field, index) => [
      field.path,
      { runId, written: field.to, stored: written[index]?.[1] ?? field.to },
    ]),
  );
  return {
    record: {
      ...represented,
      bases: { ...represented.bases, [system]: { ...represented.bases[system], ...bases } },
      ledger: outcome.isOurs
        ? { ...represented.ledger, [system]: { ...represented.ledger[system], ...ledger } }
        : represented.ledger,
      refusals: withoutFields(represented.refusals, system, paths),
      swallowed: withSwallowed(represented, system, outcome.swallowed),
      writeSets: withoutTargets(represented, runId, operation),
    },
    notes: (outcome.isOurs ? fields : []).map((field, index) => ({
      kind: 'written' as const,
      trueSince: stored.modifiedAt,
      system,
      path: field.path,
      before: field.from,
      after: written[index]?.[1] ?? field.to,
      rule: field.rule,
      cause: runId,
    })),
  };
}

/** The world had moved on: what was seen is noted, and the next comparison decides anew. */
function settleRefused(
  record: RecordDocument,
  runId: RunId,
  operation: Operation,
  outcome: Extract<ApplyOutcome, { status: 'refused' }>,
  at: Instant,
): StepResult {
  const { system } = operation;
  const seen = outcome.seen === null ? record : withRepresentation(record, system, outcome.seen);
  const stated =
    outcome.reason === 'gone'
      ? withDenial(seen, system, 'gone', at)
      : outcome.reason === 'foreign_answer'
        ? withDenial(seen, system, 'foreign', at)
        : seen;
  // Until the object that exists has been linked, creating it again would only be refused again.
  if (outcome.reason === 'exists' && stated.links[system] === undefined) {
    return settleFailed(stated, runId, operation, outcome.reason);
  }
  return {
    record: { ...stated, writeSets: withoutTargets(stated, runId, operation) },
    notes: [noteOfRefusal(runId, operation, outcome.reason)],
  };
}

/** The vendor will not take these values: they are not sent again until something moves. */
function settleFailed(record: RecordDocument, runId: RunId, operation: Operation, code: string): StepResult {
  const { system, fields } = operation;
  const refusals = Object.fromEntries(fields.map((field) => [field.path, { runId, to: field.to, code }]));
  return {
    record: {
      ...record,
      refusals: { ...record.refusals, [system]: { ...record.refusals[system], ...refusals } },
      writeSets: withoutTargets(record, runId, operation),
    },
    notes: [noteOfRefusal(runId, operation, code)],
  };
}

function noteOfRefusal(runId: RunId, operation: Operation, reason: string): HistoryNote {
  return {
    kind: 'refused',
    trueSince: null,
    system: operation.system,
    path: operation.fields.map((field) => field.path).join(','),
    before: null,
    after: reason,
    rule: operation.fields[0]?.rule ?? null,
    cause: runId,
  };
}

function withCreatedLink(
  record: RecordDocument,
  system: SystemId,
  stored: Representation,
  linkedAt: Instant,
): RecordDocument {
  const link: Link = {
    nativeId: stored.nativeId,
    state: 'active',
    deniedAt: null,
    linkedAt,
    evidence: 'created_by_us',
  };
  return { ...record, links: { ...record.links, [system]: link } };
}

/** A verified read-back sets the target's base (section 7). */
function basesOf(
  written: readonly (readonly [FieldPath, FieldValue])[],
  stored: Representation,
): Record<FieldPath, Base> {
  return Object.fromEntries(written.map(([path, value]) => [path, { value, modifiedAt: stored.modifiedAt }]));
}

/**
 * What our write left at the vendor: what its answer says, for fields it leaves out what a read-back at the
 * answer's own version says, and else what we sent (M9). After a create this covers every field, also those we
 * did not send.
 */
function storedFields(operation: Operation, stored: Representation, seen: Representation): FieldValues {
  const isSameVersion = seen.version === stored.version;
  const answered = entriesOf(stored.fields).filter(([, value]) => value.state !== 'absent');
  return {
    ...valuesOf(operation),
    ...(isSameVersion ? seen.fields : {}),
    ...(Object.fromEntries(answered) as FieldValues),
  };
}

function entriesOf(fields: FieldValues): readonly (readonly [FieldPath, FieldValue])[] {
  return Object.entries(fields) as [FieldPath, FieldValue][];
}

function withSwallowed(
  record: RecordDocument,
  system: SystemId,
  swallowed: Readonly<Record<FieldPath, FieldValue>>,
): RecordDocument['swallowed'] {
  if (Object.keys(swallowed).length === 0) return record.swallowed;
  return { ...record.swallowed, [system]: { ...record.swallowed[system], ...swallowed } };
}

function withoutTargets(
  record: RecordDocument,
  runId: RunId,
  operation: Operation,
): RecordDocument['writeSets'] {
  const paths = operation.fields.map((field) => field.path);
  const isOurs = (target: WriteTarget) => target.system === operation.system && paths.includes(target.path);
  const { [runId]: targets = [], ...others } = record.writeSets;
  const left = targets.filter((target) => !isOurs(target));
  return left.length === 0 ? others : { ...others, [runId]: left };
}
