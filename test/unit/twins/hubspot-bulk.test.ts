import { describe, expect, test } from 'vitest';

import { OBJECTS, openHubspotAccount, propertiesOf, type Json } from './support/hubspot-account.ts';

const rows = (answer: { json: Json }): readonly Json[] => answer.json['results'] as Json[];

describe('A HubSpot batch', () => {
  test('without trace ids is refused as a whole for one bad row', async () => {
    const { call, asPerson } = openHubspotAccount();

    const answer = await call('POST', `${OBJECTS}/batch/create`, {
      inputs: [{ properties: { email: 'ada@example.com' } }, { properties: { email: 'nowhere' } }],
    });

    expect(answer).toMatchObject({ status: 400, json: { category: 'VALIDATION_ERROR' } });
    expect(await asPerson.list('contacts')).toEqual([]);
    expect((await asPerson.writes()).map(({ outcome }) => outcome)).toEqual(['refused', 'refused']);
  });

  test('that is refused for a record that exists does not say which', async () => {
    const { call, asPerson } = openHubspotAccount();
    await asPerson.create('contacts', { email: 'eve@example.com' });

    const answer = await call('POST', `${OBJECTS}/batch/create`, {
      inputs: [{ properties: { email: 'ada@example.com' } }, { properties: { email: 'eve@example.com' } }],
    });

    expect(answer).toMatchObject({
      status: 409,
      json: { category: 'CONFLICT', message: 'Contact already exists' },
    });
    expect(await asPerson.list('contacts')).toHaveLength(1);
  });

  test('with a trace id on each row writes the good ones and names the bad ones', async () => {
    const { call, asPerson } = openHubspotAccount();
    const taken = await asPerson.create('contacts', { email: 'eve@example.com' });

    const answer = await call('POST', `${OBJECTS}/batch/create`, {
      inputs: [
        { objectWriteTraceId: 'a', properties: { email: 'ada@example.com' } },
        { objectWriteTraceId: 'b', properties: { email: 'eve@example.com' } },
      ],
    });

    expect(answer.status).toBe(207);
    expect(answer.json).toMatchObject({
      status: 'COMPLETE',
      numErrors: 1,
      results: [{ objectWriteTraceId: 'a' }],
      errors: [
        {
          category: 'CONFLICT',
          message: expect.stringContaining(`Existing ID: ${taken.id}`),
          context: { objectWriteTraceId: ['b'], existingId: [taken.id] },
        },
      ],
    });
    const writes = await asPerson.writes();
    expect(writes.map(({ idempotencyKey, outcome }) => [idempotencyKey, outcome])).toEqual([
      ['a', 'accepted'],
      ['b', 'refused'],
    ]);
  });

  test('upserts by a unique property, and says which rows are new', async () => {
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
    const upsert = (id: string, firstname: string): Json => ({
      id,
      idProperty: 'mesh_id',
      properties: { firstname },
    });

    await call('POST', `${OBJECTS}/batch/upsert`, { inputs: [upsert('rec_1', 'Ada')] });
    const second = await call('POST', `${OBJECTS}/batch/upsert`, {
      inputs: [upsert('rec_1', 'Augusta'), upsert('rec_2', 'Eve')],
    });
    const read = await call('POST', `${OBJECTS}/batch/read`, {
      idProperty: 'mesh_id',
      properties: ['firstname', 'mesh_id'],
      inputs: [{ id: 'rec_1' }, { id: 'rec_9' }],
    });

    expect(second.status).toBe(200);
    expect(
      rows(second)
        .map((row) => [propertiesOf(row)['firstname'], row['new']])
        .toSorted(),
    ).toEqual([
      ['Augusta', false],
      ['Eve', true],
    ]);
    expect(read).toMatchObject({
      status: 207,
      json: { errors: [{ category: 'OBJECT_NOT_FOUND', context: { ids: ['rec_9'] } }] },
    });
    expect(rows(read).map((row) => propertiesOf(row)['firstname'])).toEqual(['Augusta']);
  });

  test('updates and archives by id, and tells which ids are not there', async () => {
    const { call, asPerson } = openHubspotAccount();
    const { id } = await asPerson.create('contacts', { firstname: 'Ada' });

    const updated = await call('POST', `${OBJECTS}/batch/update`, {
      inputs: [
        { id, properties: { firstname: 'Augusta' } },
        { id: '999', properties: { firstname: 'Ghost' } },
      ],
    });
    const archived = await call('POST', `${OBJECTS}/batch/archive`, { inputs: [{ id }] });

    expect(updated).toMatchObject({
      status: 207,
      json: { errors: [{ category: 'OBJECT_NOT_FOUND', context: { ids: ['999'] } }] },
    });
    expect(archived.status).toBe(204);
    expect(await asPerson.get('contacts', id)).toBeNull();
  });

  test.each([
    [
      'update',
      {
        inputs: [
          { id: '1', properties: {} },
          { id: '1', properties: {} },
        ],
      },
    ],
    ['update', { inputs: [{ id: 'ada@example.com', idProperty: 'email', properties: {} }] }],
    ['create', { inputs: Array.from({ length: 101 }, () => ({ properties: {} })) }],
    ['read', { inputs: [] }],
  ])('%s is refused with repeated ids, e-mail as key, more than 100 rows or none', async (action, body) => {
    const { call } = openHubspotAccount();

    const answer = await call('POST', `${OBJECTS}/batch/${action}`, body);

    expect(answer.status).toBe(400);
  });
});

