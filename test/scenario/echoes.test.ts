import { afterEach, describe, expect, test } from 'vitest';
import { Dimension } from '#shared/model/ids.ts';
import type { Ports } from '#shared/ports/ports.ts';
import {
  ANA,
  errorLines,
  goldenOf,
  lastWrites,
  linkedCustomer,
  onlyRecord,
  writesSince,
} from '#test/support/customers.ts';
import { createWorld, HUBSPOT_SECRET, HUBSPOT_WEBHOOK_URL, type World } from '#test/support/mesh-world.ts';
import { signedByHubspot } from '#test/support/signed-webhooks.ts';
import { interrupt, isCustomerUpdate } from '#test/support/interrupt.ts';

const PROFILE = Dimension('profile');
/** An edit that no webhook tells of, and that leaves the vendor's modified time as it was. */
const UNTOLD = { silent: true, keepModified: true };

let world: World;

afterEach(async () => {
  expect(errorLines(world)).toEqual([]);
  await world.close();
});

describe('the echo of our own write', () => {
  test('that comes two minutes late explains no untold edit made meanwhile (M9)', async () => {
    world = await createWorld();
    const { contactId, customerId } = await linkedCustomer(world);
    await world.hubspot.control.fault({ kind: 'stale-webhook', count: 1, ms: 120_000 });
    await world.shopify.control.edit('customers', customerId, { phone: '+12025550150' });
    await world.settle(30_000);
    await world.shopify.control.edit('customers', customerId, { note: 'a note' });
    await world.settle(30_000);
    const before = await lastWrites(world);

    await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550199' }, UNTOLD);
    await world.settle();

    expect(goldenOf(await onlyRecord(world), 'phone')).toBe('+12025550150');
    expect((await writesSince(world, before)).shopify).toEqual([]);
  });

  test.each([0, 1_000])(
    'that comes %i ms late explains no untold edit made before the write (M9)',
    async (ms) => {
      world = await createWorld({ latencyMs: 50 });
      const { contactId, customerId } = await linkedCustomer(world);
      if (ms > 0) await world.shopify.control.fault({ kind: 'reorder-webhook', rate: 1, count: 1, ms });
      await world.shopify.control.edit('customers', customerId, { note: 'from nowhere' }, UNTOLD);
      const before = await lastWrites(world);

      await world.hubspot.control.edit('contacts', contactId, { firstname: 'Anna' });
      await world.settle();

      expect(await world.shopify.control.get('customers', customerId)).toMatchObject({ firstName: 'Anna' });
      expect((await writesSince(world, before)).hubspot).toEqual([]);
      expect(goldenOf(await onlyRecord(world), 'note')).not.toBe('from nowhere');
    },
  );
});

test('an edit that is told in one delivery with the birth of the contact that we created is carried (M9)', async () => {
  world = await createWorld({ latencyMs: 50 });
  await world.hubspot.control.fault({ kind: 'drop-webhook', rate: 1 });
  const { id } = await world.shopify.control.create('customers', { email: ANA.email, firstName: 'Ana' });
  await world.settle();
  const [contact] = await world.hubspot.control.list('contacts');
  const told = { portalId: 20_000_001, objectId: Number(contact?.id), attemptNumber: 0 };
  const birth = {
    ...told,
    eventId: 1,
    subscriptionType: 'contact.creation',
    occurredAt: Date.parse(String(contact?.['createdate'])),
  };
  await world.hubspot.control.edit('contacts', String(contact?.id), { firstname: 'Bea' });
  const edit = {
    ...told,
    eventId: 2,
    subscriptionType: 'contact.propertyChange',
    propertyName: 'firstname',
    propertyValue: 'Bea',
    occurredAt: world.clock.now(),
  };
  // Our own later write hides the edit from HubSpot's modified time.
  await world.shopify.control.edit('customers', id, { note: 'collects in store' });
  await world.settle();

  const { path, headers, body } = signedByHubspot({
    body: JSON.stringify([edit, birth]),
    url: HUBSPOT_WEBHOOK_URL,
    secret: HUBSPOT_SECRET,
    timestamp: String(world.clock.now()),
  });
  await world.deliverWebhook(path, headers, body);
  await world.settle();

  expect(await world.shopify.control.get('customers', id)).toMatchObject({ firstName: 'Bea' });
});

test('echoes that were recognised explain no untold edit, however many come after them (M9)', async () => {
  world = await createWorld({ latencyMs: 50 });
  const { contactId, customerId } = await linkedCustomer(world);
  // Nothing explains it, so that evidence about HubSpot is kept.
  await world.hubspot.control.edit('contacts', contactId, { lastname: 'Untold' }, UNTOLD);
  await world.shopify.control.edit('customers', customerId, { phone: '+12025550150' });
  await world.settle(60_000);

  await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550199' }, UNTOLD);
  for (let count = 0; count < 12; count += 1) {
    world.clock.advanceTo(world.clock.now() + 2_000);
    await world.shopify.control.edit('customers', customerId, { note: `note ${count}` });
    await world.settle(60_000);
  }

  expect(goldenOf(await onlyRecord(world), 'phone')).toBe('+12025550150');
});

test('an edit in the millisecond of our own write, told with its echo, is carried (M9)', async () => {
  const acts: (() => Promise<unknown>)[] = [];
  const wrapPorts = (ports: Ports): Ports => ({
    ...ports,
    http: {
      async send(request) {
        const answer = await ports.http.send(request);
        if (request.method === 'PATCH') await acts.pop()?.();
        return answer;
      },
    },
  });
  world = await createWorld({ wrapPorts, latencyMs: 0 });
  const { contactId, customerId } = await linkedCustomer(world);
  world.clock.advanceTo(world.clock.now() + 60_000);
  acts.push(() => world.hubspot.control.edit('contacts', contactId, { phone: '+12025550199' }));

  await world.shopify.control.edit('customers', customerId, { phone: '+12025550150' });
  await world.settle();

  expect(acts).toEqual([]);
  expect(goldenOf(await onlyRecord(world), 'phone')).toBe('+12025550199');
  expect(await world.shopify.control.get('customers', customerId)).toMatchObject({ phone: '+12025550199' });
});

describe('an edit that says what we are about to write, and more', () => {
  test.each([
    ['of a mirrored field, is no echo: the mirror is put right', { lastName: 'Maria' }, 0, 'Lima', ''],
    ['of an owned field, is no echo: it is carried', { note: 'call at six' }, 1_000, 'Lima', 'call at six'],
  ])('%s (M9)', async (_, more, ms, lastName, note) => {
    world = await createWorld({ latencyMs: 50 });
    const { contactId, customerId } = await linkedCustomer(world);
    if (ms > 0) await world.shopify.control.fault({ kind: 'reorder-webhook', rate: 1, count: 1, ms });
    const interruption = interrupt(world.shopify, isCustomerUpdate, () =>
      world.shopify.control.edit('customers', customerId, { phone: '+12025550199', ...more }),
    );

    await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550199' });
    await world.settle();

    expect(interruption.hasHappened()).toBe(true);
    expect((await onlyRecord(world)).verdicts[PROFILE]).toMatchObject({ verdict: 'in_sync' });
    expect(await world.shopify.control.get('customers', customerId)).toMatchObject({ lastName });
    const contact = await world.hubspot.control.get('contacts', contactId);
    expect(contact?.['customer_note'] ?? '').toBe(note);
  });
});
