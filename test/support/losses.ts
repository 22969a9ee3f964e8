/** Worlds in which objects get lost: a client whose policy says what that means, and what came of it. */
import type { LossPolicy } from '#shared/authority/policy.ts';
import { client as demo } from '#shared/clients/demo/client.ts';
import type { ClientDefinition } from '#shared/clients/client-definition.ts';
import { presencePath } from '#shared/drift/presence.ts';
import type { SystemId } from '#shared/model/ids.ts';
import type { FieldVerdict, RecordDocument } from '#shared/model/record.ts';
import { HUBSPOT, SHOPIFY } from './customers.ts';
import type { World } from './mesh-world.ts';

/** Time after which a loss is looked at once more. */
export const LOSS_SETTLE_MS = 10 * 60_000;

/** The demo client, with one meaning of a loss in whichever system. */
export function losing(meaning: LossPolicy, differing: Partial<ClientDefinition> = {}): ClientDefinition {
  const entities = demo.entities.map((policy) => ({
    ...policy,
    onLoss: { [HUBSPOT]: meaning, [SHOPIFY]: meaning },
  }));
  return { ...demo, entities, lossSettleMs: LOSS_SETTLE_MS, ...differing };
}

/** How a system stands with the record at all. */
export function presenceIn(record: RecordDocument, system: SystemId): FieldVerdict | undefined {
  const [policy] = demo.entities;
  return policy && record.verdicts[policy.presenceDimension]?.fields[presencePath(system)];
}

/** Removals that took effect at both vendors, in order. */
export async function removalsIn(world: World): Promise<readonly string[]> {
  const writes = [...(await world.hubspot.control.writes()), ...(await world.shopify.control.writes())];
  return writes
    .filter((write) => write.outcome === 'accepted')
    .filter(({ method, path }) => method === 'DELETE' || path === 'customerDelete')
    .map(({ id }) => String(id));
}
