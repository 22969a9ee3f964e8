import { describe, expect, test } from 'vitest';
import { leases, type Lease } from '#shared/engine/lease.ts';
import { records, type RecordDocument } from '#shared/model/record.ts';
import { set, update } from '#shared/ports/document-store.ts';
import { givenBack, holdLease, mayCallUnder } from '#shared/workflows/sync-record/hold-lease.ts';
import { runRef } from '#shared/workflows/sync-record/loaded-run.ts';
import { aConnector } from '#test/support/builders/connectors.ts';
import { aContext, type TestContext } from '#test/support/builders/contexts.ts';
import { HUBSPOT, SHOPIFY } from '#test/support/builders/policies.ts';
import { RECORD_ID } from '#test/support/builders/records.ts';
import { keep, load, opened, phonePolicy, recordNow, tellB } from '#test/support/builders/syncing.ts';
import { NOW } from '#test/support/builders/work.ts';

const { run, record } = opened();
const ref = leases.at(RECORD_ID);
/** The lease of an invocation that may have stopped: with the longest call and skew it is over at `OVER`. */
const abandoned: Lease = { owner: 'earlier', runId: run.id, expiresAt: NOW + 60_000 };
const OVER = abandoned.expiresAt + 12_000;

async function aStored(lease?: Lease): Promise<TestContext> {
  const connectors = { [HUBSPOT]: aConnector({}), [SHOPIFY]: aConnector({}) };
  const context = aContext(connectors, [phonePolicy]);
  await keep(context, { record, runs: [run], ...(lease === undefined ? {} : { lease }) });
  return context;
}

/** Takes the lease for a run as it is stored; what happens after the read is for the caller to say. */
async function hold(context: TestContext, taker = run, meanwhile: () => Promise<unknown> = async () => null) {
  const state = await load(context, taker);
  await meanwhile();
  return holdLease(context, state.run, state.record, state.lease);
}

async function leaseNow(context: TestContext) {
  return (await context.store.get(ref))?.value;
}

describe('a lease that nobody holds', () => {
  test.each<[string, Lease | undefined]>([
    ['was never taken', undefined],
    ['was given back', { ...abandoned, owner: null }],
  ])('and %s is taken at once, and the run goes on as it was', async (_how, before) => {
    const context = await aStored(before);

    const held = await hold(context);

    expect(held).toMatchObject({ status: 'held', inDoubt: null });
    const lease = await leaseNow(context);
    expect(lease).toMatchObject({ owner: expect.any(String), runId: run.id, expiresAt: NOW + 60_000 });
    expect(await recordNow(context)).toEqual(record);
    expect((await load(context, run)).run.value).toEqual(run);
  });

  test('is taken by no one else until it is given back', async () => {
    const context = await aStored();
    await hold(context);

    expect(await hold(context)).toMatchObject({ status: 'busy' });

    const { lease } = await load(context, run);
    if (lease !== undefined) await context.store.commit([givenBack(lease)]);
    expect(await hold(context)).toMatchObject({ status: 'held', inDoubt: null });
  });
});

test.each([
  ['48 s after it was taken may still start a call', 48_000, true],
  ['a millisecond later no more, for the call might outlive it', 48_001, false],
])('(L1) whoever holds a lease of 60 s %s', async (_when, laterMs, mayCall) => {
  const context = await aStored();
  const held = await hold(context);

  context.clock.advance(laterMs);

  expect(held.status === 'held' && mayCallUnder(context, held.lease.value)).toBe(mayCall);
});

