import { describe, expect, test } from 'vitest';
import { client as demo } from '#shared/clients/demo/client.ts';
import { Dimension } from '#shared/model/ids.ts';
import {
  ANA,
  errorLines,
  expectAgreement,
  goldenOf,
  lastWrites,
  linkedCustomer,
  onlyRecord,
  SHOPIFY,
  writesSince,
  type WriteMarks,
} from '#test/support/customers.ts';
import { interrupt } from '#test/support/interrupt.ts';
import { createWorld, type World } from '#test/support/mesh-world.ts';
import { switchMode } from '#test/support/switches.ts';

const NO_WRITES = { hubspot: [], shopify: [] };
const MINUTE_MS = 60_000;

/** A world of a client that begins with observing, in which both systems hold Ana, with names that differ. */
async function observingWorld(): Promise<{
  world: World;
  contactId: string;
  customerId: string;
  before: WriteMarks;
}> {
  const world = await createWorld({ client: { ...demo, initialMode: 'observe' } });
  const before = { hubspot: 0, shopify: 0 };
  const contact = await world.hubspot.control.create('contacts', ANA);
  const customer = await world.shopify.control.create('customers', {
    email: ANA.email,
    firstName: 'Anna',
    lastName: 'Lima',
    phone: ANA.phone,
  });
  await world.settle();
  return { world, contactId: contact.id, customerId: customer.id, before };
}

describe('a client that observes', () => {
  test('links what belongs together, shows what differs, and writes nothing to anybody', async () => {
    const { world, before } = await observingWorld();

    const record = await onlyRecord(world);

    expect(Object.keys(record.links)).toHaveLength(2);
    expect(record.verdicts).toMatchObject({
      profile: {
        verdict: 'hard_conflict',
        fields: {
          firstName: { verdict: 'hard_conflict', cause: 'first_link_differs' },
          lastName: { verdict: 'in_sync' },
        },
      },
    });
    expect(record).toMatchObject({ golden: {}, bases: {} });
    expect(await writesSince(world, before)).toEqual(NO_WRITES);
    await world.close();
  });

  test('sends no write whatever happens: edits, new objects, merges, deletions and restarts of passes', async () => {
    const { world, contactId, customerId, before } = await observingWorld();

    await world.hubspot.control.edit('contacts', contactId, { firstname: 'Bea', phone: '+12025550102' });
    await world.shopify.control.edit('customers', customerId, { note: 'collects in store' });
    await world.settle();
    await world.hubspot.control.create('contacts', { email: 'ben@example.com', firstname: 'Ben' });
    await world.shopify.control.create('customers', { email: 'cid@example.com', firstName: 'Cid' });
    await world.settle();
    await world.shopify.control.remove('customers', customerId);
    await world.runFor(20 * MINUTE_MS);

    expect(await writesSince(world, before)).toEqual(NO_WRITES);
    expect(await world.runs()).toEqual([]);
    expect(errorLines(world)).toEqual([]);
    await world.close();
  });

  test('that was switched back to it stops a write that is on its way', async () => {
    const world = await createWorld({ latencyMs: 100 });
    const { contactId } = await linkedCustomer(world);
    const before = await lastWrites(world);
    // The run's pre-image read is the last call before its write.
    const switched = interrupt(
      world.shopify,
      ({ body }) => body.includes('customer(') || body.includes('query'),
      () => switchMode(world, 'observe'),
    );

    await world.hubspot.control.edit('contacts', contactId, { firstname: 'Bea' });
    await world.settle();
    await world.hubspot.control.edit('contacts', contactId, { firstname: 'Cea' });
    await world.settle();

    expect(switched.hasHappened()).toBe(true);
    const { shopify } = await writesSince(world, before);
    expect(shopify.length).toBeLessThanOrEqual(1);
    expect(shopify.map(({ fields }) => JSON.stringify(fields))).not.toContainEqual(
      expect.stringContaining('Cea'),
    );
    expect((await onlyRecord(world)).writeSets).toEqual({});
    expect(errorLines(world)).toEqual([]);
    await world.close();
  });
});

describe('a client that asks', () => {
  test('accepts nothing and writes nothing; the change waits, with what explains it', async () => {
    const world = await createWorld();
    const { contactId } = await linkedCustomer(world);
    await switchMode(world, 'ask');
    const before = await lastWrites(world);

    await world.hubspot.control.edit('contacts', contactId, { firstname: 'Bea' });
    await world.settle();

    const record = await onlyRecord(world);
    expect(goldenOf(record, 'firstName')).toBe('Ana');
    expect(record.verdicts).toMatchObject({ profile: { verdict: 'soft_drift', cause: 'ask_mode' } });
    expect(await writesSince(world, before)).toEqual(NO_WRITES);
    await world.close();
  });

  test('refuses what had been planned before somebody asked to be asked', async () => {
    const world = await createWorld({ latencyMs: 100 });
    const { contactId } = await linkedCustomer(world);
    const before = await lastWrites(world);
    await world.shopify.control.fault({ kind: '429', count: 1 });

    await world.hubspot.control.edit('contacts', contactId, { firstname: 'Bea' });
    await world.runFor(350);
    await switchMode(world, 'ask');
    await world.settle();

    expect(await writesSince(world, before)).toEqual(NO_WRITES);
    expect((await world.runs()).map(({ state }) => state).toSorted()).toEqual(['cancelled', 'succeeded']);
    await world.close();
  });
});

