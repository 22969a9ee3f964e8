import { afterEach, describe, expect, test } from 'vitest';
import {
  errorLines,
  HUBSPOT,
  lastWrites,
  linkedCustomer,
  onlyRecord,
  SHOPIFY,
  writesSince,
} from '#test/support/customers.ts';
import { LOSS_SETTLE_MS, losing, presenceIn, removalsIn } from '#test/support/losses.ts';
import { createWorld, type World } from '#test/support/mesh-world.ts';

const MINUTE_MS = 60_000;

let world: World;

afterEach(async () => {
  expect(errorLines(world)).toEqual([]);
  await world.close();
});

describe('an object that somebody deleted in one system', () => {
  test('is deleted in the other where the policy says so, once and not before it was looked for again', async () => {
    world = await createWorld({ client: losing('propagate') });
    const { contactId, customerId } = await linkedCustomer(world);

    await world.hubspot.control.remove('contacts', contactId);
    await world.runFor(LOSS_SETTLE_MS - MINUTE_MS);

    expect(await removalsIn(world)).toEqual([]);
    expect(presenceIn(await onlyRecord(world), HUBSPOT)).toMatchObject({
      verdict: 'undetermined',
      cause: 'loss_suspected',
    });

    await world.settle();

    expect(await removalsIn(world)).toEqual([customerId]);
    expect(await world.shopify.control.list('customers')).toEqual([]);
    expect(presenceIn(await onlyRecord(world), HUBSPOT)).toMatchObject({
      verdict: 'excluded',
      cause: 'gone',
    });
    expect(presenceIn(await onlyRecord(world), SHOPIFY)).toMatchObject({
      verdict: 'excluded',
      cause: 'removed_by_us',
    });
  });

  test('is archived in the other where the policy says so and the vendor can', async () => {
    world = await createWorld({ client: losing('archive') });
    const { contactId, customerId } = await linkedCustomer(world);

    await world.shopify.control.remove('customers', customerId);
    await world.settle();

    expect(await removalsIn(world)).toEqual([contactId]);
    expect((await world.runs()).at(-1)?.dag).toMatchObject([
      { id: 'archive-hubspot', effect: 'compensable' },
    ]);
  });

  test('is left to an operator where the vendor cannot archive', async () => {
    world = await createWorld({ client: losing('archive') });
    const { contactId } = await linkedCustomer(world);

    await world.hubspot.control.remove('contacts', contactId);
    await world.settle();

    expect(await removalsIn(world)).toEqual([]);
    expect(presenceIn(await onlyRecord(world), HUBSPOT)).toMatchObject({
      verdict: 'missing',
      cause: 'not_removable',
    });
  });

  test('stays in the other where the policy unlinks, and is not created anew', async () => {
    world = await createWorld({ client: losing('unlink') });
    const { contactId, customerId } = await linkedCustomer(world);
    const before = await lastWrites(world);

    await world.hubspot.control.remove('contacts', contactId);
    await world.settle();
    await world.shopify.control.edit('customers', customerId, { note: 'still here' });
    await world.settle();

    expect(await writesSince(world, before)).toEqual({ hubspot: [], shopify: [] });
    expect(presenceIn(await onlyRecord(world), HUBSPOT)).toMatchObject({
      verdict: 'excluded',
      cause: 'unlinked',
    });
  });

  test.each(['ask', undefined] as const)('waits for somebody under the policy %s', async (meaning) => {
    world = await createWorld(meaning === undefined ? {} : { client: losing(meaning) });
    const { contactId } = await linkedCustomer(world);
    const before = await lastWrites(world);

    await world.hubspot.control.remove('contacts', contactId);
    await world.settle();

    expect(await writesSince(world, before)).toEqual({ hubspot: [], shopify: [] });
    expect(presenceIn(await onlyRecord(world), HUBSPOT)).toMatchObject({ verdict: 'missing', cause: 'gone' });
  });

  test('and that the vendor will not delete elsewhere is asked for once, and shown', async () => {
    world = await createWorld({ client: losing('propagate') });
    const { contactId, customerId } = await linkedCustomer(world);
    await world.shopify.control.act('customers', customerId, 'place-order');
    await world.settle();
    const before = await lastWrites(world);

    await world.hubspot.control.remove('contacts', contactId);
    await world.settle();
    await world.shopify.control.edit('customers', customerId, { tags: ['vip'] });
    await world.settle();

    expect((await writesSince(world, before)).shopify).toHaveLength(1);
    expect(presenceIn(await onlyRecord(world), HUBSPOT)).toMatchObject({
      verdict: 'missing',
      cause: 'write_refused',
    });
  });

  test('and was edited elsewhere since is not deleted there by itself (M5)', async () => {
    world = await createWorld({ client: losing('propagate') });
    const { contactId, customerId } = await linkedCustomer(world);

    await world.hubspot.control.remove('contacts', contactId);
    await world.runFor(MINUTE_MS);
    await world.shopify.control.edit('customers', customerId, { note: 'asked for a refund' });
    await world.settle();

    expect(await removalsIn(world)).toEqual([]);
    expect(presenceIn(await onlyRecord(world), HUBSPOT)).toMatchObject({
      verdict: 'missing',
      cause: 'edited_since_loss',
    });
  });
});