describe('a lease that was not given back', () => {
  test.each([
    ['runs, and looked at again after as long as it has been held', NOW + 1_000, NOW + 2_000],
    ['has expired', abandoned.expiresAt, OVER],
    ['has expired, while a call that was begun in it may still be under way', OVER - 1, OVER],
  ])('is left alone while it %s (L2, L4)', async (_while, now, until) => {
    const context = await aStored(abandoned);
    context.clock.advanceTo(now);

    expect(await hold(context)).toEqual({ status: 'busy', until });
    expect(await leaseNow(context)).toEqual(abandoned);
    expect(await recordNow(context)).toEqual(record);
  });

  test('is taken over when all that its owner had begun has ended, under a new epoch (L2)', async () => {
    const context = await aStored(abandoned);
    context.clock.advanceTo(OVER);

    expect(await hold(context)).toMatchObject({ status: 'held', inDoubt: { id: run.id } });

    const after = await load(context, run);
    expect(after.lease?.value.owner).not.toBe('earlier');
    expect(after.run.value.epoch).toBe(record.epoch + 1);
    expect(after.record.value).toMatchObject({
      epoch: record.epoch + 1,
      writeSets: { [run.id]: { ...record.writeSets[run.id], epoch: record.epoch + 1 } },
    });
  });

  test('leaves a step in doubt for as long as its system may take to settle it (L3)', async () => {
    const context = await aStored(abandoned);
    context.clock.advanceTo(OVER);

    await hold(context);

    const { steps, wakeSeq } = (await load(context, run)).run.value;
    expect(steps['update-shopify']).toMatchObject({
      status: 'unknown',
      notBefore: OVER,
      unresolvedUntil: OVER + 60_000,
    });
    expect(wakeSeq).toBeGreaterThan(run.wakeSeq);
  });
});

describe('a lease that another run of the record did not give back', () => {
  const second = opened(record, [tellB(HUBSPOT)]);
  const both = second.record;

  async function takenOver(stored: RecordDocument = both, runs = [run, second.run]) {
    const context = await aStored();
    await keep(context, { record: stored, runs, lease: abandoned });
    context.clock.advanceTo(OVER);
    const held = await hold(context, second.run);
    return { context, held };
  }

  test('puts that run in doubt, and fences out its owner (L2, L3)', async () => {
    const { context, held } = await takenOver();

    expect(held).toMatchObject({
      status: 'held',
      inDoubt: { id: run.id, wakeAt: OVER },
      lease: { value: { runId: second.run.id } },
    });
    const former = (await load(context, run)).run.value;
    expect(former.epoch).toBe(both.epoch + 1);
    expect(former.steps['update-shopify']).toMatchObject({
      status: 'unknown',
      unresolvedUntil: OVER + 60_000,
    });
    expect((await recordNow(context))?.writeSets[run.id]?.epoch).toBe(both.epoch + 1);
  });

  test('changes nothing of the run that takes it: it has sent nothing', async () => {
    const { context } = await takenOver();

    const taker = await load(context, second.run);
    expect(taker.run.value).toEqual(second.run);
    expect(taker.record.value.writeSets[second.run.id]).toEqual(both.writeSets[second.run.id]);
  });

  test('is simply taken when that run holds nothing any more', async () => {
    const { [run.id]: _, ...writeSets } = both.writeSets;
    const { context, held } = await takenOver({ ...both, writeSets });

    expect(held).toMatchObject({ status: 'held', inDoubt: null });
    expect(await recordNow(context)).toEqual({ ...both, writeSets });
    expect((await load(context, run)).run.value).toEqual(run);
  });
});

describe('what was read before the lease was taken may be old', () => {
  const other: Lease = { ...abandoned, owner: 'faster' };

  test('when somebody had it and gave it back meanwhile (L3)', async () => {
    const context = await aStored({ ...abandoned, owner: null });

    const held = await hold(context, run, async () => {
      await context.store.commit([set(ref, other)]);
      await context.store.commit([set(ref, { ...other, owner: null })]);
    });

    expect(held).toEqual({ status: 'lost_race' });
    expect(await leaseNow(context)).toEqual({ ...other, owner: null });
  });

  test('when somebody was the first to have it', async () => {
    const context = await aStored();

    const held = await hold(context, run, () => context.store.commit([set(ref, other)]));

    expect(held).toEqual({ status: 'lost_race' });
    expect(await leaseNow(context)).toEqual(other);
  });

  test.each([
    ['record', records.at(RECORD_ID)],
    ['run', runRef(run.id)],
  ] as const)('when the %s changed during a takeover (L2)', async (_what, changed) => {
    const context = await aStored(abandoned);
    context.clock.advanceTo(OVER);

    const held = await hold(context, run, () =>
      context.store.commit([update<{ release: number }>(changed, { release: 9 })]),
    );

    expect(held).toEqual({ status: 'lost_race' });
    expect(await leaseNow(context)).toEqual(abandoned);
  });
});
