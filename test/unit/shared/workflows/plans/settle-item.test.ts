import { describe, expect, test } from 'vitest';
import { vendorRejected } from '#shared/errors/vendor-faults.ts';
import { plans } from '#shared/model/plan.ts';
import { set } from '#shared/ports/document-store.ts';
import { planItems, type PlanItem } from '#shared/reconciliation/plan-item.ts';
import type { ApplyOutcome } from '#shared/workflows/apply-request.ts';
import { finishStep } from '#shared/workflows/sync-record/finish-step.ts';
import { openRun } from '#shared/workflows/sync-record/open-run.ts';
import { aConnector } from '#test/support/builders/connectors.ts';
import { aContext } from '#test/support/builders/contexts.ts';
import { PLAN } from '#test/support/builders/plans.ts';
import { HUBSPOT, SHOPIFY } from '#test/support/builders/policies.ts';
import { minute, RECORD_ID } from '#test/support/builders/records.ts';
import { behind, keep, load, phonePolicy, taking, tellB, written } from '#test/support/builders/syncing.ts';

const { run, record } = openRun({
  record: behind,
  policy: phonePolicy,
  operations: [tellB()],
  lane: 'operator',
  cause: { kind: 'plan', id: PLAN },
  release: 1,
  at: minute(10),
  plan: { id: PLAN },
});
const running: PlanItem = {
  recordId: RECORD_ID,
  recordVersion: 0,
  decisions: [],
  operations: [tellB()],
  blocked: [],
  hash: '',
  status: 'running',
  reason: null,
  outcomes: {},
  runId: run.id,
  startedAt: minute(10),
  finishedAt: null,
  expireAt: null,
};
const ref = planItems.at(plans.at(PLAN), RECORD_ID);

/** The item after the one commit that settles the run's one step. */
async function itemAfter(outcome: ApplyOutcome): Promise<PlanItem | undefined> {
  const context = aContext({ [HUBSPOT]: aConnector({}), [SHOPIFY]: aConnector({}) }, [phonePolicy]);
  await keep(context, { record, runs: [run] });
  await context.store.commit([set(ref, running)]);
  const finished = await finishStep(context, await load(context, run), 'update-shopify', outcome, []);
  await context.store.commit(finished.writes);
  return (await context.store.get(ref))?.value;
}

describe('the last commit of a run settles the item that it acts for', () => {
  test('as applied', async () => {
    const outcome = {
      status: 'applied',
      stored: written,
      seen: taking.readBack.representation,
      swallowed: {},
      isOurs: true,
      isShared: false,
    } as const;

    expect(await itemAfter(outcome)).toMatchObject({
      status: 'applied',
      reason: null,
      outcomes: { [SHOPIFY]: 'applied' },
      finishedAt: minute(10),
      expireAt: expect.any(Date),
    });
  });

  test('as refused, when the system had moved on', async () => {
    const outcome = {
      status: 'refused',
      reason: 'preimage_moved',
      askedAt: minute(10),
      seen: null,
      matches: [],
    } as const;

    expect(await itemAfter(outcome)).toMatchObject({ status: 'refused', reason: 'preimage_moved' });
  });

  test('as failed, when the vendor would not take it', async () => {
    const error = vendorRejected(
      { system: 'shopify', action: 'update', subject: 'customer 501', writes: false },
      422,
    );

    expect(await itemAfter({ status: 'failed', during: 'writes', error })).toMatchObject({
      status: 'failed',
      reason: 'vendor_rejected',
      outcomes: { [SHOPIFY]: 'vendor_rejected' },
    });
  });

  test('NOT while the run goes on', async () => {
    const waits = { status: 'waits', until: 0, reason: 'system_paused' } as const;

    expect(await itemAfter(waits)).toEqual(running);
  });
});
