import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChangedObject, ChangeFeed, ChangeRequest } from '#shared/connectors/change-feed.ts';
import { createShopifyFeed } from '#shared/connectors/shopify/change-feed.ts';
import { createShopifyClient } from '#shared/connectors/shopify/client.ts';
import { shopifyCustomer } from '#shared/connectors/shopify/mappers/customer.ts';
import { toInstant, type Instant } from '#shared/model/instant.ts';
import { passingClock, type PassingClock } from '#test/contract/connector-surroundings.ts';
import {
  createRandom,
  createShopifyTwin,
  createTwinControl,
  createTwinHttp,
  SHOPIFY_TWIN_TOKEN,
  type TwinControl,
} from '#test/twins/index.ts';
import { json, silentTelemetry } from '../scripted-http.ts';
import { connect, CUSTOMER, sent } from './setup.ts';

const ORIGIN = 'http://127.0.0.1:8082';
const HOUR_MS = 60 * 60_000;

interface ListedShop {
  readonly feed: ChangeFeed;
  readonly control: TwinControl;
  readonly clock: PassingClock;
  list(since: Instant | null, between?: (page: number) => Promise<void>): Promise<readonly ChangedObject[]>;
  calls(): number;
}

/** Shopify's list of changes over a strict shop without a limit of calls. */
function createListedShop(pageSize: number, longestByCursor = 20_000): ListedShop {
  const clock = passingClock();
  const twin = createShopifyTwin({
    clock,
    random: createRandom(1),
    webhook: null,
    bucket: { maximum: 1e9, restoreRate: 1e9 },
  });
  const http = createTwinHttp(new Map([[ORIGIN, twin]]), clock);
  let calls = 0;
  const client = createShopifyClient({
    http: {
      send(request) {
        calls += 1;
        return http.send(request);
      },
    },
    telemetry: silentTelemetry,
    credentials: {
      shop: 'twin-shop.myshopify.com',
      accessToken: () => Promise.resolve(SHOPIFY_TWIN_TOKEN),
      baseUrl: ORIGIN,
    },
    callTimeoutMs: 4_000,
  });
  const feed = createShopifyFeed({ client, clock, mappings: [shopifyCustomer], pageSize, longestByCursor });
  return {
    feed,
    clock,
    control: createTwinControl(twin),
    calls: () => calls,
    async list(since, between = async () => undefined) {
      const rows: ChangedObject[] = [];
      let request: ChangeRequest = {
        type: CUSTOMER,
        stream: 'modified',
        since,
        until: null,
        continuation: null,
      };
      for (let page = 0; page < 500; page += 1) {
        const answer = await feed.list(request);
        rows.push(...answer.changed);
        if (answer.continuation === null) return rows;
        request = {
          ...request,
          until: request.until ?? answer.answeredAt,
          continuation: answer.continuation,
        };
        await between(page);
      }
      throw new Error('The list did not end.');
    },
  };
}

/** Customers whose last changes lie so many seconds before the start of the clock. */
async function fill({ control, clock }: ListedShop, agos: readonly number[]): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const ago of agos) {
    const updatedAt = toInstant(clock.now() - ago * 1_000);
    ids.push((await control.create('customers', { firstName: 'A', updatedAt })).id);
  }
  return ids;
}

const idsOf = (rows: readonly ChangedObject[]): readonly string[] => [
  ...new Set(rows.map(({ nativeId }) => String(nativeId))),
];