describe('a switch to auto', () => {
  test('releases what happens after it, and nothing that was there before', async () => {
    const { world, contactId, customerId, before } = await observingWorld();
    await world.runFor(10 * MINUTE_MS);
    await switchMode(world, 'auto');
    await world.runFor(10 * MINUTE_MS);
    // Any look takes over what both say alike, for nothing is written by that.
    await world.shopify.control.edit('customers', customerId, { tags: ['vip'] });
    await world.runFor(10 * MINUTE_MS);

    await world.hubspot.control.edit('contacts', contactId, { lastname: 'Lopes' });
    await world.settle();

    const [customer] = await world.shopify.control.list('customers');
    expect(customer).toMatchObject({ firstName: 'Anna', lastName: 'Lopes' });
    const { hubspot, shopify } = await writesSince(world, before);
    expect(hubspot).toEqual([]);
    expect(shopify.map(({ type }) => type)).toEqual(['metafieldDefinitions', 'customers']);
    await world.close();
  });

  test('does not release an edit from before it when the same object is edited again', async () => {
    const world = await createWorld();
    const { contactId, customerId } = await linkedCustomer(world);
    await world.runFor(5 * MINUTE_MS);
    await switchMode(world, 'observe');
    // Of a customer the shop tells that it was changed, and not what.
    await world.shopify.control.edit('customers', customerId, { note: 'collects in store' });
    await world.runFor(5 * MINUTE_MS);
    await switchMode(world, 'auto');
    await world.runFor(5 * MINUTE_MS);

    await world.shopify.control.edit('customers', customerId, { phone: '+12025550177' });
    await world.runFor(5 * MINUTE_MS);
    const between = await world.hubspot.control.get('contacts', contactId);
    await world.shopify.control.edit('customers', customerId, { note: 'collects in person' });
    await world.runFor(5 * MINUTE_MS);

    expect(between).toMatchObject({ phone: '+12025550177' });
    expect(between?.['customer_note'] ?? '').toBe('');
    expect(await world.hubspot.control.get('contacts', contactId)).toMatchObject({
      customer_note: 'collects in person',
    });
    await expectAgreement(world);
    await world.close();
  });

  test('lets a customer who comes after it be created where it is missing', async () => {
    const { world } = await observingWorld();
    await switchMode(world, 'auto');
    await world.runFor(MINUTE_MS);

    await world.hubspot.control.create('contacts', {
      email: 'ben@example.com',
      firstname: 'Ben',
      lastname: 'Roy',
    });
    await world.settle();

    const customers = await world.shopify.control.list('customers');
    expect(customers.map(({ email }) => email).toSorted()).toEqual(['ana@example.com', 'ben@example.com']);
    await world.close();
  });

  test('does not create anywhere who was there before it', async () => {
    const world = await createWorld({ client: { ...demo, initialMode: 'observe' } });
    const contact = await world.hubspot.control.create('contacts', ANA);
    await world.settle();
    await world.runFor(MINUTE_MS);
    await switchMode(world, 'auto');
    await world.runFor(MINUTE_MS);

    await world.hubspot.control.edit('contacts', contact.id, { jobtitle: 'Buyer' });
    await world.settle();

    expect(await world.shopify.control.list('customers')).toEqual([]);
    await world.close();
  });

  test('of fields gives no system a customer while it is to be asked about that', async () => {
    const [customers] = demo.entities;
    if (customers === undefined) throw new Error('The demo client has no customers.');
    const presenceDimension = Dimension('presence');
    const client = { ...demo, entities: [{ ...customers, presenceDimension }] };
    const world = await createWorld({ client, latencyMs: 100 });
    await switchMode(world, 'auto', { dimensions: { 'customer.presence': { mode: 'ask', since: null } } });

    await world.hubspot.control.create('contacts', ANA);
    await world.settle();

    expect(await world.shopify.control.list('customers')).toEqual([]);
    expect(await world.runs()).toEqual([]);
    expect((await onlyRecord(world)).verdicts).toMatchObject({
      presence: { fields: { '@shopify': { verdict: 'missing' } } },
    });
    await world.close();
  });

  test('of one system leaves the others as they are', async () => {
    const world = await createWorld();
    const { contactId, customerId } = await linkedCustomer(world);
    const since = null;
    await switchMode(world, 'auto', {
      client: { mode: 'auto', since },
      systems: { [SHOPIFY]: { mode: 'observe', since } },
    });
    const before = await lastWrites(world);

    await world.hubspot.control.edit('contacts', contactId, { firstname: 'Bea' });
    await world.shopify.control.edit('customers', customerId, { note: 'collects in store' });
    await world.settle();

    expect(await writesSince(world, before)).toEqual(NO_WRITES);
    expect(goldenOf(await onlyRecord(world), 'firstName')).toBe('Bea');
    await world.close();
  });
});

test('an auto client that never was anything else agrees with itself', async () => {
  const world = await createWorld();
  await linkedCustomer(world);

  await expectAgreement(world);
  await world.close();
});
