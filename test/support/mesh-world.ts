/**
 * A world: the whole mesh in one process and in virtual time, with both twins, production handlers and
 * connectors, no socket and no timer. Tests act as people in the vendors' own pages, let the world come to
 * rest, and look at the twins' write logs and the stored documents.
 */
import { client as demo } from '#shared/clients/demo/client.ts';
import type { ClientDefinition } from '#shared/clients/client-definition.ts';
import { createHubspotConnector, loadHubspotSdk } from '#shared/connectors/hubspot/index.ts';
import { createShopifyConnector, loadShopifySdk } from '#shared/connectors/shopify/index.ts';
import { workflowRuns, type Run } from '#shared/engine/run.ts';
import { SystemId } from '#shared/model/ids.ts';
import { recordHistory, records, type HistoryEntry, type RecordDocument } from '#shared/model/record.ts';
import { work, type WorkDocument } from '#shared/model/work.ts';
import { createLocalPlatform, type LocalPlatform } from '#shared/platform/local/index.ts';
import type { CollectionRef, DocumentRef } from '#shared/model/document.ts';
import type { DocumentStore } from '#shared/ports/document-store.ts';
import type { Deliver } from '#shared/ports/delivery.ts';
import type { Http } from '#shared/ports/http.ts';
import type { Ports } from '#shared/ports/ports.ts';
import type { Severity } from '#shared/ports/telemetry.ts';
import { LOCAL_ADDRESSES } from '#shared/runtime/addresses.ts';
import { COLLECTIONS } from '#shared/runtime/collections.ts';
import type { Timing } from '#shared/runtime/context.ts';
import type { Entry, EntryResponse } from '#shared/runtime/entry.ts';
import { loadFunctions, type LoadedFunction } from '#shared/runtime/load-functions.ts';
import { createLocalMesh, type LocalMesh } from '#shared/runtime/mesh.ts';
import { topologyOf } from '#shared/runtime/topology.ts';
import { createLogger, type Logger } from '#shared/telemetry/logger.ts';
import {
  createHubspotTwin,
  createRandom,
  createShopifyTwin,
  createTwinControl,
  createTwinHttp,
  HUBSPOT_TWIN_TOKEN,
  SHOPIFY_TWIN_TOKEN,
  type Twin,
  type TwinControl,
} from '#test/twins/index.ts';
import { createSeededIds } from './seeded-ids.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';
import { asPump, createDriver, drain } from './world-driver.ts';

const PUBLIC_URL = 'https://concord.example.com';
const HUBSPOT_URL = 'https://hubspot.example.com';
const SHOPIFY_SHOP = 'demo-shop.example.com';
/** The URL that HubSpot signs over. */
export const HUBSPOT_WEBHOOK_URL = `${PUBLIC_URL}/webhook-ingest/hubspot`;
export const HUBSPOT_SECRET = 'local-hubspot-secret';
export const SHOPIFY_SECRET = 'local-shopify-secret';

const DEFAULT_HORIZON_MS = 26 * 60 * 60_000;

export interface WorldOptions {
  readonly seed?: number;
  readonly client?: ClientDefinition;
  /**
   * Whether the client's systems are polled. Elsewhere a poll would make good what a test of webhooks has to see fail.
   * @default false
   */
  readonly polls?: boolean;
  readonly latencyMs?: number | readonly [number, number];
  readonly timing?: Partial<Timing>;
  /** @default 'info' */
  readonly logLevel?: Severity;
  /** Wraps the ports that functions get, for faults at port calls. */
  readonly wrapPorts?: (ports: Ports, functionName: string) => Ports;
  /** Wraps deliveries, for duplicates and lost answers. */
  readonly wrapDeliver?: (deliver: Deliver) => Deliver;
  /** The same for calls of the vendors. */
  readonly wrapIngest?: (ingest: Entry) => Entry;
}

export interface Side {
  readonly twin: Twin;
  readonly control: TwinControl;
}

export interface World {
  readonly clock: VirtualClock;
  readonly mesh: LocalMesh;
  readonly platform: LocalPlatform;
  readonly store: DocumentStore;
  readonly hubspot: Side;
  readonly shopify: Side;
  readonly logger: Logger;
  readonly logLines: readonly string[];
  /** Runs until nothing is due within the horizon and nothing is in flight. */
  settle(horizonMs?: number): Promise<void>;
  /** Runs for that long, the watchdog's ticks included. */
  runFor(ms: number): Promise<void>;
  /** Lets everything that is due now, and what follows at once, happen; time moves only for vendor latency. */
  step(): Promise<void>;
  deliverWebhook(
    path: string,
    headers: Readonly<Record<string, string>>,
    body: string | Uint8Array,
  ): Promise<EntryResponse>;
  all<T extends object>(collection: { readonly ref: CollectionRef<T> }): Promise<readonly T[]>;
  records(): Promise<readonly RecordDocument[]>;
  work(): Promise<readonly WorkDocument[]>;
  runs(): Promise<readonly Run[]>;
  history(record: RecordDocument): Promise<readonly HistoryEntry[]>;
  close(): Promise<void>;
}

let functions: Promise<readonly LoadedFunction[]> | undefined;

