import { advance } from '#shared/engine/advance.ts';
import { runJournal, spillJournal } from '#shared/engine/journal.ts';
import { leases, type Lease } from '#shared/engine/lease.ts';
import { workflowRuns, type RunEvent } from '#shared/engine/run.ts';
import type { DocumentRef } from '#shared/model/document.ts';
import type { RecordId, RunId } from '#shared/model/ids.ts';
import { records, type RecordDocument } from '#shared/model/record.ts';
import { controlRef } from '#shared/model/settings.ts';
import { work as workCollection, type WorkDocument } from '#shared/model/work.ts';
import { create, set, type Snapshot, type Write } from '#shared/ports/document-store.ts';
import type { CompareInput } from '#shared/drift/stand.ts';
import { policyOf, type SyncContext } from './context.ts';
import { controlAt, type Control } from './control.ts';
import type { SyncRun } from './open-run.ts';
import { ownValuesOf } from './own-values.ts';

/** Names a run, and the record that it acts for. */
export interface RunOfRecord {
  readonly runId: RunId;
  readonly recordId: RecordId;
}

/** Everything a run's commit depends on, read at one moment. */
export interface LoadedRun {
  readonly run: Snapshot<SyncRun>;
  readonly record: Snapshot<RecordDocument>;
  readonly work: Snapshot<WorkDocument>;
  readonly lease: Snapshot<Lease> | undefined;
  readonly control: Control;
  /** What operators have set of the record. */
  readonly ownValues: NonNullable<CompareInput['ownValues']>;
}

/**
 * Reads a run with all that its next commit depends on, in one read, so that the lease says who had the run as it
 * was read. Undefined when one of them is missing.
 */
export async function loadRun(
  context: SyncContext,
  { runId, recordId }: RunOfRecord,
): Promise<LoadedRun | undefined> {
  const [run, record, work, lease, settings] = await context.ports.store.getAll([
    runRef(runId),
    records.at(recordId),
    workCollection.at(recordId),
    leases.at(recordId),
    controlRef,
  ] as const);
  const isMissing = run === undefined || record === undefined || work === undefined;
  if (isMissing) return undefined;
  const control = controlAt(context, settings?.value, context.ports.clock.now());
  const ownValues = await ownValuesOf(context, policyOf(context, record.value.type), recordId);
  return { run, record, work, lease, control, ownValues };
}

/** Runs of this workflow, by their own input type. */
export function runRef(runId: RunId): DocumentRef<SyncRun> {
  return workflowRuns.at(runId) as DocumentRef<SyncRun>;
}

/** Applies one event to the run, with a fresh task name if it goes on. */
export function advanced(run: SyncRun, event: RunEvent): SyncRun {
  const next = advance(run, event);
  return next.wakeAt === null ? next : { ...next, wakeSeq: run.wakeSeq + 1, redrives: 0 };
}

/** The writes that store a run on the version that was read; a journal that grew too long leaves it in pages. */
export function runWrites(run: SyncRun, version: string): readonly Write[] {
  const spilled = spillJournal(run);
  const ref = runRef(run.id);
  const page = spilled.page;
  return [
    set(ref, spilled.run, version),
    ...(page === null ? [] : [create(runJournal.at(ref, page.id), page.value)]),
  ];
}

/** Whether the run still acts for the record: no other has been given its place (M3). */
export function holdsRecord({ run, record }: Pick<LoadedRun, 'run' | 'record'>): boolean {
  return record.value.writeSets[run.value.id]?.epoch === run.value.epoch;
}
