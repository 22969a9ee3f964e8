/**
 * Strangers: native ids that a step came upon. What our create made may already be known as a provisional
 * record, because its webhook was faster than our commit; what exists although we wanted to create it may be
 * unknown to us. Either way one record must come of it (M16).
 */
import { crosswalkRef, type Crosswalk } from '#shared/model/identity-documents.ts';
import type { NativeId, RecordId } from '#shared/model/ids.ts';
import { toInstant } from '#shared/model/instant.ts';
import { records, type RecordDocument } from '#shared/model/record.ts';
import { work as workCollection, type WorkDocument } from '#shared/model/work.ts';
import { create, set, update, type Snapshot, type Write } from '#shared/ports/document-store.ts';
import type { Task } from '#shared/ports/task-queue.ts';
import type { Operation } from '#shared/reconciliation/operation.ts';
import type { ApplyOutcome } from '../apply-request.ts';
import { areDecidedOther } from '../identity/decisions.ts';
import type { SyncContext } from './context.ts';
import { isLinkedToAnother } from './facts.ts';
import { forwardMarks } from './link-records.ts';
import { addMark, settleMarks } from './marks.ts';
import { newProvisional } from './new-provisional.ts';
import type { LoadedRun } from './loaded-run.ts';
import { taskOfWork } from './wake.ts';

export interface Stranger {
  readonly nativeId: NativeId;
  /** `ours`: our create made it. `match`: others made it, and it holds one of our natural keys. */
  readonly kind: 'ours' | 'match';
  readonly known: {
    readonly record: Snapshot<RecordDocument>;
    readonly work: Snapshot<WorkDocument>;
  } | null;
  /** A person has said that it is not the same: an object that was parted carries our own id for ever. */
  readonly isOther?: true;
  /** What is stored of an object that others made and that another one had replaced. */
  readonly former?: Snapshot<Crosswalk>;
}

/**
 * Whether what our create made stands for another record by now: somebody took our own id off it before anybody
 * looked, or a person has parted the two. It is not linked to a second record as well (M16).
 */
export function isHeldElsewhere(recordId: RecordId, strangers: readonly Stranger[]): boolean {
  return strangers.some(
    ({ kind, known, isOther }) =>
      kind === 'ours' &&
      known !== null &&
      known.record.value.id !== recordId &&
      (known.record.value.state !== 'provisional' || isOther === true),
  );
}

/** Provisional records that become part of the record because they stand for what it created. */
export function adoptedRecords(
  recordId: RecordId,
  strangers: readonly Stranger[],
): readonly RecordDocument[] {
  return strangers.flatMap((stranger) =>
    stranger.known !== null && isAdopted(recordId, stranger) ? [stranger.known.record.value] : [],
  );
}

function isAdopted(recordId: RecordId, { kind, known, isOther }: Stranger): boolean {
  if (kind !== 'ours' || known === null || isOther === true) return false;
  const { id, state } = known.record.value;
  return id !== recordId && state === 'provisional';
}

/** Reads what is already known of the native ids that an outcome names. */
export async function readStrangers(
  context: SyncContext,
  state: LoadedRun,
  stepId: string,
  outcome: ApplyOutcome,
): Promise<readonly Stranger[]> {
  const operation = state.run.value.input.operations[stepId] as Operation;
  if (operation.action !== 'create') return [];
  const named: readonly (readonly [NativeId, Stranger['kind']])[] =
    outcome.status === 'applied'
      ? [[outcome.stored.nativeId, kindOfOurs(state, operation, outcome.stored.nativeId)]]
      : outcome.status === 'refused'
        ? outcome.matches.map((nativeId) => [nativeId, 'match'] as const)
        : [];
  const strangers = await Promise.all(
    named.map(([nativeId, kind]) => readStranger(context, state.record.value, operation, nativeId, kind)),
  );
  // Several native ids of one known record are one stranger: its work document is written once.
  return strangers.filter(
    ({ known }, index) =>
      known === null ||
      index === strangers.findIndex((other) => other.known?.record.value.id === known.record.value.id),
  );
}

/** What we created while another object was linked in its place has to be told from it by a look (M16). */
function kindOfOurs({ record }: LoadedRun, { system }: Operation, nativeId: NativeId): Stranger['kind'] {
  return isLinkedToAnother(record.value, system, nativeId) ? 'match' : 'ours';
}

