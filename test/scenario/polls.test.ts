import { afterEach, describe, expect, test } from 'vitest';
import { crosswalkRef } from '#shared/model/identity-documents.ts';
import { events } from '#shared/model/intake-documents.ts';
import { EntityType, NativeId } from '#shared/model/ids.ts';
import {
  cursorRef,
  cursors,
  pollScheduleRef,
  schedules,
  type PollTarget,
} from '#shared/model/poll-documents.ts';
import { update } from '#shared/ports/document-store.ts';
import {
  ANA,
  errorLines,
  expectAgreement,
  HUBSPOT,
  lastWrites,
  linkedCustomer,
  onlyRecord,
  SHOPIFY,
  writesSince,
} from '#test/support/customers.ts';
import { createWorld, type World, type WorldOptions } from '#test/support/mesh-world.ts';

const MINUTE_MS = 60_000;
const CUSTOMER = EntityType('customer');
const SILENT = { silent: true } as const;
const CONTACTS: PollTarget = { system: HUBSPOT, type: CUSTOMER, stream: 'modified' };
const CUSTOMERS: PollTarget = { system: SHOPIFY, type: CUSTOMER, stream: 'modified' };

let world: World;

afterEach(async () => {
  await world.close();
});

/** A polled world in which vendors take their time, so that a tick may ask for more than one page. */
async function polledWorld(options: WorldOptions = {}): Promise<World> {
  return createWorld({ polls: true, latencyMs: 250, ...options });
}

async function eventCount(): Promise<number> {
  return world.store.count({ from: events.ref });
}

async function searches(): Promise<number> {
  const { calls } = await world.hubspot.control.stats();
  return calls['POST /crm/objects/2026-09/contacts/search'] ?? 0;
}

describe('an edit that no webhook told of', () => {
  test('in HubSpot is found by the poll and carried to Shopify', async () => {
    world = await polledWorld();
    const { contactId } = await linkedCustomer(world);
    await world.runFor(5 * MINUTE_MS);
    const before = await lastWrites(world);

    await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550199' }, SILENT);
    await world.runFor(3 * MINUTE_MS);

    const { hubspot, shopify } = await writesSince(world, before);
    expect(shopify.map((write) => write.path)).toEqual(['customerUpdate']);
    expect(hubspot).toEqual([]);
    await expectAgreement(world);
    expect(errorLines(world)).toEqual([]);
  });

  test('in Shopify is found by the poll and carried to HubSpot', async () => {
    world = await polledWorld();
    const { customerId } = await linkedCustomer(world);
    await world.runFor(5 * MINUTE_MS);
    const before = await lastWrites(world);

    await world.shopify.control.edit('customers', customerId, { note: 'collects in store' }, SILENT);
    await world.runFor(3 * MINUTE_MS);

    const { hubspot, shopify } = await writesSince(world, before);
    expect(hubspot).toHaveLength(1);
    expect(shopify).toEqual([]);
    await expectAgreement(world);
  });

  test('is NOT found by a client whose systems are not polled', async () => {
    world = await createWorld({ latencyMs: 250 });
    const { contactId } = await linkedCustomer(world);
    const before = await lastWrites(world);

    await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550199' }, SILENT);
    await world.runFor(10 * MINUTE_MS);

    expect(await writesSince(world, before)).toEqual({ hubspot: [], shopify: [] });
    expect(await world.all(cursors)).toEqual([]);
  });

  test('is found although every webhook of both vendors is lost, new customers too', async () => {
    world = await polledWorld();
    await world.hubspot.control.fault({ kind: 'drop-webhook' });
    await world.shopify.control.fault({ kind: 'drop-webhook' });

    const contact = await world.hubspot.control.create('contacts', ANA);
    await world.shopify.control.create('customers', { email: 'ben@example.com', firstName: 'Ben' });
    await world.runFor(5 * MINUTE_MS);
    await expectAgreement(world);
    expect(await world.shopify.control.list('customers')).toHaveLength(2);

    await world.hubspot.control.edit('contacts', contact.id, { lastname: 'Lima-Okri' });
    await world.runFor(5 * MINUTE_MS);
    await expectAgreement(world);
  });

  test('is found although the vendor shows it in its lists only after a minute', async () => {
    world = await polledWorld();
    const { contactId } = await linkedCustomer(world);
    await world.runFor(5 * MINUTE_MS);
    await world.hubspot.control.fault({ kind: 'search-lag', ms: 80_000 });

    for (let edit = 0; edit < 4; edit += 1) {
      await world.hubspot.control.edit('contacts', contactId, { phone: `+1202555010${edit}` }, SILENT);
      await world.runFor(25_000);
    }
    await world.runFor(5 * MINUTE_MS);

    await expectAgreement(world);
  });
});

