import type { ChangeFeed } from '../change-feed.ts';
import type { EntityMapping } from '../connector.ts';
import { mappingOf } from '../native-fields.ts';
import type { HubspotClient } from './client.ts';
import { listArchived } from './poll-archived.ts';
import { listModified, SEARCH_PAGE } from './poll.ts';

export interface HubspotFeedDependencies {
  readonly client: HubspotClient;
  readonly mappings: readonly EntityMapping[];
  /** Rows of a page of a search. @default 200, the vendor's longest */
  readonly pageSize?: number;
}

/** Lists what changed in one HubSpot account. */
export function createHubspotFeed(dependencies: HubspotFeedDependencies): ChangeFeed {
  const { client, mappings, pageSize = SEARCH_PAGE } = dependencies;
  return {
    streams: {
      modified: {
        // "A few moments" by the vendor, seconds in the field.
        lagMs: 30_000,
        // An account has 5 searches a second for all its integrations; a third of them.
        pagesPerMinute: 100,
        tellsMerges: true,
      },
      archived: {
        lagMs: 30_000,
        // Lists count against 190 calls in 10 seconds; a twentieth of them.
        pagesPerMinute: 60,
        tellsMerges: false,
      },
    },
    list: async (request) => {
      const mapping = mappingOf(mappings, request.type);
      return request.stream === 'archived'
        ? listArchived(client, mapping, request)
        : listModified({ client, mapping, pageSize }, request);
    },
  };
}
