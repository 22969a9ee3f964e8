import { describe, expect, test } from 'vitest';
import { presenceRuleName } from '#shared/authority/rules.ts';
import { leases, type Lease } from '#shared/engine/lease.ts';
import { CLEARED } from '#shared/model/field-value.ts';
import { runIdOf } from '#shared/model/ids.ts';
import { records, type RecordDocument } from '#shared/model/record.ts';
import { set, update, type Write } from '#shared/ports/document-store.ts';
import type { Operation } from '#shared/reconciliation/operation.ts';
import { driveRun } from '#shared/workflows/sync-record/drive-run.ts';
import { runRef } from '#shared/workflows/sync-record/loaded-run.ts';
import type { OpenedRun, SyncRun } from '#shared/workflows/sync-record/open-run.ts';
import { taskOfRun } from '#shared/workflows/sync-record/wake.ts';
import { aConnector, type Answers, type ScriptedConnector } from '#test/support/builders/connectors.ts';
import { aContext, type TestContext } from '#test/support/builders/contexts.ts';
import { aField, aPolicy, HUBSPOT, owner, PHONE, SHOPIFY } from '#test/support/builders/policies.ts';
import { minute, RECORD_ID, RUN_ID, says } from '#test/support/builders/records.ts';
import { aStep } from '#test/support/builders/runs.ts';
import {
  behind,
  found,
  keep,
  opened,
  phonePolicy,
  recordNow,
  saying,
  taking,
  tellB,
} from '#test/support/builders/syncing.ts';
import { NOW } from '#test/support/builders/work.ts';

const STEP = 'update-shopify';
const lease = leases.at(RECORD_ID);
const named = { runId: RUN_ID, recordId: RECORD_ID };
const asked = (shopify: ScriptedConnector) => shopify.calls.map(({ action }) => action);

interface Setting extends Partial<OpenedRun> {
  readonly lease?: Lease;
  readonly policy?: typeof phonePolicy;
}

/** An opened run, and the shop that it writes to. */
async function aStored(answers: Answers, setting: Setting = {}) {
  const { run, record } = { ...opened(), ...setting };
  const shopify = aConnector(answers);
  const connectors = { [HUBSPOT]: aConnector({}), [SHOPIFY]: shopify };
  const context = aContext(connectors, [setting.policy ?? phonePolicy]);
  const held = setting.lease === undefined ? {} : { lease: setting.lease };
  await keep(context, { record, runs: [run], ...held });
  return { context, shopify, run, record };
}

const runNow = async (context: TestContext) => (await context.store.get(runRef(RUN_ID)))?.value;
const stepNow = async (context: TestContext) => (await runNow(context))?.steps[STEP];
const ownerNow = async (context: TestContext) => (await context.store.get(lease))?.value.owner;

describe('a run', () => {
  test('carries out its step, settles it on the record and gives the lease back', async () => {
    const { context, shopify } = await aStored(taking);

    expect(await driveRun(context, named)).toBe('ended');

    expect(asked(shopify)).toEqual(['read', 'update', 'readBack']);
    expect(await runNow(context)).toMatchObject({ state: 'succeeded', wakeAt: null });
    expect(await recordNow(context)).toMatchObject({
      writeSets: {},
      representations: { [SHOPIFY]: { fields: { [PHONE]: says('b') } } },
      bases: { [SHOPIFY]: { [PHONE]: { value: says('b') } } },
    });
    expect(await ownerNow(context)).toBeNull();
  });

  test('that has ended, or that nobody knows, asks nobody', async () => {
    const { context, shopify } = await aStored(taking);
    await driveRun(context, named);
    const calls = asked(shopify);

    expect(await driveRun(context, named)).toBe('already_ended');
    const unknown = { ...named, runId: runIdOf('sync-record', RECORD_ID, 9) };
    expect(await driveRun(context, unknown)).toBe('unknown_run');

    expect(asked(shopify)).toEqual(calls);
  });

  test('takes no lease before a step is due', async () => {
    const { run } = opened();
    const later: SyncRun = { ...run, steps: { [STEP]: aStep({ notBefore: NOW + 1 }) } };
    const { context } = await aStored(taking, { run: later });

    expect(await driveRun(context, named)).toBe('nothing_due');

    expect(await context.store.get(lease)).toBeUndefined();
  });

  test('that two invocations drive at once writes once (M2, M3)', async () => {
    const { context, shopify } = await aStored(taking);

    const reasons = await Promise.all([driveRun(context, named), driveRun(context, named)]);

    expect(reasons).toContain('ended');
    expect(asked(shopify).filter((action) => action === 'update')).toHaveLength(1);
  });

  test('that somebody else has driven since it was read is read again, and asks nobody (L3)', async () => {
    const { context, shopify } = await aStored(taking);
    let calls: readonly string[] = [];
    const getAll: typeof context.store.getAll = async (refs) => {
      const read = await context.store.getAll(refs);
      if (calls.length === 0) {
        await driveRun(context, named);
        calls = asked(shopify);
      }
      return read;
    };
    const slower = { ...context, ports: { ...context.ports, store: { ...context.store, getAll } } };

    expect(await driveRun(slower, named)).toBe('already_ended');

    expect(calls).toEqual(['read', 'update', 'readBack']);
    expect(asked(shopify)).toEqual(calls);
  });
});