describe('what is listed again', () => {
  test('within the overlap causes no second event, and a world at rest is only searched', async () => {
    world = await polledWorld();
    await linkedCustomer(world);
    await world.runFor(MINUTE_MS);
    const [before, asked] = [await eventCount(), await searches()];

    await world.runFor(10 * MINUTE_MS);

    expect(await eventCount()).toBe(before);
    expect((await searches()) - asked).toBe(10);
    expect(errorLines(world)).toEqual([]);
  });

  test('and is not remembered any more is recognised as the same fact', async () => {
    world = await polledWorld();
    await linkedCustomer(world);
    await world.runFor(MINUTE_MS);
    const before = await eventCount();
    await world.store.commit([update(cursorRef(CONTACTS), { recent: [] })]);
    await world.store.commit([update(cursorRef(CUSTOMERS), { recent: [] })]);

    await world.runFor(2 * MINUTE_MS);

    expect(await eventCount()).toBe(before);
  });
});

test('our own write, listed by the poll, explains no untold edit of the same customer (M9)', async () => {
  world = await polledWorld();
  const { contactId, customerId } = await linkedCustomer(world);
  await world.runFor(5 * MINUTE_MS);
  const before = await lastWrites(world);
  await world.shopify.control.fault({ kind: 'reorder-webhook', count: 1, ms: 3 * MINUTE_MS });
  // The poll lists our write while an edit stands there that nothing told of, and before the write's own webhook.
  await world.hubspot.control.edit('contacts', contactId, { firstname: 'Anna' });
  await world.step();
  const untold = { silent: true, keepModified: true } as const;
  await world.shopify.control.edit('customers', customerId, { note: 'from nowhere' }, untold);

  await world.runFor(10 * MINUTE_MS);

  expect(await world.shopify.control.get('customers', customerId)).toMatchObject({ firstName: 'Anna' });
  expect((await writesSince(world, before)).hubspot).toEqual([]);
});

describe('a poller that was away', () => {
  test('for hours catches up with everything, and claims to have covered the time between', async () => {
    world = await polledWorld();
    const { contactId, customerId } = await linkedCustomer(world);
    await world.runFor(5 * MINUTE_MS);
    for (const target of [CONTACTS, CUSTOMERS]) {
      await world.store.commit([update(pollScheduleRef(target), { isPaused: true })]);
    }
    await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550199' }, SILENT);
    await world.runFor(60 * MINUTE_MS);
    await world.shopify.control.edit('customers', customerId, { note: 'collects in store' }, SILENT);
    // Before a check would have found it.
    await world.runFor(2 * 60 * MINUTE_MS);
    expect(await world.hubspot.control.get('contacts', contactId)).not.toMatchObject({
      customer_note: 'collects in store',
    });

    for (const target of [CONTACTS, CUSTOMERS]) {
      await world.store.commit([update(pollScheduleRef(target), { isPaused: false })]);
    }
    await world.runFor(3 * MINUTE_MS);

    await expectAgreement(world);
    for (const target of [CONTACTS, CUSTOMERS]) {
      const cursor = (await world.store.get(cursorRef(target)))?.value;
      expect(cursor?.coverage).toEqual([{ from: null, to: cursor?.watermark }]);
      expect(world.clock.now() - Date.parse(cursor?.watermark ?? '')).toBeLessThan(3 * MINUTE_MS);
    }
  });

  test('goes on where it stopped when a tick could not read the whole list', async () => {
    world = await polledWorld();
    await world.runFor(MINUTE_MS);
    const before = (await world.store.get(cursorRef(CONTACTS)))?.value.watermark;
    for (let index = 0; index < 250; index += 1) {
      await world.hubspot.control.create('contacts', { email: `person-${index}@example.com` }, SILENT);
    }
    const isSearch = ({ path }: { path: string }) => path.endsWith('/search');
    let searched = 0;
    world.hubspot.twin.gate(async (request) => {
      searched += isSearch(request) ? 1 : 0;
      if (searched !== 2) return;
      world.hubspot.twin.gate(null);
      await world.hubspot.control.fault({ kind: '429', path: '/search', count: 1 });
    });

    await world.runFor(MINUTE_MS);
    const stopped = (await world.store.get(cursorRef(CONTACTS)))?.value;
    await world.runFor(3 * MINUTE_MS);

    expect(stopped).toMatchObject({ watermark: before, failures: 0 });
    expect(stopped?.open).not.toBeNull();
    expect((await world.store.get(cursorRef(CONTACTS)))?.value).toMatchObject({ open: null, failures: 0 });
    expect(await world.shopify.control.list('customers')).toHaveLength(250);
  });
});