describe('A HubSpot search', () => {
  const search = (property: string, operator: string, value: unknown): Json => ({
    filterGroups: [
      {
        filters: [
          { propertyName: property, operator, ...(Array.isArray(value) ? { values: value } : { value }) },
        ],
      },
    ],
    properties: ['firstname'],
  });

  async function accountOfThree(): Promise<ReturnType<typeof openHubspotAccount>> {
    const account = openHubspotAccount();
    for (const [firstname, lifecyclestage] of [
      ['Ada', 'lead'],
      ['Eve', 'customer'],
      ['joe', 'lead'],
    ] as const) {
      await account.asPerson.create('contacts', { firstname, lifecyclestage });
      account.clock.advance(1_000);
    }
    return account;
  }

  test.each([
    ['firstname', 'EQ', 'ADA', ['Ada']],
    ['firstname', 'IN', ['ada', 'joe'], ['Ada', 'joe']],
    ['firstname', 'IN', ['Ada'], []],
    ['lifecyclestage', 'EQ', 'LEAD', []],
    ['lifecyclestage', 'NEQ', 'lead', ['Eve']],
    ['lastmodifieddate', 'GTE', String(Date.parse('2026-11-20T10:00:01Z')), ['Eve', 'joe']],
    ['phone', 'NOT_HAS_PROPERTY', undefined, ['Ada', 'Eve', 'joe']],
  ])('for %s %s %j finds %j', async (property, operator, value, names) => {
    const { call } = await accountOfThree();

    const answer = await call('POST', `${OBJECTS}/search`, search(property, operator, value));

    expect(rows(answer).map((row) => propertiesOf(row)['firstname'])).toEqual(names);
    expect(answer.json['total']).toBe(names.length);
  });

  test('pages by number, sorts as asked, and shows no rate headers', async () => {
    const { call } = await accountOfThree();
    const sorted = {
      sorts: [{ propertyName: 'lastmodifieddate', direction: 'DESCENDING' }],
      properties: ['firstname'],
      limit: 2,
    };

    const first = await call('POST', `${OBJECTS}/search`, sorted);
    const second = await call('POST', `${OBJECTS}/search`, { ...sorted, after: '2' });

    expect(rows(first).map((row) => propertiesOf(row)['firstname'])).toEqual(['joe', 'Eve']);
    expect(first.json['paging']).toEqual({ next: { after: '2' } });
    expect(rows(second).map((row) => propertiesOf(row)['firstname'])).toEqual(['Ada']);
    expect(Object.keys(first.headers).filter((name) => name.startsWith('x-hubspot'))).toEqual([]);
  });

  test.each([
    [{ limit: 201 }],
    [{ after: '9901', limit: 100 }],
    [{ sorts: ['firstname', 'lastname'] }],
    [{ query: 'x'.repeat(3_000) }],
    [{ filterGroups: Array.from({ length: 6 }, () => ({ filters: [] })) }],
    [{ filterGroups: [{ filters: [{ propertyName: 'nosuch', operator: 'EQ', value: 'x' }] }] }],
  ])('is refused beyond its limits: %#', async (body) => {
    const { call } = openHubspotAccount();

    const answer = await call('POST', `${OBJECTS}/search`, body);

    expect(answer).toMatchObject({ status: 400, json: { category: 'VALIDATION_ERROR' } });
  });

  test('runs five times a second', async () => {
    const { call, clock } = openHubspotAccount();

    const statuses: number[] = [];
    for (let index = 0; index < 6; index += 1)
      statuses.push((await call('POST', `${OBJECTS}/search`, {})).status);
    const refused = await call('POST', `${OBJECTS}/search`, {});
    clock.advance(1_001);
    const later = await call('POST', `${OBJECTS}/search`, {});

    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
    expect(refused.json).toMatchObject({ policyName: 'SECONDLY', errorType: 'RATE_LIMIT' });
    expect(Object.keys(refused.headers).filter((name) => name.startsWith('x-hubspot'))).toEqual([]);
    expect(later.status).toBe(200);
  });

  test('sees a change late when the index lags, and archived contacts never', async () => {
    const { call, asPerson, clock } = openHubspotAccount({ searchLagMs: 3_000 });
    const { id } = await asPerson.create('contacts', { firstname: 'Ada' });
    const names = async (): Promise<unknown> =>
      rows(await call('POST', `${OBJECTS}/search`, { properties: ['firstname'] })).map(
        (row) => propertiesOf(row)['firstname'],
      );

    const atOnce = await names();
    clock.advance(3_000);
    await asPerson.edit('contacts', id, { firstname: 'Augusta' });
    const beforeIndexed = await names();
    clock.advance(3_000);
    const indexed = await names();
    await asPerson.remove('contacts', id);
    const archived = await names();

    expect([atOnce, beforeIndexed, indexed, archived]).toEqual([[], ['Ada'], ['Augusta'], []]);
  });
});
