import { afterEach, describe, expect, test } from 'vitest';
import { createSystemClock } from '#shared/platform/local/clock.ts';
import { openDatabase } from '#shared/platform/local/database.ts';
import { startLoops, type LocalHostLoop } from '#shared/platform/local/host-loop.ts';
import { createLocalTaskQueue, type LocalTaskQueue } from '#shared/platform/local/task-queue.ts';
import type { QueueTopology } from '#shared/ports/topology.ts';
import { type LocalDeliverySetup, createLocalDeliverySetup } from '#test/support/local-delivery-setup.ts';

const queue: QueueTopology = {
  name: 'hubspot-live',
  target: 'step-executor',
  maxConcurrent: 2,
  maxAttempts: 5,
  minBackoffMs: 20,
  maxBackoffMs: 20,
};
const other: QueueTopology = { ...queue, name: 'hubspot-background' };

const GRACE_MS = 5_000;

let setup: LocalDeliverySetup;
let loop: LocalHostLoop | undefined;

afterEach(async () => {
  await loop?.stop(GRACE_MS);
  setup.close();
});

function start(pollForeignWorkMs?: number): LocalTaskQueue {
  setup = createLocalDeliverySetup();
  const local = createLocalTaskQueue({
    ...setup.options(),
    clock: createSystemClock(),
    queues: [queue, other],
    pollForeignWorkMs,
  });
  loop = startLoops([local.pump], { clock: createSystemClock() });
  return local;
}

function namesReceived(): readonly (string | undefined)[] {
  return setup.recorder.received.map(({ headers }) => headers['x-cloudtasks-taskname']);
}

function enqueue(local: LocalTaskQueue, name: string, queueName = queue.name): Promise<unknown> {
  return local.tasks.enqueue({ queue: queueName, name, target: 'step-executor', body: {} });
}

describe('pumps in real time', () => {
  test('dispatch what is added at once, while an earlier delivery is still running', async () => {
    const slow = Promise.withResolvers<number>();
    const local = start();
    setup.recorder.answerWith((_delivery, nth) => (nth === 1 ? slow.promise : 200));
    await enqueue(local, 'slow');
    await expect.poll(() => setup.recorder.received.length).toBe(1);

    await enqueue(local, 'next');
    await enqueue(local, 'and-next');
    await expect.poll(() => setup.recorder.received.length).toBe(3);

    slow.resolve(200);
    await loop?.idle();
  });

  test('come back for a retry and for a task that waits for a slot', async () => {
    const local = start();
    setup.recorder.answerWith((_delivery, nth) => (nth === 1 ? 503 : 200));

    for (let index = 0; index < 10; index += 1) await enqueue(local, `t-${index}`);

    await expect.poll(() => setup.recorder.received.length).toBe(11);
    await loop?.idle();
    expect((await local.queues.list())[0]?.depth).toBe(0);
  });

  test('are idle only when everything has been answered', async () => {
    const slow = Promise.withResolvers<number>();
    const local = start();
    setup.recorder.answerWith(() => slow.promise);
    await enqueue(local, 'slow');
    let isIdle = false;
    const idle = loop?.idle().then(() => (isIdle = true));
    await expect.poll(() => setup.recorder.received.length).toBe(1);

    expect(isIdle).toBe(false);
    slow.resolve(200);

    await idle;
    expect(isIdle).toBe(true);
  });

  test('finish what has begun when they are stopped, and begin nothing more', async () => {
    const slow = Promise.withResolvers<number>();
    const local = start();
    setup.recorder.answerWith(() => slow.promise);
    for (let index = 0; index < 5; index += 1) await enqueue(local, `t-${index}`);
    await expect.poll(() => setup.recorder.received.length).toBe(2);

    const stopped = loop?.stop(GRACE_MS);
    slow.resolve(200);
    await stopped;

    expect(setup.recorder.received).toHaveLength(2);
    expect((await local.queues.list())[0]?.depth).toBe(3);
  });

  test('do NOT wait for what hangs longer than the grace when they are stopped', async () => {
    const hanging = Promise.withResolvers<number>();
    const local = start();
    setup.recorder.answerWith(() => hanging.promise);
    await enqueue(local, 'hanging');
    await expect.poll(() => setup.recorder.received.length).toBe(1);

    await loop?.stop(1);

    expect((await local.queues.list())[0]?.depth).toBe(1);
    hanging.resolve(200);
  });

  test('find what another process adds to the same file', async () => {
    start(10);
    const options = setup.options();
    const database = openDatabase({ file: `${setup.directory}/concord.sqlite`, durability: 'relaxed' });
    const foreign = createLocalTaskQueue({
      ...options,
      database,
      clock: createSystemClock(),
      queues: [queue, other],
      isHost: false,
    });

    await enqueue(foreign, 'from-elsewhere');
    await expect.poll(() => setup.recorder.received.length).toBe(1);
    await foreign.queues.pause(queue.name);
    await enqueue(foreign, 'held');
    await enqueue(foreign, 'marker', other.name);
    await expect.poll(() => namesReceived()).toContain('marker');
    expect(namesReceived()).not.toContain('held');
    await foreign.queues.resume(queue.name);

    await expect.poll(() => namesReceived()).toContain('held');
    database.close();
  });

  test('tell their health', async () => {
    start();

    await expect
      .poll(() => loop?.pumps())
      .toMatchObject([{ name: 'tasks', alive: true, lastTurnAt: expect.any(Number), undelivered: 0 }]);
  });

  test('go on after turns that failed, and tell of the first', async () => {
    setup = createLocalDeliverySetup();
    let turns = 0;
    const fails = {
      name: 'fails-twice',
      async runOnce() {
        turns += 1;
        if (turns <= 2) throw new Error(`turn ${turns}`);
        return { delivered: 0, nextDueAt: null };
      },
    };
    const told: unknown[] = [];
    loop = startLoops([fails], {
      clock: createSystemClock(),
      onBroken: (pump, error) => told.push(pump, error),
    });
    await expect.poll(() => loop?.pumps()[0]?.alive).toBe(false);

    loop.wake();
    await expect.poll(() => turns).toBe(2);
    loop.wake();

    await expect.poll(() => loop?.pumps()[0]?.alive).toBe(true);
    expect(told).toEqual(['fails-twice', new Error('turn 1')]);
  });
});
