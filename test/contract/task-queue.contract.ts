import { expect } from 'vitest';
import type { Clock } from '#shared/ports/clock.ts';
import type { Delivery } from '#shared/ports/delivery.ts';
import type { Identity } from '#shared/ports/identity.ts';
import type { QueueAdmin } from '#shared/ports/queue-admin.ts';
import type { Task, TaskQueue } from '#shared/ports/task-queue.ts';
import type { QueueTopology } from '#shared/ports/topology.ts';
import { type Answering, jsonOf } from '#test/support/delivery-recorder.ts';
import type { ContractCase } from './contract-case.ts';

/** A queue with a receiver behind it and time in the test's hand. */
export interface QueueUnderTest {
  readonly tasks: TaskQueue;
  readonly queues: QueueAdmin;
  readonly clock: Clock;
  readonly received: readonly Delivery[];
  answerWith(answering: Answering): void;
  /** Moves time on and lets everything that becomes due on the way be dispatched. */
  advance(byMs: number): Promise<void>;
  /** Ends the process without notice and starts it again over the same state. */
  restart(): Promise<void>;
  readonly identity: Identity;
  audienceOf(functionName: string): string;
  close(): Promise<void>;
}

export type OpenQueue = (queues: readonly QueueTopology[]) => Promise<QueueUnderTest>;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const live: QueueTopology = {
  name: 'hubspot-live',
  target: 'step-executor',
  maxConcurrent: 2,
  maxAttempts: 4,
  minBackoffMs: 1_000,
  maxBackoffMs: 3_000,
};
const background: QueueTopology = { ...live, name: 'hubspot-background' };

/** The answer of a process that ends instead. */
const DYING = new Promise<number>(() => undefined);

function task(name: string, more: Partial<Task> = {}): Task {
  return { queue: live.name, name, target: 'step-executor', body: { name }, ...more };
}

function headerOf(delivery: Delivery | undefined, name: string): string | undefined {
  return delivery?.headers[name];
}

function namesOf(deliveries: readonly Delivery[]): readonly (string | undefined)[] {
  return deliveries.map((delivery) => headerOf(delivery, 'x-cloudtasks-taskname'));
}

function queueCase(title: string, check: (under: QueueUnderTest) => Promise<void>): ContractCase<OpenQueue> {
  return {
    title,
    async run(open) {
      const under = await open([live, background]);
      try {
        await check(under);
      } finally {
        await under.close();
      }
    },
  };
}

