import type { ApiVersion, GraphqlClient } from '@shopify/shopify-api';
import type { AbstractFetchFunc } from '@shopify/shopify-api/runtime';
import type { Http, HttpResponse } from '#shared/ports/http.ts';
import { toFetchResponse } from '../fetch-response.ts';
import { SHOPIFY_API_VERSION } from './operations.ts';

export interface ShopifyClientOptions {
  readonly http: Http;
  /** `example.myshopify.com`. */
  readonly shop: string;
  /** Origin that takes the place of `https://{shop}`. */
  readonly baseUrl: string;
  readonly accessToken: string;
  readonly timeoutMs: number;
}

/** What the port gave or threw during one call. The SDK keeps neither the class nor the cause of an error. */
export interface Exchange {
  response?: HttpResponse;
  error?: unknown;
}

export interface ShopifyCallClient {
  readonly graphql: GraphqlClient;
  readonly exchange: Exchange;
}

export interface ShopifySdk {
  /** A client for one call: it keeps its own transport and records what went over it. */
  createClient(options: ShopifyClientOptions): ShopifyCallClient;
}

let loading: Promise<ShopifySdk> | undefined;

/** Loads the SDK once per process. Whoever runs in virtual time awaits it beforehand. */
export function loadShopifySdk(): Promise<ShopifySdk> {
  loading ??= load();
  return loading;
}

async function load(): Promise<ShopifySdk> {
  // The adapter has to be there first.
  await import('@shopify/shopify-api/adapters/node');
  const [sdk, { setAbstractFetchFunc }] = await Promise.all([
    import('@shopify/shopify-api'),
    import('@shopify/shopify-api/runtime'),
  ]);
  setAbstractFetchFunc(refuseFetch);
  const api = sdk.shopifyApi({
    // Only the GraphQL client is used, which needs none of these.
    apiKey: 'unused',
    apiSecretKey: 'unused',
    hostName: 'unused.invalid',
    isEmbeddedApp: false,
    apiVersion: SHOPIFY_API_VERSION as ApiVersion,
    logger: { level: sdk.LogSeverity.Error, timestamps: false, log: ignoreLog },
  });

  return {
    createClient(options) {
      const exchange: Exchange = {};
      const { shop, accessToken } = options;
      const session = new sdk.Session({ id: shop, shop, state: '', isOnline: false, accessToken });
      // The function is process-wide, but a client keeps the one that was set when it was constructed.
      setAbstractFetchFunc(portFetch(options, exchange));
      try {
        return { graphql: new api.clients.Graphql({ session }), exchange };
      } finally {
        setAbstractFetchFunc(refuseFetch);
      }
    },
  };
}

function portFetch(
  { http, shop, baseUrl, timeoutMs }: ShopifyClientOptions,
  exchange: Exchange,
): AbstractFetchFunc {
  return async (input, init) => {
    try {
      const url = new URL(input instanceof Request ? input.url : input);
      if (url.host !== shop.toLowerCase())
        throw new TypeError(`The SDK asked for ${url.host} instead of the shop.`);
      exchange.response = await http.send({
        method: init?.method ?? 'GET',
        url: `${baseUrl.replace(/\/$/, '')}${url.pathname}${url.search}`,
        headers: Object.fromEntries(new Headers(init?.headers)),
        ...(typeof init?.body === 'string' ? { body: init.body } : {}),
        timeoutMs,
      });
      return toFetchResponse(exchange.response);
    } catch (error) {
      exchange.error = error;
      throw error;
    }
  };
}

function refuseFetch(): Promise<Response> {
  return Promise.reject(new TypeError('Shopify is reached through the Http port only.'));
}

function ignoreLog(): void {
  // The SDK's log lines may quote requests (M14).
}
