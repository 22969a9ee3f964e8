import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { crosswalkRef } from '#shared/model/identity-documents.ts';
import { Dimension, NativeId, RecordId } from '#shared/model/ids.ts';
import { discrepancyRef, type Discrepancy } from '#shared/model/discrepancy.ts';
import { eventRef, quarantine, type EventDocument } from '#shared/model/intake-documents.ts';
import { toInstant } from '#shared/model/instant.ts';
import { records, type RecordDocument } from '#shared/model/record.ts';
import { workflowRuns } from '#shared/engine/run.ts';
import { work } from '#shared/model/work.ts';
import { remove, set } from '#shared/ports/document-store.ts';
import { aConsole, type TestConsole } from '#test/support/builders/consoles.ts';
import { CUSTOMER, HUBSPOT } from '#test/support/builders/policies.ts';
import { aRecord, aLink, minute } from '#test/support/builders/records.ts';
import { aNode, aRun } from '#test/support/builders/runs.ts';
import { aMark, aWork } from '#test/support/builders/work.ts';
import { askConsole, type ConsoleAnswer } from '#test/support/console-client.ts';

let desk: TestConsole;

beforeEach(async () => {
  desk = await aConsole();
});

const idOf = (number: number): RecordId => RecordId(`rec_${String(number).padStart(4, '0')}`);

async function keep(number: number, differing: Partial<RecordDocument> = {}): Promise<void> {
  await desk.store.commit([
    set(records.at(idOf(number)), aRecord({ id: idOf(number), ...differing })),
    set(work.at(idOf(number)), aWork({ recordId: idOf(number) })),
  ]);
}

/** A difference that is not settled, in one dimension of a record. */
async function differ(number: number, dimension: string, differing: Partial<Discrepancy>): Promise<void> {
  const one = {
    recordId: idOf(number),
    type: CUSTOMER,
    dimension: Dimension(dimension),
    class: 'soft_drift',
    status: 'open',
    isOpen: true,
    ...differing,
  } as Discrepancy;
  await desk.store.commit([set(discrepancyRef(idOf(number), Dimension(dimension)), one)]);
}

const idsOf = ({ body }: ConsoleAnswer): readonly string[] =>
  (body['items'] as readonly { id: string }[]).map(({ id }) => id);

const encoded = (cursor: unknown): string => Buffer.from(JSON.stringify(cursor)).toString('base64url');
const decoded = (cursor: string): unknown[] =>
  JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];

/** Reads a list to its end, and lets something happen between its pages. */
async function readAll(path: string, between: (page: number) => Promise<void> = async () => undefined) {
  const ids: string[] = [];
  let cursor: string | null = null;
  for (let page = 1; page === 1 || cursor !== null; page += 1) {
    const more = cursor === null ? '' : `&cursor=${cursor}`;
    const answer: ConsoleAnswer = await askConsole(desk, 'GET', `${path}${more}`);
    expect(answer.status).toBe(200);
    ids.push(...idsOf(answer));
    cursor = answer.body['nextCursor'] as string | null;
    await between(page);
  }
  return ids;
}

