import { describe, expect, test } from 'vitest';
import { client as demo } from '#shared/clients/demo/client.ts';
import { SystemId } from '#shared/model/ids.ts';
import { askConsole } from '#test/support/console-client.ts';
import {
  ANA,
  errorLines,
  expectAgreement,
  lastWrites,
  linkedCustomer,
  writesSince,
} from '#test/support/customers.ts';
import { interrupt, isCustomerCreate } from '#test/support/interrupt.ts';
import { createWorld, type World } from '#test/support/mesh-world.ts';
import { applied, applying, itemsOf, planNow, previewed } from '#test/support/operator-plans.ts';
import { pause, resume, switchMode } from '#test/support/switches.ts';

const shopify = SystemId('shopify');
const MINUTE_MS = 60_000;

/** A client that asks first, with as many contacts in HubSpot that Shopify does not hold. */
async function contactsToCarry(count: number, latencyMs = 0): Promise<World> {
  const world = await createWorld({ client: { ...demo, initialMode: 'ask' }, latencyMs });
  for (let index = 0; index < count; index += 1)
    await world.hubspot.control.create('contacts', {
      email: `customer-${index}@example.com`,
      firstname: `Customer ${index}`,
    });
  await world.settle();
  return world;
}

const CARRY_ALL = { selection: { query: { type: 'customer' } } };

describe('an operation', () => {
  test('of 200 records that is cancelled midway hands nothing more out, ends what runs, and says what became of each', async () => {
    const world = await contactsToCarry(200, 100);
    const plan = await previewed(world, CARRY_ALL, 'ada:admin');
    expect(plan).toMatchObject({ tier: 3, totals: { items: 200, creates: { shopify: 200 } } });
    let creates = 0;
    const stop = interrupt(
      world.shopify,
      (request) => isCustomerCreate(request) && (creates += 1) === 30,
      () =>
        askConsole(world, 'POST', `/operations/${plan.id}/cancel`, { body: { reason: 'the wrong list' } }),
    );

    await applying(world, plan, { reason: 'going live', confirmText: '200' }, 'ada:admin');
    await world.settle();

    const operation = (await askConsole(world, 'GET', `/operations/${plan.id}`)).body;
    const progress = operation['progress'] as Readonly<Record<string, number>>;
    expect(stop.hasHappened()).toBe(true);
    expect(operation).toMatchObject({ state: 'cancelled', cancelledBy: 'olga' });
    expect(progress['applied']).toBeGreaterThan(0);
    expect(progress['cancelled']).toBeGreaterThan(0);
    expect(progress).toMatchObject({ pending: 0, running: 0, refused: 0, failed: 0 });
    const customers = await world.shopify.control.list('customers');
    expect(customers).toHaveLength(progress['applied'] ?? 0);
    await world.close();
  });

  test('that is done holds every record to what it showed, and the list tells of it', async () => {
    const world = await contactsToCarry(12);
    const plan = await previewed(world, CARRY_ALL, 'ada:admin');

    const operation = await applied(world, plan, { reason: 'going live' }, 'ada:admin');

    const { body } = await askConsole(world, 'GET', '/operations?state=applied');
    expect(operation).toMatchObject({ state: 'applied', progress: { total: 12, applied: 12 } });
    expect(body['items']).toMatchObject([{ id: plan.id, state: 'applied', items: 12, startedBy: 'ada' }]);
    await expectAgreement(world);
    const again = await previewed(world, CARRY_ALL);
    expect(again).toMatchObject({ totals: { examined: 12, items: 0 } });
    await world.close();
  });

  test('waits while a system is paused, loses nothing, and goes on by itself', async () => {
    const world = await createWorld({ client: { ...demo, initialMode: 'ask' } });
    await world.hubspot.control.create('contacts', ANA);
    await world.settle();
    const plan = await previewed(world, CARRY_ALL);
    await pause(world, shopify);

    await applying(world, plan);
    await world.runFor(30 * MINUTE_MS);
    const waiting = await itemsOf(world, plan);
    const none = await world.shopify.control.list('customers');
    await resume(world, shopify);
    await world.runFor(5 * MINUTE_MS);

    expect(waiting).toMatchObject([{ status: 'running' }]);
    expect(none).toEqual([]);
    expect(await planNow(world, plan.id)).toMatchObject({ state: 'applied' });
    await expectAgreement(world);
    await world.close();
  });

  test('hands nothing out while the client was switched back to observing', async () => {
    const world = await contactsToCarry(3);
    const plan = await previewed(world, CARRY_ALL);
    await applying(world, plan, { reason: 'going live' });
    await switchMode(world, 'observe');

    await world.runFor(10 * MINUTE_MS);
    const observed = await world.shopify.control.list('customers');
    await switchMode(world, 'ask');
    await world.runFor(5 * MINUTE_MS);

    expect(observed).toEqual([]);
    expect(await planNow(world, plan.id)).toMatchObject({ state: 'applied' });
    await expectAgreement(world);
    await world.close();
  });
});

describe('decisions that write nothing', () => {
  test('tolerate a difference until a time, after which it is one again', async () => {
    const world = await createWorld();
    const { customerId, record } = await linkedCustomer(world);
    await switchMode(world, 'ask');
    await world.shopify.control.edit('customers', customerId, { firstName: 'Anni' });
    await world.settle();
    const before = await lastWrites(world);
    const until = new Date(world.clock.now() + 60 * MINUTE_MS).toISOString();

    const plan = await previewed(world, {
      selection: { recordIds: [record.id] },
      direction: { kind: 'none' },
      overrides: {
        firstName: { kind: 'tolerate', until, owner: 'sam', reason: 'a name that only the shop uses' },
      },
    });
    expect(await applying(world, plan)).toMatchObject({ status: 202 });
    await world.runFor(5 * MINUTE_MS);
    const during = (await world.records())[0]?.verdicts['profile' as never];
    await world.runFor(70 * MINUTE_MS);
    const after = (await world.records())[0]?.verdicts['profile' as never];

    expect(await planNow(world, plan.id)).toMatchObject({
      state: 'applied',
      totals: { decisions: { tolerate: 1 } },
    });
    expect(during).toMatchObject({ fields: { firstName: { verdict: 'excluded', cause: 'tolerated' } } });
    expect(after).toMatchObject({ fields: { firstName: { verdict: 'soft_drift' } } });
    expect(await writesSince(world, before)).toEqual({ hubspot: [], shopify: [] });
    await world.close();
  });
});

test('a difference may be tolerated for longer than a queue takes tasks, and another field be written with it', async () => {
  const world = await createWorld();
  const { contactId, customerId, record } = await linkedCustomer(world);
  await switchMode(world, 'ask');
  await world.shopify.control.edit('customers', customerId, { firstName: 'Anni' });
  await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550199' });
  await world.runFor(5 * MINUTE_MS);
  const monthsAway = new Date(world.clock.now() + 60 * 24 * 60 * MINUTE_MS).toISOString();

  const plan = await previewed(world, {
    selection: { recordIds: [record.id] },
    overrides: {
      firstName: {
        kind: 'tolerate',
        until: monthsAway,
        owner: 'sam',
        reason: 'a name that only the shop uses',
      },
    },
  });
  await applied(world, plan);

  expect(await world.shopify.control.list('customers')).toMatchObject([
    { firstName: 'Anni', phone: '+12025550199' },
  ]);
  const [owed] = await world.work();
  expect(owed?.wakeAt).toBeLessThan(world.clock.now() + 30 * 24 * 60 * MINUTE_MS);
  expect(errorLines(world)).toEqual([]);
  await world.close();
});
