import { invalidConfiguration } from '#shared/errors/faults.ts';
import type { Clock } from '#shared/ports/clock.ts';
import type { Http } from '#shared/ports/http.ts';
import type { Telemetry } from '#shared/ports/telemetry.ts';
import type { Connector, ConnectorCapabilities, EntityMapping } from '../connector.ts';
import { checkMappings } from '../native-fields.ts';
import { shopifyCapabilities } from './capabilities.ts';
import { createShopifyFeed } from './change-feed.ts';
import { createShopifyClient, type ShopifyCredentials } from './client.ts';
import { checkCustomerMapping } from './customer.ts';
import { prepareShopify } from './prepare.ts';
import { createShopifyReader } from './reader.ts';
import { createShopifyWriter } from './writer.ts';

export type { ShopifyCredentials } from './client.ts';
export { loadShopifySdk } from './sdk.ts';

export interface ShopifyConnectorOptions {
  readonly http: Http;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly credentials: ShopifyCredentials;
  readonly mappings: readonly EntityMapping[];
  /** Deadline of one call, from its start to the answer's last byte. */
  readonly callTimeoutMs: number;
  /** Replaces what the vendor is known for in {@link ConnectorCapabilities}; for stand-ins, which are known better. */
  readonly effectSettlesWithinMs?: number;
}

/**
 * Connects one shop. Every call goes through the SDK and the Http port, once: retries are the business of
 * whoever owns the work. The SDK is loaded with the first call, or before by `loadShopifySdk`.
 * @throws ConcordError `invalid_configuration` for a shop that is no host name or a mapping it cannot carry.
 */
export function createShopifyConnector(options: ShopifyConnectorOptions): Connector {
  const { clock, credentials, mappings } = options;
  // The access token is sent there.
  if (!/^[a-z0-9][a-z0-9-]*(\.[a-z0-9-]+)+$/.test(credentials.shop)) {
    throw invalidConfiguration('The Shopify shop has to be a host name such as example.myshopify.com.');
  }
  checkMappings('Shopify', mappings);
  mappings.forEach(checkCustomerMapping);
  const client = createShopifyClient(options);
  const { effectSettlesWithinMs = shopifyCapabilities.effectSettlesWithinMs } = options;
  const capabilities: ConnectorCapabilities = { ...shopifyCapabilities, effectSettlesWithinMs };
  return {
    reader: { ...createShopifyReader({ client, clock, mappings }), capabilities },
    writer: createShopifyWriter({ client, clock, mappings }),
    changes: createShopifyFeed({ client, clock, mappings }),
    prepare: () => prepareShopify(client),
  };
}
