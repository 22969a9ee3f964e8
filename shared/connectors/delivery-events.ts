import { contentHash } from '#shared/model/hash.ts';
import type { SystemId } from '#shared/model/ids.ts';
import { toInstant } from '#shared/model/instant.ts';
import type { ChangeEvent, InvalidEvent, UnhandledEvent } from '#shared/model/source-event.ts';
import type { WebhookRequest } from './webhook.ts';

/** What a vendor's format found out about one object; the rest is the same for every delivery. */
export type FoundChange = Pick<
  ChangeEvent,
  'dedupeKey' | 'type' | 'nativeId' | 'change' | 'occurredAt' | 'fields'
>;

/** Builds the events of one delivery. */
export interface DeliveryEvents {
  change(found: FoundChange): ChangeEvent;
  unhandled(dedupeKey: string, topic: string, reason: UnhandledEvent['reason']): UnhandledEvent;
  /** Keeps the delivered bytes: nothing that was well signed is dropped (M1). */
  invalid(problem: string): InvalidEvent;
}

const MAX_TOPIC_LENGTH = 100;

export function deliveryEvents(system: SystemId, request: WebhookRequest, nowMs: number): DeliveryEvents {
  const receivedAt = toInstant(nowMs);
  return {
    change: (found) => ({ kind: 'change', system, receivedAt, lane: 'live', source: 'webhook', ...found }),
    unhandled: (dedupeKey, topic, reason) => ({
      kind: 'unhandled',
      system,
      receivedAt,
      dedupeKey,
      topic: topic.slice(0, MAX_TOPIC_LENGTH),
      reason,
    }),
    invalid: (problem) => {
      const raw = Buffer.from(request.rawBody).toString('base64');
      return { kind: 'invalid', system, receivedAt, dedupeKey: `invalid-${contentHash(raw)}`, problem, raw };
    },
  };
}
