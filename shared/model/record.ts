import type { Cause } from './cause.ts';
import { defineCollection, defineSubCollection } from './document.ts';
import type { Evidence } from './evidence.ts';
import type { FieldValue } from './field-value.ts';
import type { Dimension, EntityType, FieldPath, NativeId, PlanId, RecordId, RunId, SystemId } from './ids.ts';
import type { Instant } from './instant.ts';
import type { Bases, LedgerEntry, NaturalKey, Representation } from './representation.ts';
import type { CauseCode, Verdict } from './vocabulary.ts';

/** What an operator has said about one loss, over what the policy says of losses. */
export interface LossDecision {
  /** `carry`: the other systems remove theirs as well. `unlink`: they keep theirs. */
  readonly kind: 'carry' | 'unlink';
  readonly plan: PlanId;
  readonly by: string;
  readonly at: Instant;
}

/** The loss of a system's object: a read by its id said that it does not exist (M10). */
export interface Loss {
  /** Our time just before the first read that said so. It names the loss: what is lost again is another loss. */
  readonly since: Instant;
  /** Our time just before a read after the settle time that said so again; null while it is only suspected. */
  readonly confirmedAt: Instant | null;
  /** The run of ours that removed the object: such a loss means nothing to the other systems. */
  readonly removedBy?: RunId;
  /** The vendor tells of a merge: the object lives on under another id, which is no loss (M16). */
  readonly isMerge?: true;
  /** What came of carrying it to other systems, each of them once: `removed`, or the code of a refusal. */
  readonly carried?: Readonly<Record<SystemId, string>>;
  /** The mass guard that holds it back until somebody approves. */
  readonly heldBy?: string;
  /** Left out while the policy alone says what it means. */
  readonly decided?: LossDecision;
}

/** A value that a mass guard keeps from the other systems until somebody approves. */
export interface MassHold {
  readonly guard: string;
  readonly to: FieldValue;
  readonly since: Instant;
}

/** How a record is linked to one system. */
export interface Link {
  readonly nativeId: NativeId;
  /**
   * `gone`: a read by id gave a definite "does not exist". `foreign`: the vendor answered under another id,
   * so the object was merged there (M16).
   */
  readonly state: 'active' | 'gone' | 'foreign';
  /** Our time just before the read that said so; null while `active`. */
  readonly deniedAt: Instant | null;
  /** The object under which the vendor answered instead, while the state is `foreign`. */
  readonly answeredId?: NativeId;
  /** While the state is `gone`; left out where nobody noted when it was lost. */
  readonly loss?: Loss;
  readonly linkedAt: Instant;
  /** What linked it: the natural key that matched, our own create, or the first sight of it. */
  readonly evidence: string;
}

/** Why golden holds its value. A system that is behind inherits this cause. */
export interface GoldenCause {
  readonly system: SystemId;
  readonly evidence: Evidence | null;
  readonly rule: string;
  readonly acceptedAt: Instant;
}

export interface GoldenValue {
  readonly value: FieldValue;
  readonly cause: GoldenCause;
  /** How often in a row the value went back to the one before, and since when: a loop would do that (M9). */
  readonly alternation?: { readonly before: FieldValue; readonly count: number; readonly since: Instant };
}

/** A difference that somebody has accepted for a time. Void as soon as either value is another one. */
export interface Tolerance {
  /** What the system says, and what holds true instead. */
  readonly value: FieldValue;
  readonly golden: FieldValue;
  readonly by: string;
  /** Who answers for it. */
  readonly owner: string;
  readonly reason: string;
  readonly at: Instant;
  readonly until: Instant;
}

/** A field that sync leaves alone since somebody took a write back: lifted by an operator or its source's next move. */
export interface Hold {
  readonly by: string;
  readonly at: Instant;
  readonly reason: string;
  /** The plan whose write it protects: without that write it ends. Left out where it protects none. */
  readonly plan?: PlanId;
}

export interface FieldVerdict {
  readonly verdict: Verdict;
  readonly cause: CauseCode;
  /** Systems that differ from golden or moved, if any. */
  readonly systems: readonly SystemId[];
  readonly rule: string;
}

export interface DimensionVerdict {
  readonly verdict: Verdict;
  readonly cause: CauseCode;
  readonly fields: Readonly<Record<FieldPath, FieldVerdict>>;
  /** The oldest observation compared (M7). Null when nothing was compared. */
  readonly verifiedAt: Instant | null;
}

/** A field of a system that an open run may write. */
export interface WriteTarget {
  readonly system: SystemId;
  readonly path: FieldPath;
}

/** What an open run may write, and the epoch under which it may act: another epoch there fences it out (M3). */
export interface WriteSet {
  readonly epoch: number;
  readonly targets: readonly WriteTarget[];
}

/** A vendor's definite refusal of a value. The same value is not sent again until something moves. */
export interface Refusal {
  readonly runId: RunId;
  readonly to: FieldValue;
  readonly code: string;
  /** Whether other values were refused with it: then each is tried alone, to find the one at fault. */
  readonly isShared: boolean;
}

/**
 * The facts about one business entity: the master record. Written by passes and runs under M3; the
 * orchestrator may create it provisional. What is still to do stands in {@link WorkDocument}.
 */
