import { localTaskQueue } from '../local-task-queue.ts';

let reuses = 0;

/** Forgets a name as soon as its task is done. */
export const queueReusesNames = localTaskQueue('immediate', {
  tasks: (tasks) => ({
    async enqueue(task) {
      const result = await tasks.enqueue(task);
      return result === 'created'
        ? result
        : tasks.enqueue({ ...task, name: `${task.name}-${(reuses += 1)}` });
    },
  }),
});
