import { describe, expect, test } from 'vitest';

import { createRandom, createShopifyTwin } from '#test/twins/index.ts';
import { CREATE, ENDPOINT, openShopifyShop, READ, type ShopifyShop } from './support/shopify-shop.ts';
import type { Json } from './support/hubspot-account.ts';

describe('The Shopify API', () => {
  test('refuses a wrong token with errors as text, other versions, and what is no GraphQL', async () => {
    const { query, twin } = openShopifyShop();
    const headers = { 'x-shopify-access-token': 'local-shopify-token' };

    const wrongToken = await query('{ shop { name } }', {}, { 'x-shopify-access-token': 'wrong' });
    const oldVersion = await twin.handle({
      method: 'POST',
      path: '/admin/api/2019-04/graphql.json',
      headers,
      body: '{"query":"{ shop { name } }"}',
    });
    const noQuery = await twin.handle({ method: 'POST', path: ENDPOINT, headers, body: '{}' });
    const syntax = await query('{ shop { name }');

    expect(wrongToken.status).toBe(401);
    expect(wrongToken.json['errors']).toEqual(expect.stringContaining('Invalid API key or access token'));
    expect([oldVersion.status, noQuery.status, syntax.status]).toEqual([404, 400, 200]);
    expect(syntax.json).toMatchObject({ errors: [{ message: expect.stringContaining('syntax error') }] });
    expect(syntax.json).not.toHaveProperty('data');
  });

  test('names a field that does not exist, with its path, and gives no data', async () => {
    const { query } = openShopifyShop();

    const { status, json } = await query('query Page { customers(first: 1) { nodes { id nosuch } } }');

    expect(status).toBe(200);
    expect(json).toEqual({
      errors: [
        {
          message: "Field 'nosuch' doesn't exist on type 'Customer'",
          locations: [{ line: 1, column: 47 }],
          path: ['query Page', 'customers', 'nodes', 'nosuch'],
          extensions: { code: 'undefinedField', typeName: 'Customer', fieldName: 'nosuch' },
        },
      ],
    });
  });

  test.each([
    [{ id: '123' }, READ, [], "Invalid global id '123'"],
    [{}, READ, [], 'Expected value to not be null'],
    [{ input: { nosuch: 'x' } }, CREATE, ['nosuch'], 'Field is not defined on CustomerInput'],
    [{ input: { tags: ['a', 1] } }, CREATE, ['tags', 1], 'Could not coerce value 1 to String'],
  ])('refuses the variables %j, which do not fit', async (variables, text, path, explanation) => {
    const { query } = openShopifyShop();

    const { status, json } = await query(text, variables);

    expect(status).toBe(200);
    expect(json).not.toHaveProperty('data');
    expect(json).toMatchObject({
      errors: [{ extensions: { code: 'INVALID_VARIABLE', problems: [{ path, explanation }] } }],
    });
  });

  test('takes exactly one identifier', async () => {
    const { query } = openShopifyShop();

    const two = await query(
      'query($by: CustomerIdentifierInput!) { customerByIdentifier(identifier: $by) { id } }',
      {
        by: { emailAddress: 'ada@example.com', phoneNumber: '+12025550142' },
      },
    );

    expect(two.json).toMatchObject({ errors: [{ extensions: { code: 'INVALID_VARIABLE' } }] });
  });

  test('charges ten points for a mutation and one for each node that came, out of a bucket that fills', async () => {
    const { query, create, clock } = openShopifyShop({ bucket: { maximum: 300, restoreRate: 10 } });
    await create({ firstName: 'Ada' });
    const page = '{ customers(first: 250) { nodes { id } } }';

    const first = await query(page);
    const second = await query(page);
    clock.advance(1_000);
    await query('{ customers(first: 200) { nodes { id } } }');

    expect(first.json['extensions']).toEqual({
      cost: {
        requestedQueryCost: 252,
        actualQueryCost: 3,
        throttleStatus: { maximumAvailable: 300, currentlyAvailable: 287, restoreRate: 10 },
      },
    });
    expect(second.json).toMatchObject({
      extensions: { cost: { throttleStatus: { currentlyAvailable: 284 } } },
    });
  });

  test('answers THROTTLED with status 200 when the bucket is too empty, and serves again when it has filled', async () => {
    const { query, asPerson, clock } = openShopifyShop({ bucket: { maximum: 20, restoreRate: 10 } });
    const create = (name: string): ReturnType<ShopifyShop['query']> =>
      query(CREATE, { input: { firstName: name } });
    await create('Ada');
    await create('Eve');

    const refused = await create('Joe');
    clock.advance(1_000);
    const served = await create('Joe');

    expect(refused.status).toBe(200);
    expect(refused.json).toMatchObject({
      errors: [{ extensions: { code: 'THROTTLED' } }],
      extensions: {
        cost: { requestedQueryCost: 10, actualQueryCost: null, throttleStatus: { currentlyAvailable: 0 } },
      },
    });
    expect(refused.json).not.toHaveProperty('data');
    expect(served.data['customerCreate']).toMatchObject({ userErrors: [] });
    expect((await asPerson.stats()).rateLimited).toBe(1);
    expect((await asPerson.writes()).map(({ outcome }) => outcome)).toEqual([
      'accepted',
      'accepted',
      'refused',
      'accepted',
    ]);
  });

  test('never runs a query above 1000 points, whatever the bucket holds', async () => {
    const { query } = openShopifyShop();
    const aliases = [0, 1, 2, 3].map((index) => `p${index}: customers(first: 250) { nodes { id } }`);

    const { status, json } = await query(`{ ${aliases.join(' ')} }`);

    expect(status).toBe(200);
    expect(json).toMatchObject({
      errors: [{ extensions: { code: 'MAX_COST_EXCEEDED', cost: 1_008, maxCost: 1_000 } }],
    });
  });

  test('takes an idempotency key on a mutation and the write log shows it', async () => {
    const { query, asPerson } = openShopifyShop();

    const { data } = await query(
      'mutation($input: CustomerInput!, $key: String!) { customerCreate(input: $input) @idempotent(key: $key) { customer { id } userErrors { message } } }',
      { input: { firstName: 'Ada' }, key: 'run_1/create' },
    );

    const [write] = await asPerson.writes();
    expect(write).toEqual({
      seq: 1,
      at: '2026-11-20T10:00:00.000Z',
      method: 'POST',
      path: 'customerCreate',
      type: 'customers',
      id: (data['customerCreate'] as { customer: { id: string } }).customer.id,
      fields: { firstName: 'Ada' },
      idempotencyKey: 'run_1/create',
      status: 200,
      outcome: 'accepted',
    });
  });
});

