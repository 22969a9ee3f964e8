import { describe, expect, test } from 'vitest';

import type { TwinRequest } from '#test/twins/index.ts';
import { OBJECTS, openHubspotAccount, propertiesOf } from './support/hubspot-account.ts';
import { CREATE, openShopifyShop, READ } from './support/shopify-shop.ts';

describe('The control side acts as a person in the vendor UI', () => {
  test('with flat native fields in, and the whole record out', async () => {
    const { asPerson } = openHubspotAccount();

    const created = await asPerson.create('contacts', { email: 'Ada@example.com', firstname: 'Ada' });
    const edited = await asPerson.edit('contacts', created.id, { firstname: '' });
    const listed = await asPerson.list('contacts');
    await asPerson.remove('contacts', created.id);

    expect(created).toMatchObject({
      id: expect.stringMatching(/^\d+$/),
      email: 'ada@example.com',
      firstname: 'Ada',
    });
    expect(edited).not.toHaveProperty('firstname');
    expect(listed).toEqual([edited]);
    expect(await asPerson.get('contacts', created.id)).toBeNull();
  });

  test('on Shopify customers too, by gid in any spelling or by digits', async () => {
    const { asPerson, twin } = openShopifyShop();
    const { id } = await asPerson.create('customers', {
      email: 'ada@example.com',
      tags: ['b', 'a'],
      taxExempt: true,
    });
    const digits = id.slice('gid://shopify/Customer/'.length);

    const byDigits = await asPerson.get('customers', digits);
    const unencoded = await twin.handle({
      method: 'GET',
      path: `/_twin/records/customers/${id}`,
      headers: {},
      body: '',
    });

    expect(byDigits).toMatchObject({
      id,
      legacyResourceId: digits,
      email: 'ada@example.com',
      firstName: null,
      tags: ['a', 'b'],
      taxExempt: true,
    });
    expect(JSON.parse(unencoded.body)).toEqual(byDigits);
  });

  test('silently when asked: no webhook, and no modified time when that is kept too', async () => {
    const { asPerson, clock, deliver } = openHubspotAccount();
    const { id } = await asPerson.create('contacts', { firstname: 'Ada' }, { silent: true });
    clock.advance(1_000);

    const kept = await asPerson.edit(
      'contacts',
      id,
      { firstname: 'B' },
      { silent: true, keepModified: true },
    );
    const moved = await asPerson.edit('contacts', id, { firstname: 'C' }, { silent: true });

    expect(kept).toMatchObject({ firstname: 'B', lastmodifieddate: '2026-11-20T10:00:00.000Z' });
    expect(moved).toMatchObject({ firstname: 'C', lastmodifieddate: '2026-11-20T10:00:01.000Z' });
    expect(await deliver()).toEqual([]);
  });

  test('silently at Shopify too', async () => {
    const { asPerson, clock, deliver } = openShopifyShop();
    const { id } = await asPerson.create('customers', { firstName: 'Ada' }, { silent: true });
    clock.advance(1_000);

    const kept = await asPerson.edit(
      'customers',
      id,
      { firstName: 'B' },
      { silent: true, keepModified: true },
    );
    const moved = await asPerson.edit('customers', id, { firstName: 'C' }, { silent: true });

    expect(kept).toMatchObject({ firstName: 'B', updatedAt: '2026-11-20T10:00:00Z' });
    expect(moved).toMatchObject({ firstName: 'C', updatedAt: '2026-11-20T10:00:01Z' });
    expect(await deliver()).toEqual([]);
  });

  test('silently also when two records are merged', async () => {
    const silently = { silent: true, keepModified: true };
    const { asPerson: inHubspot, clock: ofHubspot } = openHubspotAccount();
    const { asPerson: inShopify, clock: ofShopify } = openShopifyShop();
    const contacts = [
      await inHubspot.create('contacts', { firstname: 'Ada' }),
      await inHubspot.create('contacts', { lastname: 'Byron' }),
    ] as const;
    const customers = [
      await inShopify.create('customers', { firstName: 'Ada' }),
      await inShopify.create('customers', { lastName: 'Byron' }),
    ] as const;
    ofHubspot.advance(1_000);
    ofShopify.advance(1_000);

    const contact = await inHubspot.act(
      'contacts',
      contacts[0].id,
      'merge',
      { with: contacts[1].id },
      silently,
    );
    const customer = await inShopify.act(
      'customers',
      customers[0].id,
      'merge',
      { with: customers[1].id },
      silently,
    );

    expect(contact).toMatchObject({ lastname: 'Byron', lastmodifieddate: '2026-11-20T10:00:00.000Z' });
    expect(customer).toMatchObject({ lastName: 'Byron', updatedAt: '2026-11-20T10:00:00Z' });
  });

  test('and leaves no trace in the write log, which holds the writes of the API alone', async () => {
    const { asPerson, call, twin } = openHubspotAccount();
    const { id } = await asPerson.create('contacts', { firstname: 'Ada' });

    await call('GET', `${OBJECTS}/${id}`);
    await call('PATCH', `${OBJECTS}/${id}`, { properties: { firstname: 'Augusta' } });
    await call('POST', OBJECTS, { properties: { nosuch: 'x' } });
    const all = await asPerson.writes();
    const later = await asPerson.writes(1);
    const sinceNothing = await twin.handle({
      method: 'GET',
      path: '/_twin/writes?since=',
      headers: {},
      body: '',
    });

    expect(all).toEqual([
      {
        seq: 1,
        at: '2026-11-20T10:00:00.000Z',
        method: 'PATCH',
        path: `${OBJECTS}/${id}`,
        type: 'contacts',
        id,
        fields: { firstname: 'Augusta' },
        idempotencyKey: null,
        status: 200,
        outcome: 'accepted',
      },
      {
        seq: 2,
        at: '2026-11-20T10:00:00.000Z',
        method: 'POST',
        path: OBJECTS,
        type: 'contacts',
        id: null,
        fields: { nosuch: 'x' },
        idempotencyKey: null,
        status: 400,
        outcome: 'refused',
      },
    ]);
    expect(later.map(({ seq }) => seq)).toEqual([2]);
    expect(JSON.parse(sinceNothing.body)).toEqual({ items: all });
  });

  test('counts calls per endpoint', async () => {
    const { asPerson, call } = openHubspotAccount();
    const { id } = await asPerson.create('contacts', { firstname: 'Ada' });

    await call('GET', `${OBJECTS}/${id}`);
    await call('GET', `${OBJECTS}/999`);
    await call('POST', `${OBJECTS}/search`, {});

    expect(await asPerson.stats()).toMatchObject({
      calls: { [`GET ${OBJECTS}/{id}`]: 2, [`POST ${OBJECTS}/search`]: 1 },
      total: 3,
      rateLimited: 0,
      webhooks: { sent: 0, pending: 2 },
    });
  });

  test('starts over with records of its own, their ids and times included, and without webhooks', async () => {
    const { asPerson, call, deliver } = openHubspotAccount();
    await asPerson.create('contacts', { firstname: 'Old' });
    await asPerson.fault({ kind: '500' });

    await asPerson.reset({
      seed: 5,
      records: { contacts: [{ id: '501', firstname: 'Ada', lastmodifieddate: '2026-01-01T00:00:00.000Z' }] },
    });
    const read = await call('GET', `${OBJECTS}/501`);
    const next = await asPerson.create('contacts', { firstname: 'Eve' }, { silent: true });

    expect(propertiesOf(read.json)).toMatchObject({
      firstname: 'Ada',
      lastmodifieddate: '2026-01-01T00:00:00.000Z',
    });
    expect(Number(next.id)).toBeGreaterThan(501);
    expect(await asPerson.writes()).toEqual([]);
    expect(await deliver()).toEqual([]);
  });

  test.each([
    ['POST', '/_twin/reset', '{"records":{"butterflies":[]}}', 400, 'contacts'],
    ['POST', '/_twin/reset', '{"records":{"contacts":[{"nosuch":"x"}]}}', 400, 'contacts[0]'],
    ['POST', '/_twin/records/contacts', '[]', 400, 'JSON object'],
    ['POST', '/_twin/records/contacts', '{"nosuch":"x"}', 400, 'nosuch'],
    ['POST', '/_twin/records/contacts?silent=maybe', '{}', 400, 'true or false'],
    ['POST', '/_twin/records/contacts?keepModified=true', '{}', 400, 'silent=true'],
    ['PUT', '/_twin/records/contacts/1', '{}', 400, 'PATCH'],
    ['PATCH', '/_twin/records/contacts/1', '{}', 404, '1'],
    ['GET', '/_twin/records/butterflies', '', 404, 'contacts'],
    ['GET', '/_twin/writes?since=x', '', 400, 'whole number'],
    ['POST', '/_twin/faults', '{"kind":"fire"}', 400, 'timeout-after-effect'],
    ['POST', '/_twin/faults', 'not json', 400, 'kind'],
    ['GET', '/_twin/nosuch', '', 404, 'stats'],
    ['GET', '/_twin/records/%', '', 400, 'percent'],
    ['GET', '/_twin', '', 404, 'stats'],
    ['GET', '/_twin?x=1', '', 404, 'stats'],
    ['GET', '/_twin/records/constructor', '', 404, 'contacts'],
    ['POST', '/_twin/reset', '{"records":{"constructor":[{}]}}', 400, 'contacts'],
    ['POST', '/_twin/reset', '{"seed":"x"}', 400, 'seed'],
    ['POST', '/_twin/faults', '{"kind":"slow","ms":-1}', 400, 'ms'],
    ['POST', '/_twin/faults', '{"kind":"slow","rate":2}', 400, 'rate'],
    ['POST', '/_twin/faults', '{"kind":"slow","count":0}', 400, 'count'],
    ['POST', '/_twin/faults', '{"kind":503}', 400, '500'],
  ])('and says what to do instead of %s %s %s', async (method, path, body, status, hint) => {
    const { twin } = openHubspotAccount();

    const answer = await twin.handle({ method, path, headers: {}, body });

    expect(answer.status).toBe(status);
    expect((JSON.parse(answer.body) as { error: string }).error).toContain(hint);
  });

  test('and refuses a value that another record holds', async () => {
    const { asPerson, twin } = openShopifyShop();
    await asPerson.create('customers', { email: 'ada@example.com' });

    const taken = await twin.handle({
      method: 'POST',
      path: '/_twin/records/customers',
      headers: {},
      body: '{"email":"ADA@example.com"}',
    });
    const unknown = await twin.handle({
      method: 'POST',
      path: '/_twin/records/customers',
      headers: {},
      body: '{"firstname":"Ada"}',
    });

    expect([taken.status, unknown.status]).toEqual([409, 400]);
    expect(unknown.body).toContain('firstName');
  });
});

