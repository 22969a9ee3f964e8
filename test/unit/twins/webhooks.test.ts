import { createHmac } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import type { HttpRequest } from '#shared/ports/http.ts';
import { signV3 } from '#test/twins/hubspot/webhooks.ts';
import { signBody } from '#test/twins/shopify/webhooks.ts';
import { OBJECTS, openHubspotAccount, START, TARGET, type Json } from './support/hubspot-account.ts';
import { openShopifyShop, UPDATE } from './support/shopify-shop.ts';

const HOUR = 3_600_000;

describe('HubSpot signatures', () => {
  const secret = 'yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy';
  const url = 'https://www.example.com/webhook_uri';

  test.each([
    ['1693657560000', 'K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y='],
    ['1700000300000', 'RnbPH7+UMKVkbV32P8bz450N4M56aPmcru1+D3kSDtw='],
  ])('of version 3 at %s equal the published ones', (timestamp, signature) => {
    const signed = signV3(secret, 'POST', url, "{'example_field':'example_value'}", timestamp);

    expect(signed).toBe(signature);
  });

  test('decode some percent-encodings of the URL and leave the others', () => {
    const encoded = signV3(secret, 'POST', `${url}?a=%3A%2F%20%26`, '[]', '1693657560000');

    const decoded = createHmac('sha256', secret)
      .update(`POST${url}?a=:/%20%26[]1693657560000`)
      .digest('base64');
    expect(encoded).toBe(decoded);
  });
});

describe('HubSpot webhooks', () => {
  test('tell of a creation and of each subscribed property, in one signed array', async () => {
    const { call, deliver, received } = openHubspotAccount({ subscribedProperties: ['email'] });
    const { json } = await call('POST', OBJECTS, {
      properties: { email: 'ada@example.com', firstname: 'Ada' },
    });

    const events = await deliver();

    const shared = {
      objectId: Number(json['id']),
      occurredAt: START,
      attemptNumber: 0,
      portalId: 20_000_001,
      appId: 1_000_001,
      changeSource: 'INTEGRATION',
    };
    expect(received).toHaveLength(1);
    expect(
      events.toSorted((a, b) => String(a['subscriptionType']).localeCompare(String(b['subscriptionType']))),
    ).toMatchObject([
      { ...shared, subscriptionType: 'contact.creation', changeFlag: 'NEW' },
      {
        ...shared,
        subscriptionType: 'contact.propertyChange',
        propertyName: 'email',
        propertyValue: 'ada@example.com',
      },
    ]);
    const { url, headers, body = '' } = received[0] as HttpRequest;
    expect(url).toBe(TARGET.url);
    const timestamp = headers['x-hubspot-request-timestamp'] ?? '';
    expect(timestamp).toBe(String(START));
    expect(headers['x-hubspot-signature-v3']).toBe(
      signV3(TARGET.secret, 'POST', TARGET.url, body, timestamp),
    );
  });

  test('tell a person from an integration, and say nothing of a value that stays', async () => {
    const { asPerson, deliver } = openHubspotAccount();
    const { id } = await asPerson.create('contacts', { firstname: 'Ada' }, { silent: true });

    await asPerson.edit('contacts', id, { firstname: 'Ada', lastname: 'Byron' });
    const events = await deliver();

    expect(events).toMatchObject([
      { propertyName: 'lastname', changeSource: 'CRM_UI', sourceId: expect.stringMatching(/^userId:\d+$/) },
    ]);
  });

  test('tell of deletion, restore, merge and privacy deletion', async () => {
    const { asPerson, deliver } = openHubspotAccount();
    const one = await asPerson.create('contacts', { email: 'ada@example.com' }, { silent: true });
    const two = await asPerson.create('contacts', { firstname: 'Ada' }, { silent: true });

    await asPerson.remove('contacts', one.id);
    const deletion = await deliver();
    await asPerson.act('contacts', one.id, 'restore');
    const restore = await deliver();
    const merged = await asPerson.act('contacts', one.id, 'merge', { with: two.id });
    const merge = await deliver();
    await asPerson.act('contacts', merged.id, 'privacy-delete');
    const erasure = await deliver();

    expect(deletion).toMatchObject([
      { subscriptionType: 'contact.deletion', objectId: Number(one.id), changeFlag: 'DELETED' },
    ]);
    expect(restore).toMatchObject([{ subscriptionType: 'contact.restore', objectId: Number(one.id) }]);
    expect(merge).toMatchObject([
      {
        subscriptionType: 'contact.merge',
        primaryObjectId: Number(one.id),
        mergedObjectIds: [Number(two.id)],
        newObjectId: Number(merged.id),
        numberOfPropertiesMoved: 1,
      },
    ]);
    expect(erasure.map((event) => event['subscriptionType']).toSorted()).toEqual([
      'contact.deletion',
      'contact.privacyDeletion',
    ]);
  });

  test('come in arrays of a hundred at most, shuffled, with event ids that repeat', async () => {
    const { asPerson, deliver, received } = openHubspotAccount();
    for (let index = 0; index < 150; index += 1)
      await asPerson.create('contacts', { firstname: `N${index}` });

    const events = await deliver();

    expect(received.map((request) => (JSON.parse(request.body ?? '[]') as Json[]).length)).toEqual([
      100, 100, 100,
    ]);
    const ids = events.map((event) => Number(event['objectId']));
    expect(ids).not.toEqual(ids.toSorted((a, b) => a - b));
    expect(new Set(events.map((event) => event['eventId'])).size).toBeLessThan(events.length);
  });

  test('are repeated ten times within a day while the receiver fails, signed anew with a higher attempt number', async () => {
    const { asPerson, clock, received, receiver, twin } = openHubspotAccount();
    receiver.status = 500;
    await asPerson.create('contacts', { firstname: 'Ada' });

    let report = await twin.runOnce(clock.now());
    for (let turn = 0; turn < 20 && report.nextDueAt !== null; turn += 1) {
      clock.advance(report.nextDueAt - clock.now());
      report = await twin.runOnce(clock.now());
    }

    expect(received).toHaveLength(11);
    expect(
      received.map((request) => (JSON.parse(request.body ?? '[]') as Json[])[0]?.['attemptNumber']),
    ).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(new Set(received.map((request) => request.headers['x-hubspot-signature-v3'])).size).toBe(11);
    expect(clock.now() - START).toBeLessThanOrEqual(24 * HOUR);
    expect((await asPerson.stats()).webhooks).toMatchObject({
      sent: 11,
      delivered: 0,
      failed: 11,
      lost: 1,
      pending: 0,
    });
  });
});

