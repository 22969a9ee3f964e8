import { describe, expect, test } from 'vitest';
import { client as demo } from '#shared/clients/demo/client.ts';
import { audit } from '#shared/model/audit.ts';
import { SystemId } from '#shared/model/ids.ts';
import { askConsole } from '#test/support/console-client.ts';
import { ANA, expectAgreement, lastWrites, writesSince } from '#test/support/customers.ts';
import { createWorld } from '#test/support/mesh-world.ts';
import { applied, applying, itemsOf, previewed } from '#test/support/operator-plans.ts';
import { tornCustomer } from '#test/support/torn-customer.ts';

const NO_WRITES = { hubspot: [], shopify: [] };
const hubspot = SystemId('hubspot');

describe('a plan whose world has moved on', () => {
  /** Ana and Ben, both torn. */
  async function tornPair() {
    const { world, id, customerId } = await tornCustomer();
    const ben = await world.hubspot.control.create('contacts', {
      email: 'ben@example.com',
      firstname: 'Ben',
      phone: '+12025550133',
    });
    await world.settle();
    const records = await world.records();
    const benRecord = records.find((one) => one.links[hubspot]?.nativeId === ben.id);
    const benCustomer = Object.entries(benRecord?.links ?? {}).find(([system]) => system === 'shopify')?.[1];
    await Promise.all([
      world.hubspot.control.edit('contacts', ben.id, { phone: '+12025550144' }),
      world.shopify.control.edit('customers', benCustomer?.nativeId ?? '', { phone: '+12025550155' }),
    ]);
    await world.settle();
    const plan = await previewed(world, {
      selection: { query: { type: 'customer' } },
      direction: { kind: 'from', system: 'shopify' },
    });
    expect(plan).toMatchObject({ tier: 2, totals: { items: 2 } });
    return { world, id, customerId, contactOfBen: ben.id, plan };
  }

  test('tells before it starts which records have changed, and applies none of them silently', async () => {
    const { world, id, customerId, plan } = await tornPair();
    await world.shopify.control.edit('customers', customerId, { phone: '+12025550166' });
    await world.settle(5_000);
    const before = await lastWrites(world);

    const answer = await applying(world, plan, { reason: 'the shop knows best' });

    expect(answer).toMatchObject({ status: 409, body: { changed: [{ recordId: id }] } });
    expect(await writesSince(world, before)).toEqual(NO_WRITES);
    await world.close();
  });

  test('refuses what moved, item by item, applies the rest, and plans the refused anew', async () => {
    const { world, id, customerId, plan } = await tornPair();
    await world.shopify.control.edit('customers', customerId, { phone: '+12025550166' });
    await world.settle(5_000);
    const before = await lastWrites(world);

    const operation = await applied(world, plan, { reason: 'the shop knows best', skipChanged: true });
    const again = await previewed(world, { selection: { refusedOf: plan.id } });

    expect(operation).toMatchObject({ state: 'partly_applied', progress: { applied: 1, refused: 1 } });
    const refused = (await itemsOf(world, plan)).find(({ status }) => status === 'refused');
    expect(refused).toMatchObject({ recordId: id, reason: 'preimage_moved' });
    expect((await writesSince(world, before)).hubspot).toHaveLength(1);
    expect(again).toMatchObject({ follows: plan.id, totals: { items: 1 } });
    await world.close();
  });

  test('refuses a write whose target somebody changed without anybody being told (M5)', async () => {
    const { world, plan, contactOfBen } = await tornPair();
    await world.hubspot.control.edit('contacts', contactOfBen, { phone: '+12025550177' }, { silent: true });

    const operation = await applied(world, plan, { reason: 'the shop knows best' });

    expect(operation).toMatchObject({ state: 'partly_applied', progress: { applied: 1, refused: 1 } });
    const contacts = await world.hubspot.control.list('contacts');
    expect(contacts.find(({ id }) => id === contactOfBen)).toMatchObject({ phone: '+12025550177' });
    await world.close();
  });
});

describe('a plan that asks for more', () => {
  test('needs a reason for several records', async () => {
    const world = await createWorld({ client: { ...demo, initialMode: 'ask' } });
    for (const email of ['ana@example.com', 'ben@example.com'])
      await world.hubspot.control.create('contacts', { email });
    await world.settle();
    const plan = await previewed(world, { selection: { query: { type: 'customer' } } });

    const answer = await applying(world, plan);

    expect(plan).toMatchObject({ tier: 2, confirmation: { needsReason: true } });
    expect(answer).toMatchObject({ status: 400, body: { fields: { reason: expect.any(String) } } });
    await world.close();
  });

  test('above the limit waits for an admin, and has the count typed', async () => {
    const world = await createWorld({ client: { ...demo, initialMode: 'ask', approvals: { bulkLimit: 1 } } });
    for (const email of ['ana@example.com', 'ben@example.com'])
      await world.hubspot.control.create('contacts', { email });
    await world.settle();
    const plan = await previewed(world, { selection: { query: { type: 'customer' } } });
    const said = { reason: 'going live', confirmText: '2' };

    const unapproved = await applying(world, plan, said);
    const forbidden = await askConsole(world, 'POST', `/plans/${plan.id}/approve`, {
      body: { hash: plan.hash },
    });
    const approved = await askConsole(world, 'POST', `/plans/${plan.id}/approve`, {
      as: 'ada:admin',
      body: { hash: plan.hash },
    });
    const untyped = await applying(world, plan, { reason: 'going live' });
    const operation = await applied(world, plan, said);

    expect(plan).toMatchObject({ state: 'awaiting_approval', tier: 3, tierReasons: ['above_bulk_limit'] });
    expect(unapproved).toMatchObject({ status: 423, body: { code: 'awaiting_approval' } });
    expect(forbidden.status).toBe(403);
    expect(approved).toMatchObject({ status: 200, body: { state: 'ready', approval: { by: 'ada' } } });
    expect(untyped).toMatchObject({ status: 400, body: { fields: { confirmText: expect.any(String) } } });
    expect(operation).toMatchObject({ state: 'applied', progress: { applied: 2 } });
    expect((await world.all(audit)).map(({ action }) => action).toSorted()).toEqual([
      'apply_plan',
      'approve_plan',
    ]);
    await expectAgreement(world);
    await world.close();
  });

  test('of a second person is not satisfied by whoever made it, admin or not', async () => {
    const world = await createWorld({
      client: { ...demo, initialMode: 'ask', approvals: { secondPersonFrom: 1 } },
    });
    await world.hubspot.control.create('contacts', ANA);
    await world.settle();
    const plan = await previewed(world, { selection: { query: { type: 'customer' } } }, 'ada:admin');

    const alone = await applying(world, plan, {}, 'ada:admin');
    const own = await askConsole(world, 'POST', `/plans/${plan.id}/approve`, {
      as: 'ada:admin',
      body: { hash: plan.hash },
    });
    await askConsole(world, 'POST', `/plans/${plan.id}/approve`, {
      as: 'abe:admin',
      body: { hash: plan.hash },
    });
    const operation = await applied(world, plan, {}, 'ada:admin');

    expect(alone.status).toBe(423);
    expect(own.status).toBe(423);
    expect(operation).toMatchObject({ state: 'applied' });
    await expectAgreement(world);
    await world.close();
  });
});
