import { join } from 'node:path';
import type { ClientDefinition } from '#shared/clients/client-definition.ts';
import type { Config } from '#shared/config/load-config.ts';
import { SystemId } from '#shared/model/ids.ts';
import type { Clock } from '#shared/ports/clock.ts';
import type { Http } from '#shared/ports/http.ts';
import type { Ids } from '#shared/ports/ids.ts';
import {
  createHubspotTwin,
  createShopifyTwin,
  createTwinControl,
  serveTwin,
  type TwinControl,
} from '#test/twins/index.ts';
import { openLastingTwin, type LastingTwinOptions, type TwinParts } from './lasting-twin.ts';
import { listening } from './listening.ts';
import { NO_JOURNAL, openTwinJournal } from './twin-journal.ts';

export type PlayedVendor = 'hubspot' | 'shopify';

/** One vendor's stand-in on its port. */
export interface DemoTwin {
  readonly vendor: PlayedVendor;
  readonly port: number;
  readonly url: string;
  readonly control: TwinControl;
  startTelling(): void;
  close(): Promise<void>;
}

export interface DemoTwinsOptions {
  readonly config: Config;
  readonly client: ClientDefinition;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly http: Http;
  /** Null: nothing is kept. */
  readonly folder: string | null;
  /** Base of the mesh's public URLs; asked when a webhook leaves. */
  readonly meshUrl: () => string;
  /** Runs when a vendor has been emptied through its control side. */
  readonly onReset: (vendor: PlayedVendor) => Promise<void>;
}

/** A vendor repeats a webhook for hours; here a mesh that comes back is told within seconds. Then a minute apart for a day. */
const RETRY_SCHEDULE_MS: readonly number[] = [
  500,
  1_000,
  2_000,
  5_000,
  10_000,
  ...Array.from({ length: 1_440 }, () => 60_000),
];

/** Serves a twin for every system of the client that is not configured to be a real one. */
export async function startDemoTwins(options: DemoTwinsOptions): Promise<readonly DemoTwin[]> {
  const started: DemoTwin[] = [];
  try {
    for (const vendor of playedVendors(options)) started.push(await startTwin(vendor, options));
  } catch (error) {
    await Promise.all(started.map((twin) => twin.close()));
    throw error;
  }
  return started;
}

function playedVendors({ config: { vendors }, client }: DemoTwinsOptions): readonly PlayedVendor[] {
  const isReal = {
    hubspot: vendors.hubspot.baseUrl !== null,
    shopify: vendors.shopify.shop !== null || vendors.shopify.baseUrl !== null,
  };
  return (['hubspot', 'shopify'] as const).filter(
    (vendor) => !isReal[vendor] && client.systems.includes(SystemId(vendor)),
  );
}

async function startTwin(vendor: PlayedVendor, options: DemoTwinsOptions): Promise<DemoTwin> {
  const { config, clock, ids, http, folder, onReset } = options;
  const twin = await openLastingTwin({
    journal: folder === null ? NO_JOURNAL : openTwinJournal(join(folder, `${vendor}.jsonl`)),
    clock,
    random: () => ids.random(),
    send: http.send,
    onReset: () => onReset(vendor),
    ...(vendor === 'hubspot' ? hubspotOf(options) : shopifyOf(options)),
  });
  const variable = vendor === 'hubspot' ? 'TWIN_PORT_HUBSPOT' : 'TWIN_PORT_SHOPIFY';
  const served = await listening(variable, config.twinPorts[vendor], () =>
    serveTwin(twin, config.twinPorts[vendor]),
  );
  return {
    vendor,
    port: Number(new URL(served.url).port),
    url: served.url,
    control: createTwinControl(twin),
    startTelling: () => twin.startTelling(),
    close: () => served.close(),
  };
}

type OwnOptions = Pick<LastingTwinOptions, 'credentials' | 'isWrite' | 'build'>;

function hubspotOf({ config, client, meshUrl }: DemoTwinsOptions): OwnOptions {
  const accessToken = newest(config, 'HUBSPOT_ACCESS_TOKEN');
  const mappings = client.mappings[SystemId('hubspot')] ?? [];
  return {
    credentials: { authorization: `Bearer ${accessToken}` },
    isWrite: ({ method, path }) => method !== 'GET' && !/\/(search|batch\/read)(\?|$)/.test(path),
    build: (parts) =>
      createHubspotTwin({
        ...common(parts, config, 'hubspot', meshUrl),
        accessToken,
        subscribedProperties: mappings.flatMap(({ fields }) => fields.map(({ native }) => native)),
      }),
  };
}

function shopifyOf({ config, meshUrl }: DemoTwinsOptions): OwnOptions {
  const accessToken = newest(config, 'SHOPIFY_ACCESS_TOKEN');
  return {
    credentials: { 'x-shopify-access-token': accessToken },
    isWrite: ({ body }) => /\bmutation\b/.test(body),
    build: (parts) => createShopifyTwin({ ...common(parts, config, 'shopify', meshUrl), accessToken }),
  };
}

function common(
  { clock, random, send }: TwinParts,
  config: Config,
  vendor: PlayedVendor,
  meshUrl: () => string,
) {
  const webhook = {
    get url() {
      return `${meshUrl()}/webhook-ingest/${vendor}`;
    },
    secret: newest(config, vendor === 'hubspot' ? 'HUBSPOT_CLIENT_SECRET' : 'SHOPIFY_CLIENT_SECRET'),
    send,
    concurrency: 4,
  };
  return { clock, random, webhook, retryScheduleMs: RETRY_SCHEDULE_MS };
}

function newest(config: Config, secret: string): string {
  return config.secrets[secret]?.[0] ?? '';
}
