import { expect } from 'vitest';
import type { Clock } from '#shared/ports/clock.ts';
import type { Delivery } from '#shared/ports/delivery.ts';
import type { EventBus } from '#shared/ports/event-bus.ts';
import type { Identity } from '#shared/ports/identity.ts';
import type { SubscriptionTopology } from '#shared/ports/topology.ts';
import { type Answering, jsonOf } from '#test/support/delivery-recorder.ts';
import type { ContractCase } from './contract-case.ts';

/** A bus with a receiver behind its subscriptions and time in the test's hand. */
export interface BusUnderTest {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly received: readonly Delivery[];
  answerWith(answering: Answering): void;
  /** Moves time on and lets everything that becomes due on the way be delivered. */
  advance(byMs: number): Promise<void>;
  /** Ends the process without notice and starts it again over the same state. */
  restart(): Promise<void>;
  readonly identity: Identity;
  audienceOf(functionName: string): string;
  close(): Promise<void>;
}

export type OpenBus = (subscriptions: readonly SubscriptionTopology[]) => Promise<BusUnderTest>;

interface PushBody {
  readonly message: {
    readonly data: string;
    readonly messageId: string;
    readonly publishTime: string;
    readonly attributes: object;
  };
  readonly subscription: string;
  readonly deliveryAttempt?: number;
}

const MIN_BACKOFF_MS = 10_000;
const MAX_BACKOFF_MS = 40_000;

const orchestrator: SubscriptionTopology = {
  name: 'source-events.orchestrator',
  topic: 'source-events',
  target: 'orchestrator',
  path: '/source-events',
  maxDeliveryAttempts: 5,
  minBackoffMs: MIN_BACKOFF_MS,
  maxBackoffMs: MAX_BACKOFF_MS,
  deadLetterTopic: 'source-events.orchestrator.dead-letter',
};

const watchdog: SubscriptionTopology = {
  ...orchestrator,
  name: 'source-events.orchestrator.dead-letter.watchdog',
  topic: 'source-events.orchestrator.dead-letter',
  target: 'watchdog',
  path: '/dead-letters',
  deadLetterTopic: null,
};

const archive: SubscriptionTopology = {
  ...orchestrator,
  name: 'source-events.archive',
  target: 'archive',
  deadLetterTopic: null,
};

/** The answer of a process that ends instead. */
const DYING = new Promise<number>(() => undefined);

function bodyOf(delivery: Delivery | undefined): PushBody {
  return jsonOf(delivery) as PushBody;
}

function payloadOf(delivery: Delivery | undefined): unknown {
  return JSON.parse(Buffer.from(bodyOf(delivery).message.data, 'base64').toString('utf8'));
}

function busCase(
  title: string,
  subscriptions: readonly SubscriptionTopology[],
  check: (under: BusUnderTest) => Promise<void>,
): ContractCase<OpenBus> {
  return {
    title,
    async run(open) {
      const under = await open(subscriptions);
      try {
        await check(under);
      } finally {
        await under.close();
      }
    },
  };
}

