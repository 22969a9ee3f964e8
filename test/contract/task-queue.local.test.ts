import { describe, expect, test } from 'vitest';
import { queueDropsOnFailure } from './broken/queue-drops-on-failure.ts';
import { queueForgetsBackoff } from './broken/queue-forgets-backoff.ts';
import { queueForgetsPause } from './broken/queue-forgets-pause.ts';
import { queueReusesNames } from './broken/queue-reuses-names.ts';
import { queueRunsOneByOne } from './broken/queue-runs-one-by-one.ts';
import { casesBrokenBy } from './contract-case.ts';
import { localTaskQueue } from './local-task-queue.ts';
import { taskQueueContract } from './task-queue.contract.ts';

describe.each(['immediate', 'sync'] as const)('the embedded task queue, commits grouped %s', (grouping) => {
  test.each(taskQueueContract)('$title', async ({ run }) => {
    await expect(run(localTaskQueue(grouping))).resolves.toBeUndefined();
  });
});

describe('the contract of the task queue rejects', () => {
  test.each([
    [
      'a queue that lets a name be used again after its task is done',
      queueReusesNames,
      'a name is refused after its task is done',
    ],
    ['a queue that drops a refused task', queueDropsOnFailure, 'a refused task comes again'],
    ['a queue that forgets its backoff', queueForgetsBackoff, 'a refused task comes again'],
    ['a queue that goes on while it is paused', queueForgetsPause, 'a paused queue holds its tasks'],
    ['a queue in which a slow task holds up the next', queueRunsOneByOne, 'a slow task holds up neither'],
  ])('%s', async (_name, open, promise) => {
    const broken = await casesBrokenBy(taskQueueContract, open);

    expect(broken.some((title) => title.startsWith(promise))).toBe(true);
  });
});
