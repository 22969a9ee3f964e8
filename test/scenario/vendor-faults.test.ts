import { afterEach, describe, expect, test } from 'vitest';
import {
  ANA,
  errorLines,
  expectAgreement,
  lastWrites,
  linkedCustomer,
  onlyRecord,
  writesSince,
} from '#test/support/customers.ts';
import { createWorld, type World } from '#test/support/mesh-world.ts';
import type { FaultInput } from '#test/twins/index.ts';

let world: World;

afterEach(async () => {
  expect(errorLines(world)).toEqual([]);
  await world.close();
});

/** Writes that took effect, in order. */
function effects(writes: readonly { readonly outcome: string; readonly path: string }[]): readonly string[] {
  return writes.filter((write) => write.outcome === 'accepted').map((write) => write.path);
}

const FAULTS: readonly (readonly [string, FaultInput])[] = [
  ['three 429s', { kind: '429', count: 3 }],
  ['three 500s', { kind: '500', count: 3 }],
  ['a timeout before the effect', { kind: 'timeout', count: 1 }],
  ['a timeout after the effect', { kind: 'timeout-after-effect', count: 1 }],
  [
    'an effect that lands 30 s after the caller gave up',
    { kind: 'timeout-after-effect', count: 1, ms: 30_000 },
  ],
  ['an answer slower than the deadline', { kind: 'slow', count: 1, ms: 15_000 }],
  ['answers that take 5 s each', { kind: 'slow', count: 4, ms: 5_000 }],
];

describe.each(FAULTS)('%s at the written system', (_, fault) => {
  test('delays an update and changes nothing else', async () => {
    world = await createWorld();
    const { contactId, customerId } = await linkedCustomer(world);
    const before = await lastWrites(world);
    await world.shopify.control.fault(fault);

    await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550199' });
    await world.settle();

    expect(effects((await writesSince(world, before)).shopify)).toEqual(['customerUpdate']);
    expect(await world.shopify.control.get('customers', customerId)).toMatchObject({ phone: '+12025550199' });
    expect((await writesSince(world, before)).hubspot).toEqual([]);
    await expectAgreement(world);
  });

  test('delays a create and makes no second customer', async () => {
    world = await createWorld();
    await world.shopify.control.fault(fault);

    await world.hubspot.control.create('contacts', ANA);
    await world.settle();

    expect(await world.shopify.control.list('customers')).toHaveLength(1);
    await expectAgreement(world);
    expect(Object.keys((await onlyRecord(world)).links).toSorted()).toEqual(['hubspot', 'shopify']);
  });
});

describe.each(FAULTS)('%s only at the write itself', (_, fault) => {
  test('delays an update and applies it once', async () => {
    world = await createWorld();
    const { contactId } = await linkedCustomer(world);
    const before = await lastWrites(world);
    await world.shopify.control.fault({ ...fault, path: 'customerUpdate' });

    await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550199' });
    await world.settle();

    expect(effects((await writesSince(world, before)).shopify)).toEqual(['customerUpdate']);
    await expectAgreement(world);
  });

  test('delays a create and makes no second customer', async () => {
    world = await createWorld();
    await world.shopify.control.fault({ ...fault, path: 'customerCreate' });

    await world.hubspot.control.create('contacts', ANA);
    await world.settle();

    expect(await world.shopify.control.list('customers')).toHaveLength(1);
    await expectAgreement(world);
  });

  test('delays a create in HubSpot and makes no second contact', async () => {
    world = await createWorld();
    await world.hubspot.control.fault({ ...fault, path: 'POST /crm/objects' });

    await world.shopify.control.create('customers', { email: 'ben@example.com', firstName: 'Ben' });
    await world.settle();

    expect(await world.hubspot.control.list('contacts')).toHaveLength(1);
    await expectAgreement(world);
  });
});

