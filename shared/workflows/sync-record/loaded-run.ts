import { advance } from '#shared/engine/advance.ts';
import { runJournal, spillJournal } from '#shared/engine/journal.ts';
import { leases, type Lease } from '#shared/engine/lease.ts';
import { workflowRuns, type RunEvent } from '#shared/engine/run.ts';
import type { DocumentRef } from '#shared/model/document.ts';
import type { RunId } from '#shared/model/ids.ts';
import { records, type RecordDocument } from '#shared/model/record.ts';
import { work as workCollection, type WorkDocument } from '#shared/model/work.ts';
import { create, set, type Snapshot, type Write } from '#shared/ports/document-store.ts';
import type { SyncContext } from './context.ts';
import type { SyncRun } from './open-run.ts';

/** Everything a run's commit depends on, read at one moment. */
export interface LoadedRun {
  readonly run: Snapshot<SyncRun>;
  readonly record: Snapshot<RecordDocument>;
  readonly work: Snapshot<WorkDocument>;
  readonly lease: Snapshot<Lease> | undefined;
}

/** Reads a run with all that its next commit depends on; undefined when one of them is missing. */
export async function loadRun(context: SyncContext, runId: RunId): Promise<LoadedRun | undefined> {
  const { store } = context.ports;
  const run = await store.get(runRef(runId));
  if (run === undefined) return undefined;
  const { recordId } = run.value;
  const [record, work, lease] = await store.getAll([
    records.at(recordId),
    workCollection.at(recordId),
    leases.at(recordId),
  ] as const);
  return record === undefined || work === undefined ? undefined : { run, record, work, lease };
}

/** Runs of this workflow, by their own input type. */
function runRef(runId: RunId): DocumentRef<SyncRun> {
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
