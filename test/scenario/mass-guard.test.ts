import { afterEach, describe, expect, test } from 'vitest';
import { guards, heldRecords, lossGuardKey, type HeldRecord } from '#shared/model/guard.ts';
import { EntityType } from '#shared/model/ids.ts';
import { controlRef } from '#shared/model/settings.ts';
import { errorLines, HUBSPOT, lastWrites, SHOPIFY, writesSince } from '#test/support/customers.ts';
import { losing, LOSS_SETTLE_MS, presenceIn, removalsIn } from '#test/support/losses.ts';
import { createWorld, type World } from '#test/support/mesh-world.ts';
import { applied, previewed, type PlanView } from '#test/support/operator-plans.ts';
import { pause, resume } from '#test/support/switches.ts';

const MINUTE_MS = 60_000;
const WINDOW_MS = 60 * MINUTE_MS;
const LOST_IN_HUBSPOT = lossGuardKey(EntityType('customer'), HUBSPOT);
const NAMES_OF_HUBSPOT = 'customer:hubspot:overwrites:firstName';

/** Five losses, or five overwrites of one field, within an hour pass by themselves. */
const client = losing('propagate', {
  massGuard: {
    windowMs: WINDOW_MS,
    losses: { count: 5, share: 0.01 },
    overwrites: { count: 5, share: 0.01 },
  },
});

let world: World;

afterEach(async () => {
  expect(errorLines(world)).toEqual([]);
  await world.close();
});

/** Customers that both systems hold, by their ids in HubSpot. */
async function customers(count: number, from = 0): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let index = from; index < from + count; index += 1) {
    const fields = { email: `customer-${index}@example.com`, firstname: `Name ${index}` };
    ids.push((await world.hubspot.control.create('contacts', fields)).id);
  }
  await world.settle();
  return ids;
}

async function removeAll(ids: readonly string[]): Promise<void> {
  for (const id of ids) await world.hubspot.control.remove('contacts', id);
}

async function heldBy(guard: string): Promise<readonly HeldRecord[]> {
  const from = heldRecords.under(guards.at(guard));
  return (await world.store.query<HeldRecord>({ from, limit: 1_000 })).map(({ value }) => value);
}

/** An admin is shown everything that the guard holds. */
function shownBy(guard: string): Promise<PlanView> {
  return previewed(world, { kind: 'mass', selection: { guard } }, 'ada:admin');
}

/** And lets it pass. @returns how many records passed. */
async function approve(plan: PlanView): Promise<unknown> {
  const { confirmText } = plan['confirmation'] as { readonly confirmText: string };
  const said = { reason: 'they were test customers', confirmText, skipChanged: true };
  const operation = await applied(world, plan, said, 'ada:admin');
  return (operation['progress'] as Readonly<Record<string, number>>)['applied'];
}

