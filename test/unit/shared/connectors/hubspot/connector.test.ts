import { describe, expect, test } from 'vitest';
import { ABSENT, CLEARED, valueOf } from '#shared/model/field-value.ts';
import { EntityType, FieldPath } from '#shared/model/ids.ts';
import { json } from '../scripted-http.ts';
import { connect, contact, create, CUSTOMER, ID, missing, OWN, update, values } from './setup.ts';

describe('reading a HubSpot contact', () => {
  test('asks by id, with the mapped properties, under the dated version and with the deadline', async () => {
    const { connector, http } = connect(
      json(200, contact({ hs_additional_emails: 'ada@example.org' }), {
        date: 'Fri, 20 Nov 2026 10:00:01 GMT',
      }),
    );

    const result = await connector.reader.read(CUSTOMER, ID);

    expect(http.requests).toMatchObject([
      {
        method: 'GET',
        timeoutMs: 4_000,
        headers: { authorization: 'Bearer pat-token', accept: expect.stringContaining('application/json') },
      },
    ]);
    const url = new URL(http.requests[0]?.url ?? '');
    expect(url.origin + url.pathname).toBe('http://127.0.0.1:8081/crm/objects/2026-09/contacts/501');
    expect(url.searchParams.get('properties')?.split(',')).toEqual([
      'email',
      'firstname',
      'lastname',
      'phone',
      'customer_note',
      'customer_tax_exempt',
      'hs_additional_emails',
      'concord_record_id',
      'lastmodifieddate',
    ]);
    expect(result).toEqual({
      status: 'found',
      representation: {
        nativeId: '501',
        fields: {
          email: valueOf('ada@example.com'),
          firstName: valueOf('Ada'),
          lastName: CLEARED,
          phone: CLEARED,
          note: CLEARED,
          taxExempt: CLEARED,
        },
        keys: [
          { key: 'email', value: 'ada@example.com' },
          { key: 'email', value: 'ada@example.org' },
        ],
        ownId: null,
        version: expect.stringMatching(/^2026-11-20T09:00:00\.123Z#[0-9a-f]{32}$/),
        modifiedAt: '2026-11-20T09:00:00.123Z',
        observedAt: '2026-11-20T10:00:00.000Z',
        method: 'read',
      },
      answeredAt: '2026-11-20T10:00:01.000Z',
    });
  });

  test.each([
    [OWN, OWN],
    ['', null],
    [null, null],
    ['rec_1/other', null],
    ['rec_01j00000000000000000000000', null],
  ])('our own id %j on it is told as %j, and is no part of its version', async (value, ownId) => {
    const body = contact({ concord_record_id: value });

    const seen = await connect(json(200, body)).connector.reader.read(CUSTOMER, ID);
    const plain = await connect(json(200, contact())).connector.reader.read(CUSTOMER, ID);

    const version = plain.status === 'found' ? plain.representation.version : plain.status;
    expect(seen).toMatchObject({ representation: { ownId, version } });
  });

  test('two states under one modified time have two versions', async () => {
    const versions = await Promise.all(
      [contact(), contact({ firstname: 'Grace' }), contact({ hs_internal: 'x' })].map(async (body) => {
        const result = await connect(json(200, body)).connector.reader.read(CUSTOMER, ID);
        return result.status === 'found' ? result.representation.version : result.status;
      }),
    );

    expect(versions[0]).not.toBe(versions[1]);
    expect(versions[0]).toBe(versions[2]);
  });

  test('an answer under another id is a merge and no representation (M16)', async () => {
    const { connector } = connect(json(200, contact({}, { id: '777' })));

    expect(await connector.reader.read(CUSTOMER, ID)).toEqual({ status: 'foreign', answeredId: '777' });
  });

  test('a contact is gone when HubSpot says so or keeps it in the recycle bin', async () => {
    expect(await connect(missing).connector.reader.read(CUSTOMER, ID)).toEqual({ status: 'gone' });
    expect(
      await connect(json(200, contact({}, { archived: true }))).connector.reader.read(CUSTOMER, ID),
    ).toEqual({ status: 'gone' });
  });

  test('a 404 that is not from HubSpot proves nothing (M10)', async () => {
    const { connector } = connect({ status: 404, body: '<html>no such page</html>' });

    await expect(connector.reader.read(CUSTOMER, ID)).rejects.toMatchObject({
      code: 'vendor_protocol',
      disposition: 'retry',
      effect: 'none',
    });
  });

  test.each([['not json'], ['[]'], ['{"id":"501"}'], ['{"id":501,"properties":{}}'], ['']])(
    'the answer %s cannot be used',
    async (body) => {
      const { connector } = connect({ body });

      await expect(connector.reader.read(CUSTOMER, ID)).rejects.toMatchObject({
        code: 'vendor_protocol',
        disposition: 'retry',
      });
    },
  );
});

describe('finding a HubSpot contact', () => {
  const keys = [
    { key: 'email', value: 'ada+1@example.com' },
    { key: 'email', value: 'ada@example.org' },
    { key: 'vat', value: 'X1' },
  ];

  test('by our own id first, and no further when it is ours', async () => {
    const { connector, http } = connect(json(200, contact({ concord_record_id: OWN })));

    expect(await connector.reader.find({ type: CUSTOMER, ownId: OWN, keys })).toEqual({
      status: 'own',
      nativeId: '501',
    });
    expect(http.requests.map(({ url }) => url)).toEqual([
      `http://127.0.0.1:8081/crm/objects/2026-09/contacts/${OWN}?idProperty=concord_record_id&properties=concord_record_id`,
    ]);
  });

  test('then by every address, once each, naming a contact once', async () => {
    const { connector, http } = connect(missing, json(200, contact()), json(200, contact()));

    expect(await connector.reader.find({ type: CUSTOMER, ownId: OWN, keys })).toEqual({
      status: 'match',
      nativeIds: ['501'],
    });
    expect(http.requests[1]?.url).toContain('/contacts/ada%2B1%40example.com?idProperty=email');
    expect(http.requests).toHaveLength(3);
  });

  test('not by our own id when no create of ours can exist', async () => {
    const { connector, http } = connect(missing, missing);

    expect(await connector.reader.find({ type: CUSTOMER, ownId: null, keys })).toEqual({ status: 'none' });
    expect(http.requests).toHaveLength(2);
  });

  test('an answer that carries another id of ours is no proof of our create', async () => {
    const { connector } = connect(json(200, contact({ concord_record_id: 'rec_other' })));

    expect(await connector.reader.find({ type: CUSTOMER, ownId: OWN, keys: [] })).toEqual({ status: 'none' });
  });
});

describe('writing a HubSpot contact', () => {
  test('an update sends the named values alone, and tells what was stored', async () => {
    const { connector, http } = connect(json(200, contact({ firstname: 'Ada', phone: '' })));
    const fields = { firstName: valueOf('Ada'), phone: CLEARED, note: ABSENT, taxExempt: valueOf(true) };

    const stored = await connector.writer.update({ ...update, fields });

    expect(http.requests[0]).toMatchObject({
      method: 'PATCH',
      url: 'http://127.0.0.1:8081/crm/objects/2026-09/contacts/501',
      headers: { 'content-type': 'application/json' },
    });
    expect(JSON.parse(http.requests[0]?.body ?? '')).toEqual({
      properties: { firstname: 'Ada', phone: '', customer_tax_exempt: 'true' },
    });
    expect(stored).toMatchObject({
      nativeId: '501',
      method: 'write_response',
      fields: {
        firstName: valueOf('Ada'),
        phone: CLEARED,
        lastName: ABSENT,
        note: ABSENT,
        taxExempt: ABSENT,
      },
    });
  });

  test('an update that another contact answers is looked at again (M16)', async () => {
    const { connector } = connect(json(200, contact({}, { id: '777' })));

    await expect(connector.writer.update(update)).rejects.toMatchObject({
      code: 'vendor_protocol',
      effect: 'unknown',
    });
  });

  test('a create carries our own id as a unique value', async () => {
    const { connector, http } = connect(json(201, contact()));

    const result = await connector.writer.create(create);

    expect(JSON.parse(http.requests[0]?.body ?? '')).toEqual({
      properties: { email: 'ada@example.com', concord_record_id: OWN },
    });
    expect(result).toMatchObject({
      status: 'created',
      stored: { nativeId: '501', fields: { email: valueOf('ada@example.com') } },
    });
  });

  test.each([
    [
      '409',
      json(409, {
        status: 'error',
        message: 'Contact already exists. Existing ID: 501',
        category: 'CONFLICT',
      }),
    ],
    [
      'a unique property in errors',
      json(400, {
        status: 'error',
        category: 'VALIDATION_ERROR',
        errors: [{ message: '501 already has that value.', code: 'CONFLICTING_UNIQUE_VALUE' }],
      }),
    ],
    [
      'a unique property in the message alone',
      json(400, {
        status: 'error',
        category: 'VALIDATION_ERROR',
        message: 'Property values were not valid: [{"isValid":false,"error":"CONFLICTING_UNIQUE_VALUE"}]',
      }),
    ],
  ])('a create that meets an existing contact says so: %s', async (_how, reply) => {
    expect(await connect(reply).connector.writer.create(create)).toEqual({ status: 'exists' });
  });

  test('a 409 that is not from HubSpot proves nothing: no contact is looked for', async () => {
    const { connector } = connect({ status: 409, body: '<html>conflict</html>' });

    await expect(connector.writer.create(create)).rejects.toMatchObject({
      code: 'vendor_protocol',
      disposition: 'retry',
      effect: 'none',
    });
  });

  test('an update to a value that another contact holds is refused, not "exists"', async () => {
    const { connector } = connect(
      json(409, { status: 'error', message: 'Contact already exists. Existing ID: 9', category: 'CONFLICT' }),
    );

    await expect(connector.writer.update(update)).rejects.toMatchObject({
      code: 'vendor_rejected',
      disposition: 'terminal',
      context: { reasons: 'CONFLICT' },
    });
  });

  test('nothing is sent for an update without values or with a field nobody mapped', async () => {
    const { connector, http } = connect();

    await expect(
      connector.writer.update({ ...update, fields: values({ note: ABSENT }) }),
    ).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(
      connector.writer.update({ ...update, fields: values({ shoeSize: valueOf('42') }) }),
    ).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(connector.writer.update({ ...update, type: EntityType('order') })).rejects.toMatchObject({
      code: 'invalid_argument',
    });
    expect(http.requests).toEqual([]);
  });

  test('reading back asks for the history of what was written and says what it replaced (M5)', async () => {
    const history = {
      firstname: [
        { value: 'Ada', sourceType: 'INTEGRATION', timestamp: '2026-03-02T09:00:00.000Z' },
        { value: 'Swallowed', sourceType: 'CRM_UI' },
        { value: 'Augusta' },
      ],
    };
    const { connector, http } = connect(json(200, contact({}, { propertiesWithHistory: history })));

    const result = await connector.writer.readBack(
      CUSTOMER,
      ID,
      [FieldPath('firstName')],
      values({ firstName: valueOf('Ada') }),
    );

    expect(new URL(http.requests[0]?.url ?? '').searchParams.get('propertiesWithHistory')).toBe('firstname');
    expect(result).toMatchObject({
      status: 'found',
      replaced: { firstName: valueOf('Swallowed') },
      storedAt: { firstName: '2026-03-02T09:00:00.000Z' },
      representation: { method: 'read_back' },
    });
  });
});
