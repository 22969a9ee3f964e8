/**
 * The truth policy of one entity type: who may say what, in which lifecycle state, and what follows from a
 * difference. Data and nothing but data: it is hashed into every operation that it allows (M6), checked before a
 * deploy (`check/`), and shown to operators. What the rules mean in a comparison stands in `shared/drift`.
 */
import type { Dimension, EntityType, FieldPath, SystemId } from '#shared/model/ids.ts';
import type { JsonValue } from '#shared/model/json.ts';
import type { CheckPolicy } from './check-policy.ts';
import type { Derivation } from './derivations.ts';
import type { NormaliserName } from './normalisers.ts';

/** A state of a record's business life, as its policy names it. */
export type LifecycleState = string;

/** Who is authoritative for a field while this rule holds. */
export type PlainRule =
  /** One authority; the others mirror it. */
  | { readonly kind: 'owner'; readonly system: SystemId }
  /** Several may edit; each is compared with its own base. */
  | { readonly kind: 'latest'; readonly systems: readonly SystemId[] }
  /** Nobody wins automatically. */
  | { readonly kind: 'agree'; readonly systems: readonly SystemId[] }
  /** Ours: the value stands in the record's attributes and flows out wherever the field is mapped. */
  | { readonly kind: 'operator' }
  /** Ours: computed from other fields and flows out wherever the field is mapped. */
  | { readonly kind: 'derived'; readonly from: Derivation }
  /** Not compared; the reason is shown. */
  | { readonly kind: 'ignored'; readonly reason: string };

/** One rule per span of the lifecycle. The checker proves that the cases cover every state and overlap in none. */
export interface LifecycleRule {
  readonly kind: 'by_lifecycle';
  readonly cases: readonly { readonly while: readonly LifecycleState[]; readonly rule: PlainRule }[];
}

/** The field moves together with the other members of its group, under the group's rule. */
export interface GroupMember {
  readonly kind: 'group';
  readonly group: string;
}

export type AuthorityRule = PlainRule | LifecycleRule | GroupMember;

/** `auto`: an explained difference flows at once. `ask`: it waits for an operator. */
export type Apply = 'auto' | 'ask';

export interface FieldPolicy {
  readonly path: FieldPath;
  readonly dimension: Dimension;
  readonly rule: AuthorityRule;
  readonly apply: Apply;
  /** How two values are brought to one form before they are compared. */
  readonly normaliser: NormaliserName;
  /** Grants beside the rule: `workflow:<id>` may set the field, whoever owns it. */
  readonly writers?: readonly string[];
  /** Masked for viewers. */
  readonly isSensitive?: boolean;
}

/** Fields that are judged as one value: an address, a price with its currency. Members name it in their rule. */
export interface GroupPolicy {
  readonly id: string;
  readonly rule: PlainRule | LifecycleRule;
  readonly apply: Apply;
}

/** A condition over what holds for a record. */
export type Condition =
  | { readonly kind: 'has'; readonly field: FieldPath }
  | { readonly kind: 'is'; readonly field: FieldPath; readonly oneOf: readonly JsonValue[] }
  | { readonly kind: 'lifecycle'; readonly oneOf: readonly LifecycleState[] }
  | { readonly kind: 'not'; readonly condition: Condition }
  | { readonly kind: 'all'; readonly conditions: readonly Condition[] };

/** Whether a system must hold a representation of every record, or of those for which a condition holds. */
export type Presence = 'required' | 'optional' | { readonly when: Condition };

/**
 * What the loss of an object in one system means in the others, once a read by id has confirmed it (M10).
 *
 * - `propagate`: the objects of the others are deleted as well.
 * - `archive`: they are archived where the vendor can, and else left to an operator.
 * - `unlink`: the others keep theirs, and the system counts as one that does not hold the record.
 * - `ask`: an operator decides.
 */
export type LossPolicy = 'propagate' | 'archive' | 'unlink' | 'ask';

/** The business lifecycle: read from a field that every state of it leaves to the same authority. */
export interface LifecyclePolicy {
  readonly field: FieldPath;
  /** Every state with the values of the field that mean it. */
  readonly states: Readonly<Record<LifecycleState, readonly JsonValue[]>>;
  /** The state of a record whose field says nothing, or nothing that is listed. */
  readonly initial: LifecycleState;
}

export interface EntityPolicy extends CheckPolicy {
  readonly type: EntityType;
  /** Systems that hold this type. */
  readonly presence: Readonly<Record<SystemId, Presence>>;
  /** Dimension that carries the presence verdicts. */
  readonly presenceDimension: Dimension;
  readonly fields: readonly FieldPolicy[];
  readonly groups?: readonly GroupPolicy[];
  readonly lifecycle?: LifecyclePolicy;
  /** By the system that lost the object. @default 'ask' for every system */
  readonly onLoss?: Readonly<Record<SystemId, LossPolicy>>;
  /** Dimensions in which an unexplained difference may flow under `auto` like an explained one. */
  readonly trusted?: readonly Dimension[];
  /** Region in which a phone number without country code is read, for example `US`. */
  readonly region: string;
}