describe('Faults', () => {
  test('answer 429 or 500 as often as said, to the path that is named, without any effect', async () => {
    const { asPerson, call } = openHubspotAccount();
    await asPerson.fault({ kind: '429', count: 1, path: `POST ${OBJECTS}` });
    await asPerson.fault({ kind: '500', count: 1, path: `POST ${OBJECTS}` });
    const create = (): ReturnType<typeof call> => call('POST', OBJECTS, { properties: { firstname: 'Ada' } });

    const list = await call('GET', OBJECTS);
    const answers = [await create(), await create(), await create()];

    expect(list.status).toBe(200);
    expect(answers.map(({ status }) => status)).toEqual([429, 500, 201]);
    expect(answers[0]?.json).toMatchObject({ policyName: 'TEN_SECONDLY_ROLLING' });
    expect(await asPerson.list('contacts')).toHaveLength(1);
    expect((await asPerson.stats()).rateLimited).toBe(1);
    expect((await asPerson.writes()).map(({ status, outcome }) => [status, outcome])).toEqual([
      [429, 'refused'],
      [500, 'refused'],
      [201, 'accepted'],
    ]);
  });

  test('take the vendor form at Shopify, with an empty bucket, and find a mutation by its name', async () => {
    const { asPerson, query } = openShopifyShop();
    await asPerson.fault({ kind: '429', count: 1, path: 'customerCreate' });

    const read = await query(READ, { id: 'gid://shopify/Customer/1' });
    const refused = await query(CREATE, { input: { firstName: 'Ada' } });

    expect(read.data).toEqual({ customer: null });
    expect(refused).toMatchObject({
      status: 200,
      json: {
        errors: [{ extensions: { code: 'THROTTLED' } }],
        extensions: { cost: { requestedQueryCost: 10, throttleStatus: { currentlyAvailable: 0 } } },
      },
    });
  });

  test('may name statuses as numbers, and last as long as their kind does when nothing is said', async () => {
    const { asPerson, call, twin } = openHubspotAccount();
    await asPerson.fault({ kind: 500, count: 1 });
    await asPerson.fault({ kind: 'slow', count: 1 });
    await asPerson.fault({ kind: 'search-lag' });

    const listed = await twin.handle({ method: 'GET', path: '/_twin/faults', headers: {}, body: '' });
    const failed = await call('GET', OBJECTS);
    const slow = await call('GET', OBJECTS);

    expect((JSON.parse(listed.body) as { items: unknown[] }).items).toMatchObject([
      { kind: '500', count: 1, ms: 0 },
      { kind: 'slow', count: 1, ms: 10_000 },
      { kind: 'search-lag', ms: 5_000 },
    ]);
    expect([failed.status, slow.delayMs]).toEqual([500, 10_000]);
  });

  test('let as many searches lag as said, at HubSpot and at Shopify, found by path or name', async () => {
    const { asPerson: inHubspot, call } = openHubspotAccount();
    const { asPerson: inShopify, query } = openShopifyShop();
    await inHubspot.create('contacts', { firstname: 'Ada' });
    await inShopify.create('customers', { firstName: 'Ada' });
    await inHubspot.fault({ kind: 'search-lag', count: 2, path: '/contacts/search' });
    await inShopify.fault({ kind: 'search-lag', count: 2, path: 'query customers' });

    const contacts: unknown[] = [];
    const customers: number[] = [];
    for (let search = 0; search < 3; search += 1) {
      contacts.push((await call('POST', `${OBJECTS}/search`, {})).json['total']);
      const { data } = await query('{ customers(first: 5) { nodes { id } } }');
      customers.push((data['customers'] as { nodes: unknown[] }).nodes.length);
    }

    expect(contacts).toEqual([0, 0, 1]);
    expect(customers).toEqual([0, 0, 1]);
  });

  test('hit the share of requests that the rate says', async () => {
    const { asPerson, call } = openHubspotAccount({ limits: { perTenSeconds: 1_000 } });
    await asPerson.fault({ kind: '500', rate: 0.3 });

    const statuses: number[] = [];
    for (let index = 0; index < 400; index += 1) statuses.push((await call('GET', OBJECTS)).status);

    const share = statuses.filter((status) => status === 500).length / statuses.length;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.4);
  });

  test('lose a request before its effect, lose the answer after it, or let the effect come late', async () => {
    const { asPerson, call, clock, twin } = openHubspotAccount();
    const create = (firstname: string): ReturnType<typeof call> =>
      call('POST', OBJECTS, { properties: { firstname } });
    const names = async (): Promise<unknown> =>
      (await asPerson.list('contacts')).map((record) => record['firstname']);

    await asPerson.fault({ kind: 'timeout', count: 1 });
    const lost = await create('Lost');
    await asPerson.fault({ kind: 'timeout-after-effect', count: 1 });
    const unheard = await create('Unheard');
    await asPerson.fault({ kind: 'timeout-after-effect', count: 1, ms: 8_000 });
    const late = await create('Late');
    const before = await names();
    const report = await twin.runOnce(clock.now());
    clock.advance(8_000);
    await twin.runOnce(clock.now());

    expect([lost.drop, unheard.drop, late.drop]).toEqual(['before_effect', 'after_effect', 'after_effect']);
    expect(before).toEqual(['Unheard']);
    expect(report.nextDueAt).toBe(clock.now());
    expect(await names()).toEqual(['Unheard', 'Late']);
    expect((await asPerson.writes()).map(({ at, status, outcome }) => [at, status, outcome])).toEqual([
      ['2026-11-20T10:00:00.000Z', 201, 'accepted'],
      ['2026-11-20T10:00:08.000Z', 201, 'accepted'],
    ]);
  });

  test('slow an answer down on top of its usual latency, and end when they are cleared', async () => {
    const { asPerson, call } = openHubspotAccount({ latencyMs: 20 });
    await asPerson.fault({ kind: 'slow', ms: 3_000 });

    const slow = await call('GET', OBJECTS);
    await asPerson.clearFaults();
    const usual = await call('GET', OBJECTS);

    expect([slow.delayMs, usual.delayMs]).toEqual([3_020, 20]);
  });
});

test('A gate lets a test act between two calls of the mesh, and does not see the control side', async () => {
  const { asPerson, call, twin } = openHubspotAccount();
  const { id } = await asPerson.create('contacts', { firstname: 'Ada' });
  const seen: string[] = [];
  twin.gate(async (request: TwinRequest) => {
    seen.push(request.method);
    if (request.method === 'PATCH') await asPerson.edit('contacts', id, { lastname: 'Between' });
  });

  await call('GET', `${OBJECTS}/${id}`);
  await call('PATCH', `${OBJECTS}/${id}`, { properties: { firstname: 'Augusta' } });
  twin.gate(null);
  await call('GET', `${OBJECTS}/${id}`);

  expect(seen).toEqual(['GET', 'PATCH']);
  expect(await asPerson.get('contacts', id)).toMatchObject({ firstname: 'Augusta', lastname: 'Between' });
});
