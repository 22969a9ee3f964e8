import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChangedObject } from '#shared/connectors/change-feed.ts';
import { toInstant } from '#shared/model/instant.ts';
import { json } from '../scripted-http.ts';
import { createListedAccount } from './listed-account.ts';
import { connect, CUSTOMER } from './setup.ts';

const START = Date.UTC(2026, 10, 1);
const timeAt = (tick: number): string => toInstant(START + tick * 1_000);
/** Few ticks, so that many rows share one. */
const ticks = fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 30 });
const pageSizes = fc.integer({ min: 1, max: 5 });

const idsOf = (rows: readonly ChangedObject[]) => rows.map(({ nativeId }) => String(nativeId));
const FIRST_PAGE = {
  type: CUSTOMER,
  stream: 'modified',
  since: null,
  until: null,
  continuation: null,
} as const;

describe('a list of changed contacts', () => {
  test('names each of them once, with its time, however times are spread and pages cut', async () => {
    await fc.assert(
      fc.asyncProperty(ticks, pageSizes, fc.integer({ min: -1, max: 7 }), async (spread, pageSize, from) => {
        const account = createListedAccount(pageSize);
        await account.hold(spread.map(timeAt));

        const rows = await account.list({ since: from < 0 ? null : toInstant(START + from * 1_000) });

        const expected = spread
          .map((tick, index) => ({ id: String(501 + index), at: timeAt(tick), tick }))
          .filter(({ tick }) => tick >= from)
          .map(({ id, at }) => `${id} ${at}`);
        expect(rows.map(({ nativeId, at }) => `${nativeId} ${at}`).toSorted()).toEqual(expected.toSorted());
      }),
    );
  });

  test('ends, and with the next list shows every contact as it last was, whoever edits meanwhile', async () => {
    const edits = fc.array(fc.array(fc.nat(), { maxLength: 3 }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(ticks, pageSizes, edits, async (spread, pageSize, plan) => {
        const account = createListedAccount(pageSize);
        await account.hold(spread.map(timeAt));
        const until = toInstant(account.clock.now());

        const rows = await account.list({}, async (page) => {
          account.clock.advance(1_000);
          for (const pick of spread.length === 0 ? [] : (plan[page] ?? [])) {
            const id = String(501 + (pick % spread.length));
            await account.control.edit('contacts', id, { city: `page ${page}` });
          }
        });
        const later = await account.list({ since: until });

        const shown = [...rows, ...later].map(({ nativeId, at }) => `${nativeId} ${at}`);
        const standing = await account.control.list('contacts');
        expect(standing.map(({ id, lastmodifieddate }) => `${id} ${String(lastmodifieddate)}`)).toSatisfy(
          (all: readonly string[]) => all.every((one) => shown.includes(one)),
        );
      }),
    );
  });

  test('goes past 10,000 contacts that share one time', async () => {
    const account = createListedAccount(200);
    await account.hold([
      ...Array.from({ length: 300 }, (_, index) => timeAt(index)),
      ...Array.from({ length: 12_000 }, () => timeAt(400)),
      ...Array.from({ length: 300 }, (_, index) => timeAt(500 + index)),
    ]);

    const rows = await account.list();

    expect(new Set(idsOf(rows)).size).toBe(12_600);
    expect(rows).toHaveLength(12_600);
    expect(account.requests.length).toBeLessThan(12_600 / 200 + 8);
  });

  test('never pages by place, which edits shift and HubSpot ends at 10,000 results', async () => {
    const account = createListedAccount(2);
    await account.hold([1, 2, 3, 3, 3, 3, 4, 5].map(timeAt));

    await account.list();

    expect(account.requests.length).toBeGreaterThan(4);
    for (const { body = '' } of account.requests) expect(JSON.parse(body)).not.toHaveProperty('after');
  });

  test('leaves out what changed after it began', async () => {
    const account = createListedAccount(2);
    await account.hold([1, 2, 3, 4, 5].map(timeAt));

    const rows = await account.list({}, async (page) => {
      account.clock.advance(1_000);
      await account.control.create('contacts', { email: `new-${page}@example.com` });
    });

    expect(idsOf(rows)).toEqual(['501', '502', '503', '504', '505']);
  });
});

describe('an answer that cannot be followed is no answer', () => {
  const row = (id: string, time: string) => ({ id, properties: { lastmodifieddate: time } });

  test.each([
    ['rows in another order than asked', { results: [row('1', timeAt(2)), row('2', timeAt(1))] }],
    ['a row without its time', { results: [{ id: '1', properties: { lastmodifieddate: null } }] }],
    ['a further page after an empty one', { results: [], paging: { next: { after: '200' } } }],
    ['an id that is no number', { results: [row('x', timeAt(1))] }],
  ])('%s', async (_what, body) => {
    const { connector } = connect(json(200, body));

    await expect(connector.changes.list(FIRST_PAGE)).rejects.toMatchObject({ code: 'vendor_protocol' });
  });

  test.each([
    ['an archived object without any time', { results: [{ id: '1' }] }],
    ['a recycle bin that goes back', { results: [], paging: { next: { after: '5' } } }],
  ])('%s', async (_what, body) => {
    const { connector } = connect(json(200, body));
    const continuation = JSON.stringify({ afterId: '5' });

    await expect(
      connector.changes.list({ ...FIRST_PAGE, stream: 'archived', continuation }),
    ).rejects.toMatchObject({ code: 'vendor_protocol' });
  });
});

test('ids that were merged into a contact are told, and what is no id is passed over', async () => {
  const properties = { lastmodifieddate: timeAt(1), hs_merged_object_ids: '501; 502;;what' };
  const { connector } = connect(json(200, { results: [{ id: '503', properties }] }));

  const { changed } = await connector.changes.list(FIRST_PAGE);

  expect(changed).toEqual([{ nativeId: '503', change: 'changed', at: timeAt(1), replaces: ['501', '502'] }]);
});
