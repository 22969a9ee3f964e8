import { defineCollection } from './document.ts';
import type { Evidence } from './evidence.ts';
import type { Dimension, FieldPath, NativeId, RecordId, RunId, SystemId } from './ids.ts';
import type { Instant } from './instant.ts';
import type { Lane, ObservationMethod, ServedReason } from './vocabulary.ts';

/** A debt: observe this record in this system. The pseudo-system `concord` owes a comparison only. */
export interface Mark {
  /** Grows with every event; a pass removes the mark only at the seq it read first (M1). */
  readonly seq: number;
  /** Latest vendor time among the events, null when none of them had one. */
  readonly vendorTime: Instant | null;
  readonly lane: Lane;
  /** Epoch milliseconds before which the system is left alone after a failed or stale read. */
  readonly notBefore: number;
  /** Failed or stale reads in a row; the next waits longer. */
  readonly attempts: number;
  /** Reads since the last event that a vendor answered with an older state. */
  readonly staleReads: number;
  readonly evidence: readonly Evidence[];
}

/** How one mark was served. */
export interface Served {
  readonly system: SystemId;
  readonly seq: number;
  readonly at: Instant;
  readonly reason: ServedReason;
}

/** A completed comparison of a dimension in which every system took part. */
export interface Check {
  /** The oldest observation compared (M7). */
  readonly verifiedAt: Instant;
  readonly method: ObservationMethod;
  /** Epoch milliseconds from which on it is looked at again without being told to. */
  readonly nextDueAt: number;
  /** Value of the record's `historyCount` that was compared: counts only while nothing changed since. */
  readonly recordVersion: number;
  /** Hash of the policy under which it was compared: under another one it says nothing. */
  readonly policyHash: string;
}

/** Changes of a dimension that were seen in any system, each counting for less the longer it is ago. */
export interface ChangeCount {
  readonly seen: number;
  /** Those among them that no webhook told of. */
  readonly untold: number;
  /** Epoch milliseconds for which the counts hold. */
  readonly at: number;
  /** Epoch milliseconds since which changes are counted. */
  readonly since: number;
}

/** One of our writes to a system: its vendor time, its fields, and the one event that is taken for its echo (M9). */
export interface OwnWrite {
  readonly runId: RunId;
  readonly at: Instant;
  readonly paths: readonly FieldPath[];
  readonly echoKey: string | null;
}

/** What a read by its id last saw of an object, by the vendor's clock. */
export interface Sight {
  readonly nativeId: NativeId;
  /** The object's modified time. */
  readonly modifiedAt: Instant;
  /** Vendor time that had come when the read was asked for, at least; null when the vendor did not tell its time. */
  readonly askedAt: Instant | null;
}

/**
 * What is owed for one record: hot, small, rewritten by every event. Keyed like the record.
 * It carries `wakeAt` while it owes anything: the state is the outbox.
 */
export interface WorkDocument {
  readonly recordId: RecordId;
  readonly marks: Readonly<Record<SystemId, Mark>>;
  /** Epoch milliseconds of the earliest due debt; null when nothing is owed. */
  readonly wakeAt: number | null;
  /** Spreads the index on `wakeAt`, which only rises. */
  readonly wakeShard: number;
  /** Names the task that serves the debt; a name is never used twice. */
  readonly wakeSeq: number;
  /** Re-drives by the watchdog since the debt was last served. */
  readonly redrives: number;
  /** The next mark's seq, per system, also after the mark is gone. */
  readonly seqs: Readonly<Record<SystemId, number>>;
  readonly observedAt: Readonly<Record<SystemId, Instant>>;
  /**
   * Of systems about which nothing is left to be explained: what is listed of an object that was seen like this needs
   * no further look. Left out for none.
   */
  readonly sights?: Readonly<Record<SystemId, Sight>>;
  /** Our last writes, oldest first: an echo may come late. */
  readonly ownWrites: Readonly<Record<SystemId, readonly OwnWrite[]>>;
  /**
   * Evidence that was served but not used: a run held the fields, or the difference it concerns is not settled.
   * One of the events may be the echo of what a run wrote.
   */
  readonly deferred: Readonly<Record<SystemId, readonly Evidence[]>>;
  readonly checks: Readonly<Record<Dimension, Check>>;
  /** Epoch milliseconds of the first check that falls due; null while nothing was compared. */
  readonly checkDueAt: number | null;
  /** Band of its most urgent dimension: due checks are looked for band by band. Shares the shard of `wakeAt`. */
  readonly checkBand: number;
  /** What the record is worth beside others of its type. */
  readonly value: number;
  readonly changes: Readonly<Record<Dimension, ChangeCount>>;
  /** The last 20 marks and what became of them. */
  readonly served: readonly Served[];
}

export const work = defineCollection<WorkDocument>({
  name: 'work',
  indexes: [
    {
      fields: [
        ['wakeShard', 'asc'],
        ['wakeAt', 'asc'],
      ],
    },
    {
      fields: [
        ['wakeShard', 'asc'],
        ['checkBand', 'asc'],
        ['checkDueAt', 'asc'],
      ],
    },
  ],
  unindexed: [
    'marks',
    'wakeAt',
    'wakeSeq',
    'redrives',
    'seqs',
    'observedAt',
    'sights',
    'ownWrites',
    'deferred',
    'checks',
    'checkDueAt',
    'checkBand',
    'value',
    'changes',
    'served',
  ],
  ttlField: null,
  erasure: 'keep_without_personal_data',
});

export const SERVED_KEPT = 20;
export const EVIDENCE_KEPT = 10;
export const OWN_WRITES_KEPT = 10;
