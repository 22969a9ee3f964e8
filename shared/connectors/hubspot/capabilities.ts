import { SystemId } from '#shared/model/ids.ts';
import type { ConnectorCapabilities } from '../connector.ts';

export const HUBSPOT = SystemId('hubspot');

/** What HubSpot can promise. */
export const hubspotCapabilities: ConnectorCapabilities = Object.freeze({
  system: HUBSPOT,
  /** `occurredAt` and `lastmodifieddate` carry milliseconds. */
  timeResolutionMs: 1,
  /**
   * HubSpot states no limit. Its error list has 524, by which its edge gives up on an origin that has not
   * answered for 100 s: a request we gave up on can still be worked on for that long.
   */
  effectSettlesWithinMs: 100_000,
  /** There is no compare-and-swap, but each property keeps its former values. */
  overwrite: 'history',
  /** A deleted object lies in the recycle bin, from which a person can restore it for 90 days. */
  removal: 'archive',
  /** HubSpot's limit of `batch/read`. */
  readBatchSize: 100,
  /** The smallest plan allows 100 calls in ten seconds. */
  backgroundCallsPerMinute: 120,
});
