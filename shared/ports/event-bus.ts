import type { JsonValue } from '#shared/model/json.ts';

export interface Message {
  readonly body: JsonValue;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Publishes to topics. Delivery is at least once and unordered. */
export interface EventBus {
  /**
   * Resolves with one message id each, in order, once every message is durable.
   * @throws ConcordError `unavailable`: some of the messages may have been published.
   */
  publish(topic: string, messages: readonly Message[]): Promise<readonly string[]>;
}
