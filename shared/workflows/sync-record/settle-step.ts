/**
 * How the outcome of one written step changes the record. Pure. The bases, the ledger and the write set move
 * together with the run's own state in one commit.
 */
import type { JudgeInput } from './judge.ts';
import { judge } from './judge.ts';
import { CLEARED, fieldOf, type FieldValue, type FieldValues } from '#shared/model/field-value.ts';
import type { FieldPath, RunId, SystemId } from '#shared/model/ids.ts';
import type { Instant } from '#shared/model/instant.ts';
import type { Link, RecordDocument, WriteTarget } from '#shared/model/record.ts';
import type { Base, LedgerEntry, Representation } from '#shared/model/representation.ts';
import { isRemoval, type Operation } from '#shared/reconciliation/operation.ts';
import { valuesOf, type ApplyOutcome } from '../apply-request.ts';
import {
  isLinkedToAnother,
  withDenial,
  withoutFields,
  withRepresentation,
  type HistoryNote,
} from './facts.ts';

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
    case 'removed':
      return settleRemoved(record, runId, operation, outcome.askedAt);
    case 'refused':
      return withoutItsHolds(settleRefused(record, runId, operation, outcome), runId, operation);
    case 'failed':
      return withoutItsHolds(
        outcome.during === 'writes'
          ? settleFailed(record, runId, operation, outcome.error.code)
          : settleUnread(record, runId, operation, outcome.error.code),
        runId,
        operation,
      );
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
  readonly recompareAt: number | null;
} {
  const judgement = judge(input);
  const isSettled =
    judgement.operations.length === 0 && judgement.notes.every((note) => note.kind === 'verdict');
  const record = isSettled ? judgement.record : input.record;
  return { record, isSettled, notes: isSettled ? judgement.notes : [], recompareAt: judgement.recompareAt };
}

/** What was not written needs no protection from sync. */
function withoutItsHolds({ record, notes }: StepResult, runId: RunId, { fields }: Operation): StepResult {
  const { holds } = record;
  const lifted = fields.filter(
    ({ path, cause }) =>
      cause.kind === 'plan' && holds[path]?.plan !== undefined && holds[path].plan === cause.id,
  );
  if (lifted.length === 0) return { record, notes };
  const paths: readonly string[] = lifted.map(({ path }) => path);
  const kept = Object.entries(holds).filter(([path]) => !paths.includes(path));
  const told = lifted.map(({ path, rule }): HistoryNote => {
    const value = record.golden[path]?.value ?? null;
    const cause = { kind: 'run', id: runId } as const;
    return { kind: 'lifted', trueSince: null, system: null, path, before: value, after: value, rule, cause };
  });
  return { record: { ...record, holds: Object.fromEntries(kept) }, notes: [...notes, ...told] };
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
  if (operation.action === 'create' && isLinkedToAnother(record, system, stored.nativeId)) {
    return {
      record: { ...record, writeSets: withoutTargets(record, runId, operation) },
      notes: notesOfRefusal(runId, operation, 'already_linked'),
    };
  }
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
      cause: { kind: 'run' as const, id: runId },
    })),
  };
}

/** The world had moved on: what was seen is noted, and the next comparison decides anew. */
function settleRefused(
  record: RecordDocument,
  runId: RunId,
  operation: Operation,
  outcome: Extract<ApplyOutcome, { status: 'refused' }>,
): StepResult {
  const { system } = operation;
  const seen = outcome.seen === null ? record : withRepresentation(record, system, outcome.seen);
  if (outcome.reason === 'restored') return settleRestored(record, runId, operation);
  const stated =
    outcome.reason === 'gone'
      ? withDenial(seen, system, { state: 'gone', deniedAt: outcome.askedAt })
      : outcome.reason === 'foreign_answer'
        ? withDenial(seen, system, { state: 'foreign', deniedAt: outcome.askedAt })
        : seen;
  // Until the object that exists has been linked, creating it again would only be refused again.
  if (outcome.reason === 'exists' && stated.links[system] === undefined) {
    return settleFailed(stated, runId, operation, outcome.reason);
  }
  return {
    record: { ...stated, writeSets: withoutTargets(stated, runId, operation) },
    notes: notesOfRefusal(runId, operation, outcome.reason),
  };
}