describe('A list of Shopify customers', () => {
  async function shopOfThree(): Promise<ShopifyShop> {
    const shop = openShopifyShop();
    await shop.create({ email: 'ada@example.com', firstName: 'Ada', tags: ['vip', 'b2b'] });
    shop.clock.advance(86_400_000);
    await shop.create({ email: 'eve@example.org', firstName: 'Eve', tags: ['vip'] });
    shop.clock.advance(3_600_000);
    await shop.create({ phone: '+12025550142', firstName: 'Joe' });
    return shop;
  }

  async function namesOf(shop: ShopifyShop, query: string, more = ''): Promise<readonly string[]> {
    const { data } = await shop.query(
      `query($q: String) { customers(first: 10, query: $q ${more}) { nodes { firstName } } }`,
      { q: query },
    );
    return (data['customers'] as { nodes: { firstName: string }[] }).nodes.map((node) => node.firstName);
  }

  test.each([
    ['', ['Ada', 'Eve', 'Joe']],
    ["updated_at:>='2026-11-21T10:30:00Z'", ['Eve', 'Joe']],
    ["updated_at:>'2026-11-20T00:00:00Z'", ['Eve', 'Joe']],
    ['updated_at:<=2026-11-20', ['Ada']],
    ['tag:VIP -tag:b2b', ['Eve']],
    ['(tag:b2b OR phone:*) AND state:DISABLED', ['Ada', 'Joe']],
    ['email:"ada@example.com"', ['Ada']],
    ['email:example.org', ['Eve']],
    ['eve', ['Eve']],
    ['nosuchfield:anything', ['Ada', 'Eve', 'Joe']],
  ])(
    'filtered by %j holds %j: times count as whole days, unknown fields not at all',
    async (query, names) => {
      const shop = await shopOfThree();

      const found = await namesOf(shop, query);

      expect(found).toEqual(names);
    },
  );

  test('comes in the order asked for, page by page', async () => {
    const shop = await shopOfThree();
    const text = `query($after: String) {
      customers(first: 2, after: $after, sortKey: UPDATED_AT, reverse: true) { edges { cursor node { firstName } } pageInfo { hasNextPage endCursor } }
    }`;

    const first = (await shop.query(text)).data['customers'] as Json & { pageInfo: Json };
    const second = (await shop.query(text, { after: first.pageInfo['endCursor'] })).data['customers'];
    const badCursor = await shop.query(text, { after: 'nosuch' });
    const noFirst = await shop.query('{ customers { nodes { id } } }');

    expect(first).toMatchObject({
      edges: [{ node: { firstName: 'Joe' } }, { node: { firstName: 'Eve' } }],
      pageInfo: { hasNextPage: true },
    });
    expect(second).toMatchObject({
      edges: [{ node: { firstName: 'Ada' } }],
      pageInfo: { hasNextPage: false },
    });
    expect(badCursor.json).toHaveProperty('errors');
    expect(noFirst.json).toHaveProperty('errors');
  });

  test('lags behind by the time that the fault says, while a read by id does not', async () => {
    const shop = openShopifyShop();
    await shop.asPerson.fault({ kind: 'search-lag', ms: 5_000 });
    const id = await shop.create({ firstName: 'Ada' });

    const early = await namesOf(shop, '');
    const direct = await shop.query(READ, { id });
    shop.clock.advance(5_000);
    const late = await namesOf(shop, '');

    expect([early, late]).toEqual([[], ['Ada']]);
    expect(direct.data['customer']).toMatchObject({ firstName: 'Ada' });
  });
});

test('A Shopify twin under one seed answers the same twice', async () => {
  const answers = [0, 1].map(async () => {
    const requests: string[] = [];
    const send = async (request: {
      readonly headers: unknown;
    }): Promise<{ status: number; headers: {}; body: string }> => {
      requests.push(JSON.stringify(request.headers));
      return { status: 200, headers: {}, body: '' };
    };
    const twin = createShopifyTwin({
      clock: { now: () => 0 },
      random: createRandom(3),
      webhook: { url: 'https://mesh.example.com/', secret: 's', send },
    });
    await twin.handle({
      method: 'POST',
      path: '/_twin/records/customers',
      headers: {},
      body: '{"firstName":"Ada"}',
    });
    await twin.runOnce(0);
    return requests;
  });

  const [one, two] = await Promise.all(answers);

  expect(one).toEqual(two);
  expect(one).toHaveLength(1);
});
