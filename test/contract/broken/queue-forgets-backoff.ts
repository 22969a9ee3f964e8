import { localTaskQueue } from '../local-task-queue.ts';

/** Dispatches a refused task again at once. */
export const queueForgetsBackoff = localTaskQueue('immediate', {
  queues: (declared) => declared.map((queue) => ({ ...queue, minBackoffMs: 1, maxBackoffMs: 1 })),
});
