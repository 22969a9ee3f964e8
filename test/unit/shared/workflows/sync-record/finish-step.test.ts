import { describe, expect, test } from 'vitest';
import { vendorRejected } from '#shared/errors/vendor-faults.ts';
import { naturalKeyRef } from '#shared/model/identity-documents.ts';
import { CONCORD } from '#shared/model/ids.ts';
import { toEpochMs, toInstant } from '#shared/model/instant.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import { listingOf } from '#shared/model/record-listing.ts';
import type { NaturalKey, Representation } from '#shared/model/representation.ts';
import type { WorkDocument } from '#shared/model/work.ts';
import { create } from '#shared/ports/document-store.ts';
import type { ApplyOutcome } from '#shared/workflows/apply-request.ts';
import { finishStep } from '#shared/workflows/sync-record/finish-step.ts';
import { taskOfWork } from '#shared/workflows/sync-record/wake.ts';
import { aConnector } from '#test/support/builders/connectors.ts';
import { aContext } from '#test/support/builders/contexts.ts';
import { CUSTOMER, HUBSPOT, PHONE, SHOPIFY } from '#test/support/builders/policies.ts';
import { aKey, minute, RUN_ID, says } from '#test/support/builders/records.ts';
import {
  behind,
  keep,
  load,
  opened,
  phonePolicy,
  recordNow,
  saying,
  taking,
  tellB,
  workNow,
  written,
} from '#test/support/builders/syncing.ts';
import { anEvidence, aWork, NOW } from '#test/support/builders/work.ts';

const { run, record } = opened();
const readBack = taking.readBack.representation;
const applied: Extract<ApplyOutcome, { status: 'applied' }> = {
  status: 'applied',
  stored: written,
  seen: readBack,
  swallowed: {},
  isOurs: true,
  isShared: false,
};
const moved: ApplyOutcome = {
  status: 'refused',
  reason: 'preimage_moved',
  askedAt: minute(10),
  seen: readBack,
  matches: [],
};

interface Setting {
  readonly record?: RecordDocument;
  readonly work?: WorkDocument;
  readonly claims?: readonly NaturalKey[];
}

/** Settles the one step of the run by an outcome, and commits what came of it. */
async function settled(outcome: ApplyOutcome, setting: Setting = {}) {
  const context = aContext({ [HUBSPOT]: aConnector({}), [SHOPIFY]: aConnector({}) }, [phonePolicy]);
  await keep(context, { record, runs: [run], ...setting });
  const claims = (setting.claims ?? []).map((key) =>
    create(naturalKeyRef(CUSTOMER, key), {
      type: CUSTOMER,
      key: key.key,
      recordId: record.id,
      claimedAt: minute(0),
    }),
  );
  if (claims.length > 0) await context.store.commit(claims);
  const finished = await finishStep(context, await load(context, run), 'update-shopify', outcome, []);
  await context.store.commit(finished.writes);
  const claimOf = async (key: NaturalKey) => (await context.store.get(naturalKeyRef(CUSTOMER, key)))?.value;
  return {
    tasks: finished.tasks.filter((task) => task !== undefined),
    record: await recordNow(context),
    work: await workNow(context),
    run: (await load(context, run)).run.value,
    claimOf,
  };
}

describe('the commit that settles a step', () => {
  test('moves the run, the record and its history together (M3)', async () => {
    const after = await settled(applied);

    expect(after.run.state).toBe('succeeded');
    expect(after.record).toMatchObject({
      writeSets: {},
      release: 1,
      representations: { [SHOPIFY]: readBack },
    });
    expect(after.record?.historyCount).toBeGreaterThan(record.historyCount);
  });

  test('has lists find the record by how it stands once the run has ended', async () => {
    const { record: after } = await settled(applied, { record: { ...record, listing: listingOf(record) } });

    expect(after?.listing).toContain('in_sync|profile|shopify');
  });

  test('remembers the write, so that its event is taken for its echo (M9)', async () => {
    const { work } = await settled(applied);

    expect(work?.ownWrites[SHOPIFY]).toMatchObject([{ runId: RUN_ID, at: minute(11), paths: [PHONE] }]);
  });

  test('owes nothing more when everybody agrees (D3)', async () => {
    const { work, tasks } = await settled(applied);

    expect(work?.marks).toEqual({});
    expect(tasks).toEqual([]);
  });

  test('owes another comparison when something is left to do (D3)', async () => {
    const { work, tasks } = await settled({ ...moved, seen: null });

    expect(work?.marks).toMatchObject({ [CONCORD]: { notBefore: NOW } });
    expect(tasks).toEqual([work && taskOfWork(work, NOW)]);
  });

  test('leaves the record and its debts as they are while the step goes on', async () => {
    const work = aWork({ deferred: { [SHOPIFY]: [anEvidence()] } });

    const after = await settled({ status: 'waits', until: NOW + 1, reason: 'effect_unresolved' }, { work });

    expect(after.run.steps['update-shopify']).toMatchObject({ status: 'pending', notBefore: NOW + 1 });
    expect(after.record).toEqual(record);
    expect(after.work).toEqual(work);
  });
});

