/**
 * Closes a mass guard that has counted more than its limit. Whether it has is asked of all shards at once, after a
 * count; losses are asked for once more before anything follows from them, so that nothing depends on who died when.
 */
import { ConcordError, ErrorCode } from '#shared/errors/concord-error.ts';
import { contention } from '#shared/errors/faults.ts';
import {
  GUARD_PARTS,
  GUARD_SHARDS,
  guardCounterRef,
  guards,
  guardWindowStart,
  subjectOf,
  type Guard,
  type GuardCounter,
} from '#shared/model/guard.ts';
import { toEpochMs, toInstant } from '#shared/model/instant.ts';
import { records } from '#shared/model/record.ts';
import { controlRef, type ControlSettings } from '#shared/model/settings.ts';
import { create, set, type Write } from '#shared/ports/document-store.ts';
import { limitOf, totalOf } from '#shared/reconciliation/mass-guard.ts';
import { guardLimitsOf, lossSettleMsOf, type SyncContext } from '../sync-record/context.ts';
import { controlAt } from '../sync-record/control.ts';
import type { CountResult } from './count-changes.ts';

const MAX_RACES = 10;

/** How a guard stands. */
interface Reading {
  readonly total: number;
  readonly limit: number;
}

/**
 * Guards among the named that have counted more than their limit, closed or not.
 *
 * @param now our time, epoch milliseconds.
 */
export async function pastGuards(
  context: SyncContext,
  keys: readonly string[],
  now: number,
): Promise<readonly string[]> {
  const readings = await Promise.all(keys.map((key) => readGuard(context, key, now)));
  return keys.filter((_, index) => isPast(readings[index]));
}

/**
 * Closes those of the guards that are past their limit, for a window from now on. All shards are read after every so
 * many counts of one of them: few enough that no more than about half of the limit passes unread.
 */
export async function closeGuards(
  context: SyncContext,
  counted: readonly CountResult[],
  now: number,
): Promise<void> {
  for (const { key, count } of counted) {
    if (!isWorthReading(context, key, count)) continue;
    const reading = await readGuard(context, key, now);
    if (isPast(reading)) await close(context, key, reading, now);
  }
}

/** What a guard counts of the window that ends now. */
export async function countedBy(context: SyncContext, key: string, now: number): Promise<number> {
  return (await readGuard(context, key, now)).total;
}

function isWorthReading(context: SyncContext, key: string, count: number): boolean {
  const limit = guardLimitsOf(context)[subjectOf(key).kind].count;
  return count % Math.max(1, Math.floor(limit / (GUARD_SHARDS * (GUARD_PARTS + 1) * 2))) === 0;
}

function isPast(reading: Reading | undefined): reading is Reading {
  return reading !== undefined && reading.total > reading.limit;
}

async function readGuard(context: SyncContext, key: string, now: number): Promise<Reading> {
  const { store } = context.ports;
  const { windowMs, ...limits } = guardLimitsOf(context);
  const subject = subjectOf(key);
  const start = guardWindowStart(now, windowMs);
  const shards = Array.from({ length: GUARD_SHARDS }, (_, shard) => shard);
  const refs = [start, start - windowMs].flatMap((window) =>
    shards.map((shard) => guardCounterRef(subject, window, shard)),
  );
  const read = await store.getAll(refs);
  const valuesOf = (list: typeof read): readonly GuardCounter[] =>
    list.flatMap((snapshot) => (snapshot === undefined ? [] : [snapshot.value]));
  const counters = {
    present: valuesOf(read.slice(0, GUARD_SHARDS)),
    former: valuesOf(read.slice(GUARD_SHARDS)),
  };
  const total = totalOf(counters, key, now, windowMs);
  const { count, share } = limits[subject.kind];
  if (total <= count) return { total, limit: count };
  const population = await store.count({ from: records.ref, where: [['type', '==', subject.type]] });
  return { total, limit: limitOf({ count, share }, population) };
}

/** Every switch that stops writes stands in one document, which is read before every write; so does this one. */
async function close(
  context: SyncContext,
  key: string,
  { total, limit }: Reading,
  now: number,
): Promise<void> {
  const { store, telemetry } = context.ports;
  const { windowMs } = guardLimitsOf(context);
  const untilMs = now + windowMs + lossSettleMsOf(context);
  for (let race = 0; race < MAX_RACES; race += 1) {
    const stored = await store.get(controlRef);
    const closedUntil = stored?.value.guards?.[key];
    // Whoever comes within the same part of the window closes it no further.
    if (closedUntil !== undefined && toEpochMs(closedUntil) >= untilMs - windowMs / 2) return;
    const { modes } = controlAt(context, stored?.value, now);
    const known: ControlSettings = stored?.value ?? { modes, pauses: {} };
    const next: ControlSettings = { ...known, guards: { ...known.guards, [key]: toInstant(untilMs) } };
    const guard: Guard = {
      key,
      subject: subjectOf(key),
      closedUntil: toInstant(untilMs),
      total,
      limit,
      closedAt: toInstant(now),
    };
    const switched: Write =
      stored === undefined ? create(controlRef, next) : set(controlRef, next, stored.version);
    try {
      await store.commit([switched, set(guards.at(key), guard)]);
    } catch (error) {
      if (ConcordError.is(error, ErrorCode.conflict) || ConcordError.is(error, ErrorCode.alreadyExists))
        continue;
      throw error;
    }
    telemetry.log('warning', 'guard.closed', { count: total });
    return;
  }
  throw contention(MAX_RACES);
}
