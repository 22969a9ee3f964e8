import { describe, expect, test } from 'vitest';
import type { Connector } from '#shared/connectors/connector.ts';
import { vendorUnavailable } from '#shared/errors/vendor-faults.ts';
import { crosswalkRef, naturalKeyRef } from '#shared/model/identity-documents.ts';
import { NativeId, RecordId, runIdOf, type SystemId } from '#shared/model/ids.ts';
import { records, type RecordDocument } from '#shared/model/record.ts';
import { work as workCollection, type WorkDocument } from '#shared/model/work.ts';
import { create, set, update } from '#shared/ports/document-store.ts';
import { runTask } from '#shared/messaging/task-message.ts';
import { runRef } from '#shared/workflows/sync-record/loaded-run.ts';
import { addMark } from '#shared/workflows/sync-record/marks.ts';
import { serveRecord } from '#shared/workflows/sync-record/serve-record.ts';
import { taskOfRun, taskOfWork } from '#shared/workflows/sync-record/wake.ts';
import { aConnector } from '#test/support/builders/connectors.ts';
import { aContext, type TestContext } from '#test/support/builders/contexts.ts';
import {
  aField,
  aPolicy,
  CUSTOMER,
  HUBSPOT,
  latest,
  NETSUITE,
  PHONE,
  SHOPIFY,
} from '#test/support/builders/policies.ts';
import {
  aKey,
  aLink,
  aRecord,
  aRecordOf,
  minute,
  RECORD_ID,
  RUN_ID,
  says,
} from '#test/support/builders/records.ts';
import {
  found,
  keep,
  level,
  opened,
  phonePolicy,
  recordNow,
  saying,
  workNow,
  type Stored,
} from '#test/support/builders/syncing.ts';
import { aHint, aMark, anEvidence, aWork, NOW } from '#test/support/builders/work.ts';
import { steady } from '#test/support/builders/worlds.ts';

/** An event told of HubSpot's phone number in minute 5. */
const told = aMark({ evidence: [anEvidence()] });
const owing = aWork({ marks: { [HUBSPOT]: told }, seqs: { [HUBSPOT]: 1 }, wakeAt: NOW, wakeSeq: 1 });
const movedInHubspot = found('b', { modifiedAt: minute(5), version: 'v2' }, HUBSPOT);

async function aStored(
  connectors: Readonly<Record<SystemId, Connector>>,
  documents: Partial<Stored> = {},
  policy = phonePolicy,
): Promise<TestContext> {
  const context = aContext({ [SHOPIFY]: aConnector({}), ...connectors }, [policy]);
  await keep(context, { record: level, work: owing, ...documents });
  return context;
}

const runNow = async (context: TestContext) => (await context.store.get(runRef(RUN_ID)))?.value;

/** Another event about HubSpot arrives. */
async function tellAgain(context: TestContext): Promise<void> {
  const ref = workCollection.at(RECORD_ID);
  const work = (await workNow(context)) as WorkDocument;
  const hint = aHint({
    vendorTime: minute(6),
    evidence: [anEvidence({ at: minute(6), eventKey: 'event-2' })],
  });
  await context.store.commit([set(ref, addMark(work, hint, 1_000, NOW).work)]);
}

