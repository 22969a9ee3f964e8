import { invalidArgument } from '#shared/errors/faults.ts';
import type { Delivery } from '#shared/ports/delivery.ts';
import type { EventBus, Message } from '#shared/ports/event-bus.ts';
import type { Ids } from '#shared/ports/ids.ts';
import type { SubscriptionTopology } from '#shared/ports/topology.ts';
import type { DeliveringPortOptions } from './delivering-port.ts';
import { type Answer, DeliveryPump, backoffMs, isTaken } from './delivery-pump.ts';
import { GroupCommit } from './group-commit.ts';
import { LazyWrites } from './lazy-writes.ts';
import type { LocalPump } from './local-pump.ts';
import { type MessageEntry, MessageRows, type PublishedMessage } from './message-rows.ts';
import { deadLetterAttributes, toPushBody } from './push-envelope.ts';
import { ReadyRows } from './ready-rows.ts';

export interface LocalEventBusOptions extends DeliveringPortOptions {
  readonly subscriptions: readonly SubscriptionTopology[];
  readonly ids: Ids;
}

export interface LocalEventBus {
  readonly bus: EventBus;
  readonly pump: LocalPump;
  /** Writes outstanding acknowledgements. */
  flush(): void;
}

/** Limits of Pub/Sub. */
const MAX_MESSAGE_BYTES = 10_000_000;
const MAX_ATTRIBUTES = 100;
const MAX_ATTRIBUTE_NAME_BYTES = 256;
const MAX_ATTRIBUTE_VALUE_BYTES = 1_024;
/** Deliveries of one subscription at a time. */
const MAX_OUTSTANDING = 128;

/**
 * Publishes into one row per subscription and pushes the rows as Pub/Sub would: at least once, unordered,
 * with backoff, and to the dead-letter topic after too many failures (M1).
 */
export function createLocalEventBus(options: LocalEventBusOptions): LocalEventBus {
  const bus = new LocalBus(options);
  return { bus, pump: bus.pump, flush: () => bus.flush() };
}

class LocalBus implements EventBus {
  readonly pump: DeliveryPump<MessageEntry>;
  readonly #options: LocalEventBusOptions;
  readonly #group: GroupCommit;
  readonly #lazy: LazyWrites;
  readonly #rows: MessageRows;
  readonly #ready: ReadyRows<MessageEntry> | undefined;
  readonly #byName: ReadonlyMap<string, SubscriptionTopology>;

