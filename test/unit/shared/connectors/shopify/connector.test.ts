import { describe, expect, test } from 'vitest';
import { createShopifyConnector } from '#shared/connectors/shopify/index.ts';
import { ABSENT, CLEARED, valueOf } from '#shared/model/field-value.ts';
import { FieldPath, NativeId } from '#shared/model/ids.ts';
import { json, scriptedHttp, type Reply } from '../scripted-http.ts';
import {
  connect,
  create,
  customer,
  CUSTOMER,
  ID,
  optionsWith,
  OTHER,
  OWN,
  payload,
  read,
  sent,
  update,
  values,
} from './setup.ts';

describe('reading a Shopify customer', () => {
  test('goes through the SDK and the port, to the stand-in, with the token and the deadline', async () => {
    const answer = { data: { customer: customer() } };
    const { connector, http } = connect(json(200, answer, { date: 'Fri, 20 Nov 2026 10:00:01 GMT' }));

    const result = await connector.reader.read(CUSTOMER, ID);

    expect(http.requests).toMatchObject([
      {
        method: 'POST',
        url: 'http://127.0.0.1:8082/admin/api/2026-10/graphql.json',
        timeoutMs: 4_000,
        headers: { 'x-shopify-access-token': 'shpat', 'content-type': 'application/json' },
      },
    ]);
    expect(sent(http)[0]?.variables).toEqual({ id: ID });
    expect(result).toEqual({
      status: 'found',
      representation: {
        nativeId: ID,
        fields: {
          email: valueOf('Ada@example.com'),
          firstName: valueOf('Ada'),
          lastName: CLEARED,
          phone: CLEARED,
          note: CLEARED,
          taxExempt: CLEARED,
        },
        keys: [{ key: 'email', value: 'ada@example.com' }],
        ownId: null,
        version: expect.stringMatching(/^2026-11-20T09:00:00Z#[0-9a-f]{32}$/),
        modifiedAt: '2026-11-20T09:00:00.000Z',
        observedAt: '2026-11-20T10:00:00.000Z',
        method: 'read',
      },
      answeredAt: '2026-11-20T10:00:01.000Z',
    });
  });

  test('goes to the shop itself where no stand-in is named', async () => {
    const http = scriptedHttp(read(customer()));
    const { baseUrl: _standIn, ...credentials } = { baseUrl: '', ...optionsWith(http).credentials };

    await createShopifyConnector({ ...optionsWith(http), credentials }).reader.read(CUSTOMER, ID);

    expect(http.requests[0]?.url).toBe('https://example.myshopify.com/admin/api/2026-10/graphql.json');
  });

  test('two connectors at work at once keep their transports apart', async () => {
    const first = connect(read(customer({ firstName: 'first' })), read(customer()));
    const second = connect(read(customer({ firstName: 'second' })), read(customer()));

    const results = await Promise.all(
      [first, second, first, second].map(({ connector }) => connector.reader.read(CUSTOMER, ID)),
    );

    expect(first.http.requests).toHaveLength(2);
    expect(second.http.requests).toHaveLength(2);
    expect(results.slice(0, 2)).toMatchObject([
      { representation: { fields: { firstName: valueOf('first') } } },
      { representation: { fields: { firstName: valueOf('second') } } },
    ]);
  });

  test.each([
    [{ value: OWN }, OWN],
    [{ value: 'rec_1/other' }, null],
    [null, null],
  ])('our own id in the metafield %j is told as %j, and is no part of its version', async (ownId, told) => {
    const { connector, http } = connect(read(customer({ ownId })), read(customer()));

    const seen = await connector.reader.read(CUSTOMER, ID);
    const plain = await connector.reader.read(CUSTOMER, ID);

    expect(sent(http)[0]?.query).toContain('ownId: metafield(namespace: "concord", key: "record_id")');
    const version = plain.status === 'found' ? plain.representation.version : plain.status;
    expect(seen).toMatchObject({ representation: { ownId: told, version } });
  });

  test('two states within one second have two versions', async () => {
    const states = [customer(), customer({ note: 'x' })];

    const versions = await Promise.all(
      states.map(async (state) => {
        const result = await connect(read(state)).connector.reader.read(CUSTOMER, ID);
        return result.status === 'found' ? result.representation.version : result.status;
      }),
    );

    expect(versions[0]).not.toBe(versions[1]);
  });

  test('a customer that is not there is gone, one under another id is a merge (M16)', async () => {
    expect(await connect(read(null)).connector.reader.read(CUSTOMER, ID)).toEqual({ status: 'gone' });
    expect(await connect(read(customer({ id: OTHER }))).connector.reader.read(CUSTOMER, ID)).toEqual({
      status: 'foreign',
      answeredId: OTHER,
    });
  });

  test.each([
    [{ body: 'not json' }],
    [{ body: '' }],
    [{ body: '[]' }],
    [{ headers: {}, body: '<html>' }],
    [json(200, {})],
    [json(200, { data: null })],
    [json(200, { data: {} })],
    [read({ id: ID })],
    [read(customer({ id: 'gid://shopify/Order/1' }))],
    [json(200, { data: { customer: customer() }, errors: [{ message: 'part of it failed' }] })],
    [
      json(200, {
        data: { customer: null },
        errors: [{ message: 'failed', extensions: { code: 'SOMETHING' } }],
      }),
    ],
  ] satisfies readonly (readonly [Reply])[])(
    'the answer %o proves nothing, least of all a deletion (M10)',
    async (reply) => {
      await expect(connect(reply).connector.reader.read(CUSTOMER, ID)).rejects.toMatchObject({
        code: 'vendor_protocol',
        disposition: 'retry',
        effect: 'none',
      });
    },
  );
});

describe('reading many Shopify customers', () => {
  test('says of an id of something else that it is missing, and loses none of the others for it', async () => {
    const company = NativeId('gid://shopify/Company/1');
    const { connector } = connect(json(200, { data: { nodes: [{}, customer(), null] } }));

    const seen = await connector.reader.readMany(CUSTOMER, [company, ID, NativeId(OTHER)]);

    expect([...seen]).toEqual([
      [company, { status: 'missing' }],
      [ID, expect.objectContaining({ status: 'found' })],
      [OTHER, { status: 'missing' }],
    ]);
  });
});

describe('finding a Shopify customer', () => {
  const keys = [
    { key: 'email', value: 'ada@example.com' },
    { key: 'email', value: 'ada@example.org' },
    { key: 'vat', value: 'X1' },
  ];
  const found = (...ids: readonly (string | null)[]): Reply =>
    json(200, {
      data: Object.fromEntries(ids.map((id, index) => [`by${index}`, id === null ? null : { id }])),
    });

  test('asks for our own id and every address in one request', async () => {
    const { connector, http } = connect(found(null, OTHER, OTHER));

    expect(await connector.reader.find({ type: CUSTOMER, ownId: OWN, keys })).toEqual({
      status: 'match',
      nativeIds: [OTHER],
    });
    expect(sent(http).map(({ variables }) => variables)).toEqual([
      {
        by0: { customId: { namespace: 'concord', key: 'record_id', value: OWN } },
        by1: { emailAddress: 'ada@example.com' },
        by2: { emailAddress: 'ada@example.org' },
      },
    ]);
  });

  test('our own id settles it', async () => {
    const { connector } = connect(found(ID, OTHER, null));

    expect(await connector.reader.find({ type: CUSTOMER, ownId: OWN, keys })).toEqual({
      status: 'own',
      nativeId: ID,
    });
  });

  test('finds nothing, and asks nothing when there is nothing to ask for', async () => {
    expect(
      await connect(found(null, null)).connector.reader.find({ type: CUSTOMER, ownId: null, keys }),
    ).toEqual({ status: 'none' });
    const { connector, http } = connect();
    expect(await connector.reader.find({ type: CUSTOMER, ownId: null, keys: [] })).toEqual({
      status: 'none',
    });
    expect(http.requests).toEqual([]);
  });
});

describe('writing a Shopify customer', () => {
  test('an update sends the named values alone, and tells what was stored', async () => {
    const { connector, http } = connect(
      payload('customerUpdate', customer({ defaultPhoneNumber: { phoneNumber: '+12133734253' } })),
    );
    const fields = values({
      firstName: valueOf('Ada'),
      note: CLEARED,
      lastName: ABSENT,
      taxExempt: CLEARED,
      phone: valueOf('(213) 373-4253'),
    });

    const stored = await connector.writer.update({ ...update, fields });

    expect(sent(http)[0]?.variables).toEqual({
      input: { id: ID, firstName: 'Ada', note: null, taxExempt: false, phone: '(213) 373-4253' },
    });
    expect(stored).toMatchObject({
      nativeId: ID,
      method: 'write_response',
      fields: { phone: valueOf('+12133734253'), lastName: CLEARED },
    });
  });

  test('an update that another customer answers is looked at again (M16)', async () => {
    const { connector } = connect(payload('customerUpdate', customer({ id: OTHER })));

    await expect(connector.writer.update(update)).rejects.toMatchObject({
      code: 'vendor_protocol',
      effect: 'unknown',
    });
  });

  test('a create carries our own id in a metafield with unique values', async () => {
    const { connector, http } = connect(payload('customerCreate', customer()));

    const result = await connector.writer.create(create);

    expect(sent(http)[0]?.variables).toEqual({
      input: {
        email: 'ada@example.com',
        metafields: [{ namespace: 'concord', key: 'record_id', type: 'id', value: OWN }],
      },
    });
    expect(result).toMatchObject({ status: 'created', stored: { nativeId: ID, method: 'write_response' } });
  });

  test.each([
    [{ field: ['email'], message: 'Email has already been taken' }],
    [{ field: ['input', 'email'], message: 'Email has already been taken' }],
    [
      {
        field: ['metafields', '0', 'value'],
        message: 'Value must be unique amongst metafields in this definition.',
      },
    ],
    [{ field: null, message: 'has already been taken' }],
    [{ field: ['email'], message: 'other words', code: 'TAKEN' }],
  ])('a create that meets an existing customer says so: %o', async (error) => {
    expect(await connect(payload('customerCreate', null, [error])).connector.writer.create(create)).toEqual({
      status: 'exists',
    });
  });

  test('a taken phone number is a refusal, because no look-up by our keys would find its owner', async () => {
    const { connector } = connect(
      payload('customerCreate', null, [{ field: ['phone'], message: 'Phone has already been taken' }]),
    );

    await expect(connector.writer.create(create)).rejects.toMatchObject({
      code: 'vendor_rejected',
      context: { reasons: 'TAKEN phone' },
    });
  });

  test('user errors refuse an update and name fields and codes, never messages', async () => {
    const errors = [
      { field: ['email'], message: 'ada@example.com is not a valid address' },
      { field: ['input', 'phone'], message: 'Phone has already been taken' },
      { field: ['note'], message: 'whatever it is' },
    ];

    const failure: unknown = await connect(payload('customerUpdate', null, errors))
      .connector.writer.update(update)
      .catch((caught: unknown) => caught);

    expect(failure).toMatchObject({
      code: 'vendor_rejected',
      disposition: 'terminal',
      effect: 'none',
      context: { reasons: 'INVALID email TAKEN input.phone REFUSED note' },
    });
    expect(String(failure)).not.toContain('ada@');
  });

  test('nothing is sent for an update without values or with a field nobody mapped', async () => {
    const { connector, http } = connect();

    await expect(
      connector.writer.update({ ...update, fields: values({ note: ABSENT }) }),
    ).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(
      connector.writer.update({ ...update, fields: values({ shoeSize: valueOf('42') }) }),
    ).rejects.toMatchObject({ code: 'invalid_argument' });
    expect(http.requests).toEqual([]);
  });

  test('reading back cannot say what was replaced: Shopify keeps no history (M5)', async () => {
    const { connector } = connect(read(customer()), read(null));

    expect(await connector.writer.readBack(CUSTOMER, ID, [FieldPath('note')])).toMatchObject({
      status: 'found',
      replaced: null,
      representation: { method: 'read_back' },
    });
    expect(await connector.writer.readBack(CUSTOMER, ID, [FieldPath('note')])).toEqual({ status: 'gone' });
  });
});
