import { describe, expect, test } from 'vitest';
import { RecordId } from '#shared/model/ids.ts';
import {
  emptyWork,
  taskOfRun,
  taskOfWork,
  WAKE_SHARDS,
  wakeShardOf,
} from '#shared/workflows/sync-record/wake.ts';
import { HUBSPOT, SHOPIFY } from '#test/support/builders/policies.ts';
import { RECORD_ID } from '#test/support/builders/records.ts';
import { aNode, aRun, aStep, RUN_START } from '#test/support/builders/runs.ts';
import { aMark, aWork, NOW } from '#test/support/builders/work.ts';

describe('the task that serves a record', () => {
  const owing = aWork({ marks: { [HUBSPOT]: aMark() }, wakeAt: NOW, wakeSeq: 3 });

  test('names the record, when it is due, and the queue of what it owes', () => {
    expect(taskOfWork(owing)).toEqual({
      queue: 'hubspot-live',
      name: expect.stringMatching(/^[0-9a-f]{32}$/),
      target: 'step-executor',
      body: { kind: 'record', recordId: RECORD_ID },
      notBefore: NOW,
    });
  });

  test('waits on the queue of the most urgent of the debts that are due', () => {
    const both = {
      ...owing,
      marks: { [HUBSPOT]: aMark({ lane: 'background' }), [SHOPIFY]: aMark({ lane: 'operator' }) },
    } as const;

    expect(taskOfWork(both)?.queue).toBe('shopify-operator');
  });

  test('waits for the debt that is due first', () => {
    const both = {
      ...owing,
      marks: { [HUBSPOT]: aMark({ notBefore: NOW + 60_000, lane: 'operator' }), [SHOPIFY]: aMark() },
    } as const;

    expect(taskOfWork(both)).toMatchObject({ queue: 'shopify-live', notBefore: NOW });
  });

  test('has a name of its own for every debt and every record', () => {
    const names = [owing, { ...owing, wakeSeq: 4 }, { ...owing, recordId: RecordId('rec_02') }].map(
      (work) => taskOfWork(work)?.name,
    );

    expect(new Set(names).size).toBe(3);
    expect(taskOfWork({ ...owing })?.name).toBe(names[0]);
  });

  test('does not exist when nothing is owed', () => {
    expect(taskOfWork(emptyWork(RECORD_ID))).toBeUndefined();
    expect(taskOfWork({ ...owing, wakeAt: null })).toBeUndefined();
  });
});

describe('the task that continues a run', () => {
  test('waits on the queue of the system whose step is due first', () => {
    const dag = [aNode('a'), aNode('b', [], 'shopify')];
    const steps = { a: aStep({ notBefore: RUN_START + 60_000 }), b: aStep() };

    expect(taskOfRun(aRun(dag, { steps }))).toMatchObject({
      queue: 'shopify-live',
      target: 'step-executor',
      body: { kind: 'run' },
      notBefore: RUN_START,
    });
  });

  test('has another name each time, and none once the run has ended', () => {
    const run = aRun([aNode('a')]);

    expect(taskOfRun({ ...run, wakeSeq: 2 })?.name).not.toBe(taskOfRun(run)?.name);
    expect(taskOfRun({ ...run, wakeAt: null })).toBeUndefined();
  });
});

test('the shards of the wake index are all used, and a record always has the same one', () => {
  const ids = Array.from({ length: 200 }, (_, index) => `rec_${index}`);

  expect(new Set(ids.map(wakeShardOf))).toEqual(
    new Set(Array.from({ length: WAKE_SHARDS }, (_, shard) => shard)),
  );
  expect(ids.map(wakeShardOf)).toEqual(ids.map(wakeShardOf));
});
