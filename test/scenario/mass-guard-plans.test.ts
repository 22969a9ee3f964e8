import { afterEach, describe, expect, test } from 'vitest';
import { lossGuardKey } from '#shared/model/guard.ts';
import { EntityType } from '#shared/model/ids.ts';
import { askConsole } from '#test/support/console-client.ts';
import { errorLines, HUBSPOT, lastWrites, SHOPIFY, writesSince } from '#test/support/customers.ts';
import { losing, LOSS_SETTLE_MS, removalsIn } from '#test/support/losses.ts';
import { createWorld, type World } from '#test/support/mesh-world.ts';
import { applied, applying, itemsOf, planNow, previewed } from '#test/support/operator-plans.ts';
import { pause, resume } from '#test/support/switches.ts';
import { typeInWorld as type } from '#test/support/terminals.ts';

const MINUTE_MS = 60_000;
const WINDOW_MS = 60 * MINUTE_MS;
const LOST_IN_HUBSPOT = lossGuardKey(EntityType('customer'), HUBSPOT);
const NAMES_OF_HUBSPOT = 'customer:hubspot:overwrites:firstName';
const ALL_HELD = { kind: 'mass', selection: { guard: LOST_IN_HUBSPOT } };

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
async function customers(count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const fields = { email: `customer-${index}@example.com`, firstname: `Name ${index}` };
    ids.push((await world.hubspot.control.create('contacts', fields)).id);
  }
  await world.settle();
  return ids;
}

async function removeAll(ids: readonly string[]): Promise<void> {
  for (const id of ids) await world.hubspot.control.remove('contacts', id);
  await world.runFor(LOSS_SETTLE_MS * 2);
}

async function guardsNow(): Promise<readonly object[]> {
  return (await askConsole(world, 'GET', '/guards')).body['items'] as readonly object[];
}

async function heldNow(key: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const answer = await askConsole(world, 'GET', `/guards/${encodeURIComponent(key)}/held?limit=200`);
  return answer.body['items'] as readonly Readonly<Record<string, unknown>>[];
}