describe('objects that are deleted in masses', () => {
  test('pass by themselves up to the limit, each counted once, however often it is told of', async () => {
    world = await createWorld({ client });
    const ids = await customers(5);
    await world.hubspot.control.fault({ kind: 'duplicate-webhook', rate: 1 });

    await removeAll(ids);
    await world.settle();

    expect(await removalsIn(world)).toHaveLength(5);
    expect(await heldBy(LOST_IN_HUBSPOT)).toEqual([]);
    expect((await world.store.get(controlRef))?.value.guards ?? {}).toEqual({});
  });

  test('are held past the limit, all of them and for as long as it takes, and pass with one approval', async () => {
    world = await createWorld({ client });
    const ids = await customers(12);

    await removeAll(ids);
    await world.runFor(LOSS_SETTLE_MS * 2);

    expect(await removalsIn(world)).toEqual([]);
    expect(await heldBy(LOST_IN_HUBSPOT)).toHaveLength(12);
    const [record] = await world.records();
    expect(record && presenceIn(record, HUBSPOT)).toMatchObject({ verdict: 'missing', cause: 'mass_guard' });
    expect(await world.store.get(guards.at(LOST_IN_HUBSPOT))).toMatchObject({
      value: { subject: { kind: 'losses', system: HUBSPOT }, limit: 5 },
    });

    await world.runFor(WINDOW_MS * 30);

    expect(await removalsIn(world)).toEqual([]);

    expect(await approve(await shownBy(LOST_IN_HUBSPOT))).toBe(12);

    expect(await removalsIn(world)).toHaveLength(12);
    expect(await world.shopify.control.list('customers')).toEqual([]);
    expect(await heldBy(LOST_IN_HUBSPOT)).toEqual([]);
  });

  test('are released exactly as they were shown: what is lost later, or lost anew, stays held', async () => {
    world = await createWorld({ client });
    const ids = await customers(8);
    await removeAll(ids.slice(0, 7));
    await world.runFor(LOSS_SETTLE_MS * 2);
    const shown = await shownBy(LOST_IN_HUBSPOT);
    const [back = '', late = ''] = [ids[0], ids[7]];

    await world.hubspot.control.act('contacts', back, 'restore');
    await world.runFor(MINUTE_MS);
    await removeAll([back, late]);
    await world.runFor(LOSS_SETTLE_MS + 2 * MINUTE_MS);
    const freed = await approve(shown);

    expect(freed).toBe(6);
    expect(await removalsIn(world)).toHaveLength(6);
    expect(await heldBy(LOST_IN_HUBSPOT)).toHaveLength(2);
  });

  test('and restored before anybody approved are held no more, and nothing is removed', async () => {
    world = await createWorld({ client });
    const ids = await customers(8);
    await removeAll(ids);
    await world.runFor(LOSS_SETTLE_MS * 2);
    const shown = await shownBy(LOST_IN_HUBSPOT);

    for (const id of ids) await world.hubspot.control.act('contacts', id, 'restore');
    await world.settle();

    expect(await heldBy(LOST_IN_HUBSPOT)).toEqual([]);
    expect(await approve(shown)).toBe(0);
    expect(await removalsIn(world)).toEqual([]);
  });

  test('stop also what was under way when the guard closed', async () => {
    world = await createWorld({ client });
    const ids = await customers(8);
    await world.shopify.control.fault({ kind: '500' });
    await removeAll(ids.slice(0, 4));
    await world.runFor(LOSS_SETTLE_MS * 2);
    await removeAll(ids.slice(4));
    await world.runFor(MINUTE_MS);
    await world.shopify.control.clearFaults();
    await world.runFor(LOSS_SETTLE_MS * 2);

    expect(await removalsIn(world)).toEqual([]);
    expect(await heldBy(LOST_IN_HUBSPOT)).toHaveLength(8);
  });

  test('let later ones pass again once the window is over', async () => {
    world = await createWorld({ client });
    const ids = await customers(9);
    await removeAll(ids.slice(0, 8));
    await world.runFor(WINDOW_MS * 3);

    await removeAll(ids.slice(8));
    await world.runFor(WINDOW_MS);

    expect(await removalsIn(world)).toHaveLength(1);
    expect(await heldBy(LOST_IN_HUBSPOT)).toHaveLength(8);
  });

  test('that were not there for a while and answer again were never lost', async () => {
    world = await createWorld({ client });
    const ids = await customers(8);
    const before = await lastWrites(world);
    // The vendor says of each contact that it does not exist, in its own words, for a few minutes.
    for (const id of ids) {
      await world.hubspot.control.remove('contacts', id);
      await world.runFor(1_000);
      await world.hubspot.control.act('contacts', id, 'restore', {}, { silent: true, keepModified: true });
    }

    await world.settle();

    expect(await writesSince(world, before)).toEqual({ hubspot: [], shopify: [] });
    for (const record of await world.records()) {
      expect(presenceIn(record, HUBSPOT)).toMatchObject({ verdict: 'in_sync' });
      expect(presenceIn(record, SHOPIFY)).toMatchObject({ verdict: 'in_sync' });
    }
  });
});

