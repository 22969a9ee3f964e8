import type { Connector } from '#shared/connectors/connector.ts';
import { createShopifyConnector } from '#shared/connectors/shopify/index.ts';
import { shopifyCustomer } from '#shared/connectors/shopify/mappers/customer.ts';
import { EntityType, NativeId } from '#shared/model/ids.ts';
import type { Http } from '#shared/ports/http.ts';
import {
  createRandom,
  createShopifyTwin,
  createTwinControl,
  createTwinHttp,
  SHOPIFY_TWIN_TOKEN,
} from '#test/twins/index.ts';
import { CALL_TIMEOUT_MS, type OpenConnector } from './connector-under-test.ts';
import { countingHttp, passingClock, silence } from './connector-surroundings.ts';

const ORIGIN = 'http://127.0.0.1:8082';

/** Opens Shopify's connector to a twin, with something of the caller's in between. */
export function shopifyConnector(between: (http: Http) => Http = (http) => http): OpenConnector {
  return async ({ through = (http: Http): Http => http, accessToken = SHOPIFY_TWIN_TOKEN } = {}) => {
    const clock = passingClock();
    const twin = createShopifyTwin({ clock, random: createRandom(1), webhook: null });
    const control = createTwinControl(twin);
    const counted = countingHttp(createTwinHttp(new Map([[ORIGIN, twin]]), clock));
    const connectWith = (token: string): Connector =>
      createShopifyConnector({
        http: between(through(counted)),
        clock,
        telemetry: silence,
        credentials: {
          shop: 'twin-shop.myshopify.com',
          accessToken: () => Promise.resolve(token),
          baseUrl: ORIGIN,
        },
        mappings: [shopifyCustomer],
        callTimeoutMs: CALL_TIMEOUT_MS,
      });
    await connectWith(SHOPIFY_TWIN_TOKEN).prepare();
    return {
      connector: connectWith(accessToken),
      type: EntityType('customer'),
      control,
      typeIn: async (fields) => NativeId((await control.create('customers', { ...fields })).id),
      edit: async (nativeId, fields) => void (await control.edit('customers', nativeId, { ...fields })),
      remove: (nativeId) => control.remove('customers', nativeId),
      restore: () => Promise.resolve(false),
      merge: async (winner, loser) => void (await control.act('customers', winner, 'merge', { with: loser })),
      now: clock.now,
      advance: clock.advance,
      sent: counted.sent,
    };
  };
}
