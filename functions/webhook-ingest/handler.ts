import type { WebhookFormat, WebhookRequest } from '#shared/connectors/webhook.ts';
import { SOURCE_EVENTS } from '#shared/messaging/topics.ts';
import type { SourceEvent } from '#shared/model/source-event.ts';
import type { Message } from '#shared/ports/event-bus.ts';
import type { Ports } from '#shared/ports/ports.ts';
import type { Outcome } from '#shared/runtime/ack.ts';
import type { EntryRequest } from '#shared/runtime/entry.ts';

export interface WebhookIngestOptions {
  /** No store, no tasks, no vendor: this function only passes on. */
  readonly ports: Pick<Ports, 'bus' | 'secrets' | 'clock' | 'telemetry'>;
  /** Base of the public URLs, without a trailing slash. */
  readonly publicUrl: string;
  /** By the name that stands in the path. Null: a system that is known and not connected yet. */
  readonly formats: Readonly<Record<string, WebhookFormat | null>>;
}

/**
 * Takes a vendor's delivery: checks the signature over the raw bytes, reads it and publishes it. It
 * answers 200 only once every event is durable (M1); when publishing fails it answers 503 and the
 * vendor delivers again, which the dedupe keys make harmless. What is well-signed but cannot be read is
 * published too, as `invalid`, and ends in quarantine.
 */
export function createWebhookIngest(
  options: WebhookIngestOptions,
): (request: EntryRequest) => Promise<Outcome> {
  const { ports, publicUrl } = options;
  const formats = new Map(Object.entries(options.formats));

  return async function webhookIngest(request): Promise<Outcome> {
    const system = request.path.slice(1);
    const format = formats.get(system);
    if (format === undefined) return { status: 'rejected', reason: 'not_found' };
    if (format === null) return { status: 'rejected', reason: 'not_connected' };
    if (request.method !== 'POST') return { status: 'rejected', reason: 'method_not_allowed' };

    const delivery = {
      method: 'POST',
      url: `${publicUrl}/webhook-ingest/${system}`,
      headers: request.headers,
      rawBody: request.body,
    };
    return (await isGenuine(ports, format, delivery))
      ? publish(ports, format, delivery)
      : { status: 'rejected', reason: 'unauthenticated' };
  };
}

/** A refused delivery leaves a count and nothing else: nobody knows who sent it. */
async function isGenuine(
  { secrets, clock, telemetry }: WebhookIngestOptions['ports'],
  format: WebhookFormat,
  delivery: WebhookRequest,
): Promise<boolean> {
  const signature = format.verify(delivery, await secrets.versions(format.secretName), clock.now());
  if (signature.status === 'valid') return true;
  telemetry.count('webhooks_refused', { system: format.system, reason: signature.reason });
  return false;
}

async function publish(
  { bus, clock, telemetry }: WebhookIngestOptions['ports'],
  format: WebhookFormat,
  delivery: WebhookRequest,
): Promise<Outcome> {
  const events = format.parse(delivery, clock.now());
  if (events.length === 0) return { status: 'done', reason: 'empty_delivery' };
  await bus.publish(SOURCE_EVENTS, events.map(toMessage));
  for (const { kind } of events) telemetry.count('events_published', { system: format.system, kind });
  return { status: 'done', reason: 'published' };
}

function toMessage(event: SourceEvent): Message {
  return { body: event, attributes: { system: event.system, kind: event.kind } };
}
