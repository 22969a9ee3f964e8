import type { VendorCall } from '#shared/errors/vendor-faults.ts';
import type { Instant } from '#shared/model/instant.ts';
import type { JsonValue } from '#shared/model/json.ts';
import type { Http } from '#shared/ports/http.ts';
import type { Telemetry } from '#shared/ports/telemetry.ts';
import { answeredAt } from '../answered-at.ts';
import { counted } from '../call-counter.ts';
import { dataOf, faultOfExchange } from './errors.ts';
import { loadShopifySdk } from './sdk.ts';

export interface ShopifyCredentials {
  /** `example.myshopify.com`. */
  readonly shop: string;
  /** A token that is valid now; asked for before every call. */
  readonly accessToken: () => Promise<string>;
  /** Origin of a stand-in. @default `https://{shop}` */
  readonly baseUrl?: string;
}

export interface ShopifyClient {
  /**
   * Runs one operation and returns its `data`.
   * @throws ConcordError vendor_*, see `errors.ts`.
   */
  run(
    call: VendorCall,
    operation: string,
    variables: Readonly<Record<string, JsonValue>>,
  ): Promise<Readonly<Record<string, unknown>>>;
  /** The same, with Shopify's clock to the second; null when it did not tell. */
  ask(
    call: VendorCall,
    operation: string,
    variables: Readonly<Record<string, JsonValue>>,
  ): Promise<ShopifyAnswer>;
}

export interface ShopifyAnswer {
  readonly content: Readonly<Record<string, unknown>>;
  readonly answeredAt: Instant | null;
}

export interface ShopifyClientDependencies {
  readonly http: Http;
  readonly telemetry: Telemetry;
  readonly credentials: ShopifyCredentials;
  readonly callTimeoutMs: number;
}

export function createShopifyClient(dependencies: ShopifyClientDependencies): ShopifyClient {
  const { http, telemetry, credentials, callTimeoutMs } = dependencies;
  const { shop } = credentials;
  const baseUrl = credentials.baseUrl ?? `https://${shop}`;

  function ask(
    call: VendorCall,
    operation: string,
    variables: Readonly<Record<string, JsonValue>>,
  ): Promise<ShopifyAnswer> {
    return counted(telemetry, call, async () => {
      const [sdk, accessToken] = await Promise.all([loadShopifySdk(), credentials.accessToken()]);
      const { graphql, exchange } = sdk.createClient({
        http,
        shop,
        baseUrl,
        accessToken,
        timeoutMs: callTimeoutMs,
      });
      let failure: unknown;
      try {
        // Messages of user errors are told apart by their English wording.
        await graphql.request(operation, { variables, retries: 0, headers: { 'Accept-Language': 'en' } });
      } catch (error) {
        failure = error;
      }
      // The port's own record decides: the SDK turns every error into text and damages large numbers.
      if (exchange.response === undefined) throw faultOfExchange(call, exchange.error ?? failure);
      const { headers } = exchange.response;
      return { content: dataOf(call, exchange.response), answeredAt: answeredAt(headers['date']) };
    });
  }

  return {
    ask,
    run: async (call, operation, variables) => (await ask(call, operation, variables)).content,
  };
}
