import { describe, expect, test } from 'vitest';
import { crosswalkRef, type Crosswalk } from '#shared/model/identity-documents.ts';
import { CONCORD, NativeId, RecordId } from '#shared/model/ids.ts';
import { records, type RecordDocument } from '#shared/model/record.ts';
import { work as workCollection, type WorkDocument } from '#shared/model/work.ts';
import { create, type Snapshot } from '#shared/ports/document-store.ts';
import { forwardMarks, linkRecords } from '#shared/workflows/sync-record/link-records.ts';
import { aContext, type TestContext } from '#test/support/builders/contexts.ts';
import { CUSTOMER, HUBSPOT, PHONE, SHOPIFY } from '#test/support/builders/policies.ts';
import {
  aBase,
  aKey,
  aLedgerEntry,
  aLink,
  aRecord,
  aRefusal,
  aRepresentation,
  minute,
  says,
} from '#test/support/builders/records.ts';
import { aMark, anEvidence, aWork, NOW } from '#test/support/builders/work.ts';

const LOSER = RecordId('rec_loser');
const WINNER = RecordId('rec_winner');
const nativeId = NativeId('777');
const lostId = NativeId('666');

const provisional = aRecord({
  id: LOSER,
  state: 'provisional',
  links: { [SHOPIFY]: aLink({ nativeId }) },
});
const owing = aWork({
  recordId: LOSER,
  marks: { [SHOPIFY]: aMark({ lane: 'operator', evidence: [anEvidence()] }) },
});
const known = aRecord({ id: WINNER, links: { [HUBSPOT]: aLink() }, historyCount: 3 });

function aCrosswalk(differing: Partial<Crosswalk> = {}): Crosswalk {
  return {
    system: SHOPIFY,
    type: CUSTOMER,
    nativeId,
    recordId: LOSER,
    state: 'provisional',
    mergedIntoNativeId: null,
    formerRecordIds: [],
    evidence: 'first_seen',
    createdAt: minute(0),
    ...differing,
  };
}

async function linked(
  winner: RecordDocument = known,
  winnerWork: WorkDocument = aWork({ recordId: WINNER }),
  loserWork: WorkDocument = owing,
  crosswalks: readonly Crosswalk[] = [aCrosswalk()],
) {
  const context = aContext();
  const [loserAt, winnerAt] = [
    await stored(context, provisional, loserWork),
    await stored(context, winner, winnerWork),
  ];
  await context.store.commit(
    crosswalks.map((crosswalk) => create(crosswalkRef(SHOPIFY, CUSTOMER, crosswalk.nativeId), crosswalk)),
  );
  const result = linkRecords({
    loser: loserAt.record,
    loserWork: loserAt.work,
    winner: winnerAt.record,
    winnerWork: winnerAt.work,
    system: SHOPIFY,
    nativeId,
    freeKeys: [aKey('alias@example.com')],
    evidence: 'email',
    at: minute(11),
    now: NOW,
    resolutionMs: 1_000,
  });
  return { context, result };
}

async function stored(context: TestContext, record: RecordDocument, work: WorkDocument) {
  await context.store.commit([
    create(records.at(record.id), record),
    create(workCollection.at(record.id), work),
  ]);
  const [recordAt, workAt] = await context.store.getAll([
    records.at(record.id),
    workCollection.at(record.id),
  ] as const);
  return { record: recordAt as Snapshot<RecordDocument>, work: workAt as Snapshot<WorkDocument> };
}

async function winnerAfter(winner?: RecordDocument) {
  const { context, result } = await linked(winner);
  await context.store.commit(result.writes);
  return (await context.store.get(records.at(WINNER)))?.value;
}

async function crosswalkOf(context: TestContext, id: NativeId) {
  return (await context.store.get(crosswalkRef(SHOPIFY, CUSTOMER, id)))?.value;
}

