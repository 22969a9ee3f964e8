import type { EntityPolicy } from '#shared/authority/policy.ts';
import type { ClientDefinition } from '#shared/clients/client-definition.ts';
import { invalidConfiguration } from '#shared/errors/faults.ts';
import type { EntityType } from '#shared/model/ids.ts';

/** The policy of a stored record's type. @throws ConcordError `invalid_configuration` when the client has none. */
export function policyOf({ entities }: ClientDefinition, type: EntityType): EntityPolicy {
  const policy = entities.find((candidate) => candidate.type === type);
  if (policy === undefined)
    throw invalidConfiguration(`The client declares no policy for entity type ${type}.`);
  return policy;
}
