import { afterEach, describe, expect, test } from 'vitest';
import type { ClientDefinition } from '#shared/clients/client-definition.ts';
import { client as demo } from '#shared/clients/demo/client.ts';
import { Dimension, FieldPath } from '#shared/model/ids.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import {
  ANA,
  errorLines,
  goldenOf,
  HUBSPOT,
  lastWrites,
  linkedCustomer,
  onlyRecord,
  SHOPIFY,
  writesSince,
} from '#test/support/customers.ts';
import { createWorld, type World } from '#test/support/mesh-world.ts';

const IDENTITY = Dimension('identity');
const EMAIL = FieldPath('email');
const BEN = Object.freeze({ email: 'ben@example.com', firstname: 'Ben', lastname: 'Okri' });
const NEW_ADDRESS = 'ana.new@example.com';
const HOUR_MS = 60 * 60_000;

let world: World;

afterEach(async () => {
  expect(errorLines(world)).toEqual([]);
  await world.close();
});

async function stored(record: RecordDocument): Promise<RecordDocument | undefined> {
  return (await world.records()).find(({ id }) => id === record.id);
}

async function provisionalRecords(): Promise<readonly RecordDocument[]> {
  return (await world.records()).filter(({ state }) => state === 'provisional');
}

/** The demo client, with HubSpot as the only authority on addresses. */
function clientWhoseAddressesHubspotOwns(): ClientDefinition {
  const entities = demo.entities.map((entity) => ({
    ...entity,
    fields: entity.fields.map((field) =>
      field.path === EMAIL ? { ...field, rule: { kind: 'owner' as const, system: HUBSPOT } } : field,
    ),
  }));
  return { ...demo, entities };
}

describe('an address that another record still holds', () => {
  test('is not carried, also not by a look at the system that did not say it (M16)', async () => {
    world = await createWorld({ client: clientWhoseAddressesHubspotOwns() });
    const ana = await linkedCustomer(world);
    const ben = await linkedCustomer(world, BEN);
    await world.hubspot.control.remove('contacts', ana.contactId);
    await world.settle();
    await world.hubspot.control.edit('contacts', ben.contactId, { email: ANA.email });
    await world.settle();
    const before = await lastWrites(world);

    await world.shopify.control.edit('customers', ben.customerId, { note: 'collects in store' });
    await world.settle();

    expect((await writesSince(world, before)).shopify).toEqual([]);
    expect(await world.shopify.control.get('customers', ben.customerId)).toMatchObject({ email: BEN.email });
  });

  test('is not accepted although both systems say it, nor by the look back of a run (M7, M16)', async () => {
    world = await createWorld({ latencyMs: 200 });
    const ana = await linkedCustomer(world);
    const ben = await linkedCustomer(world, BEN);
    // Nobody has the address any more, but Ana's contact had it to the last and may be made anew.
    await world.hubspot.control.remove('contacts', ana.contactId);
    await world.shopify.control.edit('customers', ana.customerId, { email: NEW_ADDRESS });
    await world.settle();
    await world.hubspot.control.edit('contacts', ben.contactId, { email: ANA.email });
    await world.shopify.control.edit('customers', ben.customerId, { email: ANA.email });
    await world.settle();

    await world.hubspot.control.edit('contacts', ben.contactId, { firstname: 'Benny' });
    await world.settle();

    expect(await world.shopify.control.get('customers', ben.customerId)).toMatchObject({
      firstName: 'Benny',
    });
    const record = await stored(ben.record);
    expect(record && goldenOf(record, 'email')).toBe(BEN.email);
    expect(record?.verdicts[IDENTITY]).toMatchObject({ verdict: 'hard_conflict', cause: 'key_taken' });
  });
});