describe('Shopify signatures', () => {
  test('equal the known one over UTF-8 bytes', () => {
    const signature = signBody('hush', '{"id":820982911946154508,"title":"Zoë"}');

    expect(signature).toBe('fFfs54/sWSgCxXg1aR5FP5ss8prikfkWgmw1d1WXBtE=');
  });
});

describe('Shopify webhooks', () => {
  test('carry the customer with its id digit for digit, times with the offset of the shop, and a signature', async () => {
    const { create, deliver } = openShopifyShop();
    const id = await create({
      email: 'zoe@example.com',
      firstName: 'Zoë',
      phone: '+12025550142',
      tags: ['vip'],
    });

    const { url, headers, body = '' } = (await deliver())[0] as HttpRequest;

    const digits = id.slice('gid://shopify/Customer/'.length);
    expect(body.startsWith(`{"id":${digits},`)).toBe(true);
    expect(JSON.parse(body)).toMatchObject({
      admin_graphql_api_id: id,
      email: 'zoe@example.com',
      first_name: 'Zoë',
      last_name: null,
      phone: '+12025550142',
      tax_exempt: false,
      created_at: '2026-11-20T05:00:00-05:00',
      updated_at: '2026-11-20T05:00:00-05:00',
    });
    expect(JSON.parse(body)).not.toHaveProperty('tags');
    expect(url).toBe('https://mesh.example.com/webhook-ingest/shopify');
    expect(headers).toMatchObject({
      'x-shopify-topic': 'customers/create',
      'x-shopify-shop-domain': 'twin-shop.myshopify.com',
      'x-shopify-api-version': '2026-10',
      'x-shopify-webhook-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'x-shopify-event-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'x-shopify-triggered-at': expect.stringMatching(/^2026-11-20T10:00:00\.\d{9}Z$/),
      'x-shopify-hmac-sha256': signBody('local-shopify-secret', body),
    });
  });

  test('of one act share an event id and have ids of their own', async () => {
    const { asPerson, deliver } = openShopifyShop();
    const one = await asPerson.create('customers', { email: 'ada@example.com' }, { silent: true });
    const two = await asPerson.create('customers', { email: 'lovelace@example.com' }, { silent: true });

    await asPerson.act('customers', two.id, 'merge', { with: one.id });
    const requests = await deliver();
    await asPerson.remove('customers', two.id);
    const [removal] = await deliver();

    expect(requests.map(({ headers }) => headers['x-shopify-topic'])).toEqual([
      'customers/merge',
      'customers/update',
    ]);
    expect(JSON.parse(requests[0]?.body ?? '')).toMatchObject({
      admin_graphql_api_customer_kept_id: two.id,
      admin_graphql_api_customer_deleted_id: one.id,
      status: 'completed',
    });
    expect(new Set(requests.map(({ headers }) => headers['x-shopify-event-id'])).size).toBe(1);
    expect(new Set(requests.map(({ headers }) => headers['x-shopify-webhook-id'])).size).toBe(2);
    expect(removal?.headers['x-shopify-topic']).toBe('customers/delete');
    expect(removal?.body).toContain(`"admin_graphql_api_id":"${two.id}"`);
  });

  test('are repeated eight times over four hours with the same id and the old body', async () => {
    const { asPerson, create, query, clock, received, receiver, twin } = openShopifyShop();
    receiver.status = 503;
    const id = await create({ firstName: 'Ada' });
    let report = await twin.runOnce(clock.now());
    await asPerson.fault({ kind: 'drop-webhook' });
    clock.advance(1_000);
    await query(UPDATE, { input: { id, firstName: 'Augusta' } });

    for (let turn = 0; turn < 20 && report.nextDueAt !== null; turn += 1) {
      clock.advance(report.nextDueAt - clock.now());
      report = await twin.runOnce(clock.now());
    }

    expect(received).toHaveLength(9);
    expect(new Set(received.map(({ body }) => body)).size).toBe(1);
    expect(received[8]?.body).toContain('"first_name":"Ada"');
    expect(new Set(received.map(({ headers }) => headers['x-shopify-webhook-id'])).size).toBe(1);
    expect(clock.now() - START).toBeGreaterThan(3.9 * HOUR);
    expect(clock.now() - START).toBeLessThanOrEqual(4 * HOUR);
  });
});

