import { contentHash } from './hash.ts';
import { defineCollection, type DocumentRef } from './document.ts';
import type { FieldValue } from './field-value.ts';
import type { Dimension, EntityType, FieldPath, NativeId, RecordId, SystemId } from './ids.ts';
import type { Instant } from './instant.ts';
import type { Evidence } from './evidence.ts';
import { VERDICT_ORDER, type CauseCode, type Verdict } from './vocabulary.ts';

/**
 * Where a discrepancy stands for those who work on it. Nobody presses "resolved": only a comparison that finds nothing
 * any more resolves one.
 *
 * - `in_progress`: what should settle it is under way.
 * - `suppressed`: hidden until a time, with a reason.
 */
export const DISCREPANCY_STATUSES = [
  'open',
  'acknowledged',
  'in_progress',
  'suppressed',
  'resolved',
] as const;
export type DiscrepancyStatus = (typeof DISCREPANCY_STATUSES)[number];

/** One field, or one pseudo field of presence, that is not as it should be. */
export interface DiscrepantField {
  readonly verdict: Verdict;
  readonly cause: CauseCode;
  /** Systems that differ, moved or lack it. */
  readonly systems: readonly SystemId[];
  readonly rule: string;
  /** What every linked system says; empty for presence. */
  readonly values: Readonly<Record<SystemId, FieldValue>>;
  readonly golden: FieldValue;
}

/** Another record that may be the same entity, and what says so. */
export interface Candidate {
  readonly recordId: RecordId;
  /** Names of the natural keys that agree, or `merged_by_vendor`. */
  readonly evidence: string;
}

/** What is known of how it came about. Empty lists are said as such: nothing explains it. */
export interface DiscrepancyEvidence {
  /** Signs that somebody changed something, per system. */
  readonly signs: Readonly<Record<SystemId, readonly Evidence[]>>;
  readonly candidates: readonly Candidate[];
  /** The object under which a vendor answered in place of the one asked for, per system. */
  readonly survivors: Readonly<Record<SystemId, NativeId>>;
  /** Codes with which vendors refused a value, per system. */
  readonly refusals: Readonly<Record<SystemId, readonly string[]>>;
}

/** What a comparison was prompted by that found it, or found it gone. */
export interface Prompt {
  /** `check`: a comparison that no event asked for. `run`: the last commit of a run. `merge`: its record stands for itself no more. */
  readonly kind: 'check' | 'event' | 'run' | 'merge';
  readonly id: string | null;
}

/** One time from being found to being gone. */
export interface Occurrence {
  readonly openedAt: Instant;
  readonly closedAt: Instant | null;
  readonly closedBy: Prompt | null;
}

/** What somebody said about exactly this difference. Void as soon as it is another one. */
export interface Acknowledgement {
  readonly by: string;
  readonly at: Instant;
  readonly reason: string | null;
  readonly differenceHash: string;
}

/** Hidden until a time; over earlier when it becomes worse. */
export interface Suppression {
  readonly by: string;
  readonly at: Instant;
  readonly until: Instant;
  readonly reason: string;
  /** Severity at the time. */
  readonly severity: number;
}

/**
 * A verdict that is not green, as a piece of work: one document per record and dimension for ever. Written in the
 * commit that sets the verdict, closed by none but such a commit, and opened again when it comes back.
 */
export interface Discrepancy {
  readonly recordId: RecordId;
  readonly type: EntityType;
  readonly dimension: Dimension;
  readonly class: Verdict;
  readonly cause: CauseCode;
  /** What is not green. Never empty: a state that is not in sync lists a field, a rule or a failed check. */
  readonly fields: Readonly<Record<FieldPath, DiscrepantField>>;
  readonly evidence: DiscrepancyEvidence;
  /** Hash of what differs, so that a changed difference is told from the same one. */
  readonly differenceHash: string;
  readonly status: DiscrepancyStatus;
  /** Whether it asks for attention: neither resolved nor suppressed. */
  readonly isOpen: boolean;
  /** Rises from 1 (cannot tell) to 4 (hard conflict). */
  readonly severity: number;
  /** Cause, type, fields and systems: what has one cause has one remedy. */
  readonly groupKey: string;
  readonly assignee: string | null;
  readonly acknowledgement: Acknowledgement | null;
  readonly suppression: Suppression | null;
  /** How often it came about, the present time included. */
  readonly occurrenceCount: number;
  /** The last of them, oldest first. */
  readonly occurrences: readonly Occurrence[];
  readonly firstSeenAt: Instant;
  /** When the present or last occurrence began. */
  readonly openedAt: Instant;
  /** Last comparison that found it; noted once an hour while nothing changes. */
  readonly lastSeenAt: Instant;
  readonly resolvedAt: Instant | null;
  readonly resolvedBy: Prompt | null;
}

export const OCCURRENCES_KEPT = 20;

const QUEUE_ORDER = [
  ['severity', 'desc'],
  ['openedAt', 'asc'],
] as const;

/** Filters of the work queue; any of them may be combined. */
const FILTERS = [
  'isOpen',
  'status',
  'class',
  'cause',
  'type',
  'dimension',
  'groupKey',
  'assignee',
  'recordId',
] as const;

/** What the queue can be grouped by: each is counted by itself. */
export const GROUPINGS = ['groupKey', 'cause', 'type', 'dimension', 'class'] as const;
export type Grouping = (typeof GROUPINGS)[number];

export const discrepancies = defineCollection<Discrepancy>({
  name: 'discrepancies',
  indexes: [
    ...FILTERS.map((field) => ({ fields: [[field, 'asc'], ...QUEUE_ORDER] as const })),
    ...GROUPINGS.flatMap((field) => [
      {
        fields: [
          ['isOpen', 'asc'],
          [field, 'asc'],
        ] as const,
      },
      {
        fields: [
          ['isOpen', 'asc'],
          [field, 'asc'],
          ['openedAt', 'asc'],
        ] as const,
      },
    ]),
  ],
  unindexed: ['fields', 'evidence', 'acknowledgement', 'suppression', 'occurrences'],
  ttlField: null,
  erasure: 'replace_values',
});

/** The one document of a record's dimension. */
export function discrepancyRef(recordId: RecordId, dimension: Dimension): DocumentRef<Discrepancy> {
  return discrepancies.at(discrepancyId(recordId, dimension));
}

/** How a discrepancy is named to people and in addresses. */
export function discrepancyId(recordId: RecordId, dimension: Dimension): string {
  return `${recordId}:${encodeURIComponent(dimension)}`;
}

/** 0 for what is no discrepancy, then rising with the verdict. */
export function severityOf(verdict: Verdict): number {
  return Math.max(0, VERDICT_ORDER.indexOf(verdict) - VERDICT_ORDER.indexOf('unchecked'));
}

/** What of a difference has to change for it to be another one. */
export function differenceHashOf(fields: Discrepancy['fields']): string {
  return contentHash(
    Object.fromEntries(
      Object.entries(fields).map(([path, { verdict, cause, values, golden, systems }]) => [
        path,
        [verdict, cause, values, golden, systems.toSorted()],
      ]),
    ),
  );
}