describe('a list', () => {
  test('tells how many there are, and ends with a page that leads nowhere', async () => {
    for (const number of [1, 2, 3]) await keep(number);

    const first = await askConsole(desk, 'GET', '/records?limit=2');
    const last = await askConsole(desk, 'GET', `/records?limit=2&cursor=${String(first.body['nextCursor'])}`);

    expect(first.body).toMatchObject({ count: { value: 3, relation: 'eq' }, asOf: minute(10) });
    expect(idsOf(first)).toEqual(['rec_0001', 'rec_0002']);
    expect(last.body).toMatchObject({ nextCursor: null, count: { value: 3, relation: 'approx' } });
    expect(idsOf(last)).toEqual(['rec_0003']);
  });

  test('of exactly one page leads nowhere either', async () => {
    for (const number of [1, 2]) await keep(number);

    const { body } = await askConsole(desk, 'GET', '/records?limit=2');

    expect(body['nextCursor']).toBeNull();
  });

  test('tells everything that stays exactly once, whatever comes and goes between its pages', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 25 }),
        fc.array(fc.record({ number: fc.integer({ min: 0, max: 60 }), comes: fc.boolean() }), {
          maxLength: 20,
        }),
        fc.integer({ min: 1, max: 7 }),
        async (initial, changes, limit) => {
          desk = await aConsole();
          for (const number of initial) await keep(number);
          const queue = [...changes];
          const touched = new Set(changes.map(({ number }) => idOf(number)));

          const seen = await readAll(`/records?limit=${limit}`, async () => {
            const change = queue.shift();
            if (change === undefined) return;
            if (change.comes) await keep(change.number);
            else await desk.store.commit([remove(records.at(idOf(change.number)))]);
          });

          const stayed = initial.map(idOf).filter((id) => !touched.has(id));
          expect(new Set(seen).size).toBe(seen.length);
          expect(seen).toEqual(expect.arrayContaining(stayed));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('filters by what an index answers', async () => {
    await keep(1, { state: 'provisional' });
    await keep(2);
    await keep(3, { lifecycle: 'closed' });

    expect(idsOf(await askConsole(desk, 'GET', '/records?state=active'))).toEqual(['rec_0002', 'rec_0003']);
    expect(idsOf(await askConsole(desk, 'GET', '/records?state=active&lifecycle=closed'))).toEqual([
      'rec_0003',
    ]);
    expect(idsOf(await askConsole(desk, 'GET', '/records?type=order'))).toEqual([]);
  });

  test('of what a system holds tells each record once, though it has two objects there', async () => {
    await keep(1, { links: { [HUBSPOT]: aLink({ nativeId: NativeId('12') }) } });
    await keep(2, { links: { [HUBSPOT]: aLink({ nativeId: NativeId('11') }) } });
    for (const [nativeId, number] of [
      ['11', 2],
      ['12', 1],
      ['13', 1],
    ] as const) {
      await desk.store.commit([
        set(crosswalkRef(HUBSPOT, CUSTOMER, NativeId(nativeId)), {
          system: HUBSPOT,
          type: CUSTOMER,
          nativeId: NativeId(nativeId),
          recordId: idOf(number),
          state: 'active',
          mergedIntoNativeId: null,
          formerRecordIds: [],
          evidence: 'first_seen',
          createdAt: minute(0),
        }),
      ]);
    }

    const whole = await readAll('/records?system=hubspot&type=customer&limit=50');
    const inPages = await readAll('/records?system=hubspot&limit=1');

    expect(whole).toEqual(['rec_0002', 'rec_0001']);
    expect(inPages).toEqual(['rec_0002', 'rec_0001']);
    expect(await readAll('/records?system=shopify&limit=1')).toEqual([]);
  });

  test('of what a text leads to is one page of exact matches', async () => {
    await keep(1);
    await keep(2);

    const found = await askConsole(desk, 'GET', '/records?q=rec_0002&type=customer');

    expect(idsOf(found)).toEqual(['rec_0002']);
    expect(found.body).toMatchObject({ nextCursor: null, count: { value: 1, relation: 'eq' } });
    expect(idsOf(await askConsole(desk, 'GET', '/records?q=rec_000'))).toEqual([]);
    expect((await askConsole(desk, 'GET', '/records?q=rec_0002&state=active')).status).toBe(400);
  });

  test('of what differs tells each record once, though it differs in several ways and between pages', async () => {
    for (const number of [1, 2, 3]) await keep(number);
    await differ(1, 'identity', { class: 'missing' });
    await differ(1, 'profile', { class: 'hard_conflict' });
    await differ(2, 'profile', { class: 'soft_drift', status: 'suppressed', isOpen: false });
    await differ(3, 'identity', { class: 'hard_conflict', status: 'resolved', isOpen: false });
    await differ(3, 'profile', { class: 'hard_conflict' });

    expect(await readAll('/records?class=hard_conflict&limit=1')).toEqual(['rec_0001', 'rec_0003']);
    expect(await readAll('/records?dim=identity&limit=1')).toEqual(['rec_0001']);
    expect(await readAll('/records?dim=profile&class=soft_drift&type=customer&limit=9')).toEqual([
      'rec_0002',
    ]);
    expect(await readAll('/records?dim=profile&type=order&limit=9')).toEqual([]);
  });

  test('of what differs has no record twice where its differences fall on two pages', async () => {
    for (const number of [1, 2]) await keep(number);
    for (const dimension of ['identity', 'lifecycle', 'profile']) await differ(1, dimension, {});
    await differ(2, 'profile', {});

    expect(await readAll('/records?class=soft_drift&limit=2')).toEqual(['rec_0001', 'rec_0002']);
    expect(await readAll('/records?class=soft_drift&limit=1')).toEqual(['rec_0001', 'rec_0002']);
  });

  test.each([
    ['class=green', 'class'],
    ['class=soft_drift&q=ana@example.com', 'q'],
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=2.5', 'limit'],
    ['state=gone', 'state'],
    ['colour=red', '(whole)'],
    [`cursor=${'x'.repeat(1_501)}`, 'cursor'],
  ])('does NOT take %s', async (query, field) => {
    const answer = await askConsole(desk, 'GET', `/records?${query}`);

    expect(answer).toMatchObject({ status: 400, body: { fields: { [field]: expect.any(String) } } });
  });

  test.each([
    ['text that is none', () => 'not-a-cursor'],
    ['JSON of another form', () => encoded({ list: 1 })],
    ['one of another list', (own: string) => encoded(['0'.repeat(32), ...decoded(own).slice(1)])],
    ['one that points elsewhere', (own: string) => encoded([decoded(own)[0], ['leases/rec_1'], 3])],
    ['one that leaves the scope', (own: string) => encoded([decoded(own)[0], ['../../other'], 3])],
    ['one with too many values', (own: string) => encoded([decoded(own)[0], ['a', 'b', 'records/rec_1'], 3])],
  ])('does NOT take a cursor that is %s', async (_what, forged) => {
    for (const number of [1, 2, 3]) await keep(number);
    const first = await askConsole(desk, 'GET', '/records?limit=1');
    const cursor = forged(String(first.body['nextCursor']));

    const answer = await askConsole(desk, 'GET', `/records?limit=1&cursor=${cursor}`);

    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } });
  });

  test('does NOT go on with a cursor under other filters', async () => {
    for (const number of [1, 2, 3]) await keep(number);
    const first = await askConsole(desk, 'GET', '/records?limit=1&state=active');

    const answer = await askConsole(
      desk,
      'GET',
      `/records?limit=1&cursor=${String(first.body['nextCursor'])}`,
    );

    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } });
  });
});