describe('a provisional record that turns out to be a known one', () => {
  test('gives its native id and its free keys to the known record', async () => {
    const winner = await winnerAfter();

    expect(winner?.links[SHOPIFY]).toEqual({
      nativeId,
      state: 'active',
      deniedAt: null,
      linkedAt: minute(11),
      evidence: 'email',
    });
    expect(winner?.claims).toHaveLength(1);
    expect(winner?.historyCount).toBe(4);
  });

  test('stays, and points to the record that took its place', async () => {
    const { context, result } = await linked();

    await context.store.commit(result.writes);

    expect((await context.store.get(records.at(LOSER)))?.value).toMatchObject({
      state: 'merged',
      mergedInto: WINNER,
    });
    expect(await crosswalkOf(context, nativeId)).toMatchObject({
      recordId: WINNER,
      state: 'active',
      formerRecordIds: [LOSER],
    });
  });

  test('keeps the names that its object had before', async () => {
    const older = RecordId('rec_older');
    const { context, result } = await linked(undefined, undefined, undefined, [
      aCrosswalk({ formerRecordIds: [older] }),
    ]);

    await context.store.commit(result.writes);

    expect((await crosswalkOf(context, nativeId))?.formerRecordIds).toEqual([older, LOSER]);
  });

  test('leaves its debts to the known record, due at once and as urgent as they were', async () => {
    const { result } = await linked();

    expect(result.winnerWork.marks[SHOPIFY]).toMatchObject({
      lane: 'operator',
      notBefore: NOW,
      evidence: [anEvidence()],
    });
    expect(result.winnerWork.wakeAt).toBe(NOW);
  });

  test('leaves a look at the object to be done, also when only a comparison led to it', async () => {
    const comparing = aWork({ recordId: LOSER, marks: { [CONCORD]: aMark() } });

    const { result } = await linked(undefined, undefined, comparing);

    expect(Object.keys(result.winnerWork.marks)).toContain(SHOPIFY);
  });

  test('does not link when either record has changed meanwhile', async () => {
    for (const id of [LOSER, WINNER]) {
      const { context, result } = await linked();
      await context.store.commit([{ op: 'update', ref: records.at(id), fields: { epoch: 9 } }]);

      await expect(context.store.commit(result.writes)).rejects.toMatchObject({ code: 'conflict' });
      expect((await context.store.get(records.at(WINNER)))?.value.links[SHOPIFY]).toBeUndefined();
    }
  });

  describe('that had lost its object', () => {
    const lost = aRepresentation({ [PHONE]: says('old') });
    const bereft: RecordDocument = {
      ...known,
      links: { ...known.links, [SHOPIFY]: aLink({ nativeId: lostId, state: 'gone' }) },
      representations: { [SHOPIFY]: lost, [HUBSPOT]: lost },
      bases: { [SHOPIFY]: { [PHONE]: aBase(says('old')) } },
      ledger: { [SHOPIFY]: { [PHONE]: aLedgerEntry(says('old')) } },
      refusals: { [SHOPIFY]: { [PHONE]: aRefusal(says('old')) } },
      swallowed: { [SHOPIFY]: { [PHONE]: says('older') } },
    };
    const ofLost = aCrosswalk({ nativeId: lostId, recordId: WINNER, state: 'active' });
    const relinked = () => linked(bereft, undefined, undefined, [aCrosswalk(), ofLost]);

    test('is not taken for that object', async () => {
      const { context, result } = await relinked();

      await context.store.commit(result.writes);

      const winner = (await context.store.get(records.at(WINNER)))?.value;
      expect(winner?.representations).toEqual({ [HUBSPOT]: lost });
      for (const known of ['bases', 'ledger', 'refusals', 'swallowed'] as const)
        expect(winner?.[known]).toEqual({});
    });

    test('stands for it no more, so that it is unknown if it comes back', async () => {
      const { context, result } = await relinked();

      await context.store.commit(result.writes);

      expect(await crosswalkOf(context, lostId)).toEqual({ ...ofLost, state: 'deleted' });
      expect(await crosswalkOf(context, nativeId)).toMatchObject({ state: 'active' });
    });
  });
});

describe('debts that are forwarded', () => {
  test('join those that are there, and lose no evidence', () => {
    const there = aWork({
      marks: { [SHOPIFY]: aMark({ seq: 5, evidence: [anEvidence({ eventKey: 'there' })] }) },
      seqs: { [SHOPIFY]: 5 },
    });

    const { marks } = forwardMarks(owing, there, NOW, 1_000);

    expect(marks[SHOPIFY]).toMatchObject({ seq: 6, lane: 'operator' });
    expect(marks[SHOPIFY]?.evidence.map((one) => one.eventKey)).toEqual(['there', 'event-1']);
  });

  test('of a record that owes nothing change nothing', () => {
    const there = aWork({ marks: { [SHOPIFY]: aMark() } });

    expect(forwardMarks(aWork(), there, NOW, 1_000)).toBe(there);
  });
});
