import type { Connector } from '#shared/connectors/connector.ts';
import { createHubspotConnector } from '#shared/connectors/hubspot/index.ts';
import { hubspotCustomer } from '#shared/connectors/hubspot/mappers/customer.ts';
import { EntityType, NativeId } from '#shared/model/ids.ts';
import type { Http } from '#shared/ports/http.ts';
import {
  createHubspotTwin,
  createRandom,
  createTwinControl,
  createTwinHttp,
  HUBSPOT_TWIN_TOKEN,
} from '#test/twins/index.ts';
import { CALL_TIMEOUT_MS, type OpenConnector, type TypedFields } from './connector-under-test.ts';
import { countingHttp, passingClock, silence } from './connector-surroundings.ts';

const ORIGIN = 'http://127.0.0.1:8081';

/** Opens HubSpot's connector to a twin, with something of the caller's in between. */
export function hubspotConnector(between: (http: Http) => Http = (http) => http): OpenConnector {
  return async ({ through = (http: Http): Http => http, accessToken = HUBSPOT_TWIN_TOKEN } = {}) => {
    const clock = passingClock();
    const twin = createHubspotTwin({ clock, random: createRandom(1), webhook: null });
    const control = createTwinControl(twin);
    const counted = countingHttp(createTwinHttp(new Map([[ORIGIN, twin]]), clock));
    const connectWith = (token: string): Connector =>
      createHubspotConnector({
        http: between(through(counted)),
        clock,
        telemetry: silence,
        credentials: { accessToken: () => Promise.resolve(token), baseUrl: ORIGIN },
        mappings: [hubspotCustomer],
        callTimeoutMs: CALL_TIMEOUT_MS,
      });
    await connectWith(HUBSPOT_TWIN_TOKEN).prepare();
    return {
      connector: connectWith(accessToken),
      type: EntityType('customer'),
      control,
      typeIn: async (fields) => NativeId((await control.create('contacts', toProperties(fields))).id),
      edit: async (nativeId, fields) => void (await control.edit('contacts', nativeId, toProperties(fields))),
      remove: (nativeId) => control.remove('contacts', nativeId),
      restore: async (nativeId) => {
        await control.act('contacts', nativeId, 'restore');
        return true;
      },
      merge: async (winner, loser) => void (await control.act('contacts', winner, 'merge', { with: loser })),
      now: clock.now,
      advance: clock.advance,
      sent: counted.sent,
    };
  };
}

function toProperties({ firstName, lastName, note, email }: TypedFields): Readonly<Record<string, string>> {
  const named = { email, firstname: firstName, lastname: lastName, customer_note: note };
  return Object.fromEntries(
    Object.entries(named).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
