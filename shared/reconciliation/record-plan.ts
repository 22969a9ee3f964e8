import type { EntityPolicy } from '#shared/authority/policy.ts';
import type { CompareResult } from '#shared/drift/compare.ts';
import type { Waiting } from '#shared/drift/permission.ts';
import type { CompareInput } from '#shared/drift/stand.ts';
import type { FieldValue } from '#shared/model/field-value.ts';
import type { FieldPath, SystemId } from '#shared/model/ids.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import type { RemovalKind } from '#shared/model/vocabulary.ts';
import type { GuardStanding } from './mass-guard.ts';
import type { Operation } from './operation.ts';

/** What a record's plan is made of. */
export interface PlanInput extends Pick<CompareInput, 'modes' | 'at' | 'owed'>, GuardStanding {
  readonly policy: EntityPolicy;
  readonly record: RecordDocument;
  readonly comparison: CompareResult;
  /** Fields that each system can hold, from its mapping. */
  readonly writable: Readonly<Record<SystemId, readonly FieldPath[]>>;
  /** Systems to which nothing is written for the time being. */
  readonly paused?: readonly SystemId[];
  /** Systems of whose loss an operator decides: they were shown what it comes to. */
  readonly decided?: readonly SystemId[];
  /** Systems that lost their object and of which somebody has said that they get it anew. */
  readonly recreated?: readonly SystemId[];
  /** What removing an object comes to in each system. @default nothing can be removed */
  readonly removal?: Readonly<Record<SystemId, RemovalKind>>;
}

/** What is not written, and why. */
export interface BlockedField {
  readonly system: SystemId;
  readonly path: FieldPath | null;
  readonly reason:
    | Waiting
    | 'unexplained'
    | 'refused_before'
    | 'no_natural_key'
    | 'not_writable'
    | 'system_paused'
    | 'gone'
    | 'foreign_answer'
    | 'change_pending'
    | 'edited_since_loss'
    | 'not_removable'
    | 'mass_guard';
  /** The mass guard that stops it. */
  readonly guard?: string;
  /** The value that it keeps from the system. */
  readonly to?: FieldValue;
}

/** What flows at once, and what does not. */
export interface RecordPlan {
  readonly operations: readonly Operation[];
  readonly blocked: readonly BlockedField[];
}
