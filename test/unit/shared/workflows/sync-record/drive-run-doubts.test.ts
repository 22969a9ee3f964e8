import { expect, test } from 'vitest';
import { records, type RecordDocument } from '#shared/model/record.ts';
import { update } from '#shared/ports/document-store.ts';
import { taskOfRun } from '#shared/workflows/sync-record/wake.ts';
import { runRef } from '#shared/workflows/sync-record/loaded-run.ts';
import { driveRun } from '#shared/workflows/sync-record/drive-run.ts';
import { aConnector } from '#test/support/builders/connectors.ts';
import { aContext, type TestContext } from '#test/support/builders/contexts.ts';
import { HUBSPOT, SHOPIFY } from '#test/support/builders/policies.ts';
import { RECORD_ID, RUN_ID } from '#test/support/builders/records.ts';
import { aStep } from '#test/support/builders/runs.ts';
import {
  found,
  keep,
  opened,
  phonePolicy,
  recordNow,
  taking,
  tellB,
} from '#test/support/builders/syncing.ts';
import { NOW } from '#test/support/builders/work.ts';

const named = { runId: RUN_ID, recordId: RECORD_ID };

test('a write in doubt that was sent again by an owner that is gone is in doubt anew (L3, M2)', async () => {
  const { run, record } = opened();
  const doubtful = aStep({ status: 'unknown', attempts: 1, notBefore: NOW, unresolvedUntil: NOW });
  const shopify = aConnector({
    ...taking,
    read: [
      async () => {
        context.clock.advance(40_000);
        return found('a');
      },
      found('a'),
    ],
    // Sent, and then its invocation is gone: neither the step nor the lease is told.
    update: [new TypeError('the process ends'), taking.update],
  });
  const context: TestContext = aContext({ [HUBSPOT]: aConnector({}), [SHOPIFY]: shopify }, [phonePolicy]);
  await keep(context, { record, runs: [{ ...run, steps: { 'update-shopify': doubtful } }] });
  await expect(driveRun(context, named)).rejects.toThrow('the process ends');

  // The lease may be taken over, and what was sent 32 s ago may still take effect for 38 s (call and settling).
  context.clock.advanceTo(NOW + 72_000);
  await driveRun(context, named);

  expect(shopify.calls.map(({ action }) => action)).toEqual(['read', 'update', 'read']);
});

test('a run that another one has put in doubt is continued by a task of its own (L3, M1)', async () => {
  const { run: former, record } = opened();
  const taker = opened(record, [tellB(HUBSPOT)]);
  const connectors = { [HUBSPOT]: aConnector({ ...taking, read: found('b') }), [SHOPIFY]: aConnector({}) };
  const context = aContext(connectors, [phonePolicy]);
  const lease = { owner: 'earlier', runId: former.id, expiresAt: NOW };
  await keep(context, { record: taker.record, runs: [former, taker.run], lease });
  context.clock.advanceTo(NOW + 12_000);

  await driveRun(context, { runId: taker.run.id, recordId: RECORD_ID });

  const inDoubt = (await context.store.get(runRef(former.id)))?.value;
  expect(inDoubt?.steps['update-shopify']?.status).toBe('unknown');
  expect(context.tasks).toContainEqual(inDoubt && taskOfRun(inDoubt));
});

test('an outcome that is committed again does not take the record back from a newer release (M6)', async () => {
  const { run, record } = opened();
  const shopify = aConnector({
    ...taking,
    update: async () => {
      await context.store.commit([update<RecordDocument>(records.at(RECORD_ID), { release: 2 })]);
      return taking.update;
    },
  });
  const context: TestContext = aContext({ [HUBSPOT]: aConnector({}), [SHOPIFY]: shopify }, [phonePolicy]);
  await keep(context, { record, runs: [run] });

  await driveRun(context, named).catch(() => undefined);

  expect((await recordNow(context))?.release).toBe(2);
});
