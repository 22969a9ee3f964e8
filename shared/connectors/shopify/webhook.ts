import { z } from 'zod';
import { contentHash } from '#shared/model/hash.ts';
import { parseInstant } from '#shared/model/instant.ts';
import type { ChangeEvent, SourceEvent } from '#shared/model/source-event.ts';
import { deliveryEvents, type DeliveryEvents, type FoundChange } from '../delivery-events.ts';
import { parseJson } from '../lossless-json.ts';
import { DigitsSchema } from '../native-id.ts';
import { isSignedBy } from '../signature.ts';
import type { SignatureResult, WebhookFormat, WebhookRequest } from '../webhook.ts';
import { SHOPIFY } from './capabilities.ts';
import { CUSTOMER, customerIdOf, customerIdOfNumber } from './native-id.ts';
import { classify } from './topics.ts';

/**
 * Shopify's webhook format: one object per delivery, in REST shape. The signature covers the body alone:
 * topic, delivery id and shop are unsigned hints, and so is everything they lead to (M4).
 */
export const shopifyWebhook: WebhookFormat = {
  system: SHOPIFY,
  secretName: 'SHOPIFY_CLIENT_SECRET',
  verify,
  parse,
};

function verify(request: WebhookRequest, secrets: readonly string[]): SignatureResult {
  const signature = request.headers['x-shopify-hmac-sha256'];
  if (signature === undefined || signature === '') return { status: 'refused', reason: 'missing_signature' };
  return isSignedBy(secrets, [request.rawBody], signature)
    ? { status: 'valid' }
    : { status: 'refused', reason: 'wrong_signature' };
}

function parse(request: WebhookRequest, nowMs: number): readonly SourceEvent[] {
  const events = deliveryEvents(SHOPIFY, request, nowMs);
  const topic = request.headers['x-shopify-topic'] ?? '';
  const key = dedupeKeyOf(request, topic);
  const meaning = classify(topic);
  if (meaning.status === 'unhandled') return [events.unhandled(key, topic, meaning.reason)];

  const parsed = parseJson(Buffer.from(request.rawBody).toString('utf8'));
  if (parsed.status === 'malformed') return [events.invalid('the body is not JSON')];
  return meaning.change === 'merged'
    ? mergeEvents(events, key, parsed.value)
    : changeEvents(events, key, meaning.change, parsed.value);
}

const CustomerSchema = z.object({
  admin_graphql_api_id: z.string().nullish(),
  id: DigitsSchema.nullish(),
  updated_at: z.string().nullish(),
});

function changeEvents(
  events: DeliveryEvents,
  dedupeKey: string,
  change: ChangeEvent['change'],
  body: unknown,
): readonly SourceEvent[] {
  const parsed = CustomerSchema.safeParse(body);
  if (!parsed.success) return [events.invalid('the body is not a customer')];
  const { admin_graphql_api_id: gid, id, updated_at: updatedAt } = parsed.data;
  const nativeId = customerIdOf(gid) ?? (typeof id === 'string' ? customerIdOfNumber(id) : undefined);
  if (nativeId === undefined) return [events.invalid('the body names no customer id')];
  // A retry brings the original body, so its time stays true of that body; a deletion carries none.
  const occurredAt = (typeof updatedAt === 'string' ? parseInstant(updatedAt) : undefined) ?? null;
  return [events.change({ dedupeKey, type: CUSTOMER, nativeId, change, occurredAt, fields: null })];
}

const MergeSchema = z.object({
  admin_graphql_api_customer_kept_id: z.string(),
  admin_graphql_api_customer_deleted_id: z.string(),
});

/** A merge names both customers; each of them is worth a look, and a merge that failed does no harm (M10). */
function mergeEvents(events: DeliveryEvents, key: string, body: unknown): readonly SourceEvent[] {
  const parsed = MergeSchema.safeParse(body);
  const kept = customerIdOf(parsed.data?.admin_graphql_api_customer_kept_id);
  const deleted = customerIdOf(parsed.data?.admin_graphql_api_customer_deleted_id);
  if (kept === undefined || deleted === undefined)
    return [events.invalid('the body names no merged customers')];
  const common: Pick<FoundChange, 'type' | 'occurredAt' | 'fields'> = {
    type: CUSTOMER,
    occurredAt: null,
    fields: null,
  };
  return [
    events.change({ ...common, dedupeKey: `${key}-deleted`, nativeId: deleted, change: 'merged' }),
    events.change({ ...common, dedupeKey: `${key}-kept`, nativeId: kept, change: 'changed' }),
  ];
}

/** `X-Shopify-Webhook-Id` is the same on every retry of a delivery. */
function dedupeKeyOf(request: WebhookRequest, topic: string): string {
  const id = request.headers['x-shopify-webhook-id'] ?? '';
  if (/^[\w-]{1,100}$/.test(id)) return `shopify-${id}`;
  const body = Buffer.from(request.rawBody).toString('base64');
  return `shopify-${contentHash(id === '' ? [topic, body] : [id])}`;
}
