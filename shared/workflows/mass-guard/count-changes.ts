/**
 * Counts what mass guards watch over. Each count is one increment within the commit that makes the counted thing true,
 * on a counter that several shards share, so that counting delays nobody and a crash or a repetition counts nothing
 * twice or not at all (M10).
 */
import { lossesOf } from '#shared/drift/loss.ts';
import { isBeingRemoved } from '#shared/drift/presence.ts';
import type { DocumentRef } from '#shared/model/document.ts';
import {
  guardCounterRef,
  guardCounters,
  guardShardOf,
  guardWindowStart,
  lossGuardKey,
  subjectOf,
  type GuardCounter,
} from '#shared/model/guard.ts';
import type { RecordId } from '#shared/model/ids.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import { create, type CommitResult, type Transform, type Write } from '#shared/ports/document-store.ts';
import { countedOverwrites, partOf } from '#shared/reconciliation/mass-guard.ts';
import type { Operation } from '#shared/reconciliation/operation.ts';
import { guardLimitsOf, type SyncContext } from '../sync-record/context.ts';

/** Counters are kept for this many windows, for people who ask what was counted. */
const WINDOWS_KEPT = 24;

/**
 * Keys of the guards that count what a commit brings about: each loss when it is first suspected, and each overwrite
 * when it is planned or held.
 */
export function countedChanges(
  before: RecordDocument,
  after: RecordDocument,
  operations: readonly Operation[],
): readonly string[] {
  const losses = lossesOf(after).flatMap(([system, loss]) => {
    const isNews = before.links[system]?.loss?.since !== loss.since;
    const isOurs = loss.removedBy !== undefined || isBeingRemoved(before, system);
    return isNews && !isOurs && loss.isMerge === undefined && after.state === 'active'
      ? [lossGuardKey(after.type, system)]
      : [];
  });
  const held = Object.entries(after.massHolds ?? {}).flatMap(([path, { guard, since }]) =>
    before.massHolds?.[path as keyof typeof before.massHolds]?.since === since ? [] : [guard],
  );
  return [...new Set([...losses, ...countedOverwrites(operations), ...held])];
}

/**
 * The writes that count for a record. Reads the counters first, only to know whether they are there: an increment is
 * made by the store, and two that open one counter lose a race to each other.
 */
export async function countWrites(
  context: Pick<SyncContext, 'ports' | 'client'>,
  recordId: RecordId,
  keys: readonly string[],
  now: number,
): Promise<readonly Write[]> {
  if (keys.length === 0) return [];
  const { windowMs } = guardLimitsOf(context);
  const part = `p${partOf(now, windowMs)}`;
  const byCounter = [...Map.groupBy(keys, (key) => refOf(key, recordId, now, windowMs).path)];
  const known = await context.ports.store.getAll(
    byCounter.map(([path]): DocumentRef<GuardCounter> => ({ path })),
  );
  return byCounter.map(([path, counted], index): Write => {
    const ref = { path };
    if (known[index] === undefined) {
      const counts = Object.fromEntries(counted.map((key) => [key, { [part]: 1 }]));
      const expireAt = new Date(guardWindowStart(now, windowMs) + WINDOWS_KEPT * windowMs);
      return create<GuardCounter>(ref, { counts, expireAt });
    }
    const increments = counted.map((key): [string, Transform] => [
      `counts.\`${key}\`.${part}`,
      { transform: 'increment', by: 1 },
    ]);
    return { op: 'update', ref, fields: Object.fromEntries(increments) };
  });
}

function refOf(key: string, recordId: RecordId, now: number, windowMs: number): DocumentRef<GuardCounter> {
  return guardCounterRef(subjectOf(key), guardWindowStart(now, windowMs), guardShardOf(recordId));
}

/** One thing that a commit has counted, and what its shard has counted in this part of the window by then. */
export interface CountResult {
  readonly key: string;
  readonly count: number;
}

/** What a commit has counted. */
export function countsIn(writes: readonly Write[], results: readonly CommitResult[]): readonly CountResult[] {
  return writes.flatMap((write, index): readonly CountResult[] => {
    if (!write.ref.path.startsWith(`${guardCounters.ref.path}/`)) return [];
    if (write.op === 'create')
      return Object.keys((write.value as GuardCounter).counts).map((key) => ({ key, count: 1 }));
    return Object.entries(results[index]?.transformed ?? {}).map(([field, count]) => ({
      key: field.split('`')[1] ?? '',
      count: Number(count),
    }));
  });
}