describe('a vendor call starts only when the lease outlives its deadline (L1)', () => {
  test.each([
    ['a read of 48 s still leaves time for the write', 48_000, ['read', 'update', 'readBack']],
    ['a read of a millisecond more does not', 48_001, ['read']],
  ])('%s', async (_title, tookMs, calls) => {
    const { context, shopify } = await aStored({
      ...taking,
      read: async () => {
        context.clock.advance(tookMs);
        return found('a');
      },
    });

    await driveRun(context, named);

    expect(asked(shopify)).toEqual(calls);
  });

  test('and what it leaves undone is due at once, for whoever takes the lease next', async () => {
    const slow = async () => {
      context.clock.advance(50_000);
      return found('a');
    };
    const { context } = await aStored({ ...taking, read: [slow, found('a')] });

    expect(await driveRun(context, named)).toBe('advanced');

    expect(await stepNow(context)).toMatchObject({ status: 'pending', reason: 'lease_too_short' });
    expect(await ownerNow(context)).toBeNull();
    expect(context.tasks).toMatchObject([{ queue: 'shopify-live', notBefore: NOW + 50_000 }]);
    expect(await driveRun(context, named)).toBe('ended');
  });
});

describe('a lease that was not given back', () => {
  const abandoned: Lease = { owner: 'earlier', runId: RUN_ID, expiresAt: NOW + 60_000 };
  const OVER = abandoned.expiresAt + 12_000;

  test('parks the run as long as its owner may still be acting (L2, L4)', async () => {
    const { context, shopify } = await aStored(taking, { lease: abandoned });
    context.clock.advanceTo(OVER - 1);

    expect(await driveRun(context, named)).toBe('busy');

    expect(asked(shopify)).toEqual([]);
    const parked = await runNow(context);
    expect(parked).toMatchObject({ state: 'waiting', wakeAt: OVER });
    expect(context.tasks).toEqual([parked && taskOfRun(parked)]);
  });

  test('means that the write may be under way: it is looked for and not sent (L3)', async () => {
    const { context, shopify, record } = await aStored(taking, { lease: abandoned });
    context.clock.advanceTo(OVER);

    expect(await driveRun(context, named)).toBe('advanced');

    expect(asked(shopify)).toEqual(['read']);
    expect(await runNow(context)).toMatchObject({
      epoch: record.epoch + 1,
      steps: { [STEP]: { status: 'unknown', reason: 'effect_unresolved', notBefore: OVER + 60_000 } },
    });
  });

  test('lets the write go out again once the vendor has certainly settled it (L3)', async () => {
    const { context, shopify } = await aStored(taking, { lease: abandoned });
    context.clock.advanceTo(OVER);
    await driveRun(context, named);
    context.clock.advanceTo(OVER + 60_000);

    expect(await driveRun(context, named)).toBe('ended');

    expect(asked(shopify)).toEqual(['read', 'read', 'update', 'readBack']);
  });

  test('whose owner had written in time is settled without another write (L3)', async () => {
    const { context, shopify } = await aStored({ ...taking, read: found('b') }, { lease: abandoned });
    context.clock.advanceTo(OVER);

    expect(await driveRun(context, named)).toBe('ended');

    expect(asked(shopify)).toEqual(['read', 'readBack']);
  });
});

describe('what a newer release has touched is left to it (M6)', () => {
  const { run, record } = opened();

  test.each<[string, Partial<OpenedRun>]>([
    ['a run that it has begun', { run: { ...run, release: 2 } }],
    ['a record that it has judged', { record: { ...record, release: 2 } }],
  ])('%s', async (_what, newer) => {
    const stored = await aStored(taking, newer);

    await expect(driveRun(stored.context, named)).rejects.toMatchObject({
      code: 'newer_release',
      disposition: 'retry',
    });

    expect(asked(stored.shopify)).toEqual([]);
    expect(await stored.context.store.get(lease)).toBeUndefined();
    expect(await runNow(stored.context)).toEqual(stored.run);
  });
});