describe('a pass', () => {
  test('commits what it saw, the served mark and the run that tells the others, and calls for the run (M3)', async () => {
    const hubspot = aConnector({ read: movedInHubspot });
    const context = await aStored({ [HUBSPOT]: hubspot });

    expect(await serveRecord(context, RECORD_ID)).toBe('planned');

    const record = await recordNow(context);
    expect(record).toMatchObject({
      golden: { [PHONE]: { value: says('b') } },
      writeSets: { [RUN_ID]: { epoch: 1, targets: [{ system: SHOPIFY, path: PHONE }] } },
      release: 1,
    });
    expect(await workNow(context)).toMatchObject({
      marks: {},
      wakeAt: null,
      served: [{ reason: 'planned' }],
    });
    const run = await runNow(context);
    expect(context.tasks).toEqual([run && taskOfRun(run)]);
  });

  test('that finds nothing new touches only what is owed (M8)', async () => {
    const hubspot = aConnector({ read: found('a', { modifiedAt: minute(5) }, HUBSPOT) });
    const context = await aStored({ [HUBSPOT]: hubspot });
    await serveRecord(context, RECORD_ID);
    const before = await context.store.get(records.at(RECORD_ID));
    await tellAgain(context);

    const again = aConnector({ read: found('a', { modifiedAt: minute(6) }, HUBSPOT) });
    const later = { ...context, connectors: new Map([...context.connectors, [HUBSPOT, again]]) };
    expect(await serveRecord(later, RECORD_ID)).toBe('no_change');

    expect(await context.store.get(records.at(RECORD_ID))).toEqual(before);
    expect(await workNow(context)).toMatchObject({ marks: {}, observedAt: { [HUBSPOT]: minute(10) } });
  });

  test('for a record that nobody knows asks nobody', async () => {
    const context = await aStored({});

    expect(await serveRecord(context, RecordId('rec_unknown'))).toBe('unknown_record');
  });

  test('keeps the debt of a system that cannot be read, with a task for later (M1)', async () => {
    const unavailable = vendorUnavailable(
      { system: 'hubspot', action: 'read', subject: 'customer 501', writes: false },
      503,
    );
    const context = await aStored({ [HUBSPOT]: aConnector({ read: unavailable }) });

    expect(await serveRecord(context, RECORD_ID)).toBe('unreadable');

    const work = await workNow(context);
    expect(work?.marks[HUBSPOT]).toMatchObject({ seq: 1, attempts: 1 });
    expect(context.tasks).toEqual([work && taskOfWork(work)]);
    expect(context.tasks[0]?.notBefore).toBeGreaterThan(NOW);
  });

  test('of a record that was merged leaves its debts to the one that took its place (M16)', async () => {
    const winner = RecordId('rec_02');
    const context = await aStored({}, { record: { ...level, state: 'merged', mergedInto: winner } });
    await keep(context, { record: { ...level, id: winner } });

    expect(await serveRecord(context, RECORD_ID)).toBe('forwarded');

    expect((await workNow(context))?.marks).toEqual({});
    expect((await workNow(context, winner))?.marks[HUBSPOT]).toMatchObject({ evidence: told.evidence });
  });
});

describe('a pass that loses the race for its commit', () => {
  test('serves the mark that it had read, and not the one that came meanwhile (P1, M1)', async () => {
    const hubspot = aConnector({ read: [() => toldMeanwhile(), movedInHubspot] });
    const context = await aStored({ [HUBSPOT]: hubspot });
    const toldMeanwhile = async () => {
      await tellAgain(context);
      return movedInHubspot;
    };

    expect(await serveRecord(context, RECORD_ID)).toBe('planned');

    const work = await workNow(context);
    expect(work?.marks[HUBSPOT]).toMatchObject({ seq: 2, notBefore: NOW });
    expect(work?.served).toMatchObject([{ system: HUBSPOT, seq: 1 }]);
    expect(context.tasks).toContainEqual(work && taskOfWork(work, NOW));
  });

  test('asks the vendor no second time, however often it loses (P2)', async () => {
    const hubspot = aConnector({ read: movedInHubspot });
    const context = await aStored({ [HUBSPOT]: hubspot });
    let racesLeft = 7;
    const commit: typeof context.store.commit = async (writes) => {
      racesLeft -= 1;
      if (racesLeft >= 0) await tellAgain(context);
      return context.store.commit(writes);
    };
    const racing = { ...context, ports: { ...context.ports, store: { ...context.store, commit } } };

    expect(await serveRecord(racing, RECORD_ID)).toBe('planned');

    expect(hubspot.calls).toHaveLength(1);
  });

  test('gives the task back when every commit lost, and has changed nothing', async () => {
    const hubspot = aConnector({ read: movedInHubspot });
    const context = await aStored({ [HUBSPOT]: hubspot });
    const commit: typeof context.store.commit = async (writes) => {
      await tellAgain(context);
      return context.store.commit(writes);
    };
    const racing = { ...context, ports: { ...context.ports, store: { ...context.store, commit } } };

    await expect(serveRecord(racing, RECORD_ID)).rejects.toMatchObject({
      code: 'contention',
      disposition: 'retry',
    });

    expect(await recordNow(context)).toEqual(level);
    expect(context.tasks).toEqual([]);
  });

  test('looks again at a system of which somebody has stored a newer state (P2)', async () => {
    const hubspot = aConnector({ read: [() => storedMeanwhile(), movedInHubspot] });
    const context = await aStored({ [HUBSPOT]: hubspot });
    const storedMeanwhile = async () => {
      const newer = saying('c', { modifiedAt: minute(4), version: 'v9' }, HUBSPOT);
      const representations = { ...level.representations, [HUBSPOT]: newer };
      await context.store.commit([update<RecordDocument>(records.at(RECORD_ID), { representations })]);
      return movedInHubspot;
    };

    await serveRecord(context, RECORD_ID);

    expect(hubspot.calls).toHaveLength(2);
  });
});

