import { describe, expect, test } from 'vitest';
import { newerRelease } from '#shared/errors/faults.ts';
import { workflowRuns } from '#shared/engine/run.ts';
import { planRunIdOf, RecordId } from '#shared/model/ids.ts';
import { plans, type Plan, type PlanDirection } from '#shared/model/plan.ts';
import { records, type RecordDocument } from '#shared/model/record.ts';
import { controlRef } from '#shared/model/settings.ts';
import { set, type DocumentStore } from '#shared/ports/document-store.ts';
import { planItems, type PlanItem } from '#shared/reconciliation/plan-item.ts';
import { newPlan } from '#shared/workflows/plans/new-plan.ts';
import { startItem } from '#shared/workflows/plans/start-item.ts';
import { servePlan } from '#shared/workflows/plans/serve-plan.ts';
import { APPLY_PLAN } from '#shared/workflows/sync-record/open-run.ts';
import { aConnector } from '#test/support/builders/connectors.ts';
import { aContext, type TestContext } from '#test/support/builders/contexts.ts';
import { FROM_SHOPIFY, level, PLAN, torn } from '#test/support/builders/plans.ts';
import { aPolicy, EMAIL, HUBSPOT, PHONE, SHOPIFY } from '#test/support/builders/policies.ts';
import { minute, RECORD_ID, RUN_ID, says } from '#test/support/builders/records.ts';
import { keep, phonePolicy, recordNow, workNow } from '#test/support/builders/syncing.ts';

interface Setting {
  readonly record?: RecordDocument;
  readonly direction?: PlanDirection;
}

/** A plan in one direction for one record, built and not yet applied. */
async function builtPlan({ record = torn, direction = FROM_SHOPIFY }: Setting = {}) {
  const bare = aContext({ [HUBSPOT]: aConnector({}), [SHOPIFY]: aConnector({}) }, [phonePolicy]);
  const fields = [{ path: PHONE, native: 'phone' }] as never;
  const mapping = { type: phonePolicy.type, fields } as never;
  const context = {
    ...bare,
    client: { ...bare.client, mappings: { [HUBSPOT]: [mapping], [SHOPIFY]: [mapping] } },
  };
  await keep(context, { record });
  const request = {
    id: PLAN,
    kind: 'reconcile',
    scope: { kind: 'ids', ids: [RECORD_ID] },
    direction,
    createdBy: 'olga',
    reason: null,
    follows: null,
  } as const;
  await context.store.commit([set(plans.at(PLAN), newPlan(context, request, context.clock.now()))]);
  await servePlan(context, PLAN);
  return context;
}

async function start(context: TestContext): Promise<void> {
  const plan = await planNow(context);
  const started: Partial<Plan> = { state: 'applying', startedBy: 'olga', startedAt: minute(10), wakeAt: 0 };
  await context.store.commit([set(plans.at(PLAN), { ...plan, ...started })]);
  await servePlan(context, PLAN);
}

async function planNow(context: TestContext): Promise<Plan> {
  const plan = await context.store.get(plans.at(PLAN));
  if (plan === undefined) throw new Error('There is no plan.');
  return plan.value;
}

async function itemNow(context: TestContext): Promise<PlanItem | undefined> {
  return (await context.store.get(planItems.at(plans.at(PLAN), RECORD_ID)))?.value;
}

async function change(context: TestContext, differing: Partial<RecordDocument>): Promise<void> {
  const record = await recordNow(context);
  if (record !== undefined)
    await context.store.commit([set(records.at(RECORD_ID), { ...record, ...differing })]);
}

const runId = planRunIdOf(APPLY_PLAN, RECORD_ID, PLAN);