describe('an address that is free again', () => {
  test('because its only customer was deleted everywhere may be taken by another one (M16)', async () => {
    world = await createWorld({ latencyMs: 50 });
    const ana = await linkedCustomer(world);
    const ben = await linkedCustomer(world, BEN);
    await world.hubspot.control.remove('contacts', ana.contactId);
    await world.shopify.control.remove('customers', ana.customerId);
    await world.settle();

    await world.hubspot.control.edit('contacts', ben.contactId, { email: ANA.email });
    await world.shopify.control.edit('customers', ben.customerId, { email: ANA.email });
    await world.settle();

    const record = await stored(ben.record);
    expect(record?.verdicts[IDENTITY]).toMatchObject({ verdict: 'in_sync' });
    expect(record && goldenOf(record, 'email')).toBe(ANA.email);
  });

  test('makes who was ambiguous because of it looked at again (M1)', async () => {
    world = await createWorld();
    const ana = await linkedCustomer(world);
    await world.shopify.control.edit('customers', ana.customerId, { email: NEW_ADDRESS });
    await world.settle();
    await world.shopify.control.create('customers', { email: ANA.email, firstName: 'Bo', lastName: 'Stone' });
    await world.settle();
    expect(await provisionalRecords()).toHaveLength(1);

    await world.hubspot.control.edit('contacts', ana.contactId, { email: NEW_ADDRESS });
    await world.settle();
    await world.runFor(HOUR_MS);

    expect(await provisionalRecords()).toEqual([]);
    expect(await world.hubspot.control.list('contacts')).toMatchObject([
      { email: NEW_ADDRESS },
      { email: ANA.email, firstname: 'Bo' },
    ]);
  });

  test('leaves nobody ambiguous whose creation was told before it was given up (M4)', async () => {
    world = await createWorld({ latencyMs: 50 });
    const { contactId, customerId } = await linkedCustomer(world);
    await world.shopify.control.fault({ kind: 'reorder-webhook', rate: 1, count: 1, ms: 2_000 });

    await world.hubspot.control.edit('contacts', contactId, { email: NEW_ADDRESS });
    await world.shopify.control.edit('customers', customerId, { email: NEW_ADDRESS });
    await world.shopify.control.create('customers', { email: ANA.email, firstName: 'Bo' });
    await world.settle();
    await world.runFor(HOUR_MS);

    expect(await provisionalRecords()).toEqual([]);
    expect(await world.hubspot.control.list('contacts')).toMatchObject([
      { email: NEW_ADDRESS },
      { email: ANA.email, firstname: 'Bo' },
    ]);
  });
});

describe('a customer deleted and made anew', () => {
  test.each([
    ['its deletion first', 0],
    ['its deletion 2 s after its creation', 2_000],
  ])('is linked again when the shop tells %s (M4)', async (_, ms) => {
    world = await createWorld({ latencyMs: 50 });
    const { customerId, record } = await linkedCustomer(world);
    if (ms > 0) await world.shopify.control.fault({ kind: 'reorder-webhook', rate: 1, count: 1, ms });

    await world.shopify.control.remove('customers', customerId);
    if (ms === 0) await world.settle();
    const { email, firstname: firstName, lastname: lastName, phone } = ANA;
    const anew = await world.shopify.control.create('customers', { email, firstName, lastName, phone });
    await world.settle();
    await world.runFor(HOUR_MS);

    const relinked = await onlyRecord(world);
    expect(relinked.id).toBe(record.id);
    expect(relinked.links[SHOPIFY]).toMatchObject({ nativeId: anew.id, state: 'active' });
  });
});

describe('a contact that could not be created in the shop yet', () => {
  test('and was deleted meanwhile is not created there any more (M10)', async () => {
    world = await createWorld();
    await world.shopify.control.fault({ kind: '500', count: 6, path: 'customerCreate' });
    const { id } = await world.hubspot.control.create('contacts', ANA);
    await world.settle(1_000);

    await world.hubspot.control.remove('contacts', id);
    await world.settle();

    expect(await world.shopify.control.list('customers')).toEqual([]);
  });

  test('and has lost its address is not created there without one (M2)', async () => {
    world = await createWorld({ latencyMs: 50 });
    const { id } = await world.hubspot.control.create('contacts', { ...ANA, phone: 'ask at the desk' });
    await world.settle();
    expect(await world.shopify.control.list('customers')).toEqual([]);

    await world.hubspot.control.edit('contacts', id, { email: '', phone: ANA.phone });
    await world.settle();

    expect(await world.shopify.control.list('customers')).toEqual([]);
  });
});