describe('an answer under another id', () => {
  const everywhere = { [HUBSPOT]: steady('a'), [SHOPIFY]: steady('a'), [NETSUITE]: steady('a') };
  const triple = aRecordOf(PHONE, 'a', everywhere);
  const policy = aPolicy([aField(PHONE, latest(HUBSPOT, SHOPIFY, NETSUITE))]);
  const both = { ...owing, marks: { [HUBSPOT]: told, [SHOPIFY]: aMark() } };

  async function served(shopifySays: Parameters<typeof aConnector>[0]) {
    const connectors = {
      [HUBSPOT]: aConnector({ read: movedInHubspot }),
      [SHOPIFY]: aConnector(shopifySays),
      [NETSUITE]: aConnector({}),
    };
    const context = await aStored(connectors, { record: triple, work: both }, policy);
    return { context, reason: await serveRecord(context, RECORD_ID) };
  }

  test('stops the pass: nothing is accepted or planned anywhere, and the debts say why (P3, M16)', async () => {
    const { context, reason } = await served({ read: { status: 'foreign', answeredId: NativeId('9') } });

    expect(reason).toBe('foreign_answer');
    expect(await recordNow(context)).toMatchObject({
      golden: triple.golden,
      bases: triple.bases,
      writeSets: {},
      links: { [SHOPIFY]: { nativeId: 'shopify-1', state: 'foreign', deniedAt: minute(10) } },
    });
    expect((await recordNow(context))?.representations[SHOPIFY]).toEqual(triple.representations[SHOPIFY]);
    const work = await workNow(context);
    expect(work?.marks).toEqual({});
    expect(work?.served.map((one) => one.reason)).toEqual(['foreign_answer', 'foreign_answer']);
    expect(context.tasks).toEqual([]);
  });

  test('is the first that is heard of a newcomer: it stays provisional, and the debt says why (P3, M16)', async () => {
    const newcomer = aRecord({ state: 'provisional', links: { [SHOPIFY]: aLink() } });
    const shopify = aConnector({ read: { status: 'foreign', answeredId: NativeId('9') } });
    const work = aWork({ marks: { [SHOPIFY]: aMark() } });
    const context = await aStored({ [SHOPIFY]: shopify }, { record: newcomer, work });

    expect(await serveRecord(context, RECORD_ID)).toBe('foreign_answer');

    expect(await recordNow(context)).toMatchObject({ state: 'provisional', representations: {} });
    expect((await workNow(context))?.served).toMatchObject([{ system: SHOPIFY, reason: 'foreign_answer' }]);
  });

  test('is what stops it: with its own answer the others are told', async () => {
    const { context, reason } = await served({ read: found('a', { modifiedAt: minute(5) }) });

    expect(reason).toBe('planned');
    const targets = (await recordNow(context))?.writeSets[RUN_ID]?.targets;
    expect(targets?.map(({ system }) => system).toSorted()).toEqual([NETSUITE, SHOPIFY]);
  });
});

