import { describe, expect, test } from 'vitest';

import type { TwinRequest } from '#test/twins/index.ts';
import { OBJECTS, openHubspotAccount, propertiesOf } from './support/hubspot-account.ts';
import { openShopifyShop } from './support/shopify-shop.ts';

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

  test('takes back what it showed, as a whole', async () => {
    const { asPerson } = openHubspotAccount();
    await asPerson.create('contacts', { email: 'ada@example.com', firstname: 'Ada' });
    const [shown] = await asPerson.list('contacts');

    await asPerson.reset({ records: { contacts: [shown ?? {}] } });

    expect(await asPerson.list('contacts')).toEqual([shown]);
  });

  test.each([
    ['POST', '/_twin/reset', '{"records":{"butterflies":[]}}', 400, 'contacts'],
    ['POST', '/_twin/reset', '{"records":{"contacts":[{"nosuch":"x"}]}}', 400, 'contacts[0]'],
    ['POST', '/_twin/records/contacts', '[]', 400, 'JSON object'],
    ['POST', '/_twin/records/contacts', '{"nosuch":"x"}', 400, 'nosuch'],
    ['POST', '/_twin/records/contacts', '{"id":"5","hs_object_id":"6"}', 400, 'equal to id'],
    ['POST', '/_twin/records/contacts', '{"hs_object_id":"6"}', 400, 'equal to id'],
    ['POST', '/_twin/records/contacts', '{"id":"x"}', 400, 'digits in text'],
    ['POST', '/_twin/records/contacts', '{"createdate":"soon"}', 400, 'ISO times'],
    ['POST', '/_twin/records/contacts?silent=maybe', '{}', 400, 'true or false'],
    ['POST', '/_twin/records/contacts?keepModified=true', '{}', 400, 'silent=true'],
    ['PUT', '/_twin/records/contacts/1', '{}', 400, 'PATCH'],
    ['PATCH', '/_twin/records/contacts/1', '{}', 404, '1'],
    ['DELETE', '/_twin/records/contacts/1', '', 404, '1'],
    ['POST', '/_twin/records/contacts/1/merge', '{"with":"2"}', 404, 'no Contact 1'],
    ['POST', '/_twin/records/contacts/1/merge', '{}', 400, 'with'],
    ['POST', '/_twin/records/contacts/1/restore', '', 404, '1'],
    ['POST', '/_twin/records/contacts/1/paint', '{}', 400, 'merge'],
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
