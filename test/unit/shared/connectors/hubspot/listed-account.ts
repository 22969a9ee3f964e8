import type { ChangedObject, ChangeFeed, ChangeRequest } from '#shared/connectors/change-feed.ts';
import { createHubspotFeed } from '#shared/connectors/hubspot/change-feed.ts';
import { createHubspotClient } from '#shared/connectors/hubspot/client.ts';
import { hubspotCustomer } from '#shared/connectors/hubspot/mappers/customer.ts';
import type { HttpRequest } from '#shared/ports/http.ts';
import { passingClock, type PassingClock } from '#test/contract/connector-surroundings.ts';
import {
  createHubspotTwin,
  createRandom,
  createTwinControl,
  createTwinHttp,
  HUBSPOT_TWIN_TOKEN,
  type TwinControl,
} from '#test/twins/index.ts';
import { silentTelemetry } from '../scripted-http.ts';
import { CUSTOMER } from './setup.ts';

const ORIGIN = 'http://127.0.0.1:8081';

/** HubSpot's list of changes over a strict account without a limit of calls. */
export interface ListedAccount {
  readonly feed: ChangeFeed;
  readonly control: TwinControl;
  readonly clock: PassingClock;
  readonly requests: readonly HttpRequest[];
  /** Contacts that were last changed at the times given, by their ids. */
  hold(times: readonly string[]): Promise<void>;
  /** Follows a list to its end; `between` runs after each page but the last. */
  list(
    asked?: Partial<ChangeRequest>,
    between?: (page: number) => Promise<void>,
  ): Promise<readonly ChangedObject[]>;
}

export function createListedAccount(pageSize: number): ListedAccount {
  const clock = passingClock();
  const twin = createHubspotTwin({
    clock,
    random: createRandom(1),
    webhook: null,
    limits: { searchesPerSecond: 1_000_000, perTenSeconds: 1_000_000, perDay: null },
  });
  const http = createTwinHttp(new Map([[ORIGIN, twin]]), clock);
  const requests: HttpRequest[] = [];
  const client = createHubspotClient({
    http: {
      send(request) {
        requests.push(request);
        return http.send(request);
      },
    },
    telemetry: silentTelemetry,
    credentials: { accessToken: () => Promise.resolve(HUBSPOT_TWIN_TOKEN), baseUrl: ORIGIN },
    callTimeoutMs: 4_000,
  });
  const feed = createHubspotFeed({ client, mappings: [hubspotCustomer], pageSize });
  const control = createTwinControl(twin);
  return {
    feed,
    control,
    clock,
    requests,
    hold: (times) =>
      control.reset({
        records: {
          contacts: times.map((time, index) => ({ id: String(501 + index), lastmodifieddate: time })),
        },
      }),
    async list(asked = {}, between = async () => undefined) {
      const rows: ChangedObject[] = [];
      let request: ChangeRequest = {
        type: CUSTOMER,
        stream: 'modified',
        since: null,
        until: null,
        continuation: null,
        ...asked,
      };
      // Longer than any list here may be.
      for (let page = 0; page < 500; page += 1) {
        const answer = await feed.list(request);
        rows.push(...answer.changed);
        if (answer.continuation === null) return rows;
        request = {
          ...request,
          until: request.until ?? answer.answeredAt,
          continuation: answer.continuation,
        };
        await between(page);
      }
      throw new Error('The list did not end.');
    },
  };
}