describe('what a newer release has judged is left to it (M6)', () => {
  test('a record', async () => {
    const hubspot = aConnector({ read: movedInHubspot });
    const newer = { ...level, release: 2 };
    const context = await aStored({ [HUBSPOT]: hubspot }, { record: newer });

    await expect(serveRecord(context, RECORD_ID)).rejects.toMatchObject({
      code: 'newer_release',
      disposition: 'retry',
    });

    expect(hubspot.calls).toEqual([]);
    expect(await recordNow(context)).toEqual(newer);
    expect(await workNow(context)).toEqual(owing);
  });

  describe('a record that a newcomer would be linked to', () => {
    const [NEWCOMER, KNOWN] = [RecordId('rec_new'), RecordId('rec_known')];
    const key = aKey('ada@example.com');
    const nativeId = NativeId('shopify-1');
    const newcomer = aRecord({
      id: NEWCOMER,
      state: 'provisional',
      links: { [SHOPIFY]: aLink({ nativeId }) },
    });
    const work = aWork({ recordId: NEWCOMER, marks: { [SHOPIFY]: aMark() } });
    const { [SHOPIFY]: _, ...links } = level.links;

    async function aNewcomer(release: number) {
      const shopify = aConnector({ read: found('a', { keys: [key] }) });
      const context = await aStored({ [SHOPIFY]: shopify }, { record: newcomer, work });
      await keep(context, { record: { ...level, id: KNOWN, links, release } });
      const claim = { type: CUSTOMER, key: key.key, recordId: KNOWN, claimedAt: minute(0) };
      await context.store.commit([
        create(naturalKeyRef(CUSTOMER, key), claim),
        create(crosswalkRef(SHOPIFY, CUSTOMER, nativeId), {
          system: SHOPIFY,
          type: CUSTOMER,
          nativeId,
          recordId: NEWCOMER,
          state: 'provisional',
          mergedIntoNativeId: null,
          formerRecordIds: [],
          evidence: 'first_seen',
          createdAt: minute(0),
        }),
      ]);
      return context;
    }

    test('keeps it waiting', async () => {
      const context = await aNewcomer(2);

      await expect(serveRecord(context, NEWCOMER)).rejects.toMatchObject({ code: 'newer_release' });

      expect(await recordNow(context, NEWCOMER)).toEqual(newcomer);
      expect((await recordNow(context, KNOWN))?.links).toEqual(links);
      expect(await workNow(context, NEWCOMER)).toEqual(work);
    });

    test('takes it in when this release has judged it', async () => {
      const context = await aNewcomer(1);

      expect(await serveRecord(context, NEWCOMER)).toBe('linked');

      expect(await recordNow(context, NEWCOMER)).toMatchObject({ state: 'merged', mergedInto: KNOWN });
      expect((await recordNow(context, KNOWN))?.links[SHOPIFY]).toMatchObject({ nativeId });
    });
  });
});

describe('a task that comes again when nothing is due', () => {
  const { run, record } = opened();
  const settled = aWork();

  test('calls for the run that is open on the record, once (M2)', async () => {
    const context = await aStored({}, { record, runs: [run], work: settled });

    expect(await serveRecord(context, RECORD_ID)).toBe('nothing_due');
    expect(await serveRecord(context, RECORD_ID)).toBe('nothing_due');

    expect(context.tasks).toEqual([taskOfRun(run)]);
    expect(context.tasks).toMatchObject([{ queue: 'shopify-live', body: runTask(RUN_ID, RECORD_ID) }]);
    expect(await workNow(context)).toEqual(settled);
  });

  test('calls for every open run, and for none that has ended or is missing', async () => {
    const second = opened(record);
    const missing = { [runIdOf('sync-record', RECORD_ID, 9)]: { epoch: 9, targets: [] } };
    const ended = { ...run, state: 'succeeded', wakeAt: null } as const;
    const context = await aStored(
      {},
      {
        record: { ...second.record, writeSets: { ...second.record.writeSets, ...missing } },
        runs: [ended, second.run],
        work: settled,
      },
    );

    await serveRecord(context, RECORD_ID);

    expect(context.tasks).toEqual([taskOfRun(second.run)]);
  });

  test('asks no vendor before its time (M4)', async () => {
    const hubspot = aConnector({ read: movedInHubspot });
    const later = { ...owing, marks: { [HUBSPOT]: { ...told, notBefore: NOW + 1 } } };
    const context = await aStored({ [HUBSPOT]: hubspot }, { work: later });

    expect(await serveRecord(context, RECORD_ID)).toBe('nothing_due');
    expect(hubspot.calls).toEqual([]);

    context.clock.advance(1);
    expect(await serveRecord(context, RECORD_ID)).toBe('planned');
  });
});
