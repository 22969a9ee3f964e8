import { DEFAULT_ADDRESSES } from '#shared/platform/local/addresses.ts';
import type { Grouping } from '#shared/platform/local/group-commit.ts';
import { createLocalTaskQueue } from '#shared/platform/local/task-queue.ts';
import type { Deliver } from '#shared/ports/delivery.ts';
import type { QueueAdmin } from '#shared/ports/queue-admin.ts';
import type { TaskQueue } from '#shared/ports/task-queue.ts';
import type { QueueTopology } from '#shared/ports/topology.ts';
import { advancePumps, createLocalDeliverySetup } from '#test/support/local-delivery-setup.ts';
import type { OpenQueue, QueueUnderTest } from './task-queue.contract.ts';

/** What a broken queue does differently from the embedded one. */
export interface QueueDefect {
  readonly queues?: (declared: readonly QueueTopology[]) => readonly QueueTopology[];
  readonly deliver?: (deliver: Deliver) => Deliver;
  readonly tasks?: (tasks: TaskQueue) => TaskQueue;
  readonly admin?: (admin: QueueAdmin) => QueueAdmin;
}

/** Opens the embedded task queue, optionally with a planted defect. */
export function localTaskQueue(grouping: Grouping = 'immediate', defect: QueueDefect = {}): OpenQueue {
  return async (declared) => {
    const setup = createLocalDeliverySetup(grouping);
    const { clock, recorder, identity } = setup;
    const start = (): ReturnType<typeof createLocalTaskQueue> => {
      const options = setup.options();
      return createLocalTaskQueue({
        ...options,
        queues: defect.queues?.(declared) ?? declared,
        deliver: defect.deliver?.(options.deliver) ?? options.deliver,
      });
    };
    let local = start();
    const under: QueueUnderTest = {
      tasks: { enqueue: (task) => (defect.tasks?.(local.tasks) ?? local.tasks).enqueue(task) },
      get queues() {
        return defect.admin?.(local.queues) ?? local.queues;
      },
      clock,
      received: recorder.received,
      answerWith: recorder.answerWith,
      advance: (byMs) => advancePumps(clock, () => [local.pump], byMs),
      async restart() {
        await setup.reopen();
        local = start();
      },
      identity,
      audienceOf: DEFAULT_ADDRESSES.audienceOf,
      async close() {
        setup.close();
      },
    };
    return under;
  };
}
