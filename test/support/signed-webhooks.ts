import { createHmac } from 'node:crypto';

/** A delivery as a vendor would send it. */
export interface SignedDelivery {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Signs a HubSpot delivery (v3) over the URL as configured at HubSpot. */
export function signedByHubspot(options: {
  readonly body: string;
  readonly url: string;
  readonly secret: string;
  /** Epoch milliseconds, as text so that tests can send anything. */
  readonly timestamp: string;
}): SignedDelivery {
  const { body, url, secret, timestamp } = options;
  const signature = createHmac('sha256', secret).update(`POST${url}${body}${timestamp}`).digest('base64');
  return {
    path: '/webhook-ingest/hubspot',
    headers: {
      'content-type': 'application/json',
      'x-hubspot-signature-v3': signature,
      'x-hubspot-request-timestamp': timestamp,
    },
    body,
  };
}

/** Signs a Shopify delivery over the exact bytes. */
export function signedByShopify(options: {
  readonly body: string;
  readonly secret: string;
  readonly topic: string;
  readonly webhookId: string;
}): SignedDelivery {
  const { body, secret, topic, webhookId } = options;
  return {
    path: '/webhook-ingest/shopify',
    headers: {
      'content-type': 'application/json',
      'x-shopify-hmac-sha256': createHmac('sha256', secret).update(body).digest('base64'),
      'x-shopify-topic': topic,
      'x-shopify-shop-domain': 'demo-shop.myshopify.com',
      'x-shopify-api-version': '2026-10',
      'x-shopify-webhook-id': webhookId,
      'x-shopify-triggered-at': '2026-11-20T09:00:00.000000000Z',
    },
    body,
  };
}
