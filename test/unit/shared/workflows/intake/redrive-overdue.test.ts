import { describe, expect, test } from 'vitest';
import { workflowRuns } from '#shared/engine/run.ts';
import { work as workCollection } from '#shared/model/work.ts';
import { create } from '#shared/ports/document-store.ts';
import { redriveOverdue } from '#shared/workflows/intake/redrive-overdue.ts';
import { aContext } from '#test/support/builders/contexts.ts';
import { HUBSPOT } from '#test/support/builders/policies.ts';
import { RECORD_ID, RUN_ID } from '#test/support/builders/records.ts';
import { aNode, aRun } from '#test/support/builders/runs.ts';
import { aMark, aWork, NOW } from '#test/support/builders/work.ts';

const PACE = { overdueAfterMs: 30_000, firstBackoffMs: 60_000 };

async function owing(differing: Parameters<typeof aWork>[0] = {}) {
  const context = aContext();
  const due = NOW - 30_000;
  const work = aWork({
    marks: { [HUBSPOT]: aMark({ notBefore: due }) },
    wakeAt: due,
    wakeSeq: 3,
    ...differing,
  });
  await context.store.commit([create(workCollection.at(RECORD_ID), work)]);
  const stored = async () => (await context.store.get(workCollection.at(RECORD_ID)))?.value;
  return { context, stored };
}

describe('a debt whose task was lost', () => {
  test('gets a task with a fresh name, due now, and is looked at again later', async () => {
    const { context, stored } = await owing();

    expect(await redriveOverdue(context.ports, NOW, PACE)).toBe(1);

    expect(context.tasks).toMatchObject([{ queue: 'hubspot-live', notBefore: NOW }]);
    expect(await stored()).toMatchObject({ wakeSeq: 4, redrives: 1, wakeAt: NOW + 60_000 });
  });

  test('is left to the task that is on its way until it is overdue', async () => {
    const { context } = await owing({ wakeAt: NOW - 29_999 });

    expect(await redriveOverdue(context.ports, NOW, PACE)).toBe(0);
    expect(context.tasks).toEqual([]);
  });

  test.each([
    [1, 120_000],
    [3, 480_000],
    [40, 3_600_000],
  ])('that was driven %i times before is driven again after %i ms', async (redrives, wait) => {
    const { context, stored } = await owing({ redrives });

    await redriveOverdue(context.ports, NOW, PACE);

    expect((await stored())?.wakeAt).toBe(NOW + wait);
  });

  test('is driven once by two watchdogs', async () => {
    const { context } = await owing();

    const driven = await Promise.all([
      redriveOverdue(context.ports, NOW, PACE),
      redriveOverdue(context.ports, NOW, PACE),
    ]);

    expect(driven.toSorted()).toEqual([0, 1]);
    expect(context.tasks).toHaveLength(1);
  });
});

test('a run that is overdue is driven again too', async () => {
  const context = aContext();
  await context.store.commit([create(workflowRuns.at(RUN_ID), aRun([aNode('a')]))]);

  expect(await redriveOverdue(context.ports, NOW, PACE)).toBe(1);
  expect(context.tasks).toMatchObject([{ body: { kind: 'run', runId: RUN_ID } }]);
});

test('who owes nothing is not driven', async () => {
  const { context } = await owing({ wakeAt: null, marks: {} });

  expect(await redriveOverdue(context.ports, NOW, PACE)).toBe(0);
});
