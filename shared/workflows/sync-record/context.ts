import type { EntityPolicy } from '#shared/authority/policy.ts';
import type { Connector, EntityMapping, SystemReader } from '#shared/connectors/connector.ts';
import type { LeaseTiming } from '#shared/engine/lease.ts';
import type { CompareInput } from '#shared/drift/stand.ts';
import { invalidConfiguration } from '#shared/errors/faults.ts';
import { DEFAULT_MASS_GUARD, type MassGuardLimits } from '#shared/model/guard.ts';
import type { EntityType, FieldPath, SystemId } from '#shared/model/ids.ts';
import type { Mode, RemovalKind } from '#shared/model/vocabulary.ts';
import type { Ports } from '#shared/ports/ports.ts';

/** What serving a record needs. A part of what the functions are built from. */
export interface SyncContext {
  readonly ports: Pick<Ports, 'store' | 'tasks' | 'clock' | 'ids' | 'telemetry'>;
  readonly client: {
    readonly entities: readonly EntityPolicy[];
    readonly mappings: Readonly<Record<SystemId, readonly EntityMapping[]>>;
    readonly initialMode: Mode;
    readonly settleMs?: number;
    readonly lossSettleMs?: number;
    readonly massGuard?: MassGuardLimits;
  };
  readonly connectors: ReadonlyMap<SystemId, Connector>;
  readonly release: number;
  readonly timing: LeaseTiming;
}

/** The policy of an entity type. @throws ConcordError `invalid_configuration` when the client has none. */
export function policyOf(context: SyncContext, type: EntityType): EntityPolicy {
  const policy = context.client.entities.find((candidate) => candidate.type === type);
  if (policy === undefined)
    throw invalidConfiguration(`The client declares no policy for entity type ${type}.`);
  return policy;
}

/** A poll each minute, a search index that lags by seconds, and a webhook that is sent once more. */
const DEFAULT_SETTLE_MS = 3 * 60_000;

/** How long what explains a move may take to arrive: the poll interval and the lag of the vendors' search (section 6). */
export function explanationTime(context: SyncContext): Pick<CompareInput, 'settleMs'> {
  return { settleMs: context.client.settleMs ?? DEFAULT_SETTLE_MS };
}

/** The reading side of a system. @throws ConcordError `invalid_configuration` when it is not connected. */
export function readerOf(context: SyncContext, system: SystemId): SystemReader {
  const connector = context.connectors.get(system);
  if (connector === undefined)
    throw invalidConfiguration(`System ${system} is not connected for this client.`);
  return connector.reader;
}

/** How an entity type stands in a system, or undefined when that system does not hold it. */
export function mappingOf(
  context: SyncContext,
  system: SystemId,
  type: EntityType,
): EntityMapping | undefined {
  return context.client.mappings[system]?.find((mapping) => mapping.type === type);
}

/** Fields that each system can hold, for the systems that are mapped at all. */
export function writableFields(
  context: SyncContext,
  policy: EntityPolicy,
): Readonly<Record<SystemId, readonly FieldPath[]>> {
  const systems = Object.keys(policy.presence) as SystemId[];
  return Object.fromEntries(
    systems.flatMap((system) => {
      const mapping = mappingOf(context, system, policy.type);
      if (mapping === undefined) return [];
      const writable = mapping.fields.filter(({ readOnly }) => readOnly !== true);
      return [[system, writable.map(({ path }) => path)]];
    }),
  );
}

/** What removing an object comes to in each system that holds the type. */
export function removalKinds(
  context: SyncContext,
  policy: EntityPolicy,
): Readonly<Record<SystemId, RemovalKind>> {
  const systems = Object.keys(policy.presence) as SystemId[];
  return Object.fromEntries(
    systems.map((system) => [
      system,
      context.connectors.get(system)?.reader.capabilities.removal ?? ('none' as const),
    ]),
  );
}

/** A poll or a second delivery tells of a merge by then, and a person who deleted by mistake has often noticed it. */
const DEFAULT_LOSS_SETTLE_MS = 10 * 60_000;

/** How long after the first sign of a loss the second look is taken that confirms it (M10). */
export function lossSettleMsOf({ client }: Pick<SyncContext, 'client'>): number {
  return client.lossSettleMs ?? DEFAULT_LOSS_SETTLE_MS;
}

/** How much may change at once without anybody's approval. */
export function guardLimitsOf({ client }: Pick<SyncContext, 'client'>): MassGuardLimits {
  return client.massGuard ?? DEFAULT_MASS_GUARD;
}
