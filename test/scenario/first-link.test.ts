import { afterEach, describe, expect, test } from 'vitest';
import { ANA, errorLines, expectAgreement, onlyRecord } from '#test/support/customers.ts';
import { createWorld, type World } from '#test/support/mesh-world.ts';
import { interrupt, isContactCreate, isContactRead, isCustomerCreate } from '#test/support/interrupt.ts';

let world: World;

afterEach(async () => {
  expect(errorLines(world)).toEqual([]);
  await world.close();
});

async function verdicts(): Promise<readonly string[]> {
  return Object.values((await onlyRecord(world)).verdicts).map(({ verdict }) => verdict);
}

describe('a customer whose create had no answer, but whose webhook came', () => {
  test('is known for ours: an edit made meanwhile flows and is no conflict (M2, M9)', async () => {
    world = await createWorld();
    await world.shopify.control.fault({ kind: 'timeout-after-effect', count: 1, path: 'customerCreate' });
    const contact = await world.hubspot.control.create('contacts', ANA);
    await world.settle(2_000);

    await world.hubspot.control.edit('contacts', contact.id, { lastname: 'Lima-Okri' });
    await world.settle();

    await expectAgreement(world);
    expect(await world.shopify.control.list('customers')).toMatchObject([{ lastName: 'Lima-Okri' }]);
    expect(await verdicts()).toEqual(['in_sync', 'in_sync']);
  });

  test('keeps what somebody there added to a field that we left empty', async () => {
    world = await createWorld();
    await world.shopify.control.fault({ kind: 'timeout-after-effect', count: 1, path: 'customerCreate' });
    const { phone: _, ...withoutPhone } = ANA;
    await world.hubspot.control.create('contacts', withoutPhone);
    await world.settle(2_000);
    const [customer] = await world.shopify.control.list('customers');

    await world.shopify.control.edit('customers', String(customer?.id), {
      note: 'collects in store',
      phone: ANA.phone,
    });
    await world.settle();

    await expectAgreement(world);
    expect(await world.hubspot.control.list('contacts')).toMatchObject([
      { customer_note: 'collects in store', phone: ANA.phone },
    ]);
  });
});

test('what somebody said about a created customer before its create was settled stays said', async () => {
  world = await createWorld();
  await world.shopify.control.fault({ kind: 'timeout-after-effect', count: 1, path: 'customerCreate' });
  await world.hubspot.control.create('contacts', ANA);
  await world.settle(2_000);
  const [customer] = await world.shopify.control.list('customers');
  const editedAt = world.clock.now();
  await world.shopify.control.edit('customers', String(customer?.id), { note: 'first thought' });
  // The second thought comes just before the create is looked for again, and its webhook long after.
  let hasSecondThought = false;
  world.shopify.twin.gate(async () => {
    if (hasSecondThought || world.clock.now() === editedAt) return;
    hasSecondThought = true;
    await world.shopify.control.fault({ kind: 'stale-webhook', count: 1, ms: 30_000 });
    await world.shopify.control.edit('customers', String(customer?.id), { note: 'second thought' });
  });

  await world.settle();

  await expectAgreement(world);
  expect(await world.hubspot.control.list('contacts')).toMatchObject([{ customer_note: 'second thought' }]);
  expect(await verdicts()).toEqual(['in_sync', 'in_sync']);
});

describe('what somebody changes while the customer is being created elsewhere', () => {
  test('in what was created, where we left a field empty, is put right from its owner (M6)', async () => {
    world = await createWorld({ latencyMs: 50 });
    const interruption = interrupt(world.hubspot, isContactRead, async () => {
      const [contact] = await world.hubspot.control.list('contacts');
      await world.hubspot.control.edit('contacts', String(contact?.id), { customer_note: 'typed here' });
    });

    await world.shopify.control.create('customers', { email: 'ben@example.com', firstName: 'Ben' });
    await world.settle();

    expect(interruption.hasHappened()).toBe(true);
    await expectAgreement(world);
    expect(await verdicts()).toEqual(['in_sync', 'in_sync']);
  });

  test('where it came from reaches what was created (M4)', async () => {
    world = await createWorld({ latencyMs: 50 });
    const interruption = interrupt(world.hubspot, isContactCreate, async () => {
      const [customer] = await world.shopify.control.list('customers');
      await world.shopify.control.edit('customers', String(customer?.id), { lastName: 'Okri' });
      await world.clock.elapse(1_000);
    });

    await world.shopify.control.create('customers', { email: 'ben@example.com', firstName: 'Ben' });
    await world.settle();

    expect(interruption.hasHappened()).toBe(true);
    await expectAgreement(world);
    expect(await world.hubspot.control.list('contacts')).toMatchObject([{ lastname: 'Okri' }]);
    expect(await verdicts()).toEqual(['in_sync', 'in_sync']);
  });

  test('in a mirror is put right from its owner, and is no difference of two strangers (M6)', async () => {
    world = await createWorld({ latencyMs: 50 });
    const interruption = interrupt(world.shopify, isCustomerCreate, async () => {
      const [contact] = await world.hubspot.control.list('contacts');
      await world.hubspot.control.fault({ kind: 'slow', ms: 1_000, count: 1 });
      await world.hubspot.control.edit('contacts', String(contact?.id), { customer_tax_exempt: 'true' });
    });

    await world.hubspot.control.create('contacts', ANA);
    await world.settle();

    expect(interruption.hasHappened()).toBe(true);
    const [contact] = await world.hubspot.control.list('contacts');
    expect(contact).not.toMatchObject({ customer_tax_exempt: 'true' });
    expect(await verdicts()).toEqual(['in_sync', 'in_sync']);
  });
});

describe('a field that its owner fills and the other system leaves empty', () => {
  test.each([
    ['the owner is met second', 'contacts'],
    ['the owner is met first', 'customers'],
  ] as const)('is filled from the owner, also when %s', async (_, metFirst) => {
    world = await createWorld();
    const loudest = (type: string) => ({ silent: type !== metFirst });
    await world.hubspot.control.create('contacts', ANA, loudest('contacts'));
    const { email, firstname: firstName, lastname: lastName, phone } = ANA;
    const fields = { email, firstName, lastName, phone, note: 'prefers mornings' };
    await world.shopify.control.create('customers', fields, loudest('customers'));

    await world.settle();

    await expectAgreement(world);
    expect(await world.hubspot.control.list('contacts')).toMatchObject([
      { customer_note: 'prefers mornings' },
    ]);
    expect(await verdicts()).toEqual(['in_sync', 'in_sync']);
  });
});

test('an address that a customer gave up belongs to whoever has it next (M16)', async () => {
  world = await createWorld();
  const contact = await world.hubspot.control.create('contacts', ANA);
  await world.settle();
  const [customer] = await world.shopify.control.list('customers');
  // Both sides must say the same address, so the change is made in both.
  await world.hubspot.control.edit('contacts', contact.id, { email: 'ana.new@example.com' });
  await world.shopify.control.edit('customers', String(customer?.id), { email: 'ana.new@example.com' });
  await world.settle();

  await world.shopify.control.create('customers', { email: ANA.email, firstName: 'Bo', lastName: 'Stone' });
  await world.settle();

  expect(await world.shopify.control.list('customers')).toHaveLength(2);
  expect(await world.hubspot.control.list('contacts')).toMatchObject([
    { firstname: ANA.firstname, email: 'ana.new@example.com' },
    { firstname: 'Bo', lastname: 'Stone', email: ANA.email },
  ]);
});
