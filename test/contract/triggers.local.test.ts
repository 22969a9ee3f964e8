import { describe, expect, test } from 'vitest';
import { triggerDropsOnFailure } from './broken/trigger-drops-on-failure.ts';
import { triggerFiresForEveryWrite } from './broken/trigger-fires-for-every-write.ts';
import { triggerGivesFreshIds } from './broken/trigger-gives-fresh-ids.ts';
import { triggerTellsLastStateOnly } from './broken/trigger-tells-last-state-only.ts';
import { casesBrokenBy } from './contract-case.ts';
import { localTriggers, localTriggersOverStore } from './local-triggers.ts';
import { triggersContract } from './triggers.contract.ts';

describe.each(['immediate', 'sync'] as const)('the embedded triggers, commits grouped %s', (grouping) => {
  test.each(triggersContract)('$title', async ({ run }) => {
    await expect(run(localTriggersOverStore(grouping))).resolves.toBeUndefined();
  });

  test.each(triggersContract)('$title, over a feed that keeps every write', async ({ run }) => {
    await expect(run(localTriggers(grouping))).resolves.toBeUndefined();
  });
});

describe('the contract of the triggers rejects', () => {
  test.each([
    [
      'a trigger that fires for a write that changed nothing',
      triggerFiresForEveryWrite,
      'a write that changes nothing',
    ],
    ['a trigger that drops a refused event', triggerDropsOnFailure, 'a refused event comes again'],
    ['a trigger whose event has a new id each time', triggerGivesFreshIds, 'a refused event comes again'],
    [
      'a trigger that tells the last state only',
      triggerTellsLastStateOnly,
      'every change of a document fires',
    ],
  ])('%s', async (_name, open, promise) => {
    const broken = await casesBrokenBy(triggersContract, open);

    expect(broken.some((title) => title.startsWith(promise))).toBe(true);
  });
});