describe('an object that is not there any more', () => {
  test('is suspected by the list of archived objects and confirmed by a read (M10)', async () => {
    world = await polledWorld();
    const { contactId } = await linkedCustomer(world);
    await world.runFor(5 * MINUTE_MS);

    await world.hubspot.control.remove('contacts', contactId, SILENT);
    await world.runFor(20 * MINUTE_MS);

    expect((await onlyRecord(world)).links[HUBSPOT]?.deniedAt).not.toBeNull();
    expect(await world.shopify.control.list('customers')).toHaveLength(1);
  });

  test('is NOT believed to be gone when the read still finds it (M10)', async () => {
    world = await polledWorld();
    const { contactId } = await linkedCustomer(world);
    await world.runFor(5 * MINUTE_MS);
    const before = await lastWrites(world);

    await world.hubspot.control.remove('contacts', contactId, SILENT);
    world.hubspot.twin.gate(async ({ method, path }) => {
      if (!(method === 'GET' && path.includes(`/contacts/${contactId}?`))) return;
      world.hubspot.twin.gate(null);
      await world.hubspot.control.act('contacts', contactId, 'restore', {}, SILENT);
    });
    await world.runFor(30 * MINUTE_MS);

    expect((await onlyRecord(world)).links[HUBSPOT]?.deniedAt).toBeNull();
    expect(await writesSince(world, before)).toEqual({ hubspot: [], shopify: [] });
    await expectAgreement(world);
  });

  test('because it was merged is told by the winner, looked at, and never taken for the winner (M16)', async () => {
    world = await polledWorld();
    const { contactId } = await linkedCustomer(world);
    const other = await linkedCustomer(world, { email: 'grace@example.com', firstname: 'Grace' });
    await world.runFor(5 * MINUTE_MS);

    await world.hubspot.control.act('contacts', contactId, 'merge', { with: other.contactId }, SILENT);
    await world.runFor(10 * MINUTE_MS);

    const served = (await world.work()).flatMap((work) => work.served);
    const foreign = served.filter(({ system, reason }) => system === HUBSPOT && reason === 'foreign_answer');
    expect(foreign).toHaveLength(2);
    expect(await world.shopify.control.list('customers')).toHaveLength(2);
  });

  test('and that nobody here ever knew becomes no record', async () => {
    world = await polledWorld();
    const [kept, merged, gone] = [
      await world.hubspot.control.create('contacts', ANA, SILENT),
      await world.hubspot.control.create('contacts', { email: 'grace@example.com' }, SILENT),
      await world.hubspot.control.create('contacts', { email: 'joan@example.com' }, SILENT),
    ];
    await world.hubspot.control.act('contacts', kept.id, 'merge', { with: merged.id }, SILENT);
    await world.hubspot.control.remove('contacts', gone.id, SILENT);

    await world.runFor(20 * MINUTE_MS);

    for (const id of [kept.id, merged.id, gone.id]) {
      expect(await world.store.get(crosswalkRef(HUBSPOT, CUSTOMER, NativeId(id)))).toBeUndefined();
    }
    await onlyRecord(world);
  });
});

describe('a vendor that cannot be listed', () => {
  test('is asked less and less often, and everything is found once it answers', async () => {
    world = await polledWorld();
    const { contactId } = await linkedCustomer(world);
    await world.runFor(5 * MINUTE_MS);
    const watermark = (await world.store.get(cursorRef(CONTACTS)))?.value.watermark;
    await world.hubspot.control.fault({ kind: '500', path: '/search' });
    await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550199' }, SILENT);
    const asked = await searches();

    await world.runFor(60 * MINUTE_MS);
    const failing = (await world.store.get(cursorRef(CONTACTS)))?.value;
    const attempts = (await searches()) - asked;
    await world.hubspot.control.clearFaults();
    await world.runFor(40 * MINUTE_MS);

    expect(failing).toMatchObject({ watermark, failure: 'vendor_unavailable', failures: attempts });
    expect(attempts).toBeLessThan(10);
    expect((await world.store.get(cursorRef(CONTACTS)))?.value).toMatchObject({ failure: null, failures: 0 });
    await expectAgreement(world);
  });

  test('because of its rate limit is asked again when it said, and that is no failure', async () => {
    world = await polledWorld();
    const { contactId } = await linkedCustomer(world);
    await world.runFor(5 * MINUTE_MS);
    await world.hubspot.control.fault({ kind: '429', path: '/search', count: 2 });
    await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550199' }, SILENT);

    await world.runFor(4 * MINUTE_MS);

    expect((await world.store.get(cursorRef(CONTACTS)))?.value).toMatchObject({ failure: null, failures: 0 });
    await expectAgreement(world);
  });
});

test('every stream of a polled system has its own schedule and cursor', async () => {
  world = await polledWorld();

  await world.runFor(MINUTE_MS);

  const polled = (await world.all(cursors)).map(({ system, stream }) => `${system} ${stream}`);
  expect(polled.toSorted()).toEqual(['hubspot archived', 'hubspot modified', 'shopify modified']);
  const polls = (await world.all(schedules)).filter(({ lastAt }) => lastAt === undefined);
  expect(polls).toHaveLength(3);
});
