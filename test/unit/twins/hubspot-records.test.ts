import { describe, expect, test } from 'vitest';

import { OBJECTS, openHubspotAccount, propertiesOf, START } from './support/hubspot-account.ts';

describe('A HubSpot contact', () => {
  test('comes back with text values, a lower-cased e-mail and null for what is not set', async () => {
    const { call } = openHubspotAccount();
    const created = await call('POST', OBJECTS, {
      properties: { email: ' Ada@Example.COM ', firstname: 'Ada', numemployees: 12 },
    });

    const read = await call(
      'GET',
      `${OBJECTS}/${String(created.json['id'])}?properties=email,phone,numemployees`,
    );

    expect(created.status).toBe(201);
    expect(created.json['id']).toMatch(/^\d+$/);
    expect(propertiesOf(read.json)).toMatchObject({
      email: 'ada@example.com',
      phone: null,
      numemployees: '12',
    });
    expect(read.json).toMatchObject({ archived: false, createdAt: '2026-11-20T10:00:00.000Z' });
  });

  test('is found by e-mail and by a custom property with unique values, which no second contact can take', async () => {
    const { call } = openHubspotAccount();
    const property = {
      name: 'mesh_id',
      label: 'Mesh id',
      type: 'string',
      fieldType: 'text',
      groupName: 'contactinformation',
      hasUniqueValue: true,
    };
    await call('POST', '/crm/properties/2026-09/contacts', property);
    const created = await call('POST', OBJECTS, {
      properties: { email: 'ada@example.com', mesh_id: 'rec_1' },
    });

    const byEmail = await call('GET', `${OBJECTS}/ada%40example.com?idProperty=email`);
    const byOwnId = await call('GET', `${OBJECTS}/rec_1?idProperty=mesh_id`);
    const second = await call('POST', OBJECTS, {
      properties: { email: 'eve@example.com', mesh_id: 'rec_1' },
    });
    const wrong = await call('GET', `${OBJECTS}/Ada?idProperty=firstname`);

    expect(byEmail.json['id']).toBe(created.json['id']);
    expect(byOwnId.json['id']).toBe(created.json['id']);
    expect(second.status).toBe(400);
    expect(second.json['errors']).toMatchObject([{ code: 'CONFLICTING_UNIQUE_VALUE' }]);
    expect(wrong.status).toBe(400);
  });

  test('cannot be created twice: the refusal names the other contact in its text alone', async () => {
    const { call, asPerson } = openHubspotAccount();
    const person = await asPerson.create('contacts', {
      email: 'ada@example.com',
      hs_additional_emails: 'lovelace@example.com',
    });

    const first = await call('POST', OBJECTS, { properties: { email: 'ADA@example.com' } });
    const secondary = await call('POST', OBJECTS, { properties: { email: 'lovelace@example.com' } });

    expect(first.status).toBe(409);
    expect(first.json).toMatchObject({ status: 'error', category: 'CONFLICT' });
    expect(first.json['message']).toContain(`Existing ID: ${person.id}`);
    expect(first.json['correlationId']).toMatch(/^[0-9a-f-]{36}$/);
    expect(secondary.json['message']).toContain(`Existing ID: ${person.id}`);
  });

  test.each([
    [{ nosuch: 'x' }, 'PROPERTY_DOESNT_EXIST'],
    [{ email: 'not an address' }, 'INVALID_EMAIL'],
    [{ lifecyclestage: 'nosuch' }, 'INVALID_OPTION'],
    [{ numemployees: 'many' }, 'INVALID_NUMBER'],
    [{ hs_object_id: '1' }, 'READ_ONLY_VALUE'],
    [{ firstname: null }, 'INVALID_VALUE'],
  ])('is refused with %j', async (properties, code) => {
    const { call } = openHubspotAccount();

    const answer = await call('POST', OBJECTS, { properties });

    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ category: 'VALIDATION_ERROR', errors: [{ code }] });
  });

  test('is cleared by empty text, and every write moves its modified time, also one that changes nothing', async () => {
    const { call, clock } = openHubspotAccount();
    const { json } = await call('POST', OBJECTS, { properties: { firstname: 'Ada' } });
    const path = `${OBJECTS}/${String(json['id'])}`;

    clock.advance(1_500);
    await call('PATCH', path, { properties: { firstname: '' } });
    clock.advance(1_500);
    await call('PATCH', path, { properties: { firstname: '' } });
    const read = await call('GET', path);

    expect(propertiesOf(read.json)['firstname']).toBeNull();
    expect(propertiesOf(read.json)['lastmodifieddate']).toBe('2026-11-20T10:00:03.000Z');
    expect(read.json['updatedAt']).toBe('2026-11-20T10:00:03.000Z');
  });

  test('keeps each value that a property had, newest first, with who set it and when', async () => {
    const { call, asPerson, clock } = openHubspotAccount();
    const { json } = await call('POST', OBJECTS, { properties: { firstname: 'Ada' } });
    clock.advance(1_000);
    await asPerson.edit('contacts', String(json['id']), { firstname: 'Augusta' });

    const read = await call('GET', `${OBJECTS}/${String(json['id'])}?propertiesWithHistory=firstname`);

    expect(read.json['propertiesWithHistory']).toEqual({
      firstname: [
        {
          value: 'Augusta',
          timestamp: '2026-11-20T10:00:01.000Z',
          sourceType: 'CRM_UI',
          sourceId: 'userId:10000001',
        },
        {
          value: 'Ada',
          timestamp: '2026-11-20T10:00:00.000Z',
          sourceType: 'INTEGRATION',
          sourceId: '1000001',
        },
      ],
    });
  });

  test('moves its lifecycle stage forward only, unless the stage is cleared first', async () => {
    const { call } = openHubspotAccount();
    const { json } = await call('POST', OBJECTS, {
      properties: { firstname: 'Ada', lifecyclestage: 'customer' },
    });
    const path = `${OBJECTS}/${String(json['id'])}`;

    const back = await call('PATCH', path, { properties: { lifecyclestage: 'lead' } });
    const kept = await call('GET', `${path}?properties=lifecyclestage`);
    await call('PATCH', path, { properties: { lifecyclestage: '' } });
    await call('PATCH', path, { properties: { lifecyclestage: 'lead' } });
    const moved = await call('GET', `${path}?properties=lifecyclestage`);

    expect(back.status).toBe(200);
    expect(propertiesOf(kept.json)['lifecyclestage']).toBe('customer');
    expect(propertiesOf(moved.json)['lifecyclestage']).toBe('lead');
  });

  test('goes to the recycle bin, frees its e-mail, and is listed among the archived', async () => {
    const { call } = openHubspotAccount();
    const { json } = await call('POST', OBJECTS, { properties: { email: 'ada@example.com' } });
    const path = `${OBJECTS}/${String(json['id'])}`;

    const removed = await call('DELETE', path);
    const read = await call('GET', path);
    const archived = await call('GET', `${OBJECTS}?archived=true`);
    const again = await call('POST', OBJECTS, { properties: { email: 'ada@example.com' } });

    expect([removed.status, read.status, again.status]).toEqual([204, 404, 201]);
    expect(archived.json['results']).toMatchObject([{ id: json['id'], archived: true }]);
  });

  test('that was merged away answers under the new id, with both addresses kept', async () => {
    const { call } = openHubspotAccount();
    const one = await call('POST', OBJECTS, { properties: { email: 'ada@example.com', firstname: 'Ada' } });
    const two = await call('POST', OBJECTS, {
      properties: { email: 'lovelace@example.com', lastname: 'Lovelace' },
    });

    const merged = await call('POST', `${OBJECTS}/merge`, {
      primaryObjectId: one.json['id'],
      objectIdToMerge: two.json['id'],
    });
    const byOld = await call('GET', `${OBJECTS}/${String(one.json['id'])}`);
    const byOther = await call(
      'GET',
      `${OBJECTS}/${String(two.json['id'])}?properties=hs_additional_emails,hs_merged_object_ids`,
    );
    const bySecondary = await call('GET', `${OBJECTS}/lovelace%40example.com?idProperty=email`);

    expect(merged.json['id']).not.toBe(one.json['id']);
    expect(byOld).toMatchObject({ status: 200, json: { id: merged.json['id'] } });
    expect(propertiesOf(byOld.json)).toMatchObject({
      firstname: 'Ada',
      lastname: 'Lovelace',
      email: 'ada@example.com',
    });
    expect(propertiesOf(byOther.json)).toMatchObject({
      hs_additional_emails: 'lovelace@example.com',
      hs_merged_object_ids: `${String(one.json['id'])};${String(two.json['id'])}`,
    });
    expect(bySecondary.json['id']).toBe(merged.json['id']);
  });

  test('that was erased for privacy is gone for good', async () => {
    const { call } = openHubspotAccount();
    const { json } = await call('POST', OBJECTS, { properties: { email: 'ada@example.com' } });

    const erased = await call('POST', `${OBJECTS}/gdpr-delete`, {
      objectId: 'ada@example.com',
      idProperty: 'email',
    });
    const archived = await call('GET', `${OBJECTS}/${String(json['id'])}?archived=true`);

    expect([erased.status, archived.status]).toEqual([204, 404]);
  });

  test('is listed in pages in the order of ids', async () => {
    const { call, asPerson } = openHubspotAccount();
    await asPerson.reset({ records: { contacts: [{ id: '30' }, { id: '10' }, { id: '200' }] } });

    const first = await call('GET', `${OBJECTS}?limit=2`);
    const next = (first.json['paging'] as { next: { after: string } }).next.after;
    const second = await call('GET', `${OBJECTS}?limit=2&after=${next}`);
    const tooLong = await call('GET', `${OBJECTS}?limit=101`);

    expect((first.json['results'] as { id: string }[]).map(({ id }) => id)).toEqual(['10', '30']);
    expect((second.json['results'] as { id: string }[]).map(({ id }) => id)).toEqual(['200']);
    expect(second.json['paging']).toBeUndefined();
    expect(tooLong.status).toBe(400);
  });
});