test('A reset takes back the webhooks that are not sent yet, also in the middle of sending', async () => {
  const sent: string[] = [];
  const { asPerson, twin, clock } = openShopifyShop({
    webhook: {
      url: 'https://mesh.example.com/webhook-ingest/shopify',
      secret: 'local-shopify-secret',
      send: async ({ body = '' }) => {
        sent.push(body);
        await asPerson.reset();
        return { status: 500, headers: {}, body: '' };
      },
    },
  });
  await asPerson.create('customers', { firstName: 'Ada' });
  await asPerson.create('customers', { firstName: 'Eve' });

  await twin.runOnce(clock.now());
  clock.advance(24 * HOUR);
  await twin.runOnce(clock.now());

  expect(sent).toEqual([expect.stringContaining('"first_name":"Ada"')]);
});

test('A webhook is pending until it has arrived, also while it is on its way', async () => {
  const pending: number[] = [];
  const answers = [500, 200, 200];
  const { asPerson, twin, clock } = openShopifyShop({
    webhook: {
      url: 'https://mesh.example.com/webhook-ingest/shopify',
      secret: 'local-shopify-secret',
      send: async () => {
        pending.push((await asPerson.stats()).webhooks.pending);
        return { status: answers[pending.length - 1] ?? 200, headers: {}, body: '' };
      },
    },
  });
  await asPerson.create('customers', { firstName: 'Ada' });
  await asPerson.create('customers', { firstName: 'Eve' });

  await twin.runOnce(clock.now());
  expect((await asPerson.stats()).webhooks.pending).toBe(1);
  clock.advance(HOUR);
  await twin.runOnce(clock.now());

  expect(pending).toEqual([2, 2, 1]);
  expect((await asPerson.stats()).webhooks).toMatchObject({ sent: 3, delivered: 2, pending: 0 });
});

describe('Webhook faults', () => {
  test('lose one, send one twice, or hold one back until it is old', async () => {
    const { asPerson, create, query, clock, deliver } = openShopifyShop();
    const id = await create({ firstName: 'Ada' });
    await deliver();

    await asPerson.fault({ kind: 'drop-webhook', count: 1 });
    await query(UPDATE, { input: { id, firstName: 'B' } });
    const dropped = await deliver();
    await asPerson.fault({ kind: 'duplicate-webhook', count: 1, path: 'customers/update' });
    await query(UPDATE, { input: { id, firstName: 'C' } });
    const doubled = await deliver();
    await asPerson.fault({ kind: 'stale-webhook', count: 1, ms: 60_000 });
    await query(UPDATE, { input: { id, firstName: 'D' } });
    clock.advance(1_000);
    await query(UPDATE, { input: { id, firstName: 'E' } });
    const newer = await deliver();
    clock.advance(60_000);
    const older = await deliver();

    expect(dropped).toEqual([]);
    expect(doubled).toHaveLength(2);
    expect(doubled[0]?.headers['x-shopify-webhook-id']).toBe(doubled[1]?.headers['x-shopify-webhook-id']);
    expect(newer.map(({ body }) => body)).toEqual([expect.stringContaining('"first_name":"E"')]);
    expect(older.map(({ body }) => body)).toEqual([expect.stringContaining('"first_name":"D"')]);
    expect((await asPerson.stats()).webhooks.dropped).toBe(1);
  });

  test('mark a repeated HubSpot event as a later attempt, and let a held one be overtaken', async () => {
    const { asPerson, clock, deliver } = openHubspotAccount({ subscribedProperties: ['firstname'] });
    const { id } = await asPerson.create('contacts', {}, { silent: true });

    await asPerson.fault({ kind: 'duplicate-webhook', count: 1 });
    await asPerson.edit('contacts', id, { firstname: 'A' });
    const doubled = await deliver();
    await asPerson.fault({ kind: 'reorder-webhook', count: 1 });
    await asPerson.edit('contacts', id, { firstname: 'B' });
    clock.advance(1_000);
    await asPerson.edit('contacts', id, { firstname: 'C' });
    const first = await deliver();
    clock.advance(30_000);
    const second = await deliver();

    expect(doubled.map((event) => event['attemptNumber'])).toEqual([0, 1]);
    expect([...first, ...second].map((event) => event['propertyValue'])).toEqual(['C', 'B']);
    expect(Number(second[0]?.['occurredAt'])).toBeLessThan(Number(first[0]?.['occurredAt']));
  });
});
