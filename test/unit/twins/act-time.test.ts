import { describe, expect, test } from 'vitest';

import type { HttpRequest } from '#shared/ports/http.ts';
import { OBJECTS, openHubspotAccount, propertiesOf, START, type Json } from './support/hubspot-account.ts';
import { openShopifyShop, READ, UPDATE } from './support/shopify-shop.ts';

/** Real clocks move on while a request is served. */
function hurriedClock(): { now(): number } {
  let now = START;
  return {
    now() {
      now += 1_001;
      return now;
    },
  };
}

/** Later than anything that happens in a test. */
const LATER = START + 3_600_000;

describe('A HubSpot act has one time, however long it takes', () => {
  async function eventsOf(account: ReturnType<typeof openHubspotAccount>): Promise<readonly Json[]> {
    const before = account.received.length;
    await account.twin.runOnce(LATER);
    return account.received
      .slice(before)
      .flatMap(({ body }: HttpRequest) => JSON.parse(body ?? '[]') as Json[]);
  }

  test('a create and an update: record, histories, answer, events and write log', async () => {
    const account = openHubspotAccount({ clock: hurriedClock() });
    const { call, asPerson } = account;
    const properties = { email: 'ada@example.com', firstname: 'Ada', lastname: 'Byron' };

    const created = await call('POST', OBJECTS, { properties });
    const id = String(created.json['id']);
    const ofCreate = await eventsOf(account);
    const updated = await call('PATCH', `${OBJECTS}/${id}`, {
      properties: { firstname: 'Augusta', lastname: 'King' },
    });
    const ofUpdate = await eventsOf(account);
    const read = await call('GET', `${OBJECTS}/${id}?propertiesWithHistory=firstname,lastname`);

    const { createdate, lastmodifieddate } = propertiesOf(created.json);
    expect(createdate).toBe(lastmodifieddate);
    expect(timesOf(ofCreate)).toEqual(new Set([lastmodifieddate]));
    const modified = propertiesOf(updated.json)['lastmodifieddate'];
    expect(read.json['updatedAt']).toBe(modified);
    expect(timesOf(ofUpdate)).toEqual(new Set([modified]));
    const histories = Object.values(read.json['propertiesWithHistory'] as Record<string, Json[]>);
    expect(histories.map(([latest]) => latest?.['timestamp'])).toEqual([modified, modified]);
    expect((await asPerson.writes()).map(({ at }) => at)).toEqual([lastmodifieddate, modified]);
  });

  test("a person's edit, restore and merge: what changed is never older than the event that tells of it", async () => {
    const account = openHubspotAccount({ clock: hurriedClock() });
    const { asPerson } = account;
    const one = await asPerson.create('contacts', { email: 'ada@example.com' }, { silent: true });
    const two = await asPerson.create('contacts', { firstname: 'Ada' }, { silent: true });

    const edited = await asPerson.edit('contacts', one.id, { firstname: 'A', lastname: 'B' });
    const ofEdit = await eventsOf(account);
    await asPerson.remove('contacts', one.id, { silent: true });
    const restored = await asPerson.act('contacts', one.id, 'restore');
    const ofRestore = await eventsOf(account);
    const merged = await asPerson.act('contacts', one.id, 'merge', { with: two.id });
    const ofMerge = await eventsOf(account);

    expect(timesOf(ofEdit)).toEqual(new Set([edited['lastmodifieddate']]));
    expect(timesOf(ofRestore)).toEqual(new Set([restored['lastmodifieddate']]));
    expect(timesOf(ofMerge)).toEqual(new Set([merged['lastmodifieddate']]));
  });

  test('a contact that brings its modified time along was made at that time, and its events say so', async () => {
    const account = openHubspotAccount();
    const lastmodifieddate = '2026-01-01T00:00:00.000Z';

    const created = await account.asPerson.create('contacts', { firstname: 'Ada', lastmodifieddate });

    expect(created).toMatchObject({ createdate: lastmodifieddate, lastmodifieddate });
    expect(timesOf(await eventsOf(account))).toEqual(new Set([lastmodifieddate]));
  });
});

describe('A Shopify act has one time, however long it takes', () => {
  test('customer, body and header of the webhook, and write log', async () => {
    const { query, create, received, twin, asPerson } = openShopifyShop({ clock: hurriedClock() });
    const id = await create({ firstName: 'Ada' });
    await query(UPDATE, { input: { id, firstName: 'Augusta' } });

    const { data } = await query(READ, { id });
    await twin.runOnce(LATER);

    const update = received.find(({ headers }) => headers['x-shopify-topic'] === 'customers/update');
    const { updatedAt, createdAt } = data['customer'] as { updatedAt: string; createdAt: string };
    const body = JSON.parse(update?.body ?? '{}') as { updated_at: string; created_at: string };
    expect(Date.parse(body.updated_at)).toBe(Date.parse(updatedAt));
    expect(Date.parse(body.created_at)).toBe(Date.parse(createdAt));
    expect(update?.headers['x-shopify-triggered-at']?.slice(0, 19)).toBe(updatedAt.slice(0, 19));
    expect((await asPerson.writes()).map(({ at }) => at.slice(0, 19))).toEqual(
      [createdAt, updatedAt].map((time) => time.slice(0, 19)),
    );
  });
});

function timesOf(events: readonly Json[]): ReadonlySet<string> {
  expect(events).not.toEqual([]);
  return new Set(events.map((event) => new Date(Number(event['occurredAt'])).toISOString()));
}