describe('twelve of thirty customers that are deleted at once', () => {
  test('are removed nowhere before one plan of all of them was approved, and all of them after it was applied', async () => {
    world = await createWorld({ client });
    const ids = await customers(30);
    await removeAll(ids.slice(0, 12));

    expect(await removalsIn(world)).toEqual([]);
    expect(await guardsNow()).toMatchObject([
      { key: LOST_IN_HUBSPOT, isClosed: true, counted: 12, limit: 5, held: 12 },
    ]);

    const plan = await previewed(world, ALL_HELD);

    expect(plan).toMatchObject({
      kind: 'mass',
      state: 'awaiting_approval',
      tier: 3,
      tierReasons: expect.arrayContaining(['mass_change']) as unknown,
      scope: { kind: 'guard', guard: LOST_IN_HUBSPOT },
      totals: { examined: 12, items: 12, removals: { shopify: 12 }, updates: {}, decisions: { release: 12 } },
      sideEffects: [{ system: 'shopify', effect: 'removes_objects', count: 12 }],
    });
    expect(
      await applying(world, plan, { reason: 'they were test customers', confirmText: '12' }),
    ).toMatchObject({ status: 423 });
    expect(await removalsIn(world)).toEqual([]);

    const approved = await askConsole(world, 'POST', `/plans/${plan.id}/approve`, {
      as: 'ada:admin',
      body: { hash: plan.hash, reason: 'the client asked for it' },
    });
    expect(approved).toMatchObject({ status: 200 });
    const operation = await applied(world, plan, { reason: 'they were test customers', confirmText: '12' });

    expect(operation).toMatchObject({ state: 'applied', progress: { applied: 12 } });
    expect(await removalsIn(world)).toHaveLength(12);
    expect(await world.shopify.control.list('customers')).toHaveLength(18);
    expect(await heldNow(LOST_IN_HUBSPOT)).toEqual([]);
  });

  test('leave the guard as it was: what is deleted afterwards is held again', async () => {
    world = await createWorld({ client });
    const ids = await customers(14);
    await removeAll(ids.slice(0, 12));
    const plan = await previewed(world, ALL_HELD, 'ada:admin');
    await applied(world, plan, { reason: 'they were test customers', confirmText: '12' }, 'ada:admin');

    await removeAll(ids.slice(12));

    expect(await removalsIn(world)).toHaveLength(12);
    expect(await guardsNow()).toMatchObject([{ isClosed: true, held: 2 }]);
  });

  test('pass exactly as they were shown: one that came back, was lost anew or came later is refused or not in it', async () => {
    world = await createWorld({ client });
    const ids = await customers(10);
    const [back = '', anew = '', late = ''] = [ids[0], ids[1], ids[9]];
    await removeAll(ids.slice(0, 8));
    const plan = await previewed(world, ALL_HELD, 'ada:admin');

    await world.hubspot.control.act('contacts', back, 'restore');
    await world.hubspot.control.act('contacts', anew, 'restore');
    await world.runFor(MINUTE_MS);
    await world.hubspot.control.remove('contacts', anew);
    await world.hubspot.control.remove('contacts', late);
    await world.runFor(LOSS_SETTLE_MS + 2 * MINUTE_MS);
    const said = { reason: 'they were test customers', confirmText: '8' };
    const refused = await applying(world, plan, said, 'ada:admin');
    const operation = await applied(world, plan, { ...said, skipChanged: true }, 'ada:admin');

    expect(refused).toMatchObject({ status: 409 });
    expect(refused.body['changed']).toHaveLength(2);
    expect(operation).toMatchObject({ state: 'partly_applied', progress: { applied: 6, refused: 2 } });
    expect(await removalsIn(world)).toHaveLength(6);
    expect(await heldNow(LOST_IN_HUBSPOT)).toHaveLength(2);
  });

  test('are removed and nothing else of their records is settled by it', async () => {
    world = await createWorld({ client });
    const ids = await customers(8);
    const [first] = await world.shopify.control.list('customers');
    await removeAll(ids);
    await world.shopify.control.edit(
      'customers',
      String(first?.['id']),
      { firstName: 'Silent' },
      { silent: true, keepModified: true },
    );
    const before = await lastWrites(world);

    const plan = await previewed(world, ALL_HELD, 'ada:admin');
    await applied(world, plan, { reason: 'they were test customers', confirmText: '8' }, 'ada:admin');

    const { shopify, hubspot } = await writesSince(world, before);
    expect(hubspot).toEqual([]);
    // What somebody has edited since it was seen is not removed.
    expect(shopify.map(({ path }) => path)).toEqual(Array.from({ length: 7 }, () => 'customerDelete'));
    expect((await itemsOf(world, plan)).filter(({ status }) => status === 'refused')).toMatchObject([
      { reason: 'preimage_moved' },
    ]);
  });
});

describe('a field that is overwritten in masses', () => {
  test('is carried on by one plan of the guard', async () => {
    world = await createWorld({ client });
    const ids = await customers(12);
    await world.runFor(5 * MINUTE_MS);
    for (const id of ids) {
      await world.hubspot.control.edit('contacts', id, { firstname: 'Overwritten' });
      await world.runFor(1_000);
    }
    await world.runFor(MINUTE_MS);
    const before = await lastWrites(world);
    const { length: held } = await heldNow(NAMES_OF_HUBSPOT);
    expect(held).toBeGreaterThanOrEqual(6);

    const plan = await previewed(
      world,
      { kind: 'mass', selection: { guard: NAMES_OF_HUBSPOT } },
      'ada:admin',
    );
    expect(plan).toMatchObject({
      tier: 3,
      totals: { items: held, updates: { shopify: held }, removals: {} },
    });
    await applied(world, plan, { reason: 'meant so', confirmText: String(held) }, 'ada:admin');

    expect((await writesSince(world, before)).shopify).toHaveLength(held);
    expect(await heldNow(NAMES_OF_HUBSPOT)).toEqual([]);
    const names = (await world.shopify.control.list('customers')).map(({ firstName }) => firstName);
    expect(new Set(names)).toEqual(new Set(['Overwritten']));
  });
});

