import { describe, expect, test } from 'vitest';
import { client as demo } from '#shared/clients/demo/client.ts';
import { askConsole } from '#test/support/console-client.ts';
import { errorLines, HUBSPOT, SHOPIFY, writesSince } from '#test/support/customers.ts';
import { createWorld, type World } from '#test/support/mesh-world.ts';
import { applied, applying, itemsOf, previewed } from '#test/support/operator-plans.ts';
import { switchMode } from '#test/support/switches.ts';

/** A client that observes, in which Ana has one address in HubSpot and another in the shop, and so has Ben. */
async function strangers() {
  const world = await createWorld({ client: { ...demo, initialMode: 'observe' } });
  const people = [];
  for (const name of ['ana', 'ben']) {
    const contact = await world.hubspot.control.create('contacts', {
      email: `${name}@work.example.com`,
      firstname: name,
    });
    const customer = await world.shopify.control.create('customers', {
      email: `${name}@home.example.com`,
      firstName: name,
    });
    people.push({ contactId: contact.id, customerId: customer.id });
  }
  await world.settle();
  expect(await world.records()).toHaveLength(4);
  const [ana, ben] = people;
  if (ana === undefined || ben === undefined) throw new Error('There are two people.');
  return { world, ana, ben };
}

function importing(world: World, csv: string) {
  const body = { kind: 'crosswalk', selection: { query: { type: 'customer' } }, crosswalk: csv };
  return previewed(world, body, 'ada:admin');
}

const SAID = (count: number) => ({ reason: 'the list of the shop', confirmText: String(count) });

async function standing(world: World) {
  return (await world.records()).filter(({ state }) => state !== 'merged');
}

describe('a list of who is who', () => {
  test('joins the records it names, writes to nobody, and shows what then differs', async () => {
    const { world, ana, ben } = await strangers();
    const csv = `hubspot,shopify\n${ana.contactId},${ana.customerId}\n${ben.contactId},${ben.customerId}\n`;

    const plan = await importing(world, csv);
    const operation = await applied(world, plan, SAID(2), 'ada:admin');

    expect(plan).toMatchObject({
      tier: 3,
      tierReasons: ['joins_records'],
      totals: { examined: 2, items: 2, updates: {}, creates: {} },
    });
    expect(operation).toMatchObject({ state: 'applied', progress: { applied: 2 } });
    const joined = await standing(world);
    const pairs = joined.map(({ links }) => [links[HUBSPOT]?.nativeId, links[SHOPIFY]?.nativeId]);
    expect(pairs.toSorted()).toEqual(
      [
        [ana.contactId, ana.customerId],
        [ben.contactId, ben.customerId],
      ].toSorted(),
    );
    expect(joined.map(({ verdicts }) => verdicts)).toMatchObject([
      { identity: { verdict: 'hard_conflict' } },
      { identity: { verdict: 'hard_conflict' } },
    ]);
    expect(await writesSince(world, { hubspot: 0, shopify: 0 })).toEqual({ hubspot: [], shopify: [] });
    expect(errorLines(world)).toEqual([]);
    await world.close();
  });

  test('that is imported again has nothing to do', async () => {
    const { world, ana } = await strangers();
    const csv = `hubspot,shopify\n${ana.contactId},${ana.customerId}`;
    await applied(world, await importing(world, csv), SAID(1), 'ada:admin');

    const again = await importing(world, csv);

    expect(again).toMatchObject({ totals: { examined: 1, items: 0, blockedItems: 0 } });
    await world.close();
  });

  test('blocks what was never met and what contradicts what is linked', async () => {
    const { world, ana, ben } = await strangers();
    await applied(
      world,
      await importing(world, `hubspot,shopify\n${ana.contactId},${ana.customerId}`),
      SAID(1),
      'ada:admin',
    );

    const plan = await importing(
      world,
      `shopify,hubspot\n${ana.customerId},${ben.contactId}\n${ben.customerId},99999`,
    );

    expect(await itemsOf(world, plan)).toMatchObject([
      { status: 'blocked', reason: 'contradicts' },
      { status: 'blocked', reason: 'unknown_object' },
    ]);
    expect(await applying(world, plan, SAID(0), 'ada:admin')).toMatchObject({ status: 409 });
    await world.close();
  });

  test('refuses a row whose objects were given to others in between', async () => {
    const { world, ana, ben } = await strangers();
    const late = await importing(world, `hubspot,shopify\n${ben.contactId},${ana.customerId}`);
    await applied(
      world,
      await importing(world, `hubspot,shopify\n${ana.contactId},${ana.customerId}`),
      SAID(1),
      'ada:admin',
    );

    const operation = await applied(world, late, SAID(1), 'ada:admin');

    expect(operation).toMatchObject({ state: 'partly_applied', progress: { refused: 1 } });
    expect(await standing(world)).toHaveLength(3);
    await world.close();
  });

  test('that cannot be read is refused as a whole, by row and column', async () => {
    const { world } = await strangers();

    const answer = await askConsole(world, 'POST', '/plans', {
      body: {
        kind: 'crosswalk',
        selection: { query: { type: 'customer' } },
        crosswalk: 'hubspot,shopify\n1,2\n3,2\n4,\n',
      },
    });

    expect(answer).toMatchObject({
      status: 400,
      body: { fields: { 'row 3, shopify': 'stands in row 2 already.', 'row 4': expect.any(String) } },
    });
    await world.close();
  });

  test('is followed by going live, which settles what the joined records say', async () => {
    const { world, ana } = await strangers();
    await applied(
      world,
      await importing(world, `hubspot,shopify\n${ana.contactId},${ana.customerId}`),
      SAID(1),
      'ada:admin',
    );
    await switchMode(world, 'ask');
    const [record] = (await standing(world)).filter(
      ({ links }) => links[HUBSPOT]?.nativeId === ana.contactId,
    );

    const plan = await previewed(world, {
      selection: { recordIds: [record?.id] },
      direction: { kind: 'from', system: 'hubspot' },
    });
    await applied(world, plan);

    const customers = await world.shopify.control.list('customers');
    expect(customers.find(({ id }) => id === ana.customerId)).toMatchObject({
      email: 'ana@work.example.com',
    });
    await world.close();
  });
});
