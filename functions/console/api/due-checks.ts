import { CHECK_BANDS } from '#shared/drift/check-schedule.ts';
import { toInstant, type Instant } from '#shared/model/instant.ts';
import { work } from '#shared/model/work.ts';
import type { DocumentStore } from '#shared/ports/document-store.ts';
import { WAKE_SHARDS } from '#shared/workflows/sync-record/wake.ts';

/** A check is overdue when it is due for longer than the longest that one is put off for. */
const OVERDUE_AFTER_MS = 60 * 60_000;

/** Records whose checks are due. */
export interface DueChecks {
  readonly due: number;
  /** Those among them that the budget or a failing system has kept waiting. */
  readonly overdue: number;
  readonly oldestDueAt: Instant | null;
}

/** Counts due checks, shard by shard and band by band as they are indexed. Reads no record but the oldest ones. */
export async function readDueChecks(store: DocumentStore, now: number): Promise<DueChecks> {
  const places = Array.from({ length: WAKE_SHARDS * CHECK_BANDS }, (_, place) => place);
  const parts = await Promise.all(places.map((place) => readPlace(store, place, now)));
  const oldest = parts.flatMap(({ oldestDueAt }) => oldestDueAt ?? []);
  return {
    due: parts.reduce((sum, { due }) => sum + due, 0),
    overdue: parts.reduce((sum, { overdue }) => sum + overdue, 0),
    oldestDueAt: oldest.length === 0 ? null : toInstant(Math.min(...oldest)),
  };
}

async function readPlace(store: DocumentStore, place: number, now: number) {
  const dueBy = (time: number) =>
    [
      ['wakeShard', '==', place % WAKE_SHARDS],
      ['checkBand', '==', Math.floor(place / WAKE_SHARDS)],
      ['checkDueAt', '<=', time],
    ] as const;
  const [oldest] = await store.query({
    from: work.ref,
    where: dueBy(now),
    orderBy: [['checkDueAt', 'asc']],
    limit: 1,
  });
  const oldestDueAt = oldest?.value.checkDueAt ?? null;
  if (oldestDueAt === null) return { due: 0, overdue: 0, oldestDueAt };
  const lateBy = now - OVERDUE_AFTER_MS;
  const [due, overdue] = await Promise.all([
    store.count({ from: work.ref, where: dueBy(now) }),
    oldestDueAt > lateBy ? 0 : store.count({ from: work.ref, where: dueBy(lateBy) }),
  ]);
  return { due, overdue, oldestDueAt };
}
