import { changesPerDay } from '#shared/drift/change-rate.ts';
import { byPriority, CHECK_BANDS, checkPriority } from '#shared/drift/check-schedule.ts';
import type { Dimension } from '#shared/model/ids.ts';
import { toEpochMs } from '#shared/model/instant.ts';
import { work as workCollection, type WorkDocument } from '#shared/model/work.ts';
import type { DocumentStore, Snapshot } from '#shared/ports/document-store.ts';
import { WAKE_SHARDS } from '../sync-record/wake.ts';

/** A record with checks that are due. */
export interface DueRecord {
  readonly id: string;
  readonly work: Snapshot<WorkDocument>;
  /** Sum over its due dimensions: one read serves them all. */
  readonly priority: number;
}

/** Most due records of one shard and band that a tick looks at. */
const PAGE = 300;

/** Most due records of one band that a tick looks at. */
export const DUE_PER_BAND = PAGE * WAKE_SHARDS;

/**
 * Records whose checks are due at `now`, epoch milliseconds, the most urgent first. Bounded: of each shard and band the
 * longest due ones.
 */
export async function findDue(store: DocumentStore, now: number): Promise<readonly DueRecord[]> {
  const places = Array.from({ length: WAKE_SHARDS * CHECK_BANDS }, (_, place) => place);
  const pages = await Promise.all(
    places.map((place) =>
      store.query<WorkDocument>({
        from: workCollection.ref,
        where: [
          ['wakeShard', '==', place % WAKE_SHARDS],
          ['checkBand', '==', Math.floor(place / WAKE_SHARDS)],
          ['checkDueAt', '<=', now],
        ],
        orderBy: [['checkDueAt', 'asc']],
        limit: PAGE,
      }),
    ),
  );
  return pages
    .flat()
    .map((work) => ({ id: work.value.recordId, work, priority: priorityOf(work.value, now) }))
    .toSorted(byPriority);
}

function priorityOf({ checks, changes, value }: WorkDocument, now: number): number {
  return Object.entries(checks)
    .filter(([, { nextDueAt }]) => nextDueAt <= now)
    .reduce((sum, [dimension, { verifiedAt }]) => {
      const rate = changesPerDay(changes[dimension as Dimension], now);
      return sum + checkPriority({ value, changesPerDay: rate }, now - toEpochMs(verifiedAt));
    }, 0);
}
