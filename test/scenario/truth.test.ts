import { describe, expect, test } from 'vitest';
import { goldenOf, lastWrites, onlyRecord, SHOPIFY, writesSince } from '#test/support/customers.ts';
import { retailer } from '#test/support/clients/retailer.ts';
import { askConsole } from '#test/support/console-client.ts';
import { createWorld, type World } from '#test/support/mesh-world.ts';
import { pause, resume } from '#test/support/switches.ts';

const LEAD = {
  email: 'ana@example.com',
  firstname: 'Ana',
  lastname: 'Lima',
  phone: '+12025550101',
  lifecyclestage: 'lead',
};

async function aLead(): Promise<{ readonly world: World; readonly contactId: string }> {
  const world = await createWorld({ client: retailer });
  const contact = await world.hubspot.control.create('contacts', LEAD);
  await world.settle();
  await world.runFor(60_000);
  return { world, contactId: contact.id };
}

async function aCustomer(): Promise<{
  readonly world: World;
  readonly contactId: string;
  readonly customerId: string;
}> {
  const { world, contactId } = await aLead();
  await world.hubspot.control.edit('contacts', contactId, { lifecyclestage: 'customer' });
  await world.settle();
  await world.runFor(60_000);
  const [customer] = await world.shopify.control.list('customers');
  if (customer === undefined) throw new Error('The customer was not carried to the shop.');
  return { world, contactId, customerId: customer.id };
}

describe('a lead', () => {
  test('is not in the shop, and nothing is missing', async () => {
    const { world } = await aLead();

    expect(await world.shopify.control.list('customers')).toEqual([]);
    expect(await onlyRecord(world)).toMatchObject({
      lifecycle: 'lead',
      verdicts: { identity: { verdict: 'in_sync' } },
    });
    await world.close();
  });

  test('is created in the shop when it becomes a customer, with all that holds true of it', async () => {
    const { world } = await aCustomer();

    expect(await world.shopify.control.list('customers')).toMatchObject([
      { email: 'ana@example.com', firstName: 'Ana', lastName: 'Lima', phone: '+12025550101' },
    ]);
    expect((await onlyRecord(world)).lifecycle).toBe('customer');
    await world.close();
  });
});

test('who is a lead again before the shop could be told is not created there', async () => {
  const world = await createWorld({ client: retailer });
  const contact = await world.hubspot.control.create('contacts', LEAD);
  await world.settle();
  // The create waits, first for the shop's limit and then for whoever paused it.
  await world.shopify.control.fault({ kind: '429', count: 1 });
  await world.hubspot.control.edit('contacts', contact.id, { lifecyclestage: 'customer' });
  await world.runFor(100);
  await pause(world, SHOPIFY);
  await world.runFor(10 * 60_000);
  const waiting = (await world.runs()).map(({ state }) => state);

  await world.hubspot.control.edit('contacts', contact.id, { lifecyclestage: '' });
  await world.runFor(60_000);
  await resume(world, SHOPIFY);
  await world.runFor(10 * 60_000);

  expect(waiting).toContain('waiting');
  expect(await world.shopify.control.list('customers')).toEqual([]);
  expect(await onlyRecord(world)).toMatchObject({
    lifecycle: 'lead',
    writeSets: {},
    verdicts: { identity: { verdict: 'in_sync' } },
  });
  await world.close();
});

describe('a customer', () => {
  test('has the phone number that the shop says, whatever sales says', async () => {
    const { world, contactId, customerId } = await aCustomer();

    await world.shopify.control.edit('customers', customerId, { phone: '+12025550109' });
    await world.settle();
    await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550102' });
    await world.settle();

    expect(await world.hubspot.control.get('contacts', contactId)).toMatchObject({ phone: '+12025550109' });
    await world.close();
  });

  test('has a first and a last name from one system, never one of each', async () => {
    const { world, contactId, customerId } = await aCustomer();
    const before = await lastWrites(world);

    await world.hubspot.control.edit('contacts', contactId, { firstname: 'Anna' });
    await world.shopify.control.edit('customers', customerId, { lastName: 'Lopes' });
    await world.settle();

    expect((await onlyRecord(world)).verdicts).toMatchObject({
      profile: { fields: { firstName: { cause: 'both_moved' }, lastName: { cause: 'both_moved' } } },
    });
    expect(await writesSince(world, before)).toEqual({ hubspot: [], shopify: [] });
    await world.close();
  });

  test('is exempt from tax in both systems as soon as it is an evangelist', async () => {
    const { world, contactId, customerId } = await aCustomer();

    await world.hubspot.control.edit('contacts', contactId, { lifecyclestage: 'evangelist' });
    await world.settle();

    expect(goldenOf(await onlyRecord(world), 'taxExempt')).toBe(true);
    expect(await world.shopify.control.get('customers', customerId)).toMatchObject({ taxExempt: true });
    expect(await world.hubspot.control.get('contacts', contactId)).toMatchObject({
      customer_tax_exempt: 'true',
    });
    await world.close();
  });

  test('carries the note that the consultant sets to both systems, and keeps it there', async () => {
    const { world, contactId, customerId } = await aCustomer();
    const { id } = await onlyRecord(world);

    const metadata = await askConsole(world, 'GET', `/records/${id}/metadata`);
    const answer = await askConsole(world, 'PATCH', `/records/${id}/metadata`, {
      body: { values: { note: 'Call before noon.' } },
      headers: { 'if-match': metadata.headers['etag'] },
    });
    await world.settle();
    await world.shopify.control.edit('customers', customerId, { note: 'Never call.' });
    await world.settle();

    expect(answer.status).toBe(200);
    expect(await world.hubspot.control.get('contacts', contactId)).toMatchObject({
      customer_note: 'Call before noon.',
    });
    expect(await world.shopify.control.get('customers', customerId)).toMatchObject({
      note: 'Call before noon.',
    });
    await world.close();
  });
});
