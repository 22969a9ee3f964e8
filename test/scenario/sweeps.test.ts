import { afterEach, describe, expect, test } from 'vitest';
import { EntityType } from '#shared/model/ids.ts';
import { sweepRef } from '#shared/model/sweep.ts';
import { update } from '#shared/ports/document-store.ts';
import { checkedClient, MINUTE_MS } from '#test/support/checked-client.ts';
import { createCrashingPorts } from '#test/support/crashing-ports.ts';
import { errorLines, HUBSPOT, linkedCustomer, SHOPIFY } from '#test/support/customers.ts';
import { createWorld, type World, type WorldOptions } from '#test/support/mesh-world.ts';

const EVERY_MS = 60 * MINUTE_MS;
const CUSTOMER = EntityType('customer');

let world: World;

afterEach(async () => {
  expect(errorLines(world)).toEqual([]);
  await world.close();
});

async function sweptWorld(options: WorldOptions = {}): Promise<void> {
  world = await createWorld({ client: checkedClient({ sweepEveryMs: EVERY_MS }), ...options });
}

async function lists(): Promise<readonly number[]> {
  const [hubspot, shopify] = await Promise.all([
    world.hubspot.control.stats(),
    world.shopify.control.stats(),
  ]);
  return [hubspot.calls['GET /crm/objects/2026-09/contacts'] ?? 0, shopify.calls['query customers'] ?? 0];
}

describe('a sweep', () => {
  test('finds an object that nobody ever told of, and it is treated like any newcomer', async () => {
    await sweptWorld();
    await world.runFor(2 * MINUTE_MS);
    await world.hubspot.control.create('contacts', { email: 'quiet@example.com' }, { silent: true });
    await world.runFor(EVERY_MS / 2);
    const before = await world.records();

    await world.runFor(EVERY_MS);

    expect(before).toEqual([]);
    expect(await world.records()).toHaveLength(1);
    expect(await world.shopify.control.list('customers')).toHaveLength(1);
  });

  test('begins anew where its place in the list is not understood any more, and stops no check meanwhile', async () => {
    await sweptWorld();
    const { contactId } = await linkedCustomer(world);
    await world.runFor(2 * MINUTE_MS);
    await world.hubspot.control.create('contacts', { email: 'quiet@example.com' }, { silent: true });
    const untold = { silent: true, keepModified: true } as const;
    await world.hubspot.control.edit('contacts', contactId, { firstname: 'Anna' }, untold);
    const startedAt = world.clock.now();
    const open = { startedAt, after: '{"as":"an earlier release wrote it"}', listed: 7, unknown: 0 };
    await world.store.commit([update(sweepRef(HUBSPOT, CUSTOMER), { open })]);

    await world.runFor(25 * EVERY_MS);

    expect(await world.shopify.control.list('customers')).toHaveLength(2);
    const said = (await world.records()).map(({ representations }) => representations[HUBSPOT]?.fields);
    expect(said).toContainEqual(expect.objectContaining({ firstName: { state: 'value', value: 'Anna' } }));
    expect((await world.store.get(sweepRef(HUBSPOT, CUSTOMER)))?.value).toMatchObject({
      open: null,
      failures: 0,
    });
  });

  test('asks for one page of each system an interval while nothing is unknown, and tells nobody anything', async () => {
    await sweptWorld();
    await linkedCustomer(world);
    await world.runFor(2 * MINUTE_MS);
    const served = (await world.work()).flatMap((work) => work.served).length;

    await world.runFor(4 * EVERY_MS);

    expect(await lists()).toEqual([4, 4]);
    expect((await world.work()).flatMap((work) => work.served)).toHaveLength(served);
  });

  test('explains no difference: what it finds later to differ waits for an operator (M9)', async () => {
    await sweptWorld();
    const contact = await world.hubspot.control.create(
      'contacts',
      { email: 'a@example.com' },
      { silent: true },
    );
    await world.shopify.control.create(
      'customers',
      { email: 'a@example.com', phone: '+12025550101' },
      { silent: true },
    );
    await world.runFor(3 * EVERY_MS);
    const writes = (await world.shopify.control.writes()).length;

    await world.hubspot.control.edit(
      'contacts',
      contact.id,
      { phone: '+12025550999' },
      { silent: true, keepModified: true },
    );
    await world.runFor(4 * EVERY_MS);

    expect((await world.records()).filter(({ state }) => state !== 'merged')).toHaveLength(1);
    expect((await world.shopify.control.writes()).length).toBe(writes);
  });

  test('goes on where it stopped, over as many ticks as it takes, and waits out a system that fails', async () => {
    await sweptWorld();
    await world.runFor(MINUTE_MS);
    for (let number = 0; number < 450; number += 1)
      await world.hubspot.control.create('contacts', { lastname: `Quiet ${number}` }, { silent: true });
    await world.runFor(EVERY_MS - MINUTE_MS);
    await world.runFor(MINUTE_MS);
    const under = await world.store.get(sweepRef(HUBSPOT, CUSTOMER));
    await world.hubspot.control.fault({ kind: '500', count: 2, path: 'GET /crm/objects/2026-09/contacts' });

    await world.runFor(15 * MINUTE_MS);

    expect(under?.value.open).toMatchObject({ unknown: under?.value.open?.listed });
    expect((await world.store.get(sweepRef(HUBSPOT, CUSTOMER)))?.value).toMatchObject({
      open: null,
      failures: 0,
    });
    expect(new Set((await world.records()).map(({ links }) => links[HUBSPOT]?.nativeId)).size).toBe(450);
    expect(Object.keys((await world.records())[0]?.links ?? {})).not.toContain(SHOPIFY);
  });

  test('passes over nothing and finds nobody twice, wherever the process dies while it lists', async () => {
    const ports = createCrashingPorts();
    const { wrapPorts, wrapDeliver } = ports;
    const options: WorldOptions = {
      wrapPorts: (given, name) => (name === 'drift-checker' ? wrapPorts(given) : given),
      wrapDeliver,
    };
    async function play(at: number | null, when: 'before' | 'after'): Promise<readonly string[]> {
      await sweptWorld(options);
      await world.runFor(2 * MINUTE_MS);
      await world.hubspot.control.create('contacts', { email: 'quiet@example.com' }, { silent: true });
      const dueAt = (await world.store.get(sweepRef(HUBSPOT, CUSTOMER)))?.value.nextDueAt ?? 0;
      await world.runFor(dueAt - world.clock.now() - 1);
      ports.arm(at, when);
      await world.runFor(MINUTE_MS);
      const trace = ports.trace();
      await world.runFor(2 * MINUTE_MS);
      expect(await world.records()).toHaveLength(1);
      expect(await world.shopify.control.list('customers')).toHaveLength(1);
      return trace;
    }

    const trace = await play(null, 'before');
    // Two commits follow: the place in the list, and what the next page draws.
    const swept = trace.slice(0, trace.lastIndexOf('bus.publish') + 3);
    expect(swept).toContain('http.send');
    for (const [at, name] of swept.entries()) {
      if (name === 'store.query') continue;
      for (const when of ['before', 'after'] as const) {
        await world.close();
        await play(at, when).catch((error: unknown) => {
          throw new Error(`died ${when} call ${at} (${name})`, { cause: error });
        });
      }
    }
  });
});
