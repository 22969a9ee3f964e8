import { setTimeout as wait } from 'node:timers/promises';
import { client } from '#shared/clients/demo/client.ts';
import { SystemId } from '#shared/model/ids.ts';
import { createLocalHttp, createSystemClock } from '#shared/platform/local/index.ts';
import {
  createHubspotTwin,
  createRandom,
  createShopifyTwin,
  createTwinControl,
  serveTwin,
  type Twin,
  type TwinControl,
  type TwinRequest,
} from '#test/twins/index.ts';

export type Vendor = 'hubspot' | 'shopify';

/** One API call as the vendor saw it; times in milliseconds of this process. */
export interface SeenCall {
  readonly vendor: Vendor;
  readonly isWrite: boolean;
  readonly body: string;
  /** Digits of the object it is about, null when it names none. */
  readonly id: string | null;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** Sees what the vendors see. */
export interface PairWatch {
  onCall(call: SeenCall): void;
  /** A webhook is about to leave. */
  onWebhook(vendor: Vendor, body: string, at: number): void;
}

export interface PairOptions {
  /** What each vendor takes for a call. */
  readonly latencyMs: number;
  /** From a change until its webhook leaves, by vendor. */
  readonly webhookDelayMs: Readonly<Record<Vendor, number>>;
}

/** A HubSpot and a shop without limits, on loopback, in real time. */
export interface VendorPair {
  readonly hubspot: TwinControl;
  readonly shopify: TwinControl;
  readonly ports: Readonly<Record<Vendor, number>>;
  /** Where webhooks go from now on; null sends none. */
  aim(meshUrl: string | null): void;
  watch(watch: PairWatch | null): void;
  /** Sends due webhooks now, without waiting for the next turn of the clock. */
  tell(): void;
}

const DONE = Object.freeze({ status: 200, headers: {}, body: '' });
const DELIVERIES_AT_ONCE = 64;

export async function openVendorPair(options: PairOptions): Promise<VendorPair> {
  const clock = createSystemClock();
  const http = createLocalHttp();
  let meshUrl: string | null = null;
  let watching: PairWatch | null = null;

  const webhook = (vendor: Vendor) => ({
    get url() {
      return `${meshUrl ?? 'http://127.0.0.1'}/webhook-ingest/${vendor}`;
    },
    secret: `local-${vendor}-secret`,
    concurrency: DELIVERIES_AT_ONCE,
    async send(request: Parameters<typeof http.send>[0]) {
      if (meshUrl === null) return DONE;
      watching?.onWebhook(vendor, request.body ?? '', performance.now());
      return http.send(request);
    },
  });
  const common = (vendor: Vendor) => ({
    clock,
    random: createRandom(vendor === 'hubspot' ? 1 : 2),
    webhook: webhook(vendor),
    webhookDelayMs: options.webhookDelayMs[vendor],
    retryScheduleMs: Array.from({ length: 100 }, () => 200),
  });
  const mappings = client.mappings[SystemId('hubspot')] ?? [];
  const twins: Readonly<Record<Vendor, Twin>> = {
    hubspot: createHubspotTwin({
      ...common('hubspot'),
      limits: { perTenSeconds: 100_000_000, perDay: null },
      subscribedProperties: mappings.flatMap(({ fields }) => fields.map(({ native }) => native)),
    }),
    shopify: createShopifyTwin({
      ...common('shopify'),
      bucket: { maximum: 100_000_000, restoreRate: 100_000_000 },
    }),
  };

  async function serve(vendor: Vendor): Promise<number> {
    const twin = twins[vendor];
    const served = await serveTwin({ ...twin, handle: (request) => handle(vendor, request) }, 0);
    return Number(new URL(served.url).port);
  }

  async function handle(vendor: Vendor, request: TwinRequest): ReturnType<Twin['handle']> {
    const startedAt = performance.now();
    const response = await twins[vendor].handle(request);
    if (options.latencyMs > 0) await wait(options.latencyMs);
    watching?.onCall({ vendor, ...seen(vendor, request), startedAt, endedAt: performance.now() });
    return response;
  }

  return {
    hubspot: createTwinControl(twins.hubspot),
    shopify: createTwinControl(twins.shopify),
    ports: { hubspot: await serve('hubspot'), shopify: await serve('shopify') },
    aim(url) {
      meshUrl = url;
    },
    watch(watch) {
      watching = watch;
    },
    tell: teller(Object.values(twins)),
  };
}

function seen(
  vendor: Vendor,
  { method, path, body }: TwinRequest,
): Pick<SeenCall, 'isWrite' | 'body' | 'id'> {
  const named = vendor === 'hubspot' ? /\/contacts\/(\d+)/.exec(path) : /Customer\/(\d+)/.exec(body);
  const isWrite = vendor === 'hubspot' ? method !== 'GET' : body.includes('mutation');
  return { isWrite, body, id: named?.[1] ?? null };
}

/** Turns of the outbox follow each other for as long as somebody asks for one. */
function teller(twins: readonly Twin[]): () => void {
  const state = new Map(twins.map((twin) => [twin, { isTurning: false, isAsked: false }]));

  async function turn(twin: Twin): Promise<void> {
    const own = state.get(twin);
    if (own === undefined) return;
    own.isAsked = true;
    if (own.isTurning) return;
    own.isTurning = true;
    while (own.isAsked) {
      own.isAsked = false;
      await new Promise((resolve) => setImmediate(resolve));
      await twin.runOnce(Date.now());
    }
    own.isTurning = false;
  }

  return () => {
    for (const twin of twins) void turn(twin);
  };
}