describe('a write in doubt whose rule has changed is looked for, and never sent again (A1, M6)', () => {
  const doubtful = aStep({ status: 'unknown', attempts: 1, notBefore: NOW, unresolvedUntil: NOW });

  test('an update', async () => {
    const { run } = opened();
    const { context, shopify } = await aStored(taking, {
      run: { ...run, steps: { [STEP]: doubtful } },
      policy: aPolicy([aField(PHONE, owner(HUBSPOT))]),
    });

    expect(await driveRun(context, named)).toBe('ended');

    expect(asked(shopify)).toEqual(['read']);
    expect(await stepNow(context)).toMatchObject({ status: 'refused', reason: 'rule_changed' });
    expect((await recordNow(context))?.writeSets).toEqual({});
  });

  test('a create', async () => {
    const presence = presenceRuleName(phonePolicy, SHOPIFY);
    const birth: Operation = {
      ...tellB(),
      action: 'create',
      nativeId: null,
      fields: tellB().fields.map((field) => ({
        ...field,
        from: CLEARED,
        rule: presence.id,
        ruleHash: presence.hash,
      })),
    };
    const { [SHOPIFY]: _, ...links } = behind.links;
    const { [SHOPIFY]: __, ...representations } = behind.representations;
    const { run, record } = opened({ ...behind, links, representations }, [birth]);
    const { context, shopify } = await aStored(
      { find: { status: 'none' } },
      {
        record,
        run: { ...run, steps: { 'create-shopify': doubtful } },
        policy: { ...phonePolicy, presence: { [HUBSPOT]: 'required', [SHOPIFY]: 'optional' } },
      },
    );

    expect(await driveRun(context, named)).toBe('ended');

    expect(asked(shopify)).toEqual(['find']);
    const step = (await runNow(context))?.steps['create-shopify'];
    expect(step).toMatchObject({ status: 'refused', reason: 'rule_changed' });
  });
});

describe('a run that was fenced out while it wrote commits nothing of it (D1)', () => {
  const { run, record } = opened();
  const held = record.writeSets[RUN_ID];

  test.each<[string, (context: TestContext) => Promise<readonly Write[]>]>([
    ['the lease is another\u2019s', async () => [set(lease, aTakenLease())]],
    [
      'the run acts under a new epoch, and so does its hold on the record',
      async () => [
        update<SyncRun>(runRef(RUN_ID), { epoch: 2 }),
        update<RecordDocument>(records.at(RECORD_ID), withEpoch(2)),
      ],
    ],
    [
      'the record was given to another epoch',
      async () => [update<RecordDocument>(records.at(RECORD_ID), withEpoch(2))],
    ],
    [
      'the record no longer knows the run',
      async () => [update<RecordDocument>(records.at(RECORD_ID), { epoch: 2, writeSets: {} })],
    ],
  ])('because %s', async (_why, changes) => {
    const { context, shopify } = await aStored({
      ...taking,
      update: async () => {
        await context.store.commit(await changes(context));
        fenced = {
          run: await runNow(context),
          record: await recordNow(context),
          owner: await ownerNow(context),
        };
        return taking.update;
      },
    });
    let fenced = {};

    expect(await driveRun(context, named)).toBe('fenced_out');

    const now = {
      run: await runNow(context),
      record: await recordNow(context),
      owner: await ownerNow(context),
    };
    expect(now).toEqual(fenced);
    expect(asked(shopify).filter((action) => action === 'update')).toHaveLength(1);
  });

  test('but one whose record merely moved on commits on the fresh record, and does not write twice (M3)', async () => {
    const seenMeanwhile = saying('b', { modifiedAt: minute(12) }, HUBSPOT);
    const { context, shopify } = await aStored({
      ...taking,
      update: async () => {
        const { representations } = record;
        await context.store.commit([
          update<RecordDocument>(records.at(RECORD_ID), {
            representations: { ...representations, [HUBSPOT]: seenMeanwhile },
          }),
        ]);
        return taking.update;
      },
    });

    expect(await driveRun(context, named)).toBe('ended');

    expect(asked(shopify)).toEqual(['read', 'update', 'readBack']);
    expect((await recordNow(context))?.representations).toEqual({
      [HUBSPOT]: seenMeanwhile,
      [SHOPIFY]: taking.readBack.representation,
    });
  });

  test.each([
    ['that still holds a field is left to whoever fenced it out', { ...record, ...withEpoch(2) }, run.state],
    ['that holds none any more is closed', { ...record, writeSets: {} }, 'cancelled'],
  ])('and one %s', async (_what, fencing, state) => {
    const { context, shopify } = await aStored(taking, { record: fencing });

    expect(await driveRun(context, named)).toBe('fenced_out');

    expect((await runNow(context))?.state).toBe(state);
    expect(asked(shopify)).toEqual([]);
    expect(await recordNow(context)).toEqual(fencing);
  });

  function withEpoch(epoch: number): Pick<RecordDocument, 'epoch' | 'writeSets'> {
    return { epoch, writeSets: { [RUN_ID]: { targets: [], ...held, epoch } } };
  }

  function aTakenLease(): Lease {
    return { owner: 'later', runId: RUN_ID, expiresAt: NOW + 60_000 };
  }
});