describe('a list of changed customers', () => {
  test('names all of them from a time on and none before, wherever pages and ways are cut', async () => {
    const agos = fc.array(fc.constantFrom(0, 1, 30, 60, 3_000, 5_000, 40_000, 90_000), { maxLength: 20 });
    const sinces = fc.constantFrom(0, 1, 60, 3_000, 5_000, 40_000, 100_000, null);
    const sizes = fc.integer({ min: 1, max: 4 });
    await fc.assert(
      fc.asyncProperty(
        agos,
        sinces,
        sizes,
        fc.constantFrom(1, 3, 100),
        async (spread, ago, size, longest) => {
          const shop = createListedShop(size, longest);
          const ids = await fill(shop, spread);

          const rows = await shop.list(ago === null ? null : toInstant(shop.clock.now() - ago * 1_000));

          const expected = ids.filter((_, index) => ago === null || (spread[index] as number) <= ago);
          expect(idsOf(rows).toSorted()).toEqual(expected.toSorted());
        },
      ),
      { numRuns: 60 },
    );
  });

  test('and the next list show every customer as it last was, whoever edits meanwhile', async () => {
    const agos = fc.array(fc.constantFrom(0, 30, 3_000, 5_000), { minLength: 1, maxLength: 15 });
    const edits = fc.array(fc.array(fc.nat(), { maxLength: 3 }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(agos, edits, fc.constantFrom(6_000, 3_500, null), async (spread, plan, ago) => {
        const shop = createListedShop(2, 5);
        const ids = await fill(shop, spread);
        const until = toInstant(shop.clock.now());
        const since = ago === null ? null : toInstant(shop.clock.now() - ago * 1_000);

        const rows = await shop.list(since, async (page) => {
          shop.clock.advance(1_000);
          for (const pick of plan[page] ?? []) {
            const id = ids[pick % ids.length] as string;
            await shop.control.edit('customers', id, { note: `page ${page}` });
          }
        });
        const later = await shop.list(until);

        const known = new Set(idsOf([...rows, ...later]));
        const due = ids.filter((_, index) => ago === null || (spread[index] as number) <= ago);
        expect(due.filter((id) => !known.has(id))).toEqual([]);
        const shown = [...rows, ...later].map(({ nativeId, at }) => `${nativeId} ${at}`);
        const edited = (await shop.control.list('customers')).filter(({ note }) => note !== null);
        for (const { id, updatedAt } of edited) {
          expect(shown).toContain(
            `${id} ${toInstant(Math.floor(Date.parse(String(updatedAt)) / 1_000) * 1_000)}`,
          );
        }
      }),
      { numRuns: 60 },
    );
  });

  test('does not read a busy day anew with every poll', async () => {
    const shop = createListedShop(10);
    await fill(shop, [...Array.from({ length: 200 }, (_, index) => 120 + index), 5]);

    const rows = await shop.list(toInstant(shop.clock.now() - 60_000));

    expect(rows).toHaveLength(1);
    expect(shop.calls()).toBe(1);
  });
});

describe('what Shopify is asked', () => {
  const list = { type: CUSTOMER, stream: 'modified', until: null, continuation: null } as const;
  const empty = json(200, {
    data: { customers: { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } } },
  });

  test('stands in quotes, for without them Shopify ignores all but the day', async () => {
    const { connector, http } = connect(empty);

    await connector.changes.list({ ...list, since: '2026-11-20T09:59:58.500Z' as Instant });

    expect(sent(http)[0]?.variables).toMatchObject({
      query: "updated_at:>='2026-11-20T09:59:58.000Z'",
      sortKey: 'UPDATED_AT',
      reverse: true,
      first: 250,
    });
  });

  test('goes by id where the list goes far back', async () => {
    const { connector, http } = connect(empty, empty);
    const longAgo = toInstant(Date.UTC(2026, 10, 20, 10) - 2 * HOUR_MS);

    await connector.changes.list({ ...list, since: null });
    await connector.changes.list({ ...list, since: longAgo });

    expect(sent(http).map(({ variables }) => [variables['query'], variables['sortKey']])).toEqual([
      ['id:>=1', 'ID'],
      [`updated_at:>='${longAgo}' AND id:>=1`, 'ID'],
    ]);
  });
});

test('a list by id goes on right behind the last id, digit for digit', async () => {
  const last = { id: 'gid://shopify/Customer/9007199254740993', updatedAt: '2026-11-20T09:00:00Z' };
  const page = { nodes: [last], pageInfo: { hasNextPage: true, endCursor: 'next' } };
  const { connector } = connect(json(200, { data: { customers: page } }));

  const { continuation } = await connector.changes.list({
    type: CUSTOMER,
    stream: 'modified',
    since: null,
    until: null,
    continuation: null,
  });

  expect(JSON.parse(continuation ?? '')).toEqual({ kind: 'ids', fromId: '9007199254740994', to: null });
});

describe('an answer that cannot be followed is no answer', () => {
  const node = (digits: string, updatedAt = '2026-11-20T09:00:00Z') => ({
    id: `gid://shopify/Customer/${digits}`,
    updatedAt,
  });
  const on = { hasNextPage: true, endCursor: 'next' };

  test.each([
    ['a further page after an empty one', { nodes: [], pageInfo: on }],
    ['a further page without a cursor', { nodes: [node('7')], pageInfo: { ...on, endCursor: null } }],
    ['an id that was not asked for', { nodes: [node('3')], pageInfo: on }],
    ['another object', { nodes: [{ ...node('7'), id: 'gid://shopify/Order/7' }], pageInfo: on }],
    ['a time that is none', { nodes: [node('7', 'yesterday')], pageInfo: on }],
  ])('%s', async (_what, customers) => {
    const { connector } = connect(json(200, { data: { customers } }));
    const continuation = JSON.stringify({ kind: 'ids', fromId: '5', to: null });

    await expect(
      connector.changes.list({ type: CUSTOMER, stream: 'modified', since: null, until: null, continuation }),
    ).rejects.toMatchObject({ code: 'vendor_protocol' });
  });
});
