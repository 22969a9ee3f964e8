import type { CheckCadence } from '#shared/authority/check-policy.ts';
import { client as demo } from '#shared/clients/demo/client.ts';
import type { ClientDefinition } from '#shared/clients/client-definition.ts';
import { Dimension } from '#shared/model/ids.ts';

export const MINUTE_MS = 60_000;

/** Two hours old at most, and looked at every hour and a half. */
export const CADENCE: CheckCadence = {
  targetMs: 120 * MINUTE_MS,
  minMs: 15 * MINUTE_MS,
  maxMs: 90 * MINUTE_MS,
};

/** The demo client with every dimension checked at the cadence above. */
export function checkedClient(differing: Partial<ClientDefinition> = {}): ClientDefinition {
  const checks = { [Dimension('identity')]: CADENCE, [Dimension('profile')]: CADENCE };
  return {
    ...demo,
    initialMode: 'auto',
    entities: demo.entities.map((entity) => ({ ...entity, checks })),
    ...differing,
  };
}
