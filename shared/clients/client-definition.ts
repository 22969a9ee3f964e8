import type { EntityPolicy } from '#shared/authority/policy.ts';
import type { EntityMapping } from '#shared/connectors/connector.ts';
import type { ClientId, SystemId } from '#shared/model/ids.ts';

/** Everything that differs between clients. A deployment's bundle holds one of these. */
export interface ClientDefinition {
  readonly id: ClientId;
  /** Systems this client connects, in no particular order. */
  readonly systems: readonly SystemId[];
  readonly entities: readonly EntityPolicy[];
  readonly mappings: Readonly<Record<SystemId, readonly EntityMapping[]>>;
}