describe('evidence that passes have served', () => {
  const work = aWork({
    deferred: { [HUBSPOT]: [anEvidence({ eventKey: 'echo' })], [SHOPIFY]: [anEvidence()] },
  });

  test('is over once nothing differs any more', async () => {
    expect((await settled(applied, { work })).work?.deferred).toEqual({});
  });

  test('is kept as a whole while another run writes: one of the events may be its echo (M9)', async () => {
    const beside = opened(record, [tellB(HUBSPOT)]).record;

    const after = await settled(applied, { record: beside, work });

    expect(after.record?.writeSets).not.toEqual({});
    expect(after.work?.deferred).toEqual(work.deferred);
  });
});

describe('what a pass stored while the step looked for itself', () => {
  /** Another state of the object, of the same vendor time, seen as many milliseconds later than ours. */
  const another = (laterMs: number, differing: Partial<Representation> = {}) =>
    saying('c', {
      modifiedAt: readBack.modifiedAt,
      observedAt: toInstant(toEpochMs(readBack.observedAt) + laterMs),
      ...differing,
    });
  const evidence = anEvidence();
  const work = aWork({ deferred: { [SHOPIFY]: [evidence] } });
  const meanwhile = (representation: Representation): RecordDocument => ({
    ...record,
    representations: { ...record.representations, [SHOPIFY]: representation },
  });

  test.each<[string, ApplyOutcome, Representation]>([
    ['after a write, a little before it', applied, another(-2_000)],
    ['after a write, a little after it', applied, another(2_000)],
    ['before a write that was then refused', moved, another(-1)],
  ])('is looked at again when no clock tells which is newer, %s (M7)', async (_when, outcome, stored) => {
    const after = await settled(outcome, { record: meanwhile(stored), work });

    expect(after.work?.marks[SHOPIFY]).toMatchObject({ lane: 'live', notBefore: NOW, evidence: [evidence] });
    expect(after.tasks).toMatchObject([{ queue: 'shopify-live', notBefore: NOW }]);
  });

  test.each([
    ['our own clocks tell them apart', another(2_001)],
    ['the vendor\u2019s clock tells them apart', another(0, { modifiedAt: minute(9) })],
    ['it says the same', another(1_000, { fields: readBack.fields })],
  ])('is not looked at again when %s', async (_why, stored) => {
    const after = await settled(applied, { record: meanwhile(stored), work });

    expect(after.work?.marks[SHOPIFY]).toBeUndefined();
  });
});

describe('a natural key that no system says any more', () => {
  const [former, current] = [aKey('old@example.com'), aKey('new@example.com')];
  const pathOf = (key: NaturalKey) => naturalKeyRef(CUSTOMER, key).path;
  const claiming: RecordDocument = {
    ...behind,
    claims: [former, current].map(pathOf),
    representations: {
      [HUBSPOT]: saying('b', { keys: [current] }, HUBSPOT),
      [SHOPIFY]: saying('a', { keys: [former] }),
    },
  };
  const renamed = { ...applied, seen: { ...readBack, keys: [current] } };
  const claims = [former, current];

  test('is free for others with the commit that wrote the new one (M16)', async () => {
    const after = await settled(renamed, { record: opened(claiming).record, claims });

    expect(after.record?.claims).toEqual([pathOf(current)]);
    expect(await after.claimOf(former)).toBeUndefined();
    expect(await after.claimOf(current)).toMatchObject({ recordId: record.id });
  });

  test('is kept while another run may still write it (M16)', async () => {
    const beside = opened(opened(claiming).record, [tellB(HUBSPOT)]).record;

    const after = await settled(renamed, { record: beside, claims });

    expect(after.record?.claims).toEqual(claiming.claims);
    expect(await after.claimOf(former)).toMatchObject({ recordId: record.id });
  });
});

test('a value that the vendor refused is held against it, and the run ends (M8)', async () => {
  const error = vendorRejected(
    { system: 'shopify', action: 'update', subject: 'customer 501', writes: false },
    422,
  );

  const after = await settled({ status: 'failed', during: 'writes', error });

  expect(after.run.state).toBe('failed');
  expect(after.record?.refusals[SHOPIFY]?.[PHONE]).toMatchObject({ to: says('b'), code: 'vendor_rejected' });
});
