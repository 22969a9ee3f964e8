import { localTaskQueue } from '../local-task-queue.ts';

/** Waits for each answer before it dispatches the next task, whatever the queue. */
export const queueRunsOneByOne = localTaskQueue('immediate', {
  deliver: (deliver) => {
    let last: Promise<unknown> = Promise.resolve();
    return (delivery) => {
      const mine = last.then(() => deliver(delivery));
      last = mine.catch(() => undefined);
      return mine;
    };
  },
});