/** What every event bus promises (M1). */
export const eventBusContract: readonly ContractCase<OpenBus>[] = [
  busCase(
    'a message arrives as a wrapped push with its body, attributes, id and time',
    [orchestrator],
    async (under) => {
      const [id] = await under.bus.publish('source-events', [
        { body: { n: 1, text: 'é' }, attributes: { lane: 'live' } },
      ]);
      const publishedAt = under.clock.now();

      await under.advance(0);

      expect(under.received).toHaveLength(1);
      const [delivery] = under.received;
      expect(delivery).toMatchObject({ target: 'orchestrator', method: 'POST', path: '/source-events' });
      expect(delivery?.headers['content-type']).toBe('application/json');
      expect(payloadOf(delivery)).toEqual({ n: 1, text: 'é' });
      const { message, subscription, deliveryAttempt } = bodyOf(delivery);
      expect(message.attributes).toEqual({ lane: 'live' });
      expect(message.messageId).toBe(id);
      expect(Math.abs(Date.parse(message.publishTime) - publishedAt)).toBeLessThan(1_000);
      expect(subscription).toMatch(/^projects\/[^/]+\/subscriptions\/source-events\.orchestrator$/);
      expect(deliveryAttempt).toBe(1);
    },
  ),

  busCase('a push shows a token for the receiving function and no other', [orchestrator], async (under) => {
    await under.bus.publish('source-events', [{ body: 1 }]);

    await under.advance(0);

    const [scheme, token = ''] = (under.received[0]?.headers['authorization'] ?? '').split(' ');
    expect(scheme).toBe('Bearer');
    const caller = await under.identity.verify(token, under.audienceOf('orchestrator'));
    expect(caller.email).toMatch(/@/);
    await expect(under.identity.verify(token, under.audienceOf('watchdog'))).rejects.toMatchObject({
      code: 'unauthenticated',
    });
  }),

  busCase('every message of one publish gets its own id, in order', [orchestrator], async (under) => {
    const ids = await under.bus.publish('source-events', [{ body: 'a' }, { body: 'b' }, { body: 'c' }]);

    await under.advance(0);

    expect(new Set(ids).size).toBe(3);
    const arrived = new Map(
      under.received.map((delivery) => [bodyOf(delivery).message.messageId, payloadOf(delivery)]),
    );
    expect(ids.map((id) => arrived.get(id))).toEqual(['a', 'b', 'c']);
  }),

  busCase('a message that was taken does not come again', [orchestrator], async (under) => {
    await under.bus.publish('source-events', [{ body: 1 }]);
    await under.advance(0);

    await under.advance(10 * MAX_BACKOFF_MS);
    await under.restart();
    await under.advance(10 * MAX_BACKOFF_MS);

    expect(under.received).toHaveLength(1);
  }),

  busCase(
    'each subscription gets its own copy and fails on its own',
    [orchestrator, archive],
    async (under) => {
      under.answerWith(({ target }) => (target === 'archive' ? 500 : 200));
      await under.bus.publish('source-events', [{ body: 1 }]);

      await under.advance(MIN_BACKOFF_MS);

      expect(under.received.filter(({ target }) => target === 'orchestrator')).toHaveLength(1);
      expect(under.received.filter(({ target }) => target === 'archive').length).toBeGreaterThanOrEqual(2);
    },
  ),

  busCase('a topic without a subscription accepts messages', [orchestrator], async (under) => {
    const ids = await under.bus.publish('tag-requests', [{ body: 1 }, { body: 2 }]);

    await under.advance(0);

    expect(ids).toHaveLength(2);
    expect(under.received).toHaveLength(0);
  }),

  busCase(
    'a refused message comes again, not before its backoff, which doubles up to its limit',
    [archive],
    async (under) => {
      const times: number[] = [];
      under.answerWith(() => {
        times.push(under.clock.now());
        return times.length < 6 ? 500 : 204;
      });
      await under.bus.publish('source-events', [{ body: 1 }]);

      await under.advance(0);
      await under.advance(MIN_BACKOFF_MS - 1);
      expect(times).toHaveLength(1);
      await under.advance(20 * MAX_BACKOFF_MS);

      const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
      expect(gaps).toEqual([10_000, 20_000, 40_000, 40_000, 40_000]);
    },
  ),

  busCase('a lost connection counts as a refusal', [orchestrator], async (under) => {
    under.answerWith((_delivery, nth) => (nth === 1 ? 'lost' : 200));
    await under.bus.publish('source-events', [{ body: 1 }]);

    await under.advance(MIN_BACKOFF_MS);

    expect(under.received.map((delivery) => bodyOf(delivery).deliveryAttempt)).toEqual([1, 2]);
  }),

  busCase(
    'a message refused too often moves to the dead-letter topic with its origin',
    [orchestrator, watchdog],
    async (under) => {
      under.answerWith(({ target }) => (target === 'orchestrator' ? 500 : 200));
      await under.bus.publish('source-events', [{ body: { poison: true }, attributes: { lane: 'live' } }]);

      await under.advance(20 * MAX_BACKOFF_MS);

      expect(under.received.filter(({ target }) => target === 'orchestrator')).toHaveLength(5);
      const dead = under.received.filter(({ target }) => target === 'watchdog');
      expect(dead).toHaveLength(1);
      expect(payloadOf(dead[0])).toEqual({ poison: true });
      expect(bodyOf(dead[0]).message.attributes).toMatchObject({
        lane: 'live',
        CloudPubSubDeadLetterSourceSubscription: 'source-events.orchestrator',
        CloudPubSubDeadLetterSourceDeliveryCount: '5',
      });
    },
  ),

  busCase(
    'a subscription without a dead-letter topic is not counted and never gives up',
    [watchdog],
    async (under) => {
      under.answerWith(() => 500);
      await under.bus.publish('source-events.orchestrator.dead-letter', [{ body: 1 }]);

      await under.advance(20 * MAX_BACKOFF_MS);

      expect(under.received.length).toBeGreaterThan(5);
      expect(under.received.every((delivery) => bodyOf(delivery).deliveryAttempt === undefined)).toBe(true);
    },
  ),

  busCase('a published message survives the end of the process', [orchestrator], async (under) => {
    await under.bus.publish('source-events', [{ body: 1 }]);

    await under.restart();
    await under.advance(0);

    expect(under.received.map(payloadOf)).toEqual([1]);
  }),

  busCase('a message whose delivery died with the process comes again', [orchestrator], async (under) => {
    const never = Promise.withResolvers<number>();
    under.answerWith(() => never.promise);
    await under.bus.publish('source-events', [{ body: 1 }]);
    void under.advance(0);
    await expect.poll(() => under.received.length).toBe(1);

    under.answerWith(() => 200);
    await under.restart();
    await under.advance(MAX_BACKOFF_MS);

    expect(under.received.map(payloadOf)).toEqual([1, 1]);
    never.resolve(200);
  }),

  busCase(
    'a message whose delivery ends the process every time moves to the dead-letter topic all the same',
    [orchestrator, watchdog],
    async (under) => {
      under.answerWith(({ target }) => (target === 'orchestrator' ? DYING : 200));
      await under.bus.publish('source-events', [{ body: { deadly: true } }]);

      const isBuried = () => under.received.some(({ target }) => target === 'watchdog');
      for (let life = 0; !isBuried() && life < 2 * orchestrator.maxDeliveryAttempts; life += 1) {
        const before = under.received.length;
        await under.restart();
        void under.advance(0);
        await expect.poll(() => under.received.length).toBeGreaterThan(before);
      }

      expect(payloadOf(under.received.at(-1))).toEqual({ deadly: true });
      expect(under.received.filter(({ target }) => target === 'watchdog')).toHaveLength(1);
      const attempts = under.received.filter(({ target }) => target === 'orchestrator').length;
      expect(attempts).toBeGreaterThanOrEqual(orchestrator.maxDeliveryAttempts);
    },
  ),

  busCase('a message that Pub/Sub would not take is refused', [orchestrator], async (under) => {
    const tooLarge = under.bus.publish('source-events', [{ body: 'x'.repeat(10_000_001) }]);
    await expect(tooLarge).rejects.toMatchObject({ code: 'invalid_argument' });

    const tooLong = under.bus.publish('source-events', [
      { body: 1, attributes: { reason: 'x'.repeat(1_025) } },
    ]);
    await expect(tooLong).rejects.toMatchObject({ code: 'invalid_argument' });

    await under.advance(0);
    expect(under.received).toHaveLength(0);
  }),
];