describe('our own removal', () => {
  test('causes no suspicion when the vendor tells of it (M9)', async () => {
    world = await createWorld({ client: losing('propagate') });
    const { contactId, customerId } = await linkedCustomer(world);
    await world.shopify.control.remove('customers', customerId);
    await world.settle();
    const counted = await world.shopify.control.writes();

    await world.runFor(60 * MINUTE_MS);

    expect(await removalsIn(world)).toEqual([contactId]);
    expect(await world.shopify.control.writes()).toEqual(counted);
    const { links } = await onlyRecord(world);
    expect(links[HUBSPOT]?.loss?.removedBy).toBeDefined();
    expect((await world.work()).flatMap(({ marks }) => Object.keys(marks))).toEqual([]);
  });

  test('is undone by a person who restores the object, and nobody removes it again or creates anything', async () => {
    world = await createWorld({ client: losing('propagate') });
    const { contactId, customerId } = await linkedCustomer(world);
    await world.shopify.control.remove('customers', customerId);
    await world.settle();
    const before = await lastWrites(world);

    await world.hubspot.control.act('contacts', contactId, 'restore');
    await world.settle();
    await world.hubspot.control.edit('contacts', contactId, { firstname: 'Anna' });
    await world.settle();

    expect(await writesSince(world, before)).toEqual({ hubspot: [], shopify: [] });
    const record = await onlyRecord(world);
    expect(presenceIn(record, HUBSPOT)).toMatchObject({ verdict: 'in_sync' });
    expect(presenceIn(record, SHOPIFY)).toMatchObject({ verdict: 'missing', cause: 'gone' });
  });
});

describe('an object that is there again', () => {
  test('before the settle time was never lost', async () => {
    world = await createWorld({ client: losing('propagate') });
    const { contactId } = await linkedCustomer(world);

    await world.hubspot.control.remove('contacts', contactId);
    await world.runFor(LOSS_SETTLE_MS / 2);
    await world.hubspot.control.act('contacts', contactId, 'restore');
    await world.settle();

    expect(await removalsIn(world)).toEqual([]);
    expect(presenceIn(await onlyRecord(world), HUBSPOT)).toMatchObject({ verdict: 'in_sync' });
    expect((await onlyRecord(world)).links[HUBSPOT]?.loss).toBeUndefined();
  });

  test('although nobody told of it is found by the look that was to confirm the loss', async () => {
    world = await createWorld({ client: losing('propagate') });
    const { contactId } = await linkedCustomer(world);

    await world.hubspot.control.remove('contacts', contactId);
    await world.runFor(LOSS_SETTLE_MS / 2);
    await world.hubspot.control.act('contacts', contactId, 'restore', {}, { silent: true });
    await world.settle();

    expect(await removalsIn(world)).toEqual([]);
    expect(presenceIn(await onlyRecord(world), HUBSPOT)).toMatchObject({ verdict: 'in_sync' });
  });

  test('while its removal elsewhere has to wait stops that', async () => {
    world = await createWorld({ client: losing('propagate') });
    const { contactId, customerId } = await linkedCustomer(world);
    await world.shopify.control.fault({ kind: '500' });

    await world.hubspot.control.remove('contacts', contactId);
    await world.runFor(LOSS_SETTLE_MS * 2);
    await world.hubspot.control.act('contacts', contactId, 'restore');
    await world.runFor(MINUTE_MS);
    await world.shopify.control.clearFaults();
    await world.settle();

    expect(await removalsIn(world)).toEqual([]);
    expect(await world.shopify.control.get('customers', customerId)).not.toBeNull();
  });

  test('without a word while its removal elsewhere has to wait stops that as well, for a loss does not keep', async () => {
    world = await createWorld({ client: losing('propagate') });
    const { contactId, customerId } = await linkedCustomer(world);
    await world.shopify.control.fault({ kind: '500' });

    await world.hubspot.control.remove('contacts', contactId);
    await world.runFor(LOSS_SETTLE_MS * 6);
    await world.hubspot.control.act('contacts', contactId, 'restore', {}, { silent: true });
    await world.shopify.control.clearFaults();
    await world.settle();

    expect(await removalsIn(world)).toEqual([]);
    expect(await world.shopify.control.get('customers', customerId)).not.toBeNull();
  });
});

describe('an object that was merged into another', () => {
  test.each(['propagate', 'archive', 'unlink', 'ask'] as const)(
    'is no loss, whatever the policy %s says (M16)',
    async (meaning) => {
      world = await createWorld({ client: losing(meaning) });
      const ana = await linkedCustomer(world);
      const ben = await linkedCustomer(world, {
        email: 'ben@example.com',
        firstname: 'Ben',
        phone: '+12025550102',
      });

      await world.hubspot.control.act('contacts', ana.contactId, 'merge', { with: ben.contactId });
      await world.settle();
      await world.shopify.control.act('customers', ana.customerId, 'merge', { with: ben.customerId });
      await world.settle();

      expect(await removalsIn(world)).toEqual([]);
    },
  );
});