/** What every task queue promises. */
export const taskQueueContract: readonly ContractCase<OpenQueue>[] = [
  queueCase('a task arrives once as a call of its target with the headers of Cloud Tasks', async (under) => {
    const result = await under.tasks.enqueue(task('t-1', { body: { recordId: 'rec_1' } }));

    await under.advance(HOUR_MS);

    expect(result).toBe('created');
    expect(under.received).toHaveLength(1);
    const [delivery] = under.received;
    expect(delivery).toMatchObject({ target: 'step-executor', method: 'POST' });
    expect(jsonOf(delivery)).toEqual({ recordId: 'rec_1' });
    expect(delivery?.headers).toMatchObject({
      'content-type': 'application/json',
      'x-cloudtasks-queuename': 'hubspot-live',
      'x-cloudtasks-taskname': 't-1',
      'x-cloudtasks-taskretrycount': '0',
      'x-cloudtasks-taskexecutioncount': '0',
    });
    expect(headerOf(delivery, 'x-cloudtasks-tasketa')).toMatch(/^\d+\.\d+$/);
    expect(headerOf(delivery, 'x-cloudtasks-taskpreviousresponse')).toBeUndefined();
  }),

  queueCase('a task shows a token for the receiving function', async (under) => {
    await under.tasks.enqueue(task('t-1'));

    await under.advance(0);

    const token = headerOf(under.received[0], 'authorization')?.replace('Bearer ', '') ?? '';
    await expect(under.identity.verify(token, under.audienceOf('step-executor'))).resolves.toMatchObject({});
    await expect(under.identity.verify(token, under.audienceOf('poller'))).rejects.toMatchObject({
      code: 'unauthenticated',
    });
  }),

  queueCase('a name is refused while its task waits', async (under) => {
    await under.tasks.enqueue(task('t-1', { notBefore: under.clock.now() + HOUR_MS }));

    const again = await under.tasks.enqueue(task('t-1'));

    expect(again).toBe('duplicate');
    await under.advance(HOUR_MS - 1);
    expect(under.received).toHaveLength(0);
  }),

  queueCase(
    'a name is refused after its task is done, also over a restart, until four hours have passed',
    async (under) => {
      await under.tasks.enqueue(task('t-1'));
      await under.advance(0);

      await under.advance(4 * HOUR_MS - 60_000);
      expect(await under.tasks.enqueue(task('t-1'))).toBe('duplicate');
      await under.restart();
      expect(await under.tasks.enqueue(task('t-1'))).toBe('duplicate');
      await under.advance(120_000);
      expect(await under.tasks.enqueue(task('t-1'))).toBe('created');

      await under.advance(0);
      expect(under.received).toHaveLength(2);
    },
  ),

  queueCase('a name belongs to its queue', async (under) => {
    await under.tasks.enqueue(task('t-1'));

    const elsewhere = await under.tasks.enqueue(task('t-1', { queue: background.name }));

    expect(elsewhere).toBe('created');
  }),

  queueCase('a task is not dispatched before its time', async (under) => {
    await under.tasks.enqueue(task('t-1', { notBefore: under.clock.now() + DAY_MS }));

    await under.advance(DAY_MS - 1);
    expect(under.received).toHaveLength(0);

    await under.advance(1);
    expect(under.received).toHaveLength(1);
  }),

  queueCase('a task that Cloud Tasks would not take is refused', async (under) => {
    const refused = [
      task('t-1', { queue: 'no-such-queue' }),
      task('not a valid name'),
      task('t-2', { body: 'x'.repeat(100 * 1_024) }),
      task('t-3', { notBefore: under.clock.now() + 30 * DAY_MS + 60_000 }),
    ].map((refusable) => under.tasks.enqueue(refusable));

    for (const attempt of refused) await expect(attempt).rejects.toMatchObject({ code: 'invalid_argument' });
    await under.advance(0);
    expect(under.received).toHaveLength(0);
  }),

  queueCase(
    'a refused task comes again with backoff and counts its attempts as Cloud Tasks does',
    async (under) => {
      const times: number[] = [];
      const answers = [503, 404, 200];
      under.answerWith((_delivery, nth) => {
        times.push(under.clock.now());
        return answers[nth - 1] ?? 200;
      });
      await under.tasks.enqueue(task('t-1'));

      await under.advance(HOUR_MS);

      expect(times.slice(1).map((time, index) => time - (times[index] ?? 0))).toEqual([1_000, 2_000]);
      const told = (name: string): readonly (string | undefined)[] =>
        under.received.map((delivery) => headerOf(delivery, name));
      expect(told('x-cloudtasks-taskretrycount')).toEqual(['0', '1', '2']);
      expect(told('x-cloudtasks-taskexecutioncount')).toEqual(['0', '0', '1']);
      expect(told('x-cloudtasks-taskpreviousresponse')).toEqual([undefined, '503', '404']);
    },
  ),

  queueCase('a task is gone after its last attempt, and its name stays taken', async (under) => {
    under.answerWith(() => 500);
    await under.tasks.enqueue(task('t-1'));

    await under.advance(HOUR_MS);

    expect(under.received).toHaveLength(4);
    expect(await under.tasks.enqueue(task('t-1'))).toBe('duplicate');
    expect((await under.queues.list()).map(({ depth }) => depth)).toEqual([0, 0]);
  }),

  queueCase('no more tasks of a queue run at a time than it allows', async (under) => {
    let running = 0;
    let most = 0;
    under.answerWith(async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return 200;
    });
    for (let index = 0; index < 10; index += 1) await under.tasks.enqueue(task(`t-${index}`));

    await under.advance(0);

    expect(under.received).toHaveLength(10);
    expect(most).toBe(live.maxConcurrent);
  }),

  queueCase('a slow task holds up neither its neighbour nor another queue', async (under) => {
    const slow = Promise.withResolvers<number>();
    under.answerWith((delivery) =>
      headerOf(delivery, 'x-cloudtasks-taskname') === 'slow' ? slow.promise : 200,
    );
    await under.tasks.enqueue(task('slow'));
    await under.tasks.enqueue(task('fast-1'));
    await under.tasks.enqueue(task('fast-2'));
    await under.tasks.enqueue(task('other', { queue: background.name }));

    const turn = under.advance(0);
    await expect
      .poll(() => [...namesOf(under.received)].toSorted())
      .toEqual(['fast-1', 'fast-2', 'other', 'slow']);

    slow.resolve(200);
    await turn;
    expect(under.received).toHaveLength(4);
  }),

  queueCase('a paused queue holds its tasks, also over a restart, and the others go on', async (under) => {
    await under.queues.pause(live.name);
    await under.tasks.enqueue(task('held'));
    await under.tasks.enqueue(task('free', { queue: background.name }));

    await under.advance(HOUR_MS);
    await under.restart();
    await under.advance(HOUR_MS);
    expect(namesOf(under.received)).toEqual(['free']);
    expect(await under.queues.list()).toMatchObject([
      { name: live.name, paused: true, depth: 1 },
      { paused: false, depth: 0 },
    ]);

    await under.queues.resume(live.name);
    await under.advance(0);
    expect(namesOf(under.received)).toEqual(['free', 'held']);
  }),

  queueCase('purging drops what waits and keeps its names', async (under) => {
    await under.tasks.enqueue(task('t-1', { notBefore: under.clock.now() + 1_000 }));
    await under.tasks.enqueue(task('t-2', { queue: background.name }));

    await under.queues.purge(live.name);
    await under.advance(HOUR_MS);

    expect(namesOf(under.received)).toEqual(['t-2']);
    expect(await under.tasks.enqueue(task('t-1'))).toBe('duplicate');
  }),

  queueCase('a queue tells how much waits and since when', async (under) => {
    const start = under.clock.now();
    await under.queues.pause(live.name);
    await under.tasks.enqueue(task('t-1', { notBefore: start + 5_000 }));
    await under.tasks.enqueue(task('t-2', { notBefore: start + 9_000 }));
    expect(await under.queues.list()).toMatchObject([
      { depth: 2, oldestDueAt: null },
      { depth: 0, oldestDueAt: null },
    ]);

    await under.advance(60_000);

    expect(await under.queues.list()).toMatchObject([{ depth: 2, oldestDueAt: start + 5_000 }, { depth: 0 }]);
  }),

  queueCase('steering a queue that does not exist is refused', async (under) => {
    await expect(under.queues.pause('no-such-queue')).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(under.queues.purge('no-such-queue')).rejects.toMatchObject({ code: 'invalid_argument' });
  }),

  queueCase('a task whose dispatch ends the process every time is gone in the end', async (under) => {
    under.answerWith((delivery) => (namesOf([delivery])[0] === 'deadly' ? DYING : 200));
    await under.tasks.enqueue(task('deadly'));

    for (let life = 0; life < 2 * live.maxAttempts; life += 1) {
      await under.restart();
      await under.tasks.enqueue(task(`life-${life}`, { queue: background.name }));
      void under.advance(0);
      await expect.poll(() => namesOf(under.received)).toContain(`life-${life}`);
    }

    const attempts = namesOf(under.received).filter((name) => name === 'deadly').length;
    expect(attempts).toBeGreaterThanOrEqual(live.maxAttempts);
    expect(attempts).toBeLessThan(2 * live.maxAttempts);
    expect(await under.queues.list()).toMatchObject([{ name: live.name, depth: 0 }, {}]);
  }),

  queueCase('a task survives the end of the process, also one that was being dispatched', async (under) => {
    const never = Promise.withResolvers<number>();
    under.answerWith(() => never.promise);
    await under.tasks.enqueue(task('in-flight'));
    await under.tasks.enqueue(task('later', { notBefore: under.clock.now() + 1_000 }));
    void under.advance(0);
    await expect.poll(() => under.received.length).toBe(1);

    under.answerWith(() => 200);
    await under.restart();
    await under.advance(HOUR_MS);

    expect(namesOf(under.received)).toEqual(['in-flight', 'in-flight', 'later']);
    never.resolve(200);
  }),
];
