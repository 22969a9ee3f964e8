import { invalidArgument } from '#shared/errors/faults.ts';
import type { Clock } from '#shared/ports/clock.ts';
import type { QueueAdmin } from '#shared/ports/queue-admin.ts';
import type { QueueTopology } from '#shared/ports/topology.ts';
import type { DeliveryPump } from './delivery-pump.ts';
import type { GroupCommit } from './group-commit.ts';
import { NAME_TAKEN_MS } from './task-limits.ts';
import type { TaskEntry, TaskRows } from './task-rows.ts';

export interface LocalQueueAdminOptions {
  readonly queues: readonly QueueTopology[];
  readonly rows: TaskRows;
  readonly group: GroupCommit;
  readonly pump: DeliveryPump<TaskEntry>;
  readonly clock: Clock;
}

/** Steers the embedded queues. Pausing and purging are durable before they answer. */
export function createLocalQueueAdmin({
  queues,
  rows,
  group,
  pump,
  clock,
}: LocalQueueAdminOptions): QueueAdmin {
  const names = new Set(queues.map(({ name }) => name));
  const check = (queue: string): void => {
    if (!names.has(queue)) throw invalidArgument(`There is no queue ${queue}.`);
  };
  const setPaused = async (queue: string, isPaused: boolean): Promise<void> => {
    check(queue);
    await group.submit(() => rows.setPaused(queue, isPaused));
    pump.setPaused(queue, isPaused);
  };

  return {
    async list() {
      group.flush();
      const counts = rows.counts(clock.now());
      const paused = rows.pausedQueues();
      return queues.map(({ name }) => ({
        name,
        paused: paused.has(name),
        depth: counts.get(name)?.depth ?? 0,
        oldestDueAt: counts.get(name)?.oldestDueAt ?? null,
      }));
    },
    pause: (queue) => setPaused(queue, true),
    resume: (queue) => setPaused(queue, false),
    async purge(queue) {
      check(queue);
      await group.submit(() => rows.buryQueue(queue, clock.now() + NAME_TAKEN_MS));
      pump.drop(queue);
    },
  };
}