describe('The HubSpot API', () => {
  test('refuses a wrong token, a missing scope, another version and an unknown object type', async () => {
    const { call } = openHubspotAccount({ missingScopes: ['crm.objects.contacts.write'] });

    const noToken = await call('GET', OBJECTS, undefined, {});
    const noScope = await call('POST', OBJECTS, { properties: {} });
    const oldVersion = await call('GET', '/crm/v3/objects/contacts');
    const unknown = await call('GET', '/crm/objects/2026-09/butterflies');

    expect(noToken).toMatchObject({ status: 401, json: { category: 'INVALID_AUTHENTICATION' } });
    expect(noScope).toMatchObject({ status: 403, json: { category: 'MISSING_SCOPES' } });
    expect(JSON.stringify(noScope.json['errors'])).toContain('crm.objects.contacts.write');
    expect([oldVersion.status, unknown.status]).toEqual([404, 400]);
  });

  test('counts calls over a rolling ten seconds and says so in headers', async () => {
    const { call, clock } = openHubspotAccount({ limits: { perTenSeconds: 2 } });

    const first = await call('GET', OBJECTS);
    clock.advance(4_000);
    await call('GET', OBJECTS);
    const third = await call('GET', OBJECTS);
    clock.advance(6_001);
    const fourth = await call('GET', OBJECTS);

    expect(first.headers).toMatchObject({
      'x-hubspot-ratelimit-max': '2',
      'x-hubspot-ratelimit-remaining': '1',
      'x-hubspot-ratelimit-interval-milliseconds': '10000',
      'x-hubspot-ratelimit-daily': '625000',
      'x-hubspot-ratelimit-daily-remaining': '624999',
    });
    expect(third).toMatchObject({
      status: 429,
      json: { errorType: 'RATE_LIMIT', policyName: 'TEN_SECONDLY_ROLLING' },
    });
    expect(third.headers['x-hubspot-ratelimit-remaining']).toBe('0');
    expect(fourth.status).toBe(200);
  });

  test('ends the day when the daily limit is used up', async () => {
    const { call, clock } = openHubspotAccount({ limits: { perDay: 1 } });

    await call('GET', OBJECTS);
    const second = await call('GET', OBJECTS);
    const search = await call('POST', `${OBJECTS}/search`, {});
    clock.advance(86_400_000 - (START % 86_400_000));
    const nextDay = await call('GET', OBJECTS);

    expect(second).toMatchObject({
      status: 429,
      headers: { 'x-hubspot-ratelimit-daily-remaining': '0', 'x-hubspot-ratelimit-remaining': '189' },
      json: { policyName: 'DAILY', errorType: 'RATE_LIMIT', status: 'error' },
    });
    expect(search).toMatchObject({ status: 429, json: { policyName: 'DAILY' } });
    expect(Object.keys(search.headers).filter((name) => name.startsWith('x-hubspot'))).toEqual([]);
    expect(nextDay.status).toBe(200);
  });

  test('knows no daily limit of an OAuth app', async () => {
    const { call } = openHubspotAccount({ limits: { perDay: null } });

    const { headers } = await call('GET', OBJECTS);

    expect(Object.keys(headers).filter((name) => name.includes('daily'))).toEqual([]);
  });

  test('keeps property names apart, and takes ten properties with unique values at most', async () => {
    const { call } = openHubspotAccount();
    const path = '/crm/properties/2026-09/contacts';
    const property = (name: string): unknown => ({
      name,
      label: name,
      type: 'string',
      fieldType: 'text',
      groupName: 'contactinformation',
      hasUniqueValue: true,
    });

    const created = await call('POST', path, property('unique_0'));
    const twice = await call('POST', path, property('unique_0'));
    for (let index = 1; index < 10; index += 1) await call('POST', path, property(`unique_${index}`));
    const eleventh = await call('POST', path, property('unique_10'));
    const noOptions = { ...Object(property('choice')), type: 'enumeration', fieldType: 'select' };
    const refused = await Promise.all(
      [noOptions, { ...noOptions, type: 'date' }, { ...noOptions, type: 'string', groupName: 'nosuch' }].map(
        (body) => call('POST', path, body),
      ),
    );
    const read = await call('GET', `${path}/unique_0`);
    const unknown = await call('GET', `${path}/nosuch`);

    expect([created.status, twice.status, eleventh.status, unknown.status]).toEqual([201, 409, 400, 404]);
    expect(refused.map(({ status }) => status)).toEqual([400, 400, 400]);
    expect(read.json).toMatchObject({ name: 'unique_0', hasUniqueValue: true });
  });
});
