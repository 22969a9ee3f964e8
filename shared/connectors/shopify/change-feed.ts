import { invalidArgument } from '#shared/errors/faults.ts';
import type { Clock } from '#shared/ports/clock.ts';
import type { ChangeFeed } from '../change-feed.ts';
import type { EntityMapping } from '../connector.ts';
import { mappingOf } from '../native-fields.ts';
import type { ShopifyClient } from './client.ts';
import { listCustomers } from './poll.ts';

export interface ShopifyFeedDependencies {
  readonly client: ShopifyClient;
  readonly clock: Clock;
  readonly mappings: readonly EntityMapping[];
  /** Rows of a page. @default 250, the vendor's longest */
  readonly pageSize?: number;
  /** Rows after which a list by cursor goes on by id. @default 5000 */
  readonly longestByCursor?: number;
}

/** Shopify's longest page. */
export const LONGEST_PAGE = 250;
/**
 * Shopify ends a list by cursor at 25,000 objects. What changes that many customers between two polls is a bulk
 * operation and most of its day, so that the way by id, which reads the day whole, is taken well before.
 */
const LONGEST_BY_CURSOR = 5_000;

/**
 * Lists what changed in one shop. Shopify lists neither deleted customers nor which were merged: what webhooks
 * did not tell of either is found by checks.
 */
export function createShopifyFeed(dependencies: ShopifyFeedDependencies): ChangeFeed {
  const { client, clock, mappings } = dependencies;
  const { pageSize = LONGEST_PAGE, longestByCursor = LONGEST_BY_CURSOR } = dependencies;
  return {
    streams: {
      modified: {
        // Shopify states none; taken to be eventual.
        lagMs: 60_000,
        // A page costs 252 points, and the smallest plan restores 6,000 a minute; half of them.
        pagesPerMinute: 12,
        tellsMerges: false,
      },
    },
    list: async (request) => {
      mappingOf(mappings, request.type);
      if (request.stream !== 'modified') throw invalidArgument(`Shopify has no list of ${request.stream}.`);
      return listCustomers({ client, now: () => clock.now(), pageSize, longestByCursor }, request);
    },
  };
}
