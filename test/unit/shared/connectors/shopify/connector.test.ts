import { getVariableValues, Kind, parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import type { Connector } from '#shared/connectors/connector.ts';
import { createShopifyConnector, type ShopifyConnectorOptions } from '#shared/connectors/shopify/index.ts';
import { shopifyCustomer } from '#shared/connectors/shopify/mappers/customer.ts';
import { ABSENT, CLEARED, valueOf, type FieldValue, type FieldValues } from '#shared/model/field-value.ts';
import { EntityType, FieldPath, NativeId, RecordId } from '#shared/model/ids.ts';
import { vendorTimeout } from '#shared/errors/http-faults.ts';
import { json, scriptedHttp, silentTelemetry, type Reply, type ScriptedHttp } from '../scripted-http.ts';
import { hasAdminSchema, readAdminSchema } from './admin-schema.ts';

const CUSTOMER = EntityType('customer');
const ID = NativeId('gid://shopify/Customer/706405506930370084');
const OTHER = 'gid://shopify/Customer/2';
const OWN = RecordId('rec_01J00000000000000000000000');
const NOW = Date.UTC(2026, 10, 20, 10);

function connect(...replies: readonly Reply[]): { readonly connector: Connector; readonly http: ScriptedHttp } {
  const http = scriptedHttp(...replies);
  return { connector: createShopifyConnector(optionsWith(http)), http };
}

function optionsWith(http: ScriptedHttp): ShopifyConnectorOptions {
  return {
    http,
    clock: { now: () => NOW },
    telemetry: silentTelemetry,
    credentials: { shop: 'example.myshopify.com', accessToken: () => Promise.resolve('shpat'), baseUrl: 'http://127.0.0.1:8082' },
    mappings: [shopifyCustomer],
    callTimeoutMs: 4_000,
  };
}

const values = (named: Readonly<Record<string, FieldValue>>): FieldValues => named;

function customer(changes: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return {
    id: ID,
    updatedAt: '2026-11-20T09:00:00Z',
    firstName: 'Ada',
    lastName: null,
    note: null,
    taxExempt: false,
    defaultEmailAddress: { emailAddress: 'Ada@example.com' },
    defaultPhoneNumber: null,
    ...changes,
  };
}

const read = (value: unknown): Reply => json(200, { data: { customer: value } });
const payload = (name: string, value: unknown, userErrors: readonly unknown[] = []): Reply =>
  json(200, { data: { [name]: { customer: value, userErrors } } });

const update = { type: CUSTOMER, nativeId: ID, fields: values({ firstName: valueOf('Ada') }), idempotencyKey: 'key' };
const create = { type: CUSTOMER, ownId: OWN, fields: values({ email: valueOf('ada@example.com') }), idempotencyKey: 'key' };

interface Sent {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

function sent(http: ScriptedHttp): readonly Sent[] {
  return http.requests.map(({ body = '' }) => JSON.parse(body) as Sent);
}

describe('reading a Shopify customer', () => {
  test('goes through the SDK and the port, to the stand-in, with the token and the deadline', async () => {
    const { connector, http } = connect(read(customer()));

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
          taxExempt: valueOf(false),
        },
        keys: [{ key: 'email', value: 'ada@example.com' }],
        version: expect.stringMatching(/^2026-11-20T09:00:00Z#[0-9a-f]{32}$/),
        modifiedAt: '2026-11-20T09:00:00.000Z',
        observedAt: '2026-11-20T10:00:00.000Z',
        method: 'read',
      },
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

    const results = await Promise.all([first, second, first, second].map(({ connector }) => connector.reader.read(CUSTOMER, ID)));

    expect(first.http.requests).toHaveLength(2);
    expect(second.http.requests).toHaveLength(2);
    expect(results.slice(0, 2)).toMatchObject([
      { representation: { fields: { firstName: valueOf('first') } } },
      { representation: { fields: { firstName: valueOf('second') } } },
    ]);
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
    expect(await connect(read(customer({ id: OTHER }))).connector.reader.read(CUSTOMER, ID)).toEqual({ status: 'foreign', answeredId: OTHER });
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
    [json(200, { data: { customer: null }, errors: [{ message: 'failed', extensions: { code: 'SOMETHING' } }] })],
  ] satisfies readonly (readonly [Reply])[])('the answer %o proves nothing, least of all a deletion (M10)', async (reply) => {
    await expect(connect(reply).connector.reader.read(CUSTOMER, ID)).rejects.toMatchObject({
      code: 'vendor_protocol',
      disposition: 'retry',
      effect: 'none',
    });
  });
});

describe('finding a Shopify customer', () => {
  const keys = [
    { key: 'email', value: 'ada@example.com' },
    { key: 'email', value: 'ada@example.org' },
    { key: 'vat', value: 'X1' },
  ];
  const found = (...ids: readonly (string | null)[]): Reply =>
    json(200, { data: Object.fromEntries(ids.map((id, index) => [`by${index}`, id === null ? null : { id }])) });

  test('asks for our own id and every address in one request', async () => {
    const { connector, http } = connect(found(null, OTHER, OTHER));

    expect(await connector.reader.find({ type: CUSTOMER, ownId: OWN, keys })).toEqual({ status: 'match', nativeIds: [OTHER] });
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

    expect(await connector.reader.find({ type: CUSTOMER, ownId: OWN, keys })).toEqual({ status: 'own', nativeId: ID });
  });

  test('finds nothing, and asks nothing when there is nothing to ask for', async () => {
    expect(await connect(found(null, null)).connector.reader.find({ type: CUSTOMER, ownId: null, keys })).toEqual({ status: 'none' });
    const { connector, http } = connect();
    expect(await connector.reader.find({ type: CUSTOMER, ownId: null, keys: [] })).toEqual({ status: 'none' });
    expect(http.requests).toEqual([]);
  });
});

describe('writing a Shopify customer', () => {
  test('an update sends the named values alone, and tells what was stored', async () => {
    const { connector, http } = connect(payload('customerUpdate', customer({ defaultPhoneNumber: { phoneNumber: '+12133734253' } })));
    const fields = values({ firstName: valueOf('Ada'), note: CLEARED, lastName: ABSENT, taxExempt: CLEARED, phone: valueOf('(213) 373-4253') });

    const stored = await connector.writer.update({ ...update, fields });

    expect(sent(http)[0]?.variables).toEqual({
      input: { id: ID, firstName: 'Ada', note: null, taxExempt: false, phone: '(213) 373-4253' },
    });
    expect(stored).toMatchObject({ nativeId: ID, method: 'write_response', fields: { phone: valueOf('+12133734253'), lastName: CLEARED } });
  });

  test('an update that another customer answers is looked at again (M16)', async () => {
    const { connector } = connect(payload('customerUpdate', customer({ id: OTHER })));

    await expect(connector.writer.update(update)).rejects.toMatchObject({ code: 'vendor_protocol', effect: 'unknown' });
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
    [{ field: ['metafields', '0', 'value'], message: 'Value must be unique amongst metafields in this definition.' }],
    [{ field: null, message: 'has already been taken' }],
    [{ field: ['email'], message: 'other words', code: 'TAKEN' }],
  ])('a create that meets an existing customer says so: %o', async (error) => {
    expect(await connect(payload('customerCreate', null, [error])).connector.writer.create(create)).toEqual({ status: 'exists' });
  });

  test('a taken phone number is a refusal, because no look-up by our keys would find its owner', async () => {
    const { connector } = connect(payload('customerCreate', null, [{ field: ['phone'], message: 'Phone has already been taken' }]));

    await expect(connector.writer.create(create)).rejects.toMatchObject({ code: 'vendor_rejected', context: { reasons: 'TAKEN phone' } });
  });

  test('user errors refuse an update and name fields and codes, never messages', async () => {
    const errors = [
      { field: ['email'], message: 'ada@example.com is not a valid address' },
      { field: ['input', 'phone'], message: 'Phone has already been taken' },
      { field: ['note'], message: 'whatever it is' },
    ];

    const failure: unknown = await connect(payload('customerUpdate', null, errors)).connector.writer.update(update).catch((caught: unknown) => caught);

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

    await expect(connector.writer.update({ ...update, fields: values({ note: ABSENT }) })).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(connector.writer.update({ ...update, fields: values({ shoeSize: valueOf('42') }) })).rejects.toMatchObject({ code: 'invalid_argument' });
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

describe('failures of Shopify', () => {
  const errors = (code: string, cost?: unknown): Reply =>
    json(200, { data: null, errors: [{ message: 'about ada@example.com', extensions: { code } }], extensions: { cost } });
  const cost = { requestedQueryCost: 112, actualQueryCost: null, throttleStatus: { maximumAvailable: 2_000, currentlyAvailable: 12, restoreRate: 100 } };

  test.each([
    [errors('THROTTLED', cost), { code: 'vendor_rate_limited', disposition: 'retry', effect: 'none', retryAfterMs: 1_000 }],
    [errors('THROTTLED'), { code: 'vendor_rate_limited', retryAfterMs: 2_000 }],
    [errors('MAX_COST_EXCEEDED'), { code: 'vendor_rejected', disposition: 'terminal', effect: 'none' }],
    [errors('ACCESS_DENIED'), { code: 'vendor_unauthorised', disposition: 'park', effect: 'none' }],
    [errors('INTERNAL_SERVER_ERROR'), { code: 'vendor_unavailable', effect: 'unknown' }],
    [errors('SHOP_INACTIVE'), { code: 'vendor_unavailable', effect: 'none', retryAfterMs: 60_000 }],
    [errors('NEVER_HEARD_OF'), { code: 'vendor_protocol', disposition: 'retry', effect: 'unknown' }],
    [json(200, { data: { customerUpdate: { customer: customer(), userErrors: [] } }, errors: [{ message: 'x' }] }), { code: 'vendor_protocol', effect: 'unknown' }],
    [json(200, { data: { customerUpdate: { customer: customer() } } }), { code: 'vendor_protocol', effect: 'unknown' }],
    [json(429, { errors: 'Too many' }, { 'retry-after': '2.0' }), { code: 'vendor_rate_limited', effect: 'none', retryAfterMs: 2_000 }],
    [json(430, {}), { code: 'vendor_rate_limited', effect: 'none', retryAfterMs: 2_000 }],
    [json(401, { errors: '[API] Invalid API key or access token' }), { code: 'vendor_unauthorised', disposition: 'park', effect: 'none' }],
    [json(403, {}), { code: 'vendor_unauthorised', disposition: 'park' }],
    [json(400, {}), { code: 'vendor_rejected', disposition: 'terminal', effect: 'none' }],
    [json(404, {}), { code: 'vendor_unavailable', disposition: 'retry', effect: 'none' }],
    [json(423, {}), { code: 'vendor_unavailable', effect: 'none', retryAfterMs: 60_000 }],
    [json(500, {}), { code: 'vendor_unavailable', disposition: 'retry', effect: 'unknown' }],
    [{ status: 503, headers: { 'retry-after': '4' }, body: '<html>' }, { code: 'vendor_unavailable', effect: 'unknown', retryAfterMs: 4_000 }],
    [{ status: 408, body: '' }, { code: 'vendor_unavailable', effect: 'unknown' }],
    [{ status: 302, body: '' }, { code: 'vendor_protocol', effect: 'unknown' }],
    [{ status: 204, body: '' }, { code: 'vendor_protocol', effect: 'unknown' }],
    [{ body: 'hello' }, { code: 'vendor_protocol', effect: 'unknown' }],
    [new Error('wires crossed'), { code: 'vendor_protocol', effect: 'unknown' }],
  ] satisfies readonly (readonly [Reply, object])[])('an update answered with %o', async (reply, expected) => {
    const { connector, http } = connect(reply);

    const failure: unknown = await connector.writer.update(update).catch((caught: unknown) => caught);

    expect(failure).toMatchObject(expected);
    expect(String(failure)).not.toContain('ada@');
    expect(http.requests).toHaveLength(1);
  });

  test('a deadline comes through as the port stated it, not as the text the SDK makes of it', async () => {
    const timeout = vendorTimeout('127.0.0.1:8082', 4_000);

    await expect(connect(timeout).connector.writer.update(update)).rejects.toBe(timeout);
  });
});

describe('preparing a shop', () => {
  const definition = (type = 'id', enabled = true): Reply =>
    json(200, { data: { metafieldDefinition: { id: 'gid://shopify/MetafieldDefinition/1', type: { name: type }, capabilities: { uniqueValues: { enabled } } } } });
  const none = json(200, { data: { metafieldDefinition: null } });
  const created = (userErrors: readonly unknown[] = []): Reply =>
    json(200, { data: { metafieldDefinitionCreate: { createdDefinition: null, userErrors } } });

  test('creates the definition of our own id, and nothing twice', async () => {
    const { connector, http } = connect(none, created(), definition());

    await connector.prepare();
    await connector.prepare();

    expect(sent(http)[1]?.variables).toMatchObject({
      definition: { ownerType: 'CUSTOMER', namespace: 'concord', key: 'record_id', type: 'id', capabilities: { uniqueValues: { enabled: true } } },
    });
    expect(http.requests).toHaveLength(3);
  });

  test('accepts that somebody else was faster, and nothing else', async () => {
    await expect(connect(none, created([{ field: [], message: 'taken', code: 'TAKEN' }]), definition()).connector.prepare()).resolves.toBeUndefined();
    await expect(connect(none, created([{ field: ['definition'], message: 'm', code: 'LIMIT_EXCEEDED' }])).connector.prepare()).rejects.toMatchObject({
      code: 'vendor_rejected',
    });
  });

  test.each([definition('single_line_text_field', true), definition('id', false)])('refuses to go on where our id would not be unique (M2)', async (reply) => {
    await expect(connect(reply).connector.prepare()).rejects.toMatchObject({ code: 'invalid_configuration' });
  });
});

describe('connecting a shop', () => {
  test.each(['', 'https://example.myshopify.com', 'example', 'example.myshopify.com/admin', 'EXAMPLE.myshopify.com'])('the shop "%s" is refused', (shop) => {
    const options = optionsWith(scriptedHttp());

    expect(() => createShopifyConnector({ ...options, credentials: { ...options.credentials, shop } })).toThrow(/host name/);
  });

  test('a mapping that the operations do not carry is refused', () => {
    const options = optionsWith(scriptedHttp());
    const stray = { ...shopifyCustomer, fields: shopifyCustomer.fields.map((field) => ({ ...field, native: `x_${field.native}` })) };

    expect(() => createShopifyConnector({ ...options, mappings: [stray] })).toThrow(/do not carry: x_email/);
    expect(() => createShopifyConnector({ ...options, mappings: [{ ...shopifyCustomer, object: 'Order' }] })).toThrow(/no operations for Order/);
    expect(() => createShopifyConnector({ ...options, mappings: [shopifyCustomer, shopifyCustomer] })).toThrow(/two mappings/);
  });
});

describe.skipIf(!hasAdminSchema)("what is sent to Shopify (skipped where the vendor's schema beside the checkout is absent)", () => {
  test('every variable is one that the schema accepts', async () => {
    const { connector, http } = connect(
      read(null),
      json(200, { data: { by0: null, by1: null } }),
      payload('customerUpdate', customer()),
      payload('customerCreate', customer()),
      json(200, { data: { metafieldDefinition: null } }),
      json(200, { data: { metafieldDefinitionCreate: { userErrors: [] } } }),
    );
    const all = values({
      email: valueOf('a@example.com'),
      firstName: valueOf('A'),
      lastName: CLEARED,
      phone: valueOf('+12133734253'),
      note: CLEARED,
      taxExempt: CLEARED,
    });

    await connector.reader.read(CUSTOMER, ID);
    await connector.reader.find({ type: CUSTOMER, ownId: OWN, keys: [{ key: 'email', value: 'a@example.com' }] });
    await connector.writer.update({ ...update, fields: all });
    await connector.writer.create({ ...create, fields: all });
    await connector.prepare();

    expect(http.requests).toHaveLength(6);
    for (const { query, variables } of sent(http)) {
      const definition = parse(query).definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION);
      const coerced = getVariableValues(readAdminSchema(), definition?.variableDefinitions ?? [], variables);
      expect(coerced).not.toHaveProperty('errors');
    }
  }, 60_000);
});
