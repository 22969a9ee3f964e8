import { localTaskQueue } from '../local-task-queue.ts';

/** Says that it is paused and dispatches all the same. */
export const queueForgetsPause = localTaskQueue('immediate', {
  admin: (admin) => ({ ...admin, pause: async () => undefined }),
});