describe('one plan of an operator', () => {
  test('shows everything that is held, and lets all of it pass once it is approved', async () => {
    world = await createWorld({ client });
    const ids = await customers(8);
    await removeAll(ids);
    await world.runFor(LOSS_SETTLE_MS * 2);
    const recordIds = (await heldBy(LOST_IN_HUBSPOT)).map(({ recordId }) => recordId);

    const plan = await previewed(
      world,
      { selection: { recordIds }, direction: { kind: 'by_owner' } },
      'ada:admin',
    );
    expect(plan).toMatchObject({ totals: { items: 8, removals: { shopify: 8 }, creates: {} } });
    expect(await removalsIn(world)).toEqual([]);
    await applied(world, plan, { reason: 'they were test customers', confirmText: '8' }, 'ada:admin');

    expect(await removalsIn(world)).toHaveLength(8);
    expect(await heldBy(LOST_IN_HUBSPOT)).toEqual([]);
  });
});

describe('a field that is overwritten in masses', () => {
  test('flows up to the limit and is held past it, until somebody approves', async () => {
    world = await createWorld({ client });
    const ids = await customers(12);
    await world.runFor(5 * MINUTE_MS);
    const before = await lastWrites(world);

    for (const id of ids) {
      await world.hubspot.control.edit('contacts', id, { firstname: 'Overwritten' });
      await world.runFor(1_000);
    }
    await world.runFor(MINUTE_MS);

    const passed = (await writesSince(world, before)).shopify.length;
    expect(passed).toBeGreaterThanOrEqual(5);
    expect(passed).toBeLessThanOrEqual(6);
    expect(await heldBy(NAMES_OF_HUBSPOT)).toHaveLength(12 - passed);

    await world.runFor(WINDOW_MS * 30);
    expect((await writesSince(world, before)).shopify).toHaveLength(passed);

    expect(await approve(await shownBy(NAMES_OF_HUBSPOT))).toBe(12 - passed);

    expect((await writesSince(world, before)).shopify).toHaveLength(12);
    expect(await heldBy(NAMES_OF_HUBSPOT)).toEqual([]);
    const names = (await world.shopify.control.list('customers')).map(({ firstName }) => firstName);
    expect(new Set(names)).toEqual(new Set(['Overwritten']));
  });

  test('stays held although the system that has to be told was paused until the guard was open again', async () => {
    world = await createWorld({ client });
    const ids = await customers(9);
    await world.runFor(5 * MINUTE_MS);
    for (const id of ids) {
      await world.hubspot.control.edit('contacts', id, { firstname: 'Overwritten' });
      await world.runFor(1_000);
    }
    const held = await heldBy(NAMES_OF_HUBSPOT);
    const before = await lastWrites(world);

    await pause(world, SHOPIFY);
    for (const { recordId } of held) {
      const record = (await world.records()).find(({ id }) => id === recordId);
      await world.hubspot.control.edit('contacts', record?.links[HUBSPOT]?.nativeId ?? '', {
        lastname: 'Lima',
      });
    }
    await world.runFor(WINDOW_MS * 3);
    await resume(world, SHOPIFY);
    await world.runFor(WINDOW_MS);

    expect(await heldBy(NAMES_OF_HUBSPOT)).toEqual(held);
    const written = (await writesSince(world, before)).shopify.map(({ fields }) => fields);
    expect(written).toEqual(held.map(() => ({ lastName: 'Lima' })));
  });

  test('holds no other field of the record, and not the same field of another system', async () => {
    world = await createWorld({ client });
    const ids = await customers(9);
    await world.runFor(5 * MINUTE_MS);
    for (const id of ids) {
      await world.hubspot.control.edit('contacts', id, { firstname: 'Overwritten' });
      await world.runFor(1_000);
    }
    const before = await lastWrites(world);
    const [held] = await heldBy(NAMES_OF_HUBSPOT);
    const record = (await world.records()).find(({ id }) => id === held?.recordId);
    const contactId = record?.links[HUBSPOT]?.nativeId ?? '';

    await world.hubspot.control.edit('contacts', contactId, { lastname: 'Lima' });
    await world.runFor(MINUTE_MS);

    expect((await writesSince(world, before)).shopify).toMatchObject([{ fields: { lastName: 'Lima' } }]);
  });
});