describe('an item that is handed out', () => {
  test('is decided and given its run in one commit, whose id derives from plan and record (M2)', async () => {
    const context = await builtPlan();

    await start(context);

    const run = (await context.store.get(workflowRuns.at(runId)))?.value;
    expect(run).toMatchObject({
      workflow: 'apply-plan',
      lane: 'operator',
      cause: { kind: 'plan', id: PLAN },
      input: { plan: { id: PLAN } },
    });
    expect(await itemNow(context)).toMatchObject({ status: 'running', runId, expireAt: null });
    const record = await recordNow(context);
    expect(record?.golden[PHONE]).toMatchObject({ value: says('c'), cause: { system: SHOPIFY } });
    expect(record?.writeSets).toEqual({
      [runId]: { epoch: 1, targets: [{ system: HUBSPOT, path: PHONE }] },
    });
    expect(context.tasks.map(({ body }) => body)).toContainEqual({ kind: 'run', runId, recordId: RECORD_ID });
  });

  test('again does nothing more', async () => {
    const context = await builtPlan();
    await start(context);
    const before = await recordNow(context);

    await servePlan(context, PLAN);

    expect(await recordNow(context)).toEqual(before);
  });

  test('is refused when a system has said something else since the preview', async () => {
    const context = await builtPlan();
    const seen = torn.representations[HUBSPOT];
    const moved = { ...torn.representations, [HUBSPOT]: { ...seen, fields: { [PHONE]: says('z') } } };
    await change(context, { representations: moved });

    await start(context);

    expect(await itemNow(context)).toMatchObject({ status: 'refused', reason: 'preimage_moved' });
    expect((await recordNow(context))?.golden).toEqual(torn.golden);
    await servePlan(context, PLAN);
    expect(await planNow(context)).toMatchObject({ state: 'partly_applied' });
  });

  test('is refused naming the run that is writing to the record', async () => {
    const context = await builtPlan();
    const targets = [{ system: HUBSPOT, path: EMAIL }];
    await change(context, { writeSets: { [RUN_ID]: { epoch: 1, targets } } });

    await start(context);

    expect(await itemNow(context)).toMatchObject({ status: 'refused', reason: `write_set_busy:${RUN_ID}` });
  });

  test('is applied although the record has changed elsewhere', async () => {
    const context = await builtPlan();
    await change(context, { historyCount: 7, unexplainedSince: { [EMAIL]: minute(3) } });

    await start(context);

    expect(await itemNow(context)).toMatchObject({ status: 'running' });
  });

  test('without a write is applied at once, and its record owes a comparison (M7)', async () => {
    const direction: PlanDirection = {
      default: { kind: 'none' },
      overrides: { [PHONE]: { kind: 'hold', reason: 'under dispute' } },
    };
    const context = await builtPlan({ record: level, direction });

    await start(context);

    expect(await itemNow(context)).toMatchObject({ status: 'applied', runId: null });
    expect((await recordNow(context))?.holds[PHONE]).toMatchObject({ by: 'olga', reason: 'under dispute' });
    expect((await workNow(context))?.marks).toMatchObject({ concord: { lane: 'operator' } });
    expect(await planNow(context)).toMatchObject({ state: 'applied', wakeAt: null });
  });

  test('is left to a newer release that has judged its record (M6)', async () => {
    const context = await builtPlan();
    await change(context, { release: 9 });

    await expect(start(context)).rejects.toThrow(newerRelease(`Record ${RECORD_ID}`, 9, 1).message);
    expect(await itemNow(context)).toMatchObject({ status: 'pending' });
  });

  test('of a record that stands for itself no more is refused', async () => {
    const context = await builtPlan();
    await change(context, { state: 'merged' });

    await start(context);

    expect(await itemNow(context)).toMatchObject({ status: 'refused', reason: 'unknown_record' });
  });

  test('whose run somebody else was given the place of ends with it', async () => {
    const context = await builtPlan();
    await start(context);
    const run = await context.store.get(workflowRuns.at(runId));
    if (run === undefined) throw new Error('The item has no run.');
    await context.store.commit([set(run.ref, { ...run.value, state: 'cancelled', wakeAt: null })]);

    for (let turn = 0; turn < 6; turn += 1) await servePlan(context, PLAN);

    expect(await itemNow(context)).toMatchObject({ status: 'refused', reason: 'fenced_out' });
    expect(await planNow(context)).toMatchObject({ state: 'partly_applied' });
  });
});

test('a plan does not end while the last item is handed out by somebody else', async () => {
  const context = await builtPlan();
  const modes = { client: { mode: 'observe', since: null }, systems: {}, dimensions: {} } as const;
  await context.store.commit([set(controlRef, { modes, pauses: {} })]);
  const { store } = context;
  let isHandedOut = false;
  const overtaken: DocumentStore = {
    ...store,
    // Whoever counts last has seen what happened between.
    count: async (query) => {
      const isPending = query.where?.some(([, , value]) => value === 'pending') === true;
      if (isPending && !isHandedOut) {
        isHandedOut = true;
        const item = await store.get(planItems.at(plans.at(PLAN), RECORD_ID));
        if (item !== undefined) await startItem(context, await planNow(context), item);
      }
      return store.count(query);
    },
  };

  await start({ ...context, ports: { ...context.ports, store: overtaken } });

  expect(isHandedOut).toBe(true);
  expect(await itemNow(context)).toMatchObject({ status: 'running' });
  expect(await planNow(context)).toMatchObject({ state: 'applying' });
});

describe('a plan that is built', () => {
  test('says nothing about what is settled', async () => {
    const context = await builtPlan({ record: level });

    expect(await itemNow(context)).toBeUndefined();
    expect(await planNow(context)).toMatchObject({
      state: 'ready',
      tier: 0,
      totals: { examined: 1, items: 0 },
    });
  });

  test('says of a record that is not there that it is not', async () => {
    const context = await builtPlan();
    const missing = {
      ...(await planNow(context)),
      scope: { kind: 'ids', ids: [RecordId('rec_99')] } as const,
    };
    const building = { state: 'building', cursor: { after: null, itemsHash: '' } } as const;
    await context.store.commit([set(plans.at(PLAN), { ...missing, ...building })]);

    await servePlan(context, PLAN);

    expect((await planNow(context)).totals.blocked).toEqual({ unknown_record: 1 });
  });

  test('under another policy is another plan', async () => {
    const one = await planNow(await builtPlan());
    const context = aContext({}, [aPolicy([])]);

    const other = newPlan(context, { ...one, id: PLAN }, 0);

    expect(other.policyHash).not.toBe(one.policyHash);
  });
});
