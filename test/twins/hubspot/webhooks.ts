import { createHmac } from 'node:crypto';

import type { WebhookStyle } from '../core/webhook-outbox.ts';
import { shuffled } from '../core/random.ts';

/** One event as it stands in a delivery, apart from `attemptNumber`. */
export type HubspotEvent = Readonly<Record<string, string | number | boolean | readonly number[]>> & {
  readonly subscriptionType: string;
};

const BATCH_SIZE = 100;
const TIMEOUT_MS = 5_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Ten retries within 24 hours; the sum of the longest is below that. */
const RETRY_DELAYS_MS = [
  MINUTE,
  5 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  4 * HOUR,
  5 * HOUR,
  8 * HOUR,
] as const;

const DECODED = /%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi;

/**
 * HubSpot's v3 signature: base64 HMAC-SHA256 over method, URL, body and timestamp without separators. Of the
 * percent-encodings in the URL only `: / ? @ ! $ ' ( ) * , ;` are decoded.
 * Source: developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation
 */
export function signV3(secret: string, method: string, url: string, body: string, timestamp: string): string {
  const uri = url.replace(DECODED, (encoded) => decodeURIComponent(encoded));
  return createHmac('sha256', secret).update(`${method}${uri}${body}${timestamp}`, 'utf8').digest('base64');
}

/** Packs events into JSON arrays in random order, signs each attempt afresh and retries for a day. */
export function hubspotWebhookStyle(random: () => number): WebhookStyle<HubspotEvent> {
  return {
    batchSize: BATCH_SIZE,
    retryDelayMs(attempt) {
      const longest = RETRY_DELAYS_MS[attempt - 1];
      return longest === undefined ? null : Math.round(longest * (0.5 + random() / 2));
    },
    topicOf: (event) => event.subscriptionType,
    arrange: (events) => shuffled(events, random),
    toRequest(events, attempt, target, now) {
      const body = JSON.stringify(events.map((event) => ({ ...event, attemptNumber: attempt })));
      const timestamp = String(now);
      return {
        method: 'POST',
        url: target.url,
        headers: {
          'content-type': 'application/json',
          'user-agent': 'HubSpot Connect 2.0 (twin)',
          'x-hubspot-signature-v3': signV3(target.secret, 'POST', target.url, body, timestamp),
          'x-hubspot-request-timestamp': timestamp,
        },
        body,
        timeoutMs: TIMEOUT_MS,
      };
    },
  };
}
