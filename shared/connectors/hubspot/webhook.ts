import { contentHash } from '#shared/model/hash.ts';
import { parseJson } from '../lossless-json.ts';
import { deliveryEvents } from '../delivery-events.ts';
import { isSignedBy } from '../signature.ts';
import type { SignatureResult, WebhookFormat, WebhookRequest } from '../webhook.ts';
import type { SourceEvent } from '#shared/model/source-event.ts';
import { HUBSPOT } from './capabilities.ts';
import { groupByObject } from './webhook-group.ts';
import { readNotification, type Notification, type Unhandled } from './webhook-notification.ts';

/** HubSpot's own limit for old deliveries; the same for timestamps ahead of our clock. */
const WINDOW_MS = 300_000;

/** The only escapes that HubSpot undoes in the URL before it signs; all others stay as they are. */
const SIGNED_ESCAPES = /%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi;

/**
 * HubSpot's webhook format: arrays of up to 100 notifications, signed with version 3. Versions 1 and 2
 * carry no timestamp and could be replayed, so they are refused.
 */
export const hubspotWebhook: WebhookFormat = {
  system: HUBSPOT,
  secretName: 'HUBSPOT_CLIENT_SECRET',
  verify,
  parse,
};

function verify(request: WebhookRequest, secrets: readonly string[], nowMs: number): SignatureResult {
  const signature = request.headers['x-hubspot-signature-v3'];
  if (signature === undefined || signature === '') return { status: 'refused', reason: 'missing_signature' };
  const timestamp = request.headers['x-hubspot-request-timestamp'];
  if (timestamp === undefined || timestamp === '') return { status: 'refused', reason: 'missing_timestamp' };
  if (!/^\d{13}$/.test(timestamp)) return { status: 'refused', reason: 'malformed_timestamp' };
  const age = nowMs - Number(timestamp);
  if (age > WINDOW_MS) return { status: 'refused', reason: 'stale' };
  if (age < -WINDOW_MS) return { status: 'refused', reason: 'future' };
  const uri = request.url.replace(SIGNED_ESCAPES, decodeURIComponent);
  return isSignedBy(secrets, [request.method, uri, request.rawBody, timestamp], signature)
    ? { status: 'valid' }
    : { status: 'refused', reason: 'wrong_signature' };
}

function parse(request: WebhookRequest, nowMs: number): readonly SourceEvent[] {
  const events = deliveryEvents(HUBSPOT, request, nowMs);
  const parsed = parseJson(Buffer.from(request.rawBody).toString('utf8'));
  if (parsed.status === 'malformed') return [events.invalid('the body is not JSON')];
  if (!Array.isArray(parsed.value)) return [events.invalid('the body is not an array')];

  const notifications: Notification[] = [];
  const unhandled: Unhandled[] = [];
  let unreadable = 0;
  for (const element of parsed.value) {
    const read = readNotification(element);
    if (read.status === 'handled') notifications.push(...read.notifications);
    else if (read.status === 'unhandled') unhandled.push(read);
    else unreadable += 1;
  }

  const found: SourceEvent[] = groupByObject(notifications).map((change) => events.change(change));
  for (const group of Map.groupBy(unhandled, ({ topic, reason }) => `${reason} ${topic}`).values()) {
    const key = contentHash(group.map(({ key }) => key).toSorted());
    const [first] = group;
    if (first !== undefined) found.push(events.unhandled(`hubspot-${key}`, first.topic, first.reason));
  }
  if (unreadable > 0)
    found.push(events.invalid(`${unreadable} of ${parsed.value.length} notifications cannot be read`));
  return found;
}
