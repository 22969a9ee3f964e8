import { toInstant } from '#shared/model/instant.ts';

/** Project that local resource names carry. Nothing of Google knows it. */
export const LOCAL_PROJECT = 'concord-local';

/** Location that local resource names carry. */
export const LOCAL_LOCATION = 'local';

export interface PushedMessage {
  readonly messageId: string;
  /** JSON text of the message's body. */
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly publishedAt: number;
  readonly subscription: string;
  /** Counted from 1; null when the subscription has no dead-letter policy, as Pub/Sub leaves it out then. */
  readonly deliveryAttempt: number | null;
}

/** The body of a wrapped Pub/Sub push. Pub/Sub writes id and time in both spellings. */
export function toPushBody(pushed: PushedMessage): Uint8Array {
  const publishTime = toInstant(pushed.publishedAt);
  const message = {
    attributes: pushed.attributes,
    data: Buffer.from(pushed.body, 'utf8').toString('base64'),
    messageId: pushed.messageId,
    message_id: pushed.messageId,
    publishTime,
    publish_time: publishTime,
  };
  const subscription = `projects/${LOCAL_PROJECT}/subscriptions/${pushed.subscription}`;
  const attempt = pushed.deliveryAttempt === null ? {} : { deliveryAttempt: pushed.deliveryAttempt };
  return Buffer.from(JSON.stringify({ ...attempt, message, subscription }), 'utf8');
}

/**
 * What Pub/Sub adds to a message that it moves to a dead-letter topic. The original attributes stay.
 */
export function deadLetterAttributes(
  pushed: PushedMessage,
  deliveryCount: number,
): Readonly<Record<string, string>> {
  return {
    ...pushed.attributes,
    CloudPubSubDeadLetterSourceDeliveryCount: String(deliveryCount),
    CloudPubSubDeadLetterSourceSubscription: pushed.subscription,
    CloudPubSubDeadLetterSourceSubscriptionProject: LOCAL_PROJECT,
    CloudPubSubDeadLetterSourceTopicPublishTime: toInstant(pushed.publishedAt),
  };
}