describe('a plan of a guard', () => {
  test('that has to wait says who let pass what, and another plan of the guard does not show it again', async () => {
    world = await createWorld({ client });
    await customers(8).then(removeAll);
    const plan = await previewed(world, ALL_HELD);
    await askConsole(world, 'POST', `/plans/${plan.id}/approve`, {
      as: 'ada:admin',
      body: { hash: plan.hash },
    });
    await pause(world, SHOPIFY);
    await applying(world, plan, { reason: 'they were test customers', confirmText: '8' });
    await world.runFor(MINUTE_MS);

    expect(await removalsIn(world)).toEqual([]);
    const held = await heldNow(LOST_IN_HUBSPOT);
    expect(held.map(({ released }) => released)).toEqual(
      Array.from({ length: 8 }, () => expect.objectContaining({ by: 'ada' }) as unknown),
    );
    expect(await previewed(world, ALL_HELD)).toMatchObject({ totals: { examined: 0, items: 0 } });

    await resume(world, SHOPIFY);
    await world.settle();

    expect(await removalsIn(world)).toHaveLength(8);
  });

  test('writes no other field of the records, whatever else waits there', async () => {
    world = await createWorld({ client });
    const ids = await customers(9);
    await world.runFor(5 * MINUTE_MS);
    for (const id of ids) {
      await world.hubspot.control.edit('contacts', id, { firstname: 'Overwritten' });
      await world.runFor(1_000);
    }
    const [{ recordId } = {}] = await heldNow(NAMES_OF_HUBSPOT);
    const record = (await world.records()).find(({ id }) => id === recordId);
    await pause(world, SHOPIFY);
    await world.hubspot.control.edit('contacts', record?.links[HUBSPOT]?.nativeId ?? '', {
      lastname: 'Lima',
    });
    await world.runFor(MINUTE_MS);

    const plan = await previewed(world, { kind: 'mass', selection: { guard: NAMES_OF_HUBSPOT } });

    const written = (await itemsOf(world, plan)).flatMap(({ operations }) =>
      operations.flatMap(({ fields }) => fields.map(({ path }) => path)),
    );
    expect(new Set(written)).toEqual(new Set(['firstName']));
    expect(written.length).toBeGreaterThan(2);
  });

  test('is of its own kind, by the policy alone, and of a guard that was closed once', async () => {
    world = await createWorld({ client });
    await customers(8).then(removeAll);

    const ask = (body: object) => askConsole(world, 'POST', '/plans', { body });

    expect(await ask({ selection: { guard: LOST_IN_HUBSPOT } })).toMatchObject({ status: 400 });
    expect(await ask({ kind: 'mass', selection: { query: { type: 'customer' } } })).toMatchObject({
      status: 400,
    });
    expect(await ask({ ...ALL_HELD, direction: { kind: 'from', system: 'shopify' } })).toMatchObject({
      status: 400,
    });
    expect(await ask({ kind: 'mass', selection: { guard: NAMES_OF_HUBSPOT } })).toMatchObject({
      status: 404,
    });
  });

  test('can be made and applied from a terminal, which says what it removes', async () => {
    world = await createWorld({ client });
    await customers(8).then(removeAll);

    const listed = await type(world, 'guards');
    const held = await type(world, `guards held ${LOST_IN_HUBSPOT}`);
    const plan = await type(world, `plan --guard ${LOST_IN_HUBSPOT}`);
    const text = plan.out.join('\n');
    const [, id = '', hash = ''] = /concord apply (\S+) --hash (\S+)/.exec(text) ?? [];
    const done = await type(world, `apply ${id} --hash ${hash} --reason 'test customers' --confirm 8`);

    expect(listed.out.join('\n')).toMatch(/customer:hubspot:losses +closed until .* 8 +8 of 5/);
    expect(held.out.join('\n')).toContain('Name 0');
    expect(text).toMatch(/about +what customer:hubspot:losses holds/);
    expect(text).toMatch(/removals +shopify 8/);
    expect(text).toMatch(/removes objects in shopify: 8/);
    expect(done).toMatchObject({ exitCode: 0 });
    expect(await removalsIn(world)).toHaveLength(8);
    expect(await planNow(world, id)).toMatchObject({ state: 'applied' });
  });
});
