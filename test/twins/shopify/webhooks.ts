import { createHmac } from 'node:crypto';

import { randomUuid } from '../core/random.ts';
import type { WebhookStyle } from '../core/webhook-outbox.ts';
import { toGid } from './gid.ts';
import { API_VERSION } from './schema.ts';
import type { Customer } from './customer.ts';

/** One webhook. Retries send the same bytes under the same id. */
export interface ShopifyWebhook {
  readonly topic: string;
  readonly shop: string;
  readonly webhookId: string;
  /** Shared by the webhooks of one act. */
  readonly eventId: string;
  readonly triggeredAt: string;
  readonly body: string;
}

const TIMEOUT_MS = 5_000;
const RETRIES = 8;
const RETRY_SPAN_MS = 4 * 3_600_000;

/** Base64 HMAC-SHA256 over the exact bytes of the body, keyed with the app's client secret. */
export function signBody(secret: string, body: string): string {
  return createHmac('sha256', secret).update(body, 'utf8').digest('base64');
}

/** One delivery per webhook; eight retries, each after twice the wait, within four hours. */
export function shopifyWebhookStyle(): WebhookStyle<ShopifyWebhook> {
  return {
    batchSize: 1,
    retryDelayMs: (attempt) =>
      attempt > RETRIES ? null : Math.floor((RETRY_SPAN_MS * 2 ** (attempt - 1)) / (2 ** RETRIES - 1)),
    topicOf: (webhook) => webhook.topic,
    arrange: (webhooks) => webhooks,
    toRequest([webhook], _attempt, target) {
      const { topic, shop, webhookId, eventId, triggeredAt, body } = webhook as ShopifyWebhook;
      return {
        method: 'POST',
        url: target.url,
        headers: {
          'content-type': 'application/json',
          'x-shopify-topic': topic,
          'x-shopify-shop-domain': shop,
          'x-shopify-api-version': API_VERSION,
          'x-shopify-webhook-id': webhookId,
          'x-shopify-event-id': eventId,
          'x-shopify-triggered-at': triggeredAt,
          'x-shopify-hmac-sha256': signBody(target.secret, body),
        },
        body,
        timeoutMs: TIMEOUT_MS,
      };
    },
  };
}

/** The body of `customers/create` and `customers/update`. It holds no tags: those have topics of their own. */
export function customerBody(customer: Customer, offsetMinutes: number): string {
  const { fields } = customer;
  return withId(customer.id, {
    created_at: toShopTime(customer.createdAt, offsetMinutes),
    updated_at: toShopTime(customer.updatedAt, offsetMinutes),
    first_name: fields.firstName,
    last_name: fields.lastName,
    state: 'disabled',
    note: fields.note,
    verified_email: true,
    multipass_identifier: null,
    tax_exempt: fields.taxExempt,
    email: fields.email,
    phone: fields.phone,
    currency: 'USD',
    addresses: [],
    tax_exemptions: [],
    admin_graphql_api_id: toGid('Customer', customer.id),
  });
}

/** The body of `customers/delete`. */
export function customerDeletedBody(id: string): string {
  return withId(id, { tax_exemptions: [], admin_graphql_api_id: toGid('Customer', id) });
}

/** The body of `customers/merge`. */
export function customersMergedBody(keptId: string, deletedId: string, jobId: string): string {
  return JSON.stringify({
    admin_graphql_api_customer_kept_id: toGid('Customer', keptId),
    admin_graphql_api_customer_deleted_id: toGid('Customer', deletedId),
    admin_graphql_api_job_id: toGid('Job', jobId),
    status: 'completed',
    errors: [],
  });
}

/** Writes the id digit for digit as a JSON number; no double could hold it. */
function withId(id: string, rest: Readonly<Record<string, unknown>>): string {
  return `{"id":${id},${JSON.stringify(rest).slice(1)}`;
}

/** A time with the shop's offset, whole seconds: `2026-11-20T05:00:00-05:00`. */
function toShopTime(epochMs: number, offsetMinutes: number): string {
  const local = new Date(epochMs + offsetMinutes * 60_000).toISOString().slice(0, 19);
  const sign = offsetMinutes < 0 ? '-' : '+';
  const minutes = Math.abs(offsetMinutes);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${local}${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** When a webhook was triggered: UTC with nanoseconds. */
export function toTriggeredAt(epochMs: number, random: () => number): string {
  const nanoseconds = String(Math.floor(random() * 1_000_000)).padStart(6, '0');
  return `${new Date(epochMs).toISOString().slice(0, -1)}${nanoseconds}Z`;
}

/** A fresh webhook for one topic. */
export function newWebhook(given: Omit<ShopifyWebhook, 'webhookId'>, random: () => number): ShopifyWebhook {
  return { ...given, webhookId: randomUuid(random) };
}
