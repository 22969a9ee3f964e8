/**
 * Mass guards: how much may change at once before somebody has to be asked (M10). Losses and overwrites are counted
 * over a sliding window, across passes, runs and instances: each in the very commit that makes it true, so that no
 * crash and no duplicate counts anything twice or not at all. Past its limit a guard is closed, and what it stops is
 * held, for one approval, until somebody gives it; that time passes releases nothing.
 */
import { defineCollection, defineSubCollection, type DocumentRef } from './document.ts';
import { contentHash } from './hash.ts';
import { EntityType, FieldPath, SystemId, type RecordId } from './ids.ts';
import type { Instant } from './instant.ts';

/** What may change at once: a number of records, or a share of all records of the type, whichever is more. */
export interface GuardLimit {
  readonly count: number;
  /** 0 to 1. */
  readonly share: number;
}

/** A client's limits. */
export interface MassGuardLimits {
  readonly windowMs: number;
  /** Objects of one type that one system may lose within the window. */
  readonly losses: GuardLimit;
  /** Values of one field that may be overwritten with the word of one system within the window. */
  readonly overwrites: GuardLimit;
}

/** The limits of a client that declares none. */
export const DEFAULT_MASS_GUARD: MassGuardLimits = Object.freeze<MassGuardLimits>({
  windowMs: 60 * 60_000,
  losses: { count: 20, share: 0.01 },
  overwrites: { count: 500, share: 0.1 },
});

/** What one guard counts: the losses of a system, or the overwrites of one field with a system's word. */
export type GuardSubject =
  | { readonly kind: 'losses'; readonly type: EntityType; readonly system: SystemId }
  | {
      readonly kind: 'overwrites';
      readonly type: EntityType;
      readonly system: SystemId;
      readonly path: FieldPath;
    };

/** Names a guard: `customer:shopify:losses`, `customer:hubspot:overwrites:phone`. */
export function guardKey(subject: GuardSubject): string {
  const { type, system, kind } = subject;
  return [type, system, kind, ...(kind === 'overwrites' ? [subject.path] : [])].join(':');
}

/** What the guard of that name counts. */
export function subjectOf(key: string): GuardSubject {
  const [type = '', system = '', kind, ...path] = key.split(':');
  const common = { type: EntityType(type), system: SystemId(system) };
  return kind === 'overwrites'
    ? { ...common, kind, path: FieldPath(path.join(':')) }
    : { ...common, kind: 'losses' };
}

/** The guard that counts what a system has lost. */
export function lossGuardKey(type: EntityType, system: SystemId): string {
  return guardKey({ kind: 'losses', type, system });
}

/** Parts into which the counters of one window are split: more than one commit a second may have to count. */
export const GUARD_SHARDS = 4;
/** Parts of a window. What is counted is counted for a window and up to one part of it. */
export const GUARD_PARTS = 12;

/** One shard's counts of one window, by guard and part of the window. */
export interface GuardCounter {
  readonly counts: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly expireAt: Date;
}

export const guardCounters = defineCollection<GuardCounter>({
  name: 'guardCounters',
  indexes: [],
  unindexed: ['counts'],
  ttlField: 'expireAt',
  erasure: 'holds_none',
});

/** Shard that counts for a record. */
export function guardShardOf(recordId: RecordId): number {
  return Number.parseInt(contentHash(['guard', recordId]).slice(0, 2), 16) % GUARD_SHARDS;
}

/** First moment of the window that `now`, epoch milliseconds, lies in. */
export function guardWindowStart(now: number, windowMs: number): number {
  return now - (now % windowMs);
}

/** `guardCounters/{type}:{system}:{kind}:{window}:{shard}`. */
export function guardCounterRef(
  { type, system, kind }: Pick<GuardSubject, 'type' | 'system' | 'kind'>,
  windowStart: number,
  shard: number,
): DocumentRef<GuardCounter> {
  return guardCounters.at(`${type}:${system}:${kind}:${windowStart}:${shard}`);
}

/** A guard that was closed at least once, and what it knows of the records it guards. */
export interface Guard {
  readonly key: string;
  readonly subject: GuardSubject;
  /** Our time until which it stops whatever it counts; what it has stopped stays held beyond that. */
  readonly closedUntil: Instant;
  /** What closed it last: what was counted, and the most that would have passed. */
  readonly total: number;
  readonly limit: number;
  readonly closedAt: Instant;
}

/** By {@link guardKey}. The records that it holds stand below it. */
export const guards = defineCollection<Guard>({
  name: 'guards',
  indexes: [],
  unindexed: ['subject', 'total', 'limit'],
  ttlField: null,
  erasure: 'keep_without_personal_data',
});

/** One record that a guard holds back, keyed by the record. It goes with its reason, or once it was carried out. */
export interface HeldRecord {
  readonly recordId: RecordId;
  readonly guard: string;
  /** Names what is held: the loss, or the value that is to be written, by when it came to be. */
  readonly since: Instant;
  readonly heldAt: Instant;
  /** Who let it pass; null while it waits. */
  readonly released: { readonly by: string; readonly at: Instant } | null;
}

export const heldRecords = defineSubCollection<HeldRecord>({
  name: 'held',
  indexes: [],
  unindexed: ['since', 'released'],
  ttlField: null,
  erasure: 'keep_without_personal_data',
});

/** `guards/{key}/held/{recordId}`. */
export function heldRef(key: string, recordId: RecordId): DocumentRef<HeldRecord> {
  return heldRecords.at(guards.at(key), recordId);
}
