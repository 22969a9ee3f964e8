import { afterEach, describe, expect, test } from 'vitest';
import type { RecordDocument } from '#shared/model/record.ts';
import type { WorkDocument } from '#shared/model/work.ts';
import {
  ANA,
  errorLines,
  HUBSPOT,
  lastWrites,
  linkedCustomer,
  SHOPIFY,
  writesSince,
} from '#test/support/customers.ts';
import { createWorld, type World } from '#test/support/mesh-world.ts';

const OTHER = Object.freeze({ email: 'ana.other@example.com', phone: '+12025550102' });
const MINUTE_MS = 60_000;
const LATE_MS = 10 * MINUTE_MS;
const HOUR_MS = 60 * MINUTE_MS;

let world: World;

afterEach(async () => {
  expect(errorLines(world)).toEqual([]);
  await world.close();
});

/** Ana's contact was deleted, and a contact made anew has taken its place in her record. */
async function replacedContact() {
  const ana = await linkedCustomer(world);
  await world.hubspot.control.remove('contacts', ana.contactId);
  await world.settle();
  const { id: anewId } = await world.hubspot.control.create('contacts', ANA);
  await world.settle();
  expect(await contactIds()).toEqual({ [ana.record.id]: anewId });
  return { ...ana, anewId };
}

/** The contact of each record that stands for itself. */
async function contactIds(): Promise<Readonly<Record<string, string | undefined>>> {
  const standing = (await world.records()).filter(({ state }) => state !== 'merged');
  return Object.fromEntries(standing.map(({ id, links }) => [id, links[HUBSPOT]?.nativeId]));
}

async function recordOfContact(contactId: string): Promise<RecordDocument | undefined> {
  const standing = (await world.records()).filter(({ state }) => state !== 'merged');
  return standing.find(({ links }) => links[HUBSPOT]?.nativeId === contactId);
}

async function workOf(record: RecordDocument): Promise<WorkDocument | undefined> {
  return (await world.work()).find(({ recordId }) => recordId === record.id);
}

async function restore(contactId: string): Promise<void> {
  await world.hubspot.control.act('contacts', contactId, 'restore');
  await world.settle();
}

test('a contact restored after the one made in its place was deleted is linked again (M16)', async () => {
  world = await createWorld({ latencyMs: 50 });
  const { contactId, customerId, anewId, record } = await replacedContact();
  await world.hubspot.control.remove('contacts', anewId);
  await world.settle();

  await restore(contactId);
  await world.hubspot.control.edit('contacts', contactId, { firstname: 'Back' });
  await world.settle();

  expect(await contactIds()).toEqual({ [record.id]: contactId });
  expect(await world.shopify.control.get('customers', customerId)).toMatchObject({ firstName: 'Back' });
});

test('two contacts that take turns in one place are each linked again (M16)', async () => {
  world = await createWorld({ latencyMs: 50 });
  const { contactId, customerId, anewId, record } = await replacedContact();

  for (const [gone, back] of [
    [anewId, contactId],
    [contactId, anewId],
    [anewId, contactId],
  ] as const) {
    await world.hubspot.control.remove('contacts', gone);
    await world.settle();
    await restore(back);
    expect(await contactIds()).toEqual({ [record.id]: back });
  }
  await world.hubspot.control.edit('contacts', contactId, { firstname: 'Back' });
  await world.settle();

  expect(await world.shopify.control.get('customers', customerId)).toMatchObject({ firstName: 'Back' });
});

test('a contact restored beside the one made in its place is a customer of its own (M16)', async () => {
  world = await createWorld({ latencyMs: 50 });
  const { contactId, customerId, anewId, record } = await replacedContact();
  await world.hubspot.control.edit('contacts', anewId, OTHER);
  await world.shopify.control.edit('customers', customerId, OTHER);
  await world.settle();

  await restore(contactId);
  await world.hubspot.control.edit('contacts', contactId, { firstname: 'Back' });
  await world.settle();

  expect(await recordOfContact(anewId)).toMatchObject({
    id: record.id,
    links: { [SHOPIFY]: { nativeId: customerId, state: 'active' } },
  });
  expect(await world.shopify.control.list('customers')).toMatchObject([
    { id: customerId, ...OTHER, firstName: ANA.firstname },
    { email: ANA.email, firstName: 'Back' },
  ]);
});

describe('a contact restored while the record of the one made in its place still holds its address', () => {
  async function waiting() {
    const replaced = await replacedContact();
    await world.hubspot.control.edit('contacts', replaced.anewId, OTHER);
    await world.settle();
    await restore(replaced.contactId);
    expect(await recordOfContact(replaced.anewId)).toMatchObject({ id: replaced.record.id });
    expect(await recordOfContact(replaced.contactId)).toMatchObject({ state: 'provisional' });
    return replaced;
  }

  test('waits, and becomes a customer of its own when the address is free (M16)', async () => {
    world = await createWorld({ latencyMs: 50 });
    const { contactId, customerId, anewId, record } = await waiting();

    await world.shopify.control.edit('customers', customerId, OTHER);
    await world.settle();
    await world.runFor(HOUR_MS);

    expect(await recordOfContact(anewId)).toMatchObject({ id: record.id });
    expect(await recordOfContact(contactId)).toMatchObject({ state: 'active' });
    expect(await world.shopify.control.list('customers')).toMatchObject([
      { id: customerId, ...OTHER },
      { email: ANA.email },
    ]);
  });

  test('waits, and is linked again when the other one is deleted (M16)', async () => {
    world = await createWorld({ latencyMs: 50 });
    const { contactId, anewId, record } = await waiting();

    await world.hubspot.control.remove('contacts', anewId);
    await world.settle();
    await world.runFor(HOUR_MS);

    expect(await contactIds()).toEqual({ [record.id]: contactId });
  });
});

test('what is told late of a contact that was replaced is nothing about the one in its place (M4)', async () => {
  world = await createWorld({ latencyMs: 50 });
  const { contactId, record } = await linkedCustomer(world);
  await world.hubspot.control.fault({ kind: 'reorder-webhook', rate: 1, count: 1, ms: LATE_MS });
  await world.hubspot.control.edit('contacts', contactId, { firstname: 'Late' });
  await world.settle(MINUTE_MS);
  await world.hubspot.control.remove('contacts', contactId);
  await world.settle(MINUTE_MS);
  const { id: anewId } = await world.hubspot.control.create('contacts', ANA);
  await world.settle(MINUTE_MS);
  const before = await workOf(record);

  await world.settle();

  expect(await recordOfContact(anewId)).toMatchObject({ id: record.id });
  expect(await recordOfContact(contactId)).toMatchObject({ links: { [HUBSPOT]: { state: 'gone' } } });
  expect(await workOf(record)).toEqual(before);
});

test('two merged contacts of which one was made by us are nobody\u2019s until somebody says who is who (M16)', async () => {
  world = await createWorld({ latencyMs: 50 });
  const pia = await world.hubspot.control.create('contacts', { email: 'pia@example.com', phone: ANA.phone });
  await world.settle();
  await world.shopify.control.create('customers', { email: 'bo@example.com', firstName: 'Bo' });
  await world.settle();
  const bo = (await world.hubspot.control.list('contacts')).find(({ email }) => email === 'bo@example.com');
  const before = await lastWrites(world);

  const merged = await world.hubspot.control.act('contacts', String(bo?.id), 'merge', { with: pia.id });
  await world.settle();
  await world.hubspot.control.edit('contacts', merged.id, { phone: '+12025550122' });
  await world.settle();

  expect(await writesSince(world, before)).toEqual({ hubspot: [], shopify: [] });
});
