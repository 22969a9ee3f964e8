import { setTimeout as wait } from 'node:timers/promises';
import { createSystemClock } from '#shared/platform/local/index.ts';
import type { LocalHttp } from '#shared/platform/local/index.ts';
import type { HttpRequest } from '#shared/ports/http.ts';
import {
  createHubspotTwin,
  createRandom,
  createShopifyTwin,
  createTwinControl,
  serveTwin,
  type TwinControl,
} from '#test/twins/index.ts';
import type { Exchanges } from './exchanges.ts';

/** Both vendors on loopback, in a process that outlives the mesh. */
export interface VendorSides {
  readonly hubspot: TwinControl;
  readonly shopify: TwinControl;
  readonly ports: { readonly hubspot: number; readonly shopify: number };
  /** Webhooks that have not arrived yet. */
  waitingWebhooks(): Promise<number>;
  acceptedWrites(): Promise<number>;
  close(): Promise<void>;
}

export interface VendorSidesOptions {
  readonly seed: number;
  /** Told of every call that arrives and of every webhook that does. */
  readonly exchanges: Exchanges;
  /** Where the mesh listens. */
  readonly meshUrl: string;
  readonly http: LocalHttp;
  readonly subscribedProperties: readonly string[];
}

/** A vendor repeats for hours; these do so every fifth of a second, for as long as the test can last. */
const RETRIES: readonly number[] = Array.from({ length: 20_000 }, () => 200);

/** Long enough that a kill, or a person, comes between a question and its answer. */
export const LATENCY_MS = [5, 45] as const;

/** HubSpot sends in batches: what happens while a slow delivery is on its way comes together in the next. */
const SLOWEST_SEND_MS = 1_000;

/** Starts a HubSpot and a shop, both empty and without limits on the rate of calls. */
export async function startVendorSides(options: VendorSidesOptions): Promise<VendorSides> {
  const { seed, exchanges, meshUrl, http, subscribedProperties } = options;
  const clock = createSystemClock();
  const slowness = createRandom(seed * 2 + 2);
  const webhook = (system: string, slowestMs: number) => ({
    url: `${meshUrl}/webhook-ingest/${system}`,
    secret: `local-${system}-secret`,
    async send(request: HttpRequest) {
      await wait(slowness() * slowestMs);
      const answer = await http.send(request);
      exchanges.note();
      return answer;
    },
    concurrency: 4,
  });
  const hubspot = createHubspotTwin({
    clock,
    random: createRandom(seed * 2),
    webhook: webhook('hubspot', SLOWEST_SEND_MS),
    retryScheduleMs: RETRIES,
    latencyMs: LATENCY_MS,
    beforeHandle: exchanges.note,
    limits: { perTenSeconds: 1_000_000 },
    subscribedProperties,
  });
  const shopify = createShopifyTwin({
    clock,
    random: createRandom(seed * 2 + 1),
    webhook: webhook('shopify', 0),
    retryScheduleMs: RETRIES,
    latencyMs: LATENCY_MS,
    beforeHandle: exchanges.note,
    bucket: { maximum: 1_000_000, restoreRate: 1_000_000 },
  });
  const served = await Promise.all([serveTwin(hubspot, 0), serveTwin(shopify, 0)]);
  const [hubspotPort, shopifyPort] = served.map(({ url }) => Number(new URL(url).port));
  const controls = { hubspot: createTwinControl(hubspot), shopify: createTwinControl(shopify) };
  return {
    ...controls,
    ports: { hubspot: hubspotPort ?? 0, shopify: shopifyPort ?? 0 },
    async waitingWebhooks() {
      const stats = await Promise.all([controls.hubspot.stats(), controls.shopify.stats()]);
      return stats.reduce((sum, { webhooks }) => sum + webhooks.pending, 0);
    },
    async acceptedWrites() {
      const writes = await Promise.all([controls.hubspot.writes(), controls.shopify.writes()]);
      return writes.flat().filter(({ outcome }) => outcome === 'accepted').length;
    },
    async close() {
      await Promise.all(served.map((one) => one.close()));
    },
  };
}