describe('a broken record', () => {
  test('whose value the vendor refuses is not written again and again, and holds up no other record', async () => {
    world = await createWorld();
    const { contactId } = await linkedCustomer(world);
    const other = await linkedCustomer(world, {
      email: 'ben@example.com',
      firstname: 'Ben',
      phone: '+12025550102',
    });
    const before = await lastWrites(world);

    await world.hubspot.control.edit('contacts', contactId, { phone: 'ask at the desk' });
    await world.hubspot.control.edit('contacts', other.contactId, { firstname: 'Benjamin' });
    await world.settle();

    const { shopify } = await writesSince(world, before);
    expect(shopify.filter((write) => write.id !== other.customerId)).toHaveLength(1);
    expect(await world.shopify.control.get('customers', other.customerId)).toMatchObject({
      firstName: 'Benjamin',
    });
    const record = (await world.records()).find(
      (one) => one.links['hubspot' as never]?.nativeId === contactId,
    );
    expect(record?.verdicts['profile' as never]).toMatchObject({
      verdict: 'soft_drift',
      cause: 'write_refused',
    });

    await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550111' });
    await world.settle();

    await expectAgreement(world);
  });

  test('of which one value is refused is carried in all that the vendor takes (M1)', async () => {
    world = await createWorld({ latencyMs: 50 });
    const { contactId, customerId } = await linkedCustomer(world);
    await world.hubspot.control.edit('contacts', contactId, { phone: 'ask at the desk', firstname: 'Anna' });
    await world.settle();
    const before = await lastWrites(world);

    await world.hubspot.control.edit('contacts', contactId, { firstname: 'Anne' });
    await world.settle();

    expect(await world.shopify.control.get('customers', customerId)).toMatchObject({
      firstName: 'Anne',
      phone: ANA.phone,
    });
    expect(effects((await writesSince(world, before)).shopify)).toEqual(['customerUpdate']);
    expect((await onlyRecord(world)).verdicts['profile' as never]).toMatchObject({ cause: 'write_refused' });
  });

  test('whose phone number the shop has for somebody else is not tried for ever, and is created once it may be', async () => {
    world = await createWorld();
    await linkedCustomer(world);
    const before = await lastWrites(world);

    const newcomer = await world.hubspot.control.create('contacts', {
      email: 'ben@example.com',
      firstname: 'Ben',
      phone: ANA.phone,
    });
    await world.settle();

    const tried = (await writesSince(world, before)).shopify;
    expect(tried.map((write) => write.path)).toEqual(Array.from(tried, () => 'customerCreate'));
    expect(tried.length).toBeLessThan(6);
    const record = (await world.records()).find(
      (one) => one.links['hubspot' as never]?.nativeId === newcomer.id,
    );
    expect(record?.verdicts['identity' as never]).toMatchObject({
      verdict: 'missing',
      cause: 'write_refused',
    });
    expect(await world.shopify.control.list('customers')).toHaveLength(1);

    await world.hubspot.control.edit('contacts', newcomer.id, { phone: '+12025550111' });
    await world.settle();

    await expectAgreement(world);
  });

  test('whose reads hang keeps its own debt while others go on', async () => {
    world = await createWorld();
    const slow = await linkedCustomer(world);
    const other = await linkedCustomer(world, {
      email: 'ben@example.com',
      firstname: 'Ben',
      phone: '+12025550102',
    });
    world.hubspot.twin.gate(async (request) => {
      if (request.path.includes(`/${slow.contactId}`)) await world.clock.elapse(60_000);
    });
    const startedAt = world.clock.now();

    await world.hubspot.control.edit('contacts', slow.contactId, { firstname: 'Slow' });
    await world.hubspot.control.edit('contacts', other.contactId, { firstname: 'Swift' });
    await world.settle(5_000);

    expect(await world.shopify.control.get('customers', other.customerId)).toMatchObject({
      firstName: 'Swift',
    });
    const run = (await world.runs()).find(
      (one) => one.recordId === other.record.id && one.dag[0]?.id === 'update-shopify',
    );
    expect(Date.parse(String(run?.finishedAt)) - startedAt).toBeLessThan(1_000);
    world.hubspot.twin.gate(null);
    await world.settle();
    await expectAgreement(world);
  });
});
