import { afterEach, expect, test } from 'vitest';
import { errorLines, expectAgreement, linkedCustomer, onlyRecord, SHOPIFY } from '#test/support/customers.ts';
import { createWorld, type World } from '#test/support/mesh-world.ts';

const MINUTE_MS = 60_000;
const SILENT = { silent: true } as const;

let world: World;

afterEach(async () => {
  expect(errorLines(world)).toEqual([]);
  await world.close();
});

test('an untold edit in the second in which a poll had listed the customer, and its pass had read it, is found by the next (M1)', async () => {
  world = await createWorld({ polls: true, latencyMs: 50 });
  const { customerId } = await linkedCustomer(world);
  await world.runFor(5 * MINUTE_MS);
  const seconds: unknown[] = [];
  const edit = async (note: string) => {
    await world.shopify.control.edit('customers', customerId, { note }, SILENT);
    seconds.push((await world.shopify.control.get('customers', customerId))?.['updatedAt']);
  };
  world.shopify.twin.gate(async ({ body }) => {
    if (!body.includes('ConcordListCustomers')) return;
    world.shopify.twin.gate(null);
    await edit('collects in store');
  });
  await world.runFor(MINUTE_MS - (world.clock.now() % MINUTE_MS) + 600);
  await edit('rings twice');
  await world.runFor(4 * MINUTE_MS);

  expect(seconds).toEqual([seconds[0], seconds[0]]);
  const { representations } = await onlyRecord(world);
  expect(representations[SHOPIFY]?.fields).toMatchObject({ note: { value: 'rings twice' } });
  await expectAgreement(world);
});
