import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  errorLines,
  expectAgreement,
  lastWrites,
  linkedCustomer,
  onlyRecord,
  writesSince,
} from '#test/support/customers.ts';
import { createWorld, type World } from '#test/support/mesh-world.ts';

/** One thing that somebody does to the same customer, somewhere. */
type Act =
  | { readonly system: 'hubspot'; readonly field: 'phone' | 'firstname' | 'lastname'; readonly value: number }
  | { readonly system: 'shopify'; readonly field: 'phone' | 'note'; readonly value: number };

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    system: fc.constant('hubspot' as const),
    field: fc.constantFrom('phone' as const, 'firstname' as const, 'lastname' as const),
    value: fc.integer({ min: 10, max: 19 }),
  }),
  fc.record({
    system: fc.constant('shopify' as const),
    field: fc.constantFrom('phone' as const, 'note' as const),
    value: fc.integer({ min: 10, max: 19 }),
  }),
);

async function perform(
  world: World,
  ids: { contactId: string; customerId: string },
  one: Act,
): Promise<void> {
  const value = one.field === 'phone' ? `+120255501${one.value}` : `value ${one.value}`;
  if (one.system === 'hubspot')
    await world.hubspot.control.edit('contacts', ids.contactId, { [one.field]: value });
  else await world.shopify.control.edit('customers', ids.customerId, { [one.field]: value });
}

test('every order and repetition of up to six events on one record converges', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(act, { minLength: 1, maxLength: 6 }),
      fc.constantFrom(0, 0.5, 1),
      fc.array(fc.constantFrom(0, 200, 1_500), { minLength: 6, maxLength: 6 }),
      fc.integer({ min: 1, max: 1_000_000 }),
      async (acts, chaos, pauses, seed) => {
        const world = await createWorld({ seed, latencyMs: [5, 400] });
        const ids = await linkedCustomer(world);
        for (const side of [world.hubspot, world.shopify]) {
          if (chaos === 0) continue;
          await side.control.fault({ kind: 'duplicate-webhook', rate: chaos });
          await side.control.fault({ kind: 'reorder-webhook', rate: chaos, ms: 700 });
          await side.control.fault({ kind: 'stale-webhook', rate: chaos / 2, ms: 20_000 });
        }

        for (const [index, one] of acts.entries()) {
          await perform(world, ids, one);
          const pause = pauses[index] ?? 0;
          if (pause > 0) await world.settle(pause);
        }
        await world.settle();

        const record = await onlyRecord(world);
        const isConflict = Object.values(record.verdicts).some((one) => one.verdict === 'hard_conflict');
        // Phones edited on both sides may end as a conflict that waits for a person; all else must agree.
        if (!isConflict) await expectAgreement(world);
        else
          expect(acts.filter((one) => one.field === 'phone').map((one) => one.system)).toContain('hubspot');
        expect((await world.work()).filter((work) => work.wakeAt !== null)).toEqual([]);
        expect(record.writeSets).toEqual({});
        expect(errorLines(world)).toEqual([]);

        const before = await lastWrites(world);
        await world.settle();
        expect(await writesSince(world, before)).toEqual({ hubspot: [], shopify: [] });
        await world.close();
      },
    ),
    { numRuns: 60 },
  );
});
