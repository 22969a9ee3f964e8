/** What a plan holds for one record: types and the collection of its items. */
import { defineSubCollection } from '#shared/model/document.ts';
import type { FieldValue } from '#shared/model/field-value.ts';
import type { FieldPath, NativeId, RecordId, RunId, SystemId } from '#shared/model/ids.ts';
import type { Instant } from '#shared/model/instant.ts';
import type { CauseCode } from '#shared/model/vocabulary.ts';
import type { Operation } from './operation.ts';
import type { BlockedField } from './record-plan.ts';

/**
 * - `adopt`: a system's word becomes what holds true. `set`: a person's does. `revert`: what holds true stays, and who
 *   differs is put right.
 * - `baseline`: everybody agrees already; it is only noted as accepted.
 * - `tolerate`, `hold`, `lift`: sync is told to leave a difference alone for a time, a field alone, or not any more.
 * - `carry`, `unlink`, `recreate`: what the loss of a system's object means to the others, or to itself.
 * - `release`: what a mass guard holds passes: a value, or what a loss means under the pseudo field of presence.
 */
export const DECISION_KINDS = [
  'adopt',
  'set',
  'revert',
  'baseline',
  'tolerate',
  'hold',
  'lift',
  'carry',
  'unlink',
  'recreate',
  'release',
] as const;
export type DecisionKind = (typeof DECISION_KINDS)[number];

/** One decision about one field of one record. */
export interface Decision {
  readonly kind: DecisionKind;
  readonly path: FieldPath;
  /** What held true before, and what does afterwards. */
  readonly before: FieldValue;
  readonly value: FieldValue;
  /** Whose word it is; null for nobody's but the operator's. */
  readonly system: SystemId | null;
  /**
   * What every system said when it was decided. A decision about a value becomes the base of each of them; where a loss
   * or a mass guard is meant, it is when that came to be, which names it.
   */
  readonly weighed: Readonly<Record<SystemId, FieldValue>>;
  readonly rule: string;
}

/** Why something that differs is not part of a plan. Closed: what stops the planner, a comparison, or the plan itself. */
export type BlockReason =
  | Exclude<BlockedField['reason'], 'unexplained'>
  | CauseCode
  /** The system that was named says nothing about the field, or does not hold the record. */
  | 'not_known'
  /** The field is derived, set by operators on the record itself, or not compared at all. */
  | 'not_decidable'
  /** The system that is said to have lost its object holds it. */
  | 'not_lost'
  /** The record has not been identified yet. */
  | 'not_identified'
  /** There is no such record, or it stands for itself no more. */
  | 'unknown_record'
  /** What stands there is not what the run wrote: somebody has changed it since. */
  | 'not_ours_any_more'
  /** No write takes this one back. */
  | 'cannot_be_undone'
  /** A list names an object that was never met. */
  | 'unknown_object'
  /** Records that a list joins hold different objects of one system. */
  | 'contradicts'
  /** Somebody has said before that the two are not the same. */
  | 'decided_other';

export interface BlockedPart {
  /** Null where it concerns the record as a whole. */
  readonly system: SystemId | null;
  readonly path: FieldPath | null;
  readonly reason: BlockReason;
}

/**
 * - `blocked`: nothing of it can be decided; it is shown and never handed out.
 * - `refused`: the world had moved on since the preview. `failed`: a vendor would not take it.
 * - `cancelled`: somebody stopped the operation before it was handed out.
 */
export const ITEM_STATUSES = [
  'pending',
  'running',
  'applied',
  'refused',
  'failed',
  'cancelled',
  'blocked',
] as const;
export type ItemStatus = (typeof ITEM_STATUSES)[number];

/** One object of those that are said to be one entity, and the record it belonged to when that was looked up. */
export interface ListedObject {
  readonly system: SystemId;
  readonly nativeId: NativeId;
  readonly recordId: RecordId;
}

/** Stored under its record's id; in a plan of kind `crosswalk`, under the row of the list. */
export interface PlanItem {
  readonly recordId: RecordId;
  /** Value of the record's `historyCount` that was looked at. */
  readonly recordVersion: number;
  readonly decisions: readonly Decision[];
  readonly operations: readonly Operation[];
  readonly blocked: readonly BlockedPart[];
  /** Objects whose records become this one; only in a plan of kind `crosswalk`. */
  readonly listed?: readonly ListedObject[];
  /** Hash of decisions and operations: what is planned again must come to the same. */
  readonly hash: string;
  readonly status: ItemStatus;
  readonly reason: string | null;
  /** What became of the write to each system, once it has ended. */
  readonly outcomes: Readonly<Record<SystemId, string>>;
  readonly runId: RunId | null;
  readonly startedAt: Instant | null;
  readonly finishedAt: Instant | null;
  /** Null while its run is open. */
  readonly expireAt: Date | null;
}

export const planItems = defineSubCollection<PlanItem>({
  name: 'items',
  indexes: [],
  unindexed: ['decisions', 'operations', 'blocked', 'hash', 'reason', 'outcomes', 'startedAt', 'finishedAt'],
  ttlField: 'expireAt',
  erasure: 'replace_values',
});
