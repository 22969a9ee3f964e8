import type { EntityPolicy } from '#shared/authority/policy.ts';
import type { EntityMapping } from '#shared/connectors/connector.ts';
import type { CallBudget } from '#shared/model/budget.ts';
import type { AttributeDefinition } from '#shared/model/attributes.ts';
import type { MassGuardLimits } from '#shared/model/guard.ts';
import type { ClientId, EntityType, SystemId } from '#shared/model/ids.ts';
import type { Mode } from '#shared/model/vocabulary.ts';
import type { ApprovalPolicy } from '#shared/reconciliation/tiers.ts';
import type { PollCadence } from '#shared/workflows/intake/poll-streams.ts';

/** Everything that differs between clients. A deployment's bundle holds one of these. */
export interface ClientDefinition {
  readonly id: ClientId;
  /** Systems this client connects, in no particular order. */
  readonly systems: readonly SystemId[];
  readonly entities: readonly EntityPolicy[];
  readonly mappings: Readonly<Record<SystemId, readonly EntityMapping[]>>;
  /** How far Concord may go until an operator says otherwise. A new client begins with `observe`. */
  readonly initialMode: Mode;
  /**
   * Milliseconds that what explains a change may take to arrive; before, nobody is told that its cause is unknown.
   * @default 180000
   */
  readonly settleMs?: number;
  /**
   * Milliseconds after which an object that was not there is looked for once more; only then it counts as lost.
   * @default 600000
   */
  readonly lossSettleMs?: number;
  /** How much may change at once without anybody's approval. @default {@link DEFAULT_MASS_GUARD} */
  readonly massGuard?: MassGuardLimits;
  /** How its systems are polled for what no webhook tells. A system that is missing is not. @default none */
  readonly polling?: Readonly<Record<SystemId, PollCadence>>;
  /** Calls a minute that each lane has in a system. @default what the connector allows to the background lane */
  readonly callBudgets?: Readonly<Record<SystemId, CallBudget>>;
  /** Milliseconds from the beginning of one sweep over all objects of a system to that of the next. @default a day */
  readonly sweepEveryMs?: number;
  /** What is asked of those who apply plans. @default 100 records on one person's word, no second person */
  readonly approvals?: Partial<ApprovalPolicy>;
  /** What people may note on records of a type. @default nothing */
  readonly attributes?: Readonly<Record<EntityType, readonly AttributeDefinition[]>>;
}
