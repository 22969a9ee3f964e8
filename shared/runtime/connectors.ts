import type { ClientDefinition } from '#shared/clients/client-definition.ts';
import type { Config } from '#shared/config/load-config.ts';
import type { Connector, EntityMapping } from '#shared/connectors/connector.ts';
import { createHubspotConnector, type HubspotConnectorOptions } from '#shared/connectors/hubspot/index.ts';
import { createShopifyConnector } from '#shared/connectors/shopify/index.ts';
import { invalidConfiguration } from '#shared/errors/faults.ts';
import { SystemId } from '#shared/model/ids.ts';
import type { Ports } from '#shared/ports/ports.ts';
import type { Timing } from './context.ts';

export interface ConnectorsOptions {
  readonly client: ClientDefinition;
  readonly ports: Pick<Ports, 'http' | 'clock' | 'telemetry' | 'secrets'>;
  readonly timing: Timing;
  /** Where vendors are reached; what is null there is played by a twin on its port. */
  readonly config: Pick<Config, 'vendors' | 'twinPorts' | 'twinEffectSettlesMs'>;
}

interface Wiring {
  readonly http: Ports['http'];
  readonly clock: Ports['clock'];
  readonly telemetry: Ports['telemetry'];
  readonly mappings: readonly EntityMapping[];
  readonly callTimeoutMs: number;
}

/** Shop that the Shopify twin plays. */
const TWIN_SHOP = 'concord-demo.myshopify.com';

/**
 * Connects the client's systems. Nothing is called yet, and credentials are read before each call, so
 * that a rotated token counts at once.
 *
 * @throws ConcordError `invalid_configuration` for a system without a connector.
 */
export function createConnectors(options: ConnectorsOptions): ReadonlyMap<SystemId, Connector> {
  const { client } = options;
  return new Map(client.systems.map((system) => [system, connect(system, options)]));
}

function connect(system: SystemId, options: ConnectorsOptions): Connector {
  const { client, ports, timing, config } = options;
  const { http, clock, telemetry } = ports;
  const mappings = client.mappings[system] ?? [];
  const wiring: Wiring = { http, clock, telemetry, mappings, callTimeoutMs: timing.callTimeoutMs };
  switch (system) {
    case SystemId('hubspot'):
      return connectHubspot(wiring, options);
    case SystemId('shopify'):
      return connectShopify(wiring, options);
    default:
      throw invalidConfiguration(
        `Client ${client.id} names the system ${system}, which has no connector; correct shared/clients/${client.id}. ` +
          `Vendors are configured for ${Object.keys(config.vendors).join(', ')}.`,
      );
  }
}

function connectHubspot(wiring: Wiring, { ports, config }: ConnectorsOptions): Connector {
  const { baseUrl: realUrl } = config.vendors.hubspot;
  const baseUrl = realUrl ?? twinUrl(config.twinPorts.hubspot);
  return createHubspotConnector({
    ...wiring,
    ...(realUrl === null ? settlesLike(config) : {}),
    credentials: { baseUrl, accessToken: () => newest(ports, 'HUBSPOT_ACCESS_TOKEN') },
  });
}

function connectShopify(wiring: Wiring, { ports, config }: ConnectorsOptions): Connector {
  const { shop, baseUrl } = config.vendors.shopify;
  const accessToken = (): Promise<string> => newest(ports, 'SHOPIFY_ACCESS_TOKEN');
  const credentials =
    shop === null
      ? { shop: TWIN_SHOP, accessToken, baseUrl: baseUrl ?? twinUrl(config.twinPorts.shopify) }
      : { shop, accessToken, ...(baseUrl === null ? {} : { baseUrl }) };
  const isTwin = shop === null && baseUrl === null;
  return createShopifyConnector({ ...wiring, ...(isTwin ? settlesLike(config) : {}), credentials });
}

/** Only a twin may be known better than its vendor: a real one acts as late as it acts (M2). */
function settlesLike({
  twinEffectSettlesMs,
}: ConnectorsOptions['config']): Pick<HubspotConnectorOptions, 'effectSettlesWithinMs'> {
  return twinEffectSettlesMs === null ? {} : { effectSettlesWithinMs: twinEffectSettlesMs };
}

async function newest(ports: ConnectorsOptions['ports'], secret: string): Promise<string> {
  const [version] = await ports.secrets.versions(secret);
  if (version === undefined) throw invalidConfiguration(`The secret ${secret} has no version.`);
  return version;
}

function twinUrl(port: number): string {
  return `http://127.0.0.1:${port}`;
}