describe('runs', () => {
  test('are told latest first, by state, workflow and record', async () => {
    for (const [index, state] of (['succeeded', 'failed', 'succeeded'] as const).entries()) {
      const run = aRun([aNode('update-shopify')], {
        id: `run_${index}` as never,
        state,
        createdAt: minute(index),
        recordId: idOf(index % 2),
      });
      await desk.store.commit([set(workflowRuns.at(run.id), run)]);
    }

    expect(await readAll('/runs?limit=2')).toEqual(['run_2', 'run_1', 'run_0']);
    expect(await readAll('/runs?limit=1&state=succeeded')).toEqual(['run_2', 'run_0']);
    expect(await readAll('/runs?limit=1&state=failed&workflow=sync-record')).toEqual(['run_1']);
    expect(await readAll(`/records/${idOf(0)}/runs?limit=1`)).toEqual(['run_2', 'run_0']);
  });

  test('that do not exist are said so', async () => {
    expect((await askConsole(desk, 'GET', '/runs/run_none')).status).toBe(404);
    expect((await askConsole(desk, 'GET', '/runs/run_none/steps')).status).toBe(404);
    expect((await askConsole(desk, 'GET', '/runs/none')).status).toBe(400);
  });
});

describe('events', () => {
  const event = (differing: Partial<EventDocument>): EventDocument => ({
    system: HUBSPOT,
    receivedAt: minute(1),
    reason: 'marked',
    topic: null,
    recordId: idOf(1),
    markSeq: 1,
    expireAt: new Date(Date.UTC(2026, 3, 1)),
    ...differing,
  });

  beforeEach(async () => {
    await keep(1);
    await desk.store.commit([
      set(eventRef(HUBSPOT, 'a'), event({ markSeq: 1 })),
      set(eventRef(HUBSPOT, 'b'), event({ markSeq: 3, receivedAt: minute(2) })),
      set(
        eventRef(HUBSPOT, 'c'),
        event({ reason: 'unknown_topic', recordId: null, markSeq: null, receivedAt: minute(3) }),
      ),
      set(
        work.at(idOf(1)),
        aWork({
          recordId: idOf(1),
          marks: { [HUBSPOT]: aMark({ seq: 3 }) },
          served: [{ system: HUBSPOT, seq: 2, at: minute(2), reason: 'no_change' }],
        }),
      ),
    ]);
  });

  test('are told latest first, with what became of each', async () => {
    const { body } = await askConsole(desk, 'GET', '/systems/hubspot/events');

    expect(body['items']).toMatchObject([
      { reason: 'unknown_topic', outcome: { status: 'no_mark' } },
      { reason: 'marked', outcome: { status: 'pending' } },
      { reason: 'marked', outcome: { status: 'served', reason: 'no_change', at: minute(2) } },
    ]);
  });

  test('are found by what was made of them, and one by one', async () => {
    const list = await askConsole(desk, 'GET', '/systems/hubspot/events?reason=unknown_topic');
    const [id = ''] = idsOf(list);
    const one = await askConsole(desk, 'GET', `/events/${encodeURIComponent(id)}`);

    expect(idsOf(list)).toHaveLength(1);
    expect(one.body).toMatchObject({ id, reason: 'unknown_topic', keptUntil: '2026-04-01T00:00:00.000Z' });
    expect((await askConsole(desk, 'GET', '/events/hubspot:00000000000000000000000000000000')).status).toBe(
      404,
    );
    expect((await askConsole(desk, 'GET', '/systems/netsuite/events')).status).toBe(404);
  });

  test('show in their system when it was last heard of', async () => {
    const { body } = await askConsole(desk, 'GET', '/systems/hubspot');

    expect(body).toMatchObject({
      system: 'hubspot',
      lastEventAt: minute(3),
      linked: 0,
      quarantined: 0,
      pause: null,
    });
  });
});

describe('quarantine', () => {
  test('is told latest first and by kind, without the bytes', async () => {
    for (const [index, kind] of (['dead_letter', 'invalid_event'] as const).entries()) {
      await desk.store.commit([
        set(quarantine.at(`q${index}`), {
          system: HUBSPOT,
          kind,
          problem: 'objectId: invalid_type',
          receivedAt: toInstant(Date.UTC(2026, 2, 2, 9, index)),
          parts: 1,
          bytes: 20,
          source: 'webhook-ingest',
        }),
      ]);
    }

    expect(await readAll('/quarantine?limit=1')).toEqual(['q1', 'q0']);
    expect(await readAll('/quarantine?limit=1&kind=dead_letter')).toEqual(['q0']);
  });
});
