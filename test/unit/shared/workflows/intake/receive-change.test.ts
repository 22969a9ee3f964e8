import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unavailable } from '#shared/errors/faults.ts';
import { crosswalkRef, type Crosswalk } from '#shared/model/identity-documents.ts';
import { eventRef } from '#shared/model/intake-documents.ts';
import { NativeId, RecordId } from '#shared/model/ids.ts';
import { records } from '#shared/model/record.ts';
import type { ChangeEvent } from '#shared/model/source-event.ts';
import { work as workCollection, type Sight } from '#shared/model/work.ts';
import { receiveChange } from '#shared/workflows/intake/receive-change.ts';
import { settleMarks } from '#shared/workflows/sync-record/marks.ts';
import { set, update } from '#shared/ports/document-store.ts';
import { aConnector } from '#test/support/builders/connectors.ts';
import { aContext, type TestContext } from '#test/support/builders/contexts.ts';
import { CUSTOMER, HUBSPOT } from '#test/support/builders/policies.ts';
import { minute } from '#test/support/builders/records.ts';
import { NOW } from '#test/support/builders/work.ts';

function anEvent(differing: Partial<ChangeEvent> = {}): ChangeEvent {
  return {
    kind: 'change',
    system: HUBSPOT,
    dedupeKey: 'event-1',
    receivedAt: minute(10),
    type: CUSTOMER,
    nativeId: '501',
    change: 'changed',
    occurredAt: minute(5),
    fields: ['phone'],
    lane: 'live',
    source: 'webhook',
    ...differing,
  };
}

async function stateOf(context: TestContext, nativeId = '501') {
  const crosswalk = await context.store.get(crosswalkRef(HUBSPOT, CUSTOMER, NativeId(nativeId)));
  const recordId = crosswalk?.value.recordId;
  if (recordId === undefined) return undefined;
  const [record, work] = await context.store.getAll([
    records.at(recordId),
    workCollection.at(recordId),
  ] as const);
  return {
    crosswalk: crosswalk?.value,
    record: record?.value,
    work: work?.value,
    workVersion: work?.version,
  };
}

const meeting = () => aContext({ [HUBSPOT]: aConnector({}) });

describe('the first event about a native id', () => {
  test('creates a provisional record that owes one look, and a task for it', async () => {
    const context = meeting();

    expect(await receiveChange(context, anEvent())).toBe('new_record');

    const state = await stateOf(context);
    expect(state).toMatchObject({
      crosswalk: { state: 'provisional', evidence: 'first_seen' },
      record: {
        state: 'provisional',
        links: { [HUBSPOT]: { nativeId: '501', state: 'active' } },
      },
      work: {
        wakeAt: NOW,
        marks: {
          [HUBSPOT]: {
            seq: 1,
            vendorTime: minute(5),
            lane: 'live',
            evidence: [{ source: 'webhook', at: minute(5), fields: ['phone'], eventKey: 'event-1' }],
          },
        },
      },
    });
    expect(context.tasks).toMatchObject([
      { queue: 'hubspot-live', body: { kind: 'record', recordId: state?.record?.id }, notBefore: NOW },
    ]);
  });

  test('keeps the event with what became of it, until it expires', async () => {
    const context = meeting();

    await receiveChange(context, anEvent());

    const stored = await context.store.get(eventRef(HUBSPOT, 'event-1'));
    expect(stored?.value).toMatchObject({ reason: 'new_record', markSeq: 1, topic: null });
    expect(stored?.value.expireAt.getTime()).toBe(NOW + 30 * 24 * 60 * 60_000);
  });
});

describe('a further event', () => {
  test('renews the debt, and needs no second task while one is on its way', async () => {
    const context = meeting();
    await receiveChange(context, anEvent());

    expect(await receiveChange(context, anEvent({ dedupeKey: 'event-2', occurredAt: minute(6) }))).toBe(
      'marked',
    );

    expect((await stateOf(context))?.work?.marks[HUBSPOT]).toMatchObject({ seq: 2, vendorTime: minute(6) });
    expect(context.tasks).toHaveLength(1);
  });

  test('that is clearly older is covered by the debt that stands, and says so', async () => {
    const context = meeting();
    await receiveChange(context, anEvent());

    expect(await receiveChange(context, anEvent({ dedupeKey: 'old', occurredAt: minute(1) }))).toBe(
      'covered_by_mark',
    );

    expect((await context.store.get(eventRef(HUBSPOT, 'old')))?.value).toMatchObject({ markSeq: 1 });
    expect((await stateOf(context))?.work?.marks[HUBSPOT]?.evidence).toHaveLength(2);
  });

  test('after the debt was served gets a task of its own', async () => {
    const context = meeting();
    await receiveChange(context, anEvent());
    await serve(context);

    await receiveChange(context, anEvent({ dedupeKey: 'event-2' }));

    expect(context.tasks).toHaveLength(2);
    expect(new Set(context.tasks.map((task) => task.name)).size).toBe(2);
  });
});

