import { afterEach, describe, expect, test } from 'vitest';
import { events } from '#shared/model/intake-documents.ts';
import { toEpochMs } from '#shared/model/instant.ts';
import { ANA, errorLines, expectAgreement, HUBSPOT, linkedCustomer } from '#test/support/customers.ts';
import { createWorld, type World } from '#test/support/mesh-world.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

let world: World;

afterEach(async () => {
  expect(errorLines(world)).toEqual([]);
  await world.close();
});

/** A polled world whose webhooks take a few seconds, as those of vendors do. */
async function polledWorld(): Promise<{ readonly contactId: string; readonly customerId: string }> {
  world = await createWorld({ polls: true, latencyMs: 250 });
  const linked = await linkedCustomer(world);
  await world.runFor(5 * MINUTE_MS);
  for (const { control } of [world.hubspot, world.shopify])
    await control.fault({ kind: 'reorder-webhook', ms: 3 * SECOND_MS });
  return linked;
}

async function reads(): Promise<{ readonly hubspot: number; readonly shopify: number }> {
  const [hubspot, shopify] = await Promise.all([
    world.hubspot.control.stats(),
    world.shopify.control.stats(),
  ]);
  const one = Object.entries(hubspot.calls).filter(([call]) => /^GET .*\/contacts\/\{id\}/.test(call));
  return {
    hubspot: one.reduce((sum, [, calls]) => sum + calls, 0),
    shopify: shopify.calls['query customer'] ?? 0,
  };
}

async function reasons(since: number): Promise<readonly string[]> {
  const stored = await world.all(events);
  return stored
    .filter(({ system, receivedAt }) => system === HUBSPOT && toEpochMs(receivedAt) >= since)
    .map(({ reason }) => reason);
}

describe('a change that a webhook told of and a poll lists', () => {
  test('in HubSpot is read once', async () => {
    const { contactId } = await polledWorld();
    const [before, since] = [await reads(), world.clock.now()];

    // Of no concern to the shop, so that nothing but looking is owed.
    await world.hubspot.control.edit('contacts', contactId, { lifecyclestage: 'customer' });
    await world.runFor(5 * MINUTE_MS);

    expect((await reads()).hubspot - before.hubspot).toBe(1);
    expect((await reasons(since)).toSorted()).toEqual(['already_seen', 'marked']);
  });

  test('in Shopify is read once', async () => {
    const { customerId } = await polledWorld();
    const before = await reads();

    await world.shopify.control.edit('customers', customerId, { tags: ['vip'] });
    await world.runFor(5 * MINUTE_MS);

    expect((await reads()).shopify - before.shopify).toBe(1);
  });
});

describe('an edit that only a poll tells of', () => {
  test('in Shopify within the second of another, after that had been read, is found', async () => {
    world = await createWorld({ polls: true });
    const { customerId } = await linkedCustomer(world);
    await world.runFor(5 * MINUTE_MS);
    await world.shopify.control.edit('customers', customerId, { note: 'collects in store' });
    // Told of, read and carried on in no time.
    await world.step();
    const [carried] = await world.hubspot.control.list('contacts');

    await world.shopify.control.edit('customers', customerId, { note: 'has moved' }, { silent: true });
    await world.runFor(5 * MINUTE_MS);

    expect(carried).toMatchObject({ customer_note: 'collects in store' });
    expect(await world.hubspot.control.list('contacts')).toMatchObject([{ customer_note: 'has moved' }]);
  });

  test('in HubSpot within the millisecond of another, after that had been read, is found', async () => {
    world = await createWorld({ polls: true });
    const { contactId } = await linkedCustomer(world);
    await world.runFor(5 * MINUTE_MS);
    await world.hubspot.control.edit('contacts', contactId, { firstname: 'Anna' });
    await world.step();
    const [carried] = await world.shopify.control.list('customers');

    await world.hubspot.control.edit('contacts', contactId, { firstname: 'Hannah' }, { silent: true });
    await world.runFor(5 * MINUTE_MS);

    expect(carried).toMatchObject({ firstName: 'Anna' });
    expect(await world.shopify.control.list('customers')).toMatchObject([{ firstName: 'Hannah' }]);
  });

  test('a moment after a read that had seen the former is found', async () => {
    const { contactId } = await polledWorld();
    await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550198' });
    await world.runFor(20 * SECOND_MS);

    await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550199' }, { silent: true });
    await world.runFor(5 * MINUTE_MS);

    await expectAgreement(world);
  });

  test('and that a check has seen before is explained by the poll, as ever', async () => {
    const { contactId } = await polledWorld();
    await world.hubspot.control.fault({ kind: 'search-lag', ms: 2 * MINUTE_MS });
    await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550199' }, { silent: true });
    // Something else makes Concord look at the contact: what it finds is explained by nothing yet.
    await world.hubspot.control.edit('contacts', contactId, { lifecyclestage: 'customer' });
    await world.runFor(10 * MINUTE_MS);

    await expectAgreement(world);
    const [customer] = await world.shopify.control.list('customers');
    expect(customer).toMatchObject({ phone: '+12025550199', firstName: ANA.firstname });
  });
});