/** Builds a world around an empty HubSpot and an empty shop, both prepared for our connectors. */
export async function createWorld(options: WorldOptions = {}): Promise<World> {
  functions ??= loadFunctions();
  const loaded = await functions;
  await Promise.all([loadHubspotSdk(), loadShopifySdk()]);
  const declared = options.client ?? demo;
  const client: ClientDefinition = options.polls === true ? declared : { ...declared, polling: {} };
  const clock = createVirtualClock();
  const ids = createSeededIds(options.seed ?? 1, clock);
  const logLines: string[] = [];
  const logger = createLogger({
    clock,
    level: options.logLevel ?? 'info',
    write: (line) => logLines.push(line),
  });
  const timing: Timing = { callTimeoutMs: 10_000, leaseMs: 60_000, clockSkewMs: 2_000, ...options.timing };

  const webhook = (system: string, secret: string) => ({
    url: `${PUBLIC_URL}/webhook-ingest/${system}`,
    secret,
    send: async (request: {
      method: string;
      url: string;
      headers: Readonly<Record<string, string>>;
      body?: string;
    }) => {
      const { status, headers, body } = await deliverWebhook(
        new URL(request.url).pathname,
        request.headers,
        request.body ?? '',
      );
      return { status, headers, body };
    },
  });
  const latency = options.latencyMs === undefined ? {} : { latencyMs: options.latencyMs };
  const seed = options.seed ?? 1;
  const hubspot = createHubspotTwin({
    clock,
    random: createRandom(seed * 2),
    webhook: webhook('hubspot', HUBSPOT_SECRET),
    limits: { perTenSeconds: 1_000_000 },
    subscribedProperties: [
      'email',
      'firstname',
      'lastname',
      'phone',
      'lifecyclestage',
      'customer_note',
      'customer_tax_exempt',
    ],
    ...latency,
  });
  const shopify = createShopifyTwin({
    clock,
    random: createRandom(seed * 2 + 1),
    webhook: webhook('shopify', SHOPIFY_SECRET),
    ...latency,
  });
  const http: Http = createTwinHttp(
    new Map([
      [HUBSPOT_URL, hubspot],
      [`https://${SHOPIFY_SHOP}`, shopify],
    ]),
    clock,
  );

  const mesh = createLocalMesh({
    functions: loaded,
    addresses: LOCAL_ADDRESSES,
    publicUrl: PUBLIC_URL,
    contextOf: (ports) => ({ ports, client, connectors: connectorsOver(ports), release: 1, timing }),
  });
  function connectorsOver(ports: Ports) {
    const common = {
      http: ports.http,
      clock: ports.clock,
      telemetry: ports.telemetry,
      callTimeoutMs: timing.callTimeoutMs,
    };
    return new Map([
      [
        SystemId('hubspot'),
        createHubspotConnector({
          ...common,
          credentials: { accessToken: async () => HUBSPOT_TWIN_TOKEN, baseUrl: HUBSPOT_URL },
          mappings: client.mappings[SystemId('hubspot')] ?? [],
        }),
      ],
      [
        SystemId('shopify'),
        createShopifyConnector({
          ...common,
          credentials: { shop: SHOPIFY_SHOP, accessToken: async () => SHOPIFY_TWIN_TOKEN },
          mappings: client.mappings[SystemId('shopify')] ?? [],
        }),
      ],
    ]);
  }
  const deliver = options.wrapDeliver?.(mesh.deliver) ?? mesh.deliver;
  const platform = createLocalPlatform({
    file: ':memory:',
    durability: 'relaxed',
    grouping: 'sync',
    clientId: client.id,
    collections: COLLECTIONS,
    topology: topologyOf(
      loaded.map(({ manifest }) => manifest),
      client.systems,
    ),
    clock,
    ids,
    devRole: 'admin',
    secrets: { HUBSPOT_CLIENT_SECRET: [HUBSPOT_SECRET], SHOPIFY_CLIENT_SECRET: [SHOPIFY_SECRET] },
    http,
    telemetry: logger,
    deliver,
  });
  const { wrapPorts } = options;
  await mesh.open(
    wrapPorts === undefined ? platform : { portsFor: (name) => wrapPorts(platform.portsFor(name), name) },
  );

  async function deliverWebhook(
    path: string,
    headers: Readonly<Record<string, string>>,
    body: string | Uint8Array,
  ): Promise<EntryResponse> {
    const lower = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const ingest: Entry = (request) => mesh.ingest(request);
    return (options.wrapIngest?.(ingest) ?? ingest)({
      method: 'POST',
      path,
      query: '',
      headers: lower,
      body: bytes,
    });
  }

  const { store } = platform.portsFor('console');
  const driver = createDriver(clock, [
    ...platform.pumps,
    asPump('hubspot', hubspot),
    asPump('shopify', shopify),
  ]);
  if (client.initialMode !== 'observe') {
    const connectors = [...connectorsOver(platform.portsFor('step-executor')).values()];
    await drain(driver, clock, Promise.all(connectors.map((one) => one.prepare())));
  }

  async function all<T extends object>(collection: {
    readonly ref: CollectionRef<T>;
  }): Promise<readonly T[]> {
    return (await store.query<T>({ from: collection.ref, limit: 1_000 })).map((snapshot) => snapshot.value);
  }

  return {
    clock,
    mesh,
    platform,
    store,
    hubspot: { twin: hubspot, control: createTwinControl(hubspot) },
    shopify: { twin: shopify, control: createTwinControl(shopify) },
    logger,
    logLines,
    settle: (horizonMs = DEFAULT_HORIZON_MS) => driver.settle(clock.now() + horizonMs),
    runFor: (ms) => driver.settle(clock.now() + ms, true),
    step: () => driver.settle(clock.now()),
    deliverWebhook,
    all,
    records: () => all(records),
    work: () => all(work),
    runs: () => all(workflowRuns),
    async history(record) {
      const parent: DocumentRef<RecordDocument> = records.at(record.id);
      return (await store.query({ from: recordHistory.under(parent), limit: 1_000 })).map(
        (snapshot) => snapshot.value,
      );
    },
    async close() {
      await platform.close();
    },
  };
}
