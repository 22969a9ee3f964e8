import type { EntityPolicy } from '#shared/authority/policy.ts';
import type { CompareInput } from '#shared/drift/stand.ts';
import type { FieldPath, PlanId, SystemId } from '#shared/model/ids.ts';
import type { PlanDirection } from '#shared/model/plan.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import type { Operation } from './operation.ts';
import type { BlockedPart, Decision } from './plan-item.ts';
import type { PlanInput } from './record-plan.ts';

/** One record, and in which direction it is to be settled. */
export interface DirectedInput extends Pick<CompareInput, 'takenKeys' | 'ownValues' | 'at'> {
  readonly policy: EntityPolicy;
  readonly record: RecordDocument;
  readonly direction: PlanDirection;
  /** Fields that each system can hold, from its mapping. */
  readonly writable: Readonly<Record<SystemId, readonly FieldPath[]>>;
  /** What removing an object comes to in each system. @default nothing can be removed */
  readonly removal?: PlanInput['removal'];
  readonly planId: PlanId;
  /** Who answers for it. */
  readonly by: string;
}

/** What a direction comes to for one record. */
export interface DirectedPlan {
  readonly decisions: readonly Decision[];
  readonly operations: readonly Operation[];
  readonly blocked: readonly BlockedPart[];
  /** The record as the decisions leave it; no run holds it yet. */
  readonly record: RecordDocument;
}
