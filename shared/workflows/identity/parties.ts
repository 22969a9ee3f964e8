/**
 * Records that a decision about identity is about, read at one moment with everything that may be acting for them.
 *
 * Such a decision calls no vendor, so it holds the leases for the length of its one commit (M16): that commit takes and
 * gives back the leases of all parties, on the versions read, in the order of their ids. Whoever took one of them
 * meanwhile makes it fail; who holds one is waited for, and so is a write of unknown outcome (M2).
 */
import { leases, type Lease } from '#shared/engine/lease.ts';
import { workflowRuns, type Run } from '#shared/engine/run.ts';
import type { RecordId, RunId } from '#shared/model/ids.ts';
import { records, type RecordDocument } from '#shared/model/record.ts';
import { work as workCollection, type WorkDocument } from '#shared/model/work.ts';
import { create, set, type DocumentStore, type Snapshot, type Write } from '#shared/ports/document-store.ts';

/** One record, with what may be acting for it. */
export interface Party {
  readonly record: Snapshot<RecordDocument>;
  readonly work: Snapshot<WorkDocument>;
  readonly lease: Snapshot<Lease> | undefined;
  readonly runs: readonly Run[];
}

/** Reads parties in the order asked; undefined for a record that does not exist. */
export async function readParties(
  store: Pick<DocumentStore, 'getAll'>,
  ids: readonly RecordId[],
): Promise<readonly (Party | undefined)[]> {
  const read = await store.getAll([
    ...ids.map((id) => records.at(id)),
    ...ids.map((id) => workCollection.at(id)),
    ...ids.map((id) => leases.at(id)),
  ]);
  const at = <T extends object>(index: number) => read[index] as Snapshot<T> | undefined;
  const runs = await Promise.all(ids.map((_, index) => readRuns(store, at<RecordDocument>(index))));
  return ids.map((_, index) => {
    const record = at<RecordDocument>(index);
    const work = at<WorkDocument>(ids.length + index);
    if (record === undefined || work === undefined) return undefined;
    return { record, work, lease: at<Lease>(2 * ids.length + index), runs: runs[index] ?? [] };
  });
}

async function readRuns(
  store: Pick<DocumentStore, 'getAll'>,
  record: Snapshot<RecordDocument> | undefined,
): Promise<readonly Run[]> {
  const ids = Object.keys(record?.value.writeSets ?? {}) as RunId[];
  if (ids.length === 0) return [];
  const runs = await store.getAll(ids.map((id) => workflowRuns.at(id)));
  return runs.flatMap((run) => (run === undefined ? [] : [run.value]));
}

/** Why a record cannot change hands now: somebody may be writing it, or it is not known whether somebody has. */
export type Obstacle = 'being_written' | 'outcome_unknown';

/** What stands in the way of a decision about a record; null when nothing does. */
export function obstacleOf({ lease, runs }: Pick<Party, 'lease' | 'runs'>): Obstacle | null {
  if (lease !== undefined && lease.value.owner !== null) return 'being_written';
  const isDoubtful = runs.some(({ steps }) =>
    Object.values(steps).some(({ status }) => status === 'unknown' || status === 'unverified'),
  );
  return isDoubtful ? 'outcome_unknown' : null;
}

/** Takes the leases of all parties and gives them back, in the order of their ids. */
export function leaseWrites(parties: readonly Party[]): readonly Write[] {
  return parties
    .toSorted((a, b) => (a.record.value.id < b.record.value.id ? -1 : 1))
    .map(({ record, lease }) =>
      lease === undefined
        ? create<Lease>(leases.at(record.value.id), { owner: null, runId: NOBODY, expiresAt: 0 })
        : set<Lease>(lease.ref, lease.value, lease.version),
    );
}

/** No run has ever had the lease. */
const NOBODY = 'run_none' as RunId;

/** The record without its open runs: their next commit fails, and what they meant to write is planned anew (M3). */
export function fenced(record: RecordDocument): RecordDocument {
  return { ...record, epoch: record.epoch + 1, writeSets: {} };
}