async function readStranger(
  context: SyncContext,
  creator: RecordDocument,
  operation: Operation,
  nativeId: NativeId,
  kind: Stranger['kind'],
): Promise<Stranger> {
  const { store } = context.ports;
  const crosswalk = await store.get(crosswalkRef(operation.system, operation.type, nativeId));
  if (crosswalk === undefined) return { nativeId, kind, known: null };
  if (kind === 'match' && crosswalk.value.state === 'deleted')
    return { nativeId, kind, known: null, former: crosswalk };
  const { recordId } = crosswalk.value;
  const [record, work] = await store.getAll([records.at(recordId), workCollection.at(recordId)] as const);
  if (record === undefined || work === undefined) return { nativeId, kind, known: null };
  const isOther = recordId !== creator.id && (await areDecidedOther(store, creator, record.value));
  return { nativeId, kind, known: { record, work }, ...(isOther ? { isOther } : {}) };
}

export interface Absorbed {
  readonly writes: readonly Write[];
  readonly tasks: readonly (Task | undefined)[];
  /** The record's own work document, with the debts it has taken over. */
  readonly work: WorkDocument;
}

/** Makes one record of each stranger: ours, or one that owes a look and will be matched by it. */
export function absorbStrangers(
  context: SyncContext,
  recordId: RecordId,
  operation: Operation,
  strangers: readonly Stranger[],
  work: WorkDocument,
  now: number,
): Absorbed {
  return strangers.reduce<Absorbed>(
    (absorbed, stranger) => {
      const next = absorbOne(context, recordId, operation, stranger, absorbed.work, now);
      return {
        writes: [...absorbed.writes, ...next.writes],
        tasks: [...absorbed.tasks, ...next.tasks],
        work: next.work,
      };
    },
    { writes: [], tasks: [], work },
  );
}

function absorbOne(
  context: SyncContext,
  recordId: RecordId,
  operation: Operation,
  stranger: Stranger,
  work: WorkDocument,
  now: number,
): Absorbed {
  const { known, nativeId, kind, former } = stranger;
  const { system, type } = operation;
  if (known === null) {
    if (kind === 'ours')
      return {
        writes: [create(crosswalkRef(system, type, nativeId), ours(operation, nativeId, recordId, now))],
        tasks: [],
        work,
      };
    const provisional = newProvisional(context, {
      system,
      type,
      nativeId,
      evidence: 'found_before_create',
      former,
      now,
    });
    return { writes: provisional.writes, tasks: [provisional.task], work };
  }
  if (known.record.value.id === recordId) return { writes: [], tasks: [], work };
  if (isAdopted(recordId, stranger)) return adoptProvisional(recordId, operation, stranger, known, work, now);
  const look = addMark(
    known.work.value,
    { system, vendorTime: null, lane: 'live', evidence: [] },
    0,
    now,
  ).work;
  return {
    writes: [set(workCollection.at(look.recordId), look, known.work.version)],
    tasks: [taskOfWork(look)],
    work,
  };
}

/** The webhook of our own create was faster: its provisional record becomes ours, with what it owes. */
function adoptProvisional(
  recordId: RecordId,
  operation: Operation,
  stranger: Stranger,
  known: NonNullable<Stranger['known']>,
  work: WorkDocument,
  now: number,
): Absorbed {
  const { record, work: itsWork } = known;
  const marks = Object.entries(itsWork.value.marks);
  const emptied = settleMarks(
    itsWork.value,
    new Map(
      marks.map(([system, mark]) => [
        system as Operation['system'],
        { kind: 'served', seq: mark.seq, reason: 'forwarded' },
      ]),
    ),
    now,
  );
  return {
    writes: [
      update<Crosswalk>(crosswalkRef(operation.system, operation.type, stranger.nativeId), {
        recordId,
        state: 'active',
        formerRecordIds: { transform: 'arrayUnion', elements: [record.value.id] },
        evidence: 'created_by_us',
      }),
      set(
        records.at(record.value.id),
        { ...record.value, state: 'merged', mergedInto: recordId },
        record.version,
      ),
      set(workCollection.at(record.value.id), emptied, itsWork.version),
    ],
    tasks: [],
    work: forwardMarks(itsWork.value, work, now, 0),
  };
}

function ours(operation: Operation, nativeId: NativeId, recordId: RecordId, now: number): Crosswalk {
  return {
    system: operation.system,
    type: operation.type,
    nativeId,
    recordId,
    state: 'active',
    mergedIntoNativeId: null,
    formerRecordIds: [],
    evidence: 'created_by_us',
    createdAt: toInstant(now),
  };
}
