import { SystemId } from '#shared/model/ids.ts';
import type { ConnectorCapabilities } from '../connector.ts';

export const SHOPIFY = SystemId('shopify');

/** What Shopify can promise. */
export const shopifyCapabilities: ConnectorCapabilities = Object.freeze({
  system: SHOPIFY,
  /** `updatedAt` and `updated_at` carry whole seconds. */
  timeResolutionMs: 1_000,
  /**
   * Shopify states no limit and sits behind the same kind of edge as HubSpot, which gives up on an origin
   * after 100 s: a request we gave up on can still be worked on for that long.
   */
  effectSettlesWithinMs: 100_000,
  /** Customers have neither a compare-and-swap nor a history of field values. */
  overwrite: 'undetectable',
  /** There is no recycle bin: a deleted customer is gone for good. */
  removal: 'delete',
  /**
   * A query may cost 1,000 points, checked on what it asks for: a customer with its address, phone number and own id
   * costs four at most.
   */
  readBatchSize: 100,
  /** The smallest plan restores 6,000 points a minute, and a full batch asks for 400. */
  backgroundCallsPerMinute: 7,
});
