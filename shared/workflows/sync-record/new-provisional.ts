import type { EntityType, NativeId, RecordId, SystemId } from '#shared/model/ids.ts';
import { crosswalkRef, type Crosswalk } from '#shared/model/identity-documents.ts';
import { toInstant } from '#shared/model/instant.ts';
import { records, type RecordDocument } from '#shared/model/record.ts';
import { listingOf } from '#shared/model/record-listing.ts';
import { work as workCollection, type WorkDocument } from '#shared/model/work.ts';
import { create, set, type Snapshot, type Write } from '#shared/ports/document-store.ts';
import type { Task } from '#shared/ports/task-queue.ts';
import { NO_LIFECYCLE } from '#shared/authority/lifecycle.ts';
import type { SyncContext } from './context.ts';
import { addMark, type Hint } from './marks.ts';
import { emptyWork, taskOfWork } from './wake.ts';

export interface ProvisionalRequest {
  readonly system: SystemId;
  readonly type: EntityType;
  readonly nativeId: NativeId;
  /** What made us look. */
  readonly evidence: string;
  /** What is stored of an object that another one had replaced, when it is seen again. */
  readonly former?: Snapshot<Crosswalk> | undefined;
  readonly now: number;
  /** Natural keys that it holds from the beginning. @default none */
  readonly claims?: readonly string[];
  /** The event that named it; without one it is simply owed a look. */
  readonly hint?: Hint;
}

export interface Provisional {
  readonly recordId: RecordId;
  readonly writes: readonly Write[];
  readonly work: WorkDocument;
  readonly task: Task | undefined;
}

/**
 * A native id that nobody knows, or nobody any more, becomes a provisional record that owes one look. If the native
 * id is known by now, the whole commit is refused and the caller looks again (M16).
 */
export function newProvisional(
  context: Pick<SyncContext, 'ports'>,
  request: ProvisionalRequest,
): Provisional {
  const { system, type, nativeId, former, now } = request;
  const recordId = `rec_${context.ports.ids.ulid()}` as RecordId;
  const createdAt = toInstant(now);
  const crosswalk: Crosswalk = {
    system,
    type,
    nativeId,
    recordId,
    state: 'provisional',
    mergedIntoNativeId: null,
    formerRecordIds: former === undefined ? [] : formerRecordIdsOf(former.value),
    evidence: request.evidence,
    createdAt: former?.value.createdAt ?? createdAt,
  };
  const unlisted: RecordDocument = {
    id: recordId,
    type,
    state: 'provisional',
    mergedInto: null,
    lifecycle: NO_LIFECYCLE,
    links: {
      [system]: {
        nativeId,
        state: 'active',
        deniedAt: null,
        linkedAt: createdAt,
        evidence: request.evidence,
      },
    },
    representations: {},
    bases: {},
    golden: {},
    ledger: {},
    refusals: {},
    swallowed: {},
    tolerances: {},
    holds: {},
    unexplainedSince: {},
    verdicts: {},
    claims: request.claims ?? [],
    writeSets: {},
    usedFacts: [],
    passNumber: 0,
    epoch: 0,
    release: 0,
    historyCount: 0,
    createdAt,
  };
  const record = { ...unlisted, listing: listingOf(unlisted) };
  const hint: Hint = request.hint ?? { system, vendorTime: null, lane: 'live', evidence: [] };
  const { work } = addMark(emptyWork(recordId), hint, 0, now);
  return {
    recordId,
    work,
    writes: [
      former === undefined
        ? create(crosswalkRef(system, type, nativeId), crosswalk)
        : set(former.ref, crosswalk, former.version),
      create(records.at(recordId), record),
      create(workCollection.at(recordId), work),
    ],
    task: taskOfWork(work),
  };
}

/** The alias history once the id points to another record than before. */
function formerRecordIdsOf({ formerRecordIds, recordId }: Crosswalk): readonly RecordId[] {
  return [...formerRecordIds.filter((id) => id !== recordId), recordId];
}
