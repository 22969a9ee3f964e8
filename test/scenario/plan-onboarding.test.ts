import { expect, test } from 'vitest';
import { client as demo } from '#shared/clients/demo/client.ts';
import { errorLines, expectAgreement, goldenOf, lastWrites, writesSince } from '#test/support/customers.ts';
import { createWorld } from '#test/support/mesh-world.ts';
import { applied, applying, itemsOf, previewed } from '#test/support/operator-plans.ts';
import { switchMode } from '#test/support/switches.ts';

const NO_WRITES = { hubspot: [], shopify: [] };

/**
 * A client on its first day: Ana is in both systems and says the same, Ben is in both under other names, Cid and Dee are
 * each in one alone, Eve has a phone number in each system that is not that of the other.
 */
async function firstDay() {
  const world = await createWorld({ client: { ...demo, initialMode: 'observe' } });
  const person = (name: string, differing: object = {}) => ({
    email: `${name.toLowerCase()}@example.com`,
    ...differing,
  });
  await world.hubspot.control.create('contacts', person('Ana', { firstname: 'Ana', phone: '+12025550101' }));
  await world.shopify.control.create('customers', person('Ana', { firstName: 'Ana', phone: '+12025550101' }));
  const ben = await world.hubspot.control.create('contacts', person('Ben', { firstname: 'Benjamin' }));
  await world.shopify.control.create('customers', person('Ben', { firstName: 'Ben' }));
  await world.hubspot.control.create('contacts', person('Cid', { firstname: 'Cid' }));
  await world.shopify.control.create(
    'customers',
    person('Dee', { firstName: 'Dee', note: 'collects in store' }),
  );
  await world.hubspot.control.create('contacts', person('Eve', { firstname: 'Eve', phone: '+12025550105' }));
  await world.shopify.control.create('customers', person('Eve', { firstName: 'Eve', phone: '+12025550106' }));
  await world.settle();
  return { world, benId: ben.id };
}

const GOING_LIVE = { kind: 'onboarding', selection: { query: { type: 'customer' } } };

test('going live shows everything before any write, then writes what it showed, then lets edits flow', async () => {
  const { world, benId } = await firstDay();
  expect(await writesSince(world, { hubspot: 0, shopify: 0 })).toEqual(NO_WRITES);

  const plan = await previewed(world, GOING_LIVE);

  expect(plan).toMatchObject({
    kind: 'onboarding',
    tier: 2,
    totals: {
      examined: 5,
      items: 5,
      matched: { email: 3 },
      creates: { shopify: 1, hubspot: 1 },
      updates: { shopify: 1 },
      overwrites: { shopify: { firstName: 1 } },
      blocked: { first_link_differs: 1 },
    },
  });
  const totals = plan['totals'] as { readonly decisions: Readonly<Record<string, number>> };
  expect(totals.decisions['baseline']).toBeGreaterThan(5);
  const observed = await applying(world, plan, { reason: 'going live' });
  await world.settle(60_000);
  expect(observed).toMatchObject({ status: 409, body: { mode: 'observe' } });
  expect(await writesSince(world, { hubspot: 0, shopify: 0 })).toEqual(NO_WRITES);

  await switchMode(world, 'ask');
  const seen = await previewed(world, GOING_LIVE);
  const operation = await applied(world, seen, { reason: 'going live' });

  expect(operation).toMatchObject({ state: 'applied', progress: { applied: 5 } });
  const { hubspot, shopify } = await writesSince(world, { hubspot: 0, shopify: 0 });
  expect(hubspot.filter(({ type }) => type === 'contacts')).toMatchObject([
    { method: 'POST', fields: { email: 'dee@example.com', customer_note: 'collects in store' } },
  ]);
  const told = shopify.map(({ path }) => path).filter((path) => path?.startsWith('customer'));
  expect(told.toSorted()).toEqual(['customerCreate', 'customerUpdate']);
  const eve = (await world.records()).find((record) => goldenOf(record, 'email') === 'eve@example.com');
  expect(eve?.verdicts).toMatchObject({ profile: { fields: { phone: { verdict: 'hard_conflict' } } } });
  expect(eve?.golden).toHaveProperty('firstName');

  const settledEve = await previewed(world, {
    selection: { recordIds: [eve?.id] },
    direction: { kind: 'none' },
    overrides: { phone: { kind: 'from', system: 'shopify' } },
  });
  await applied(world, settledEve);
  await expectAgreement(world);

  const before = await lastWrites(world);
  await world.hubspot.control.edit('contacts', benId, { firstname: 'Benny' });
  await world.settle();
  expect(await writesSince(world, before)).toEqual(NO_WRITES);

  await switchMode(world, 'auto');
  await world.runFor(60_000);
  expect(await writesSince(world, before)).toEqual(NO_WRITES);
  await world.hubspot.control.edit('contacts', benId, { firstname: 'Ben' });
  await world.settle();
  expect((await writesSince(world, before)).shopify).toHaveLength(1);
  await expectAgreement(world);
  expect(errorLines(world)).toEqual([]);
  await world.close();
});

test('going live tells of whom nobody can say who is who, and writes nothing for them', async () => {
  const world = await createWorld({ client: { ...demo, initialMode: 'observe' } });
  for (const name of ['one', 'two'])
    await world.shopify.control.create('customers', { email: `${name}@example.com`, firstName: name });
  await world.settle();
  await world.hubspot.control.create('contacts', {
    email: 'one@example.com',
    hs_additional_emails: 'two@example.com',
    firstname: 'Who',
  });
  await world.settle();
  await switchMode(world, 'ask');

  const plan = await previewed(world, GOING_LIVE);
  await applied(world, plan, { reason: 'going live' });

  const blocked = (await itemsOf(world, plan)).filter(({ status }) => status === 'blocked');
  expect(plan).toMatchObject({ totals: { examined: 3, blocked: { ambiguous_match: 1 } } });
  expect(blocked).toMatchObject([{ reason: 'ambiguous_match', operations: [], decisions: [] }]);
  expect(await world.records()).toContainEqual(
    expect.objectContaining({ id: blocked[0]?.recordId, state: 'provisional', golden: {} }),
  );
  await world.close();
});