export interface RecordDocument {
  readonly id: RecordId;
  readonly type: EntityType;
  /**
   * `provisional`: a native id was seen but never read; no plan is made for it (M16).
   * `merged`: it points to the record that took its place.
   */
  readonly state: 'provisional' | 'active' | 'merged';
  readonly mergedInto: RecordId | null;
  /** Links of the record that took its place which gave way to its own, kept for as long as the two may be parted. */
  readonly displaced?: Readonly<Record<SystemId, Link>>;
  /** Business lifecycle as the entity defines it; decides which rules apply. */
  readonly lifecycle: string;
  readonly links: Readonly<Record<SystemId, Link>>;
  readonly representations: Readonly<Record<SystemId, Representation>>;
  readonly bases: Readonly<Record<SystemId, Bases>>;
  readonly golden: Readonly<Record<FieldPath, GoldenValue>>;
  readonly ledger: Readonly<Record<SystemId, Readonly<Record<FieldPath, LedgerEntry>>>>;
  readonly refusals: Readonly<Record<SystemId, Readonly<Record<FieldPath, Refusal>>>>;
  /** Values of others that one of our writes overwrote unseen (M5), until the field moves again. */
  readonly swallowed: Readonly<Record<SystemId, Readonly<Record<FieldPath, FieldValue>>>>;
  readonly tolerances: Readonly<Record<SystemId, Readonly<Record<FieldPath, Tolerance>>>>;
  readonly holds: Readonly<Record<FieldPath, Hold>>;
  /** Values held back as a part of a mass change. Left out for none. */
  readonly massHolds?: Readonly<Record<FieldPath, MassHold>>;
  /** Since when, by our clock, a move of the field has been without an explanation. */
  readonly unexplainedSince: Readonly<Record<FieldPath, Instant>>;
  readonly verdicts: Readonly<Record<Dimension, DimensionVerdict>>;
  /** Dimensions that have an unresolved discrepancy. Left out for none. */
  readonly openDiscrepancies?: readonly Dimension[];
  /** By what lists find it: see `record-listing.ts`. Left out of what was written before there were such lists. */
  readonly listing?: readonly string[];
  /** Ids of the natural-key claims this record holds. */
  readonly claims: readonly string[];
  /** Fields that open runs may write, per run. */
  readonly writeSets: Readonly<Record<RunId, WriteSet>>;
  /** Facts that already started a workflow run. */
  readonly usedFacts: readonly string[];
  /** Grows with each pass that opens a run; names that run (M2). */
  readonly passNumber: number;
  /** The last epoch given to a run: grows with each run that is opened or taken over (M3). */
  readonly epoch: number;
  /** Release that last judged the record; an older executor leaves it alone (M6). */
  readonly release: number;
  /** Sequence number of the next history entry. */
  readonly historyCount: number;
  readonly createdAt: Instant;
}

/** Every field that an open run may write. */
export function writeTargets(record: RecordDocument): readonly WriteTarget[] {
  return Object.values(record.writeSets).flatMap(({ targets }) => targets);
}

/** Whether runs hold fields of the record. */
export function isBeingWritten({ writeSets }: RecordDocument): boolean {
  return Object.keys(writeSets).length > 0;
}

/** The natural keys that the systems which hold the record say of it, each once. */
export function keysOf(record: RecordDocument): readonly NaturalKey[] {
  const said = Object.entries(record.representations).flatMap(([system, representation]) =>
    record.links[system as SystemId]?.state === 'active' ? representation.keys : [],
  );
  return said.filter(
    (key, index) => said.findIndex((other) => other.key === key.key && other.value === key.value) === index,
  );
}

export const records = defineCollection<RecordDocument>({
  name: 'records',
  indexes: [],
  unindexed: [
    'links',
    'displaced',
    'representations',
    'bases',
    'golden',
    'ledger',
    'refusals',
    'swallowed',
    'tolerances',
    'holds',
    'massHolds',
    'unexplainedSince',
    'verdicts',
    'openDiscrepancies',
    'claims',
    'writeSets',
  ],
  ttlField: null,
  erasure: 'replace_values',
});

/** One accepted change, write or verdict change: what changed and why. Append-only. */
export interface HistoryEntry {
  readonly seq: number;
  /**
   * `tolerated`, `held`, `lifted`: what somebody decided about a field without changing what holds true of it.
   * `decided`: what somebody made of a loss.
   */
  readonly kind:
    | 'accepted'
    | 'written'
    | 'verdict'
    | 'linked'
    | 'unlinked'
    | 'merged'
    | 'parted'
    | 'refused'
    | 'tolerated'
    | 'held'
    | 'lifted'
    | 'decided';
  readonly recordedAt: Instant;
  /** Vendor's time since which it is true, when known. */
  readonly trueSince: Instant | null;
  readonly system: SystemId | null;
  readonly path: string | null;
  readonly before: FieldValue | string | null;
  readonly after: FieldValue | string | null;
  readonly rule: string | null;
  readonly cause: Cause;
}

export const recordHistory = defineSubCollection<HistoryEntry>({
  name: 'history',
  indexes: [
    {
      fields: [
        ['path', 'asc'],
        ['seq', 'desc'],
      ],
    },
  ],
  unindexed: ['before', 'after'],
  ttlField: null,
  erasure: 'replace_values',
});
