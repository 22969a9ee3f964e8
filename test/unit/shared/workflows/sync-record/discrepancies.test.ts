import { describe, expect, test } from 'vitest';
import { discrepancies, discrepancyRef, type Discrepancy } from '#shared/model/discrepancy.ts';
import type { FieldVerdict, RecordDocument } from '#shared/model/record.ts';
import { toEpochMs } from '#shared/model/instant.ts';
import { CauseCode, Verdict } from '#shared/model/vocabulary.ts';
import {
  closeDiscrepancies,
  trackDiscrepancies,
  type JudgedRecord,
} from '#shared/workflows/sync-record/discrepancies.ts';
import { aContext, type TestContext } from '#test/support/builders/contexts.ts';
import { HUBSPOT, PHONE, PROFILE, SHOPIFY } from '#test/support/builders/policies.ts';
import { aRecordOf, aRefusal, minute, RECORD_ID, says } from '#test/support/builders/records.ts';
import { anEvidence } from '#test/support/builders/work.ts';
import { moved, steady } from '#test/support/builders/worlds.ts';

const CHECK = { kind: 'check', id: null } as const;

function standing(
  cause: CauseCode,
  verdict: Verdict,
  differing: Partial<RecordDocument> = {},
): RecordDocument {
  const field: FieldVerdict = { verdict, cause, systems: [SHOPIFY], rule: 'a rule' };
  return aRecordOf(
    PHONE,
    'a',
    { [HUBSPOT]: steady('a'), [SHOPIFY]: moved('a', 'b') },
    {
      verdicts: { [PROFILE]: { verdict, cause, fields: { [PHONE]: field }, verifiedAt: minute(10) } },
      ...differing,
    },
  );
}

const conflict = standing(CauseCode.bothMoved, Verdict.hardConflict);
const green = standing(CauseCode.equal, Verdict.inSync);

function judged(record: RecordDocument, differing: Partial<JudgedRecord> = {}): JudgedRecord {
  return { record, signs: {}, ownWrites: {}, prompt: CHECK, at: minute(11), ...differing };
}

/** A context that counts how often its store is read. */
function counting(): { readonly context: TestContext; readonly reads: () => number } {
  const context = aContext();
  let reads = 0;
  const store = {
    ...context.store,
    getAll: async (...refs: Parameters<TestContext['store']['getAll']>) => {
      reads += 1;
      return context.store.getAll(...refs);
    },
  } as TestContext['store'];
  return { context: { ...context, ports: { ...context.ports, store } }, reads: () => reads };
}

async function tracked(context: TestContext, one: JudgedRecord): Promise<RecordDocument> {
  const { record, writes } = await trackDiscrepancies(context, one);
  if (writes.length > 0) await context.store.commit(writes);
  return record;
}

async function storedNow({ store }: TestContext): Promise<Discrepancy | undefined> {
  return (await store.get(discrepancyRef(RECORD_ID, PROFILE)))?.value;
}