describe('the same event again', () => {
  test('is a duplicate and leaves no second debt', async () => {
    const context = meeting();
    await receiveChange(context, anEvent());
    await serve(context);

    expect(await receiveChange(context, anEvent())).toBe('duplicate');

    expect((await stateOf(context))?.work?.marks).toEqual({});
    expect(context.tasks).toHaveLength(1);
  });

  test('enqueues the task that died with its first delivery', async () => {
    const context = meeting();
    const dying = { ...context, ports: { ...context.ports, tasks: { enqueue: failing } } };
    await expect(receiveChange(dying, anEvent())).rejects.toMatchObject({ code: 'unavailable' });

    expect(await receiveChange(context, anEvent())).toBe('duplicate');

    expect(context.tasks).toHaveLength(1);
  });

  test('of another system is another event', async () => {
    const context = meeting();
    await receiveChange(context, anEvent());

    expect(await receiveChange(context, anEvent({ system: 'shopify' }))).toBe('new_record');
  });
});

describe('an object that another one has replaced', () => {
  const OLDER = RecordId('rec_older');

  /** The record that event-1 began is linked to another object now. */
  async function replaced() {
    const context = meeting();
    await receiveChange(context, anEvent());
    await serve(context);
    const before = await stateOf(context);
    const fields = { state: 'deleted', formerRecordIds: [OLDER] } as const;
    await context.store.commit([update<Crosswalk>(crosswalkRef(HUBSPOT, CUSTOMER, NativeId('501')), fields)]);
    return { context, recordId: before?.record?.id as RecordId, work: before?.work };
  }

  test('is unknown when it is back: it becomes a provisional record that owes one look (M16)', async () => {
    const { context, recordId, work } = await replaced();

    expect(await receiveChange(context, anEvent({ dedupeKey: 'restored', change: 'restored' }))).toBe(
      'new_record',
    );

    const state = await stateOf(context);
    expect(state?.record?.id).not.toBe(recordId);
    expect(state).toMatchObject({
      crosswalk: { state: 'provisional', evidence: 'seen_again' },
      record: { state: 'provisional', links: { [HUBSPOT]: { nativeId: '501', state: 'active' } } },
      work: { marks: { [HUBSPOT]: { seq: 1, evidence: [{ eventKey: 'restored' }] } } },
    });
    expect(context.tasks.at(-1)).toMatchObject({ body: { kind: 'record', recordId: state?.record?.id } });
    expect((await context.store.get(workCollection.at(recordId)))?.value).toEqual(work);
  });

  test('keeps the names of the records that it was before', async () => {
    const { context, recordId } = await replaced();

    await receiveChange(context, anEvent({ dedupeKey: 'restored' }));

    expect((await stateOf(context))?.crosswalk?.formerRecordIds).toEqual([OLDER, recordId]);
  });

  test('is not back because an event from before is delivered again', async () => {
    const { context, recordId } = await replaced();

    expect(await receiveChange(context, anEvent())).toBe('duplicate');

    expect((await stateOf(context))?.crosswalk).toMatchObject({ state: 'deleted', recordId });
    expect(context.tasks).toHaveLength(1);
  });

  test('becomes one record, however many of its events come at once', async () => {
    const { context } = await replaced();
    const events = Array.from({ length: 8 }, (_, index) => anEvent({ dedupeKey: `back-${index}` }));

    const reasons = await Promise.all(events.map((event) => receiveChange(context, event)));

    expect(reasons.filter((reason) => reason === 'new_record')).toHaveLength(1);
    expect((await stateOf(context))?.work?.marks[HUBSPOT]?.evidence).toHaveLength(8);
  });
});

describe('what an event explains', () => {
  test.each<[ChangeEvent['change'], string, readonly string[] | null]>([
    ['changed', 'webhook', ['phone']],
    ['created', 'created', ['phone']],
    ['merged', 'webhook', null],
    ['restored', 'webhook', null],
  ])('a record that was %s: evidence of kind %s about %j', async (change, source, fields) => {
    const context = meeting();

    await receiveChange(context, anEvent({ change }));

    expect((await stateOf(context))?.work?.marks[HUBSPOT]?.evidence).toMatchObject([{ source, fields }]);
  });

  test.each([null, 'yesterday'])(
    'without a time that can be read (%j) it counts as of unknown time',
    async (at) => {
      const context = meeting();

      await receiveChange(context, anEvent({ occurredAt: at }));

      expect((await stateOf(context))?.work?.marks[HUBSPOT]).toMatchObject({ vendorTime: null });
    },
  );
});

