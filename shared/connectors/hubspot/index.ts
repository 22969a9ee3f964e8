import type { Clock } from '#shared/ports/clock.ts';
import type { Http } from '#shared/ports/http.ts';
import type { Telemetry } from '#shared/ports/telemetry.ts';
import type { Connector, ConnectorCapabilities, EntityMapping } from '../connector.ts';
import { checkMappings } from '../native-fields.ts';
import { hubspotCapabilities } from './capabilities.ts';
import { createHubspotFeed } from './change-feed.ts';
import { createHubspotClient, type HubspotCredentials } from './client.ts';
import { prepareHubspot } from './prepare.ts';
import { createHubspotReader } from './reader.ts';
import { createHubspotWriter } from './writer.ts';

export type { HubspotCredentials } from './client.ts';
export { loadHubspotSdk } from './sdk.ts';

export interface HubspotConnectorOptions {
  readonly http: Http;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly credentials: HubspotCredentials;
  readonly mappings: readonly EntityMapping[];
  /** Deadline of one call, from its start to the answer's last byte. */
  readonly callTimeoutMs: number;
  /** Replaces what the vendor is known for in {@link ConnectorCapabilities}; for stand-ins, which are known better. */
  readonly effectSettlesWithinMs?: number;
}

/**
 * Connects one HubSpot account. Every call goes through the SDK and the Http port, once: retries are the
 * business of whoever owns the work. The SDK is loaded with the first call, or before by `loadHubspotSdk`.
 */
export function createHubspotConnector(options: HubspotConnectorOptions): Connector {
  const { clock, mappings } = options;
  checkMappings('HubSpot', mappings);
  const client = createHubspotClient(options);
  const { effectSettlesWithinMs = hubspotCapabilities.effectSettlesWithinMs } = options;
  const capabilities: ConnectorCapabilities = { ...hubspotCapabilities, effectSettlesWithinMs };
  return {
    reader: { ...createHubspotReader({ client, clock, mappings }), capabilities },
    writer: createHubspotWriter({ client, clock, mappings }),
    changes: createHubspotFeed({ client, mappings }),
    prepare: () => prepareHubspot(client, mappings),
  };
}
