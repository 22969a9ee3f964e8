import { hubspotCustomer } from '#shared/connectors/hubspot/mappers/customer.ts';
import { createHubspotConnector } from '#shared/connectors/hubspot/index.ts';
import { SEARCH_PAGE } from '#shared/connectors/hubspot/poll.ts';
import { createShopifyConnector } from '#shared/connectors/shopify/index.ts';
import { shopifyCustomer } from '#shared/connectors/shopify/mappers/customer.ts';
import { LONGEST_PAGE } from '#shared/connectors/shopify/change-feed.ts';
import type { Connector, EntityMapping } from '#shared/connectors/connector.ts';
import { EntityType, SystemId } from '#shared/model/ids.ts';
import { toInstant } from '#shared/model/instant.ts';
import { cursorRef } from '#shared/model/poll-documents.ts';
import { openDatabase } from '#shared/platform/local/database.ts';
import { createLocalDocumentStore } from '#shared/platform/local/document-store.ts';
import type { Http } from '#shared/ports/http.ts';
import { COLLECTIONS } from '#shared/runtime/collections.ts';
import { pollDue } from '#shared/workflows/intake/poll-due.ts';
import type { PollContext } from '#shared/workflows/intake/poll-streams.ts';
import { createManualClock, type ManualClock } from '#test/support/manual-clock.ts';
import {
  createHubspotTwin,
  createRandom,
  createShopifyTwin,
  createTwinControl,
  createTwinHttp,
  HUBSPOT_TWIN_TOKEN,
  SHOPIFY_TWIN_TOKEN,
  type Twin,
} from '#test/twins/index.ts';
import type { Benchmark, Result } from './benchmark.ts';
import { rounded } from './statistics.ts';

const ROWS = 50_000;
const QUICK_ROWS = 2_000;
const MINUTE_MS = 60_000;
const ORIGIN = 'http://127.0.0.1:8081';
const SILENT = { log: () => undefined, count: () => undefined };

/** Over how long the rows have changed, and how long ago the last poll was. */
const SPREADS = {
  /** Bulk import: one timestamp for all, between two polls. */
  one_time: { overMs: 0, sinceMs: 2 * MINUTE_MS },
  /** A poller that was away: every row has a time of its own. */
  hours: { overMs: 5 * 60 * MINUTE_MS, sinceMs: 6 * 60 * MINUTE_MS },
} as const;
type Spread = keyof typeof SPREADS;

interface Vendor {
  readonly system: SystemId;
  readonly pageSize: number;
  readonly mapping: EntityMapping;
  /** Record type on the control side, and a row of it that changed at a time. */
  readonly records: string;
  row(index: number, changedAt: string): Readonly<Record<string, string>>;
  twin(clock: ManualClock): Twin;
  connector(http: Http, clock: ManualClock): Connector;
}

const VENDORS: readonly Vendor[] = [
  {
    system: SystemId('hubspot'),
    pageSize: SEARCH_PAGE,
    mapping: hubspotCustomer,
    records: 'contacts',
    row: (index, lastmodifieddate) => ({ id: String(501 + index), lastmodifieddate }),
    twin: (clock) =>
      createHubspotTwin({
        clock,
        random: createRandom(1),
        webhook: null,
        limits: { searchesPerSecond: 1e9, perTenSeconds: 1e9, perDay: null },
      }),
    connector: (http, clock) =>
      createHubspotConnector({
        http,
        clock,
        telemetry: SILENT,
        credentials: { accessToken: async () => HUBSPOT_TWIN_TOKEN, baseUrl: ORIGIN },
        mappings: [hubspotCustomer],
        callTimeoutMs: 10_000,
      }),
  },
  {
    system: SystemId('shopify'),
    pageSize: LONGEST_PAGE,
    mapping: shopifyCustomer,
    records: 'customers',
    row: (_index, updatedAt) => ({ firstName: 'A', updatedAt }),
    twin: (clock) =>
      createShopifyTwin({
        clock,
        random: createRandom(1),
        webhook: null,
        bucket: { maximum: 1e9, restoreRate: 1e9 },
      }),
    connector: (http, clock) =>
      createShopifyConnector({
        http,
        clock,
        telemetry: SILENT,
        credentials: {
          shop: 'demo-shop.example.com',
          accessToken: async () => SHOPIFY_TWIN_TOKEN,
          baseUrl: ORIGIN,
        },
        mappings: [shopifyCustomer],
        callTimeoutMs: 10_000,
      }),
  },
];

