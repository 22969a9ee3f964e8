import type { Dimension, EntityType, FieldPath, SystemId } from '#shared/model/ids.ts';
import type { JsonValue } from '#shared/model/json.ts';
import type { FieldValue } from '#shared/model/field-value.ts';
import type { LifecycleState } from '../policy.ts';

/** What can be wrong with a policy. Closed: operators and builds tell findings apart by these words. */
export const FINDING_CODES = [
  'field_without_policy',
  'field_declared_twice',
  'rule_missing',
  'rules_overlap',
  'state_unknown',
  'state_ambiguous',
  'state_unreachable',
  'initial_state_unknown',
  'lifecycle_unreadable',
  'lifecycle_rule_varies',
  'lifecycle_feeds_itself',
  'group_unknown',
  'group_empty',
  'group_torn',
  'group_not_one_value',
  'authorities_missing',
  'authority_repeated',
  'authority_without_record',
  'authority_unmapped',
  'target_read_only',
  'create_without_key',
  'writer_unknown',
  'native_shared',
  'path_mapped_twice',
  'derivation_circular',
  'derivation_feeds_itself',
  'derivation_without_input',
  'mapping_not_inverse',
  'system_unmapped',
  'system_undeclared',
  'condition_undecidable',
  'loss_circular',
  'loss_of_stranger',
  'dimension_unknown',
  'type_without_policy',
  'type_declared_twice',
] as const;
export type FindingCode = (typeof FINDING_CODES)[number];

/** One act of a person. The world comes to rest before the next one. */
export type Edit =
  /** Makes an object in a system's own pages, unless the record has one there. Native names and forms. */
  | {
      readonly kind: 'create';
      readonly system: SystemId;
      readonly object: string;
      readonly fields: Readonly<Record<string, JsonValue>>;
    }
  /** Changes the record's object in a system's own pages. */
  | {
      readonly kind: 'edit';
      readonly system: SystemId;
      readonly object: string;
      readonly fields: Readonly<Record<string, JsonValue>>;
    }
  /** Deletes the record's object in a system's own pages. */
  | { readonly kind: 'remove'; readonly system: SystemId; readonly object: string }
  /** Sets a value of ours, as an operator. */
  | { readonly kind: 'set'; readonly path: FieldPath; readonly value: FieldValue }
  /** Switches a dimension to `observe`, as an operator. */
  | { readonly kind: 'observe'; readonly dimension: Dimension };

/** That a system says a value about the record. */
export interface Saying {
  readonly system: SystemId;
  readonly path: FieldPath;
  readonly value: FieldValue;
}

/** What the policy promises of the world after some edits, in terms of what can be seen there. */
export type PolicyPromise =
  /** Every one of these systems says what is named. */
  | { readonly kind: 'says'; readonly sayings: readonly Saying[] }
  /** The mesh writes nothing any more. */
  | { readonly kind: 'rests' }
  /** The system holds the record. */
  | { readonly kind: 'exists'; readonly system: SystemId }
  /** The system does not hold the record. */
  | { readonly kind: 'lacks'; readonly system: SystemId }
  /** The value is held true. */
  | { readonly kind: 'holds'; readonly path: FieldPath; readonly value: FieldValue }
  /** The record is in one of these states of its life. */
  | { readonly kind: 'state'; readonly oneOf: readonly LifecycleState[] }
  /** The record's field, or presence (`@system`), has been compared and has a verdict. */
  | { readonly kind: 'compared'; readonly path: FieldPath }
  /** The record has a verdict for the dimension. */
  | { readonly kind: 'judged'; readonly dimension: Dimension }
  /** What the policy names takes part in some decision: a rule that was applied names it, once. */
  | { readonly kind: 'applied'; readonly name: string };

/** Edits after which a promise of the policy is broken, once everything that follows from them has happened. */
export interface Counterexample {
  readonly edits: readonly Edit[];
  readonly promise: PolicyPromise;
}

/** Something that keeps a policy from doing what it says. */
export interface Finding {
  readonly code: FindingCode;
  readonly type: EntityType;
  readonly paths: readonly FieldPath[];
  readonly systems: readonly SystemId[];
  /** States of the lifecycle in which it is so; all of them when the lifecycle does not matter. */
  readonly states: readonly LifecycleState[];
  /** What is wrong and what to change, in one or two sentences. */
  readonly message: string;
  readonly counterexample: Counterexample;
}

/** Something the policy leans on that no check before a deploy can prove. The breaker of M9 guards it. */
export interface Assumption {
  readonly type: EntityType;
  readonly systems: readonly SystemId[];
  readonly paths: readonly FieldPath[];
  readonly text: string;
}

/** What checking a policy comes to. Sound when nothing was found. */
export interface CheckReport {
  readonly findings: readonly Finding[];
  readonly assumptions: readonly Assumption[];
}
