import { describe, expect, test } from 'vitest';
import { PROPERTY_SEED } from '#test/support/property-seed.ts';
import { createStage } from '#test/support/policies/act-out.ts';
import { createDice, type Dice } from '#test/support/policies/generate/dice.ts';
import {
  HUBSPOT,
  SHOPIFY,
  SLOTS,
  systemsWith,
  type PolicyCase,
} from '#test/support/policies/generate/policy-case.ts';
import { soundPolicy } from '#test/support/policies/generate/sound.ts';
import type { World } from '#test/support/mesh-world.ts';

const POLICIES = 20;
const EDITS = 10;
const PHONES = ['+12025550111', '+12025550112', ''];
const TEXTS = ['Aster', 'Briar', 'lead', 'customer', 'former', 'dormant', ''];

/** Somebody changes any native field of the customer in any system, to anything. */
async function editAnything(world: World, { mappings }: PolicyCase, dice: Dice): Promise<void> {
  const isHubspot = dice.chance(0.5);
  const system = isHubspot ? HUBSPOT : SHOPIFY;
  const mapped = mappings[system]?.fields.map((field) => field.native) ?? [];
  const slot = dice.any(SLOTS.slice(0, 4).filter(({ natives }) => mapped.includes(natives[system] ?? '')));
  const native = slot?.natives[system];
  const value = dice.any(slot?.form === 'phone' ? PHONES : TEXTS) ?? '';
  const { control } = isHubspot ? world.hubspot : world.shopify;
  const type = isHubspot ? 'contacts' : 'customers';
  const [object] = await control.list(type);
  if (object === undefined || native === undefined) return;
  await control.edit(type, object.id, { [native]: isHubspot || value !== '' ? value : null });
}

/** Fields that one system owns whatever the state of the record, held by both. */
function ownedFields({ policy, mappings }: PolicyCase) {
  return policy.fields.flatMap(({ path, rule }) =>
    rule.kind === 'owner' && systemsWith({ policy, mappings }, path).length === 2 ? [path] : [],
  );
}

async function saidBy(world: World, one: PolicyCase, path: string) {
  const sides = [
    [HUBSPOT, world.hubspot.control, 'contacts'],
    [SHOPIFY, world.shopify.control, 'customers'],
  ] as const;
  return Promise.all(
    sides.map(async ([system, control, type]) => {
      const [object] = await control.list(type);
      const mapped = one.mappings[system]?.fields.find((field) => field.path === path);
      return object === undefined || mapped === undefined
        ? 'nobody'
        : mapped.from(object[mapped.native] as string);
    }),
  );
}

describe('a sound policy', () => {
  test.each(Array.from({ length: POLICIES }, (_, index) => PROPERTY_SEED + index))(
    'of seed %i comes to rest whatever people do, with everybody saying what the owner says',
    async (seed) => {
      const dice = createDice(seed);
      const one = soundPolicy(seed, { systems: [HUBSPOT, SHOPIFY] });
      const { world, comesToRest } = await createStage(one);
      const customer = { email: 'ana@example.com' };
      await world.hubspot.control.create('contacts', customer);
      await comesToRest();
      if ((await world.shopify.control.list('customers')).length === 0)
        await world.shopify.control.create('customers', customer);

      const rested = [await comesToRest()];
      for (let edit = 0; edit < EDITS; edit += 1) {
        await editAnything(world, one, dice);
        rested.push(await comesToRest());
      }
      const writes = [await world.hubspot.control.writes(), await world.shopify.control.writes()].flat()
        .length;
      await world.runFor(30 * 60_000);
      const later = [await world.hubspot.control.writes(), await world.shopify.control.writes()].flat()
        .length;

      expect(rested).not.toContain(false);
      expect(later).toBe(writes);
      const differing: string[] = [];
      for (const path of ownedFields(one)) {
        const [hubspot, shopify] = await saidBy(world, one, path);
        if (JSON.stringify(hubspot) !== JSON.stringify(shopify)) differing.push(path);
      }
      expect(differing).toEqual([]);
      await world.close();
    },
  );
});