describe('many deliveries at once', () => {
  test('make one record of one native id, and lose no event', async () => {
    const context = meeting();
    const events = Array.from({ length: 8 }, (_, index) => anEvent({ dedupeKey: `event-${index}` }));

    const reasons = await Promise.all(events.map((event) => receiveChange(context, event)));

    expect(reasons.filter((reason) => reason === 'new_record')).toHaveLength(1);
    expect((await stateOf(context))?.work?.marks[HUBSPOT]?.evidence).toHaveLength(8);
  });

  test('in any order and any number leave the same systems owing', async () => {
    const events = [
      anEvent(),
      anEvent({ dedupeKey: 'b', nativeId: '502' }),
      anEvent({ dedupeKey: 'c', occurredAt: minute(7) }),
    ];
    const orders = fc.shuffledSubarray([...events, ...events], { minLength: 6 });

    await fc.assert(
      fc.asyncProperty(orders, async (order) => {
        const context = meeting();

        for (const event of order) await receiveChange(context, event);

        expect((await stateOf(context, '501'))?.work?.marks[HUBSPOT]?.vendorTime).toBe(minute(7));
        expect((await stateOf(context, '502'))?.work?.marks[HUBSPOT]?.seq).toBe(1);
      }),
      { numRuns: 30 },
    );
  });
});

describe('a change that a poll lists', () => {
  const listed = (differing: Partial<ChangeEvent> = {}) =>
    anEvent({ dedupeKey: 'poll-1', source: 'poll', fields: null, ...differing });
  const sight: Sight = { nativeId: NativeId('501'), modifiedAt: minute(5), askedAt: minute(6) };

  /** A record whose debts are served, seen as the sight says. */
  async function served(seen: Sight | null = sight): Promise<TestContext> {
    const context = meeting();
    await receiveChange(context, anEvent());
    await serve(context);
    const state = await stateOf(context);
    const ref = workCollection.at(state?.record?.id as RecordId);
    await context.store.commit([update(ref, { sights: seen === null ? {} : { [HUBSPOT]: seen } })]);
    return context;
  }

  test('and a read has seen since leaves no debt and no task, and is stored with that reason', async () => {
    const context = await served();
    const before = await stateOf(context);

    expect(await receiveChange(context, listed())).toBe('already_seen');

    expect((await stateOf(context))?.work).toEqual(before?.work);
    expect(context.tasks).toHaveLength(1);
    expect((await context.store.get(eventRef(HUBSPOT, 'poll-1')))?.value).toMatchObject({
      reason: 'already_seen',
      recordId: before?.record?.id,
      markSeq: null,
    });
  });

  test('is the same fact when it is delivered again', async () => {
    const context = await served();
    await receiveChange(context, listed());

    expect(await receiveChange(context, listed())).toBe('duplicate');

    expect(context.tasks).toHaveLength(1);
  });

  test.each<[string, Partial<ChangeEvent>, Sight | null]>([
    ['is later than what was seen', { occurredAt: minute(6) }, sight],
    ['was never seen', {}, null],
    ['may share its second with an edit after the read', {}, { ...sight, askedAt: minute(5) }],
    ['was seen of another object', {}, { ...sight, nativeId: NativeId('502') }],
    ['has no time', { occurredAt: null }, sight],
    ['is a suspicion of a deletion', { change: 'deleted' }, sight],
    ['is a suspicion of a merge', { change: 'merged' }, sight],
    ['was told by a webhook', { source: 'webhook' }, sight],
    ['is what an operator asks about', { source: 'operator' }, sight],
  ])('but that %s is owed a look', async (_, event, seen) => {
    const context = await served(seen);

    expect(await receiveChange(context, listed(event))).toBe('marked');

    expect((await stateOf(context))?.work?.marks[HUBSPOT]?.seq).toBe(2);
  });

  test('while a pass finds the object gone is looked at after all', async () => {
    const context = await served();
    const { store } = context.ports;
    const ref = workCollection.at((await stateOf(context))?.record?.id as RecordId);
    let isFirst = true;
    const racing: TestContext['ports']['store'] = {
      ...store,
      commit: async (writes) => {
        if (isFirst) await store.commit([update(ref, { sights: {} })]);
        isFirst = false;
        return store.commit(writes);
      },
    };

    const reason = await receiveChange({ ...context, ports: { ...context.ports, store: racing } }, listed());

    expect(reason).toBe('marked');
  });
});

async function failing(): Promise<never> {
  throw unavailable('The queue');
}

/** A pass that found nothing to do. */
async function serve(context: TestContext): Promise<void> {
  const state = await stateOf(context);
  if (state?.work === undefined) throw new Error('nothing is owed');
  const served = settleMarks(
    state.work,
    new Map([[HUBSPOT, { kind: 'served', seq: state.work.marks[HUBSPOT]?.seq ?? 0, reason: 'no_change' }]]),
    NOW,
  );
  await context.store.commit([set(workCollection.at(state.work.recordId), served)]);
}