/** The vendor will not take these values: they are not sent again until something moves. */
function settleFailed(record: RecordDocument, runId: RunId, operation: Operation, code: string): StepResult {
  const { system, fields } = operation;
  if (isRemoval(operation)) {
    const carried = withCarried(record, operation, code);
    return {
      record: { ...carried, writeSets: withoutTargets(carried, runId, operation) },
      notes: notesOfRefusal(runId, operation, code),
    };
  }
  // A create is tried again as a whole once one of its values moves.
  const isShared = operation.action === 'update' && fields.length > 1;
  const refusals = Object.fromEntries(
    fields.map((field) => [field.path, { runId, to: field.to, code, isShared }]),
  );
  return {
    record: {
      ...record,
      refusals: { ...record.refusals, [system]: { ...record.refusals[system], ...refusals } },
      writeSets: withoutTargets(record, runId, operation),
    },
    notes: notesOfRefusal(runId, operation, code),
  };
}

/**
 * The object is gone by our own hand: what its system tells of that is no loss (M9), and the loss that asked for it is
 * not carried there again, whatever becomes of the object.
 */
function settleRemoved(
  record: RecordDocument,
  runId: RunId,
  operation: Operation,
  askedAt: Instant,
): StepResult {
  const { system, nativeId, fields } = operation;
  const carried = withCarried(record, operation, 'removed');
  const link = carried.links[system];
  const isLinked = link !== undefined && link.nativeId === nativeId;
  const loss = { since: askedAt, confirmedAt: askedAt, removedBy: runId };
  const links = isLinked
    ? { ...carried.links, [system]: { ...link, state: 'gone' as const, deniedAt: askedAt, loss } }
    : carried.links;
  return {
    record: { ...carried, links, writeSets: withoutTargets(carried, runId, operation) },
    notes: fields.map(({ path, from, to, rule }) => ({
      kind: 'written' as const,
      trueSince: null,
      system,
      path,
      before: from,
      after: to,
      rule,
      cause: { kind: 'run' as const, id: runId },
    })),
  };
}

/** Notes what came of carrying a loss to the operation's system. What held it back has been decided. */
function withCarried(record: RecordDocument, { lost, system }: Operation, outcome: string): RecordDocument {
  const link = lost === undefined ? undefined : record.links[lost];
  if (lost === undefined || link?.loss === undefined) return record;
  const { heldBy: _, ...loss } = link.loss;
  const carried = { ...loss, carried: { ...loss.carried, [system]: outcome } };
  return { ...record, links: { ...record.links, [lost]: { ...link, loss: carried } } };
}

/** The lost object is there again, or may be: the loss is only suspected until it was looked at once more (M10). */
function settleRestored(record: RecordDocument, runId: RunId, operation: Operation): StepResult {
  const { lost } = operation;
  const link = lost === undefined ? undefined : record.links[lost];
  const links =
    lost === undefined || link?.loss === undefined
      ? record.links
      : { ...record.links, [lost]: { ...link, loss: { ...link.loss, confirmedAt: null } } };
  return {
    record: { ...record, links, writeSets: withoutTargets(record, runId, operation) },
    notes: notesOfRefusal(runId, operation, 'restored'),
  };
}

/** It could not even be looked at, for as long as patience lasts: that says nothing about the values. */
function settleUnread(record: RecordDocument, runId: RunId, operation: Operation, code: string): StepResult {
  return {
    record: { ...record, writeSets: withoutTargets(record, runId, operation) },
    notes: notesOfRefusal(runId, operation, code),
  };
}

function notesOfRefusal(runId: RunId, operation: Operation, reason: string): readonly HistoryNote[] {
  return operation.fields.map((field) => ({
    kind: 'refused',
    trueSince: null,
    system: operation.system,
    path: field.path,
    before: null,
    after: reason,
    rule: field.rule,
    cause: { kind: 'run', id: runId },
  }));
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
  const linked = { ...record, links: { ...record.links, [system]: link } };
  if (record.links[system]?.state !== 'gone') return linked;
  // What was accepted of an object that is lost says nothing about the one that took its place.
  const { [system]: _bases, ...bases } = record.bases;
  const { [system]: _ledger, ...ledger } = record.ledger;
  return { ...linked, bases, ledger };
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
 * answer's own version says, and else what we sent (M9). After a create this covers every field: those that we did
 * not send were born empty.
 */
function storedFields(operation: Operation, stored: Representation, seen: Representation): FieldValues {
  const isSameVersion = seen.version === stored.version;
  const answered = entriesOf(stored.fields).filter(([, value]) => value.state !== 'absent');
  const isCreate = operation.action === 'create';
  const unsent = isCreate ? Object.fromEntries(Object.keys(seen.fields).map((path) => [path, CLEARED])) : {};
  return {
    ...unsent,
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
  const { [runId]: held, ...others } = record.writeSets;
  const left = held?.targets.filter((target) => !isOurs(target)) ?? [];
  return held === undefined || left.length === 0
    ? others
    : { ...others, [runId]: { ...held, targets: left } };
}