describe('a comparison', () => {
  test.each([
    ['is in sync', green],
    ['is being written', standing(CauseCode.inFlight, Verdict.softDrift)],
  ])('of a record that %s reads and writes nothing for it', async (_, record) => {
    const { context, reads } = counting();

    const { writes, record: after } = await trackDiscrepancies(context, judged(record));

    expect([writes, reads()]).toEqual([[], 0]);
    expect(after).toEqual(record);
  });

  test('names on the record what is open, until it is resolved', async () => {
    const context = aContext();

    const open = await tracked(context, judged(conflict));
    const { openDiscrepancies } = open;
    const done = await tracked(
      context,
      judged({ ...green, ...(openDiscrepancies && { openDiscrepancies }) }),
    );

    expect(openDiscrepancies).toEqual([PROFILE]);
    expect('openDiscrepancies' in done).toBe(false);
    expect(await storedNow(context)).toMatchObject({ status: 'resolved', resolvedBy: CHECK });
  });

  test('keeps one in progress on the record while it is being written', async () => {
    const context = aContext();
    await tracked(context, judged(conflict));
    const busy = standing(CauseCode.inFlight, Verdict.softDrift, { openDiscrepancies: [PROFILE] });

    const record = await tracked(context, judged(busy));

    expect(record.openDiscrepancies).toEqual([PROFILE]);
    expect(await storedNow(context)).toMatchObject({ status: 'in_progress', cause: 'both_moved' });
  });

  test('finds again what an earlier one has resolved, though the record no longer names it', async () => {
    const context = aContext();
    const open = await tracked(context, judged(conflict));
    await tracked(context, judged({ ...green, openDiscrepancies: open.openDiscrepancies ?? [] }));

    await tracked(context, judged(conflict));

    expect(await storedNow(context)).toMatchObject({ status: 'open', occurrenceCount: 2 });
    expect(await context.store.count({ from: discrepancies.ref })).toBe(1);
  });

  test('is owed at the end of a suppression', async () => {
    const context = aContext();
    await tracked(context, judged(conflict));
    const known = await context.store.get(discrepancyRef(RECORD_ID, PROFILE));
    if (known === undefined) throw new Error('Nothing was opened.');
    const suppression = { by: 'olga', at: minute(11), until: minute(90), reason: 'later', severity: 4 };
    await context.store.commit([
      {
        op: 'set',
        ref: known.ref,
        value: { ...known.value, status: 'suppressed', isOpen: false, suppression },
      },
    ]);

    const { wakeAt, writes } = await trackDiscrepancies(context, judged(conflict));

    expect(wakeAt).toBe(toEpochMs(minute(90)));
    expect(writes).toEqual([]);
  });

  test('loses against a person who spoke in between, and is made again', async () => {
    const context = aContext();
    const first = await trackDiscrepancies(context, judged(conflict));
    await context.store.commit(first.writes);
    const resolving = await trackDiscrepancies(context, judged({ ...green, openDiscrepancies: [PROFILE] }));
    const known = await storedNow(context);
    await context.store.commit([
      { op: 'set', ref: discrepancyRef(RECORD_ID, PROFILE), value: { ...known, assignee: 'ben' } },
    ]);

    await expect(context.store.commit(resolving.writes)).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('the evidence of a discrepancy', () => {
  test('is the signs that are kept, the refusals and the candidates', async () => {
    const context = aContext();
    const record = { ...conflict, refusals: { [SHOPIFY]: { [PHONE]: aRefusal(says('a')) } } };
    const candidates = [{ recordId: RECORD_ID, evidence: 'email' }];

    await tracked(context, judged(record, { signs: { [SHOPIFY]: [anEvidence()] }, candidates }));

    expect((await storedNow(context))?.evidence).toEqual({
      signs: { [SHOPIFY]: [anEvidence()] },
      candidates,
      refusals: { [SHOPIFY]: ['vendor_rejected'] },
      survivors: {},
    });
  });

  test('is the modified time where nothing else tells, but for our own write, and else nothing', async () => {
    const later = { [SHOPIFY]: { ...moved('a', 'b'), modifiedAt: minute(5) } };
    const record = {
      ...standing(CauseCode.bothMoved, Verdict.hardConflict),
      ...aRecordOf(PHONE, 'a', later),
    };
    const seen = { ...record, verdicts: conflict.verdicts };
    const evidenceOf = async (one: JudgedRecord) => {
      const context = aContext();
      await tracked(context, one);
      return (await storedNow(context))?.evidence.signs;
    };
    const own = { runId: 'run_1', at: minute(5), paths: [PHONE], echoKey: null };

    expect(await evidenceOf(judged(seen))).toEqual({
      [SHOPIFY]: [{ source: 'modified_time', at: minute(5), fields: null, eventKey: null }],
    });
    expect(await evidenceOf(judged(seen, { ownWrites: { [SHOPIFY]: [own as never] } }))).toEqual({});
    expect(await evidenceOf(judged(conflict))).toEqual({});
  });
});

test('a record that becomes part of another one has nothing open any more', async () => {
  const context = aContext();
  const open = await tracked(context, judged(conflict));
  const merge = { kind: 'merge', id: 'rec_02' } as const;

  await context.store.commit(await closeDiscrepancies(context, open, merge, minute(12)));

  expect(await storedNow(context)).toMatchObject({ status: 'resolved', resolvedBy: merge });
  expect(await closeDiscrepancies(context, open, merge, minute(13))).toEqual([]);
  expect(await closeDiscrepancies(context, green, merge, minute(13))).toEqual([]);
});