  constructor(options: LocalEventBusOptions) {
    const { database, grouping, subscriptions, clock, deliver, telemetry, pollForeignWorkMs } = options;
    this.#options = options;
    this.#group = new GroupCommit(database, { grouping });
    this.#lazy = new LazyWrites(this.#group, () => telemetry.log('error', 'bus.acknowledgement_lost'));
    this.#rows = new MessageRows(database);
    this.#byName = new Map(subscriptions.map((subscription) => [subscription.name, subscription]));
    this.pump = new DeliveryPump<MessageEntry>({
      name: 'subscriptions',
      clock,
      deliver,
      lanes: subscriptions.map(({ name }) => ({ name, maxConcurrent: MAX_OUTSTANDING })),
      work: {
        compose: (name, entry) => this.#compose(name, entry),
        countAttempt: (name, entry) => this.#countAttempt(name, entry),
        settle: (name, entry, answer, now) => this.#settle(name, entry, answer, now),
      },
      prepare: async (now) => this.#ready?.lookForForeign(now) ?? null,
    });
    if (options.isHost) {
      this.#ready = new ReadyRows<MessageEntry>({
        database,
        group: this.#group,
        after: (id) => this.#rows.after(id),
        add: (entry) => this.pump.add(entry.subscription, entry),
        pollForeignWorkMs,
      });
    }
  }

  async publish(topic: string, messages: readonly Message[]): Promise<readonly string[]> {
    const { clock, ids } = this.#options;
    const published = messages.map((message) => toPublished(message, ids.ulid(), clock.now()));
    const entries = await this.#group.submit(() => this.#insert(topic, published));
    this.#ready?.add(entries);
    return published.map(({ messageId }) => messageId);
  }

  flush(): void {
    this.#group.flush();
  }

  #insert(topic: string, messages: readonly PublishedMessage[]): readonly MessageEntry[] {
    const subscriptions = this.#options.subscriptions.filter((subscription) => subscription.topic === topic);
    return messages.flatMap((message) => subscriptions.map(({ name }) => this.#rows.insert(name, message)));
  }

  #compose(name: string, entry: MessageEntry): Delivery | undefined {
    const subscription = this.#byName.get(name);
    const message = this.#rows.read(entry.id);
    if (subscription === undefined || message === undefined) return undefined;
    const { target, path, deadLetterTopic } = subscription;
    const deliveryAttempt = deadLetterTopic === null ? null : entry.attempts + 1;
    return {
      target,
      method: 'POST',
      path,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'CloudPubSub-Google',
        authorization: this.#options.bearer(target),
      },
      body: toPushBody({ ...message, subscription: name, deliveryAttempt }),
    };
  }

  async #countAttempt(name: string, entry: MessageEntry): Promise<boolean> {
    const { deadLetterTopic = null, maxDeliveryAttempts = 0 } = this.#byName.get(name) ?? {};
    if (deadLetterTopic !== null && entry.attempts >= maxDeliveryAttempts) {
      await this.#giveUp(name, deadLetterTopic, entry, entry.attempts);
      return false;
    }
    await this.#group.submit(() => this.#rows.save({ ...entry, attempts: entry.attempts + 1 }));
    return true;
  }

  #settle(
    name: string,
    entry: MessageEntry,
    answer: Answer,
    now: number,
  ): Promise<undefined> | MessageEntry | undefined {
    if (isTaken(answer)) {
      this.#lazy.add(() => this.#rows.remove(entry.id));
      return undefined;
    }
    const subscription = this.#byName.get(name);
    if (subscription === undefined) return undefined;
    const { minBackoffMs: minMs, maxBackoffMs: maxMs, maxDeliveryAttempts, deadLetterTopic } = subscription;
    const attempts = entry.attempts + 1;
    if (deadLetterTopic !== null && attempts >= maxDeliveryAttempts) {
      return this.#giveUp(name, deadLetterTopic, entry, attempts);
    }
    const again = { ...entry, attempts, dueAt: now + backoffMs(attempts, { minMs, maxMs }) };
    this.#lazy.add(() => this.#rows.save(again));
    return again;
  }

  /** Moves a message to the dead-letter topic in one transaction of this port, so that it is always in one of both. */
  async #giveUp(name: string, topic: string, entry: MessageEntry, deliveryCount: number): Promise<undefined> {
    const moved = await this.#group.submit(() => {
      const message = this.#rows.read(entry.id);
      this.#rows.remove(entry.id);
      if (message === undefined) return [];
      const pushed = { ...message, subscription: name, deliveryAttempt: null };
      const attributes = deadLetterAttributes(pushed, deliveryCount);
      const { clock, ids } = this.#options;
      return this.#insert(topic, [
        { ...message, attributes, messageId: ids.ulid(), publishedAt: clock.now() },
      ]);
    });
    this.#options.telemetry.count('bus.dead_lettered', { subscription: name });
    this.#ready?.add(moved);
    return undefined;
  }
}

function toPublished(message: Message, messageId: string, publishedAt: number): PublishedMessage {
  const body = JSON.stringify(message.body);
  const attributes = message.attributes ?? {};
  const names = Object.keys(attributes);
  if (Buffer.byteLength(body) > MAX_MESSAGE_BYTES) throw invalidArgument('A message holds at most 10 MB.');
  if (names.length > MAX_ATTRIBUTES)
    throw invalidArgument(`A message holds at most ${MAX_ATTRIBUTES} attributes.`);
  for (const name of names) {
    if (name === '' || name.startsWith('goog') || Buffer.byteLength(name) > MAX_ATTRIBUTE_NAME_BYTES) {
      throw invalidArgument('The name of an attribute is 1 to 256 bytes and does not begin with "goog".');
    }
    if (Buffer.byteLength(attributes[name] ?? '') > MAX_ATTRIBUTE_VALUE_BYTES) {
      throw invalidArgument('The value of an attribute is at most 1,024 bytes.');
    }
  }
  return { messageId, body, attributes, publishedAt };
}