/**
 * Calls that a poll takes for many changed rows, beside the least that pages of the vendor's size allow, with the
 * production poller over a strict twin whose rate limits are off. Exact: calls are counted, nothing is timed.
 */
export const pollCalls: Benchmark = {
  name: 'poll-calls',
  async run({ isQuick }) {
    const results: Result[] = [];
    for (const vendor of VENDORS) {
      for (const spread of Object.keys(SPREADS) as Spread[]) {
        results.push(await pollRows(vendor, spread, isQuick ? QUICK_ROWS : ROWS));
      }
    }
    return results;
  },
};

async function pollRows(vendor: Vendor, spread: Spread, rows: number): Promise<Result> {
  const { overMs, sinceMs } = SPREADS[spread];
  const clock = createManualClock(Date.UTC(2026, 10, 20, 12));
  const twin = vendor.twin(clock);
  const found = new Set<string>();
  const counts = { calls: 0, published: 0, ticks: 0 };
  const context = pollContext(vendor, twin, clock, counts, found);
  // The last poll before the rows change.
  await pollDue(context, clock.now());
  clock.advance(sinceMs);
  const changedAt = (index: number) =>
    toInstant(clock.now() - MINUTE_MS - Math.floor((index / rows) * overMs));
  const changed = Array.from({ length: rows }, (_, index) => vendor.row(index, changedAt(index)));
  await createTwinControl(twin).reset({ records: { [vendor.records]: changed } });

  counts.calls = 0;
  const target = { system: vendor.system, type: EntityType('customer'), stream: 'modified' } as const;
  do {
    counts.ticks += 1;
    await pollDue(context, clock.now());
    clock.advance(MINUTE_MS);
  } while ((await context.ports.store.get(cursorRef(target)))?.value.open !== null);

  if (found.size !== rows)
    throw new Error(`${vendor.system} ${spread}: ${found.size} of ${rows} rows were found.`);
  const least = Math.ceil(rows / vendor.pageSize);
  return {
    benchmark: 'poll-calls',
    verdict: 'measured',
    system: vendor.system,
    spread,
    rows,
    calls: counts.calls,
    least,
    ratio: rounded(counts.calls / least),
    events: counts.published,
    minutes: counts.ticks,
  };
}

function pollContext(
  vendor: Vendor,
  twin: Twin,
  clock: ManualClock,
  counts: { calls: number; published: number },
  found: Set<string>,
): PollContext {
  const { system, mapping } = vendor;
  const http = createTwinHttp(new Map([[ORIGIN, twin]]), { ...clock, elapse: async () => undefined });
  const counted: Http = {
    send(request) {
      // The recycle bin is a list of its own.
      if (!request.url.includes('archived=true')) counts.calls += 1;
      return http.send(request);
    },
  };
  return {
    ports: {
      clock,
      telemetry: SILENT,
      store: createLocalDocumentStore({
        database: openDatabase({ file: ':memory:', durability: 'relaxed' }),
        clientId: 'demo',
        collections: COLLECTIONS,
        clock,
      }),
      bus: {
        async publish(_topic, messages) {
          for (const { body } of messages) found.add((body as { readonly nativeId: string }).nativeId);
          counts.published += messages.length;
          return messages.map((_, index) => String(index));
        },
      },
    },
    client: { mappings: { [system]: [mapping] }, polling: { [system]: { everyMs: MINUTE_MS } } },
    connectors: new Map([[system, vendor.connector(counted, clock)]]),
  };
}
