import { expect } from 'vitest';
import type { SortDirection, StoredValue } from '#shared/model/document.ts';
import { type Query, set } from '#shared/ports/document-store.ts';
import {
  counters,
  expectRefusal,
  idOf,
  idsOf,
  items,
  notes,
  putItems,
  storeCase,
  times,
} from './surroundings.ts';

const time = (ms: number): Date => new Date(Date.UTC(2026, 0, 1) + ms);

/** One value of each type and a second of some, in the order in which they sort. */
const SORTED: readonly StoredValue[] = [
  null,
  false,
  true,
  -1e9,
  -0.5,
  0,
  3,
  10,
  new Date(-1),
  new Date(0),
  time(0),
  '',
  '10',
  '3',
  'B',
  'a',
  'z',
  'é',
  '\uFF5E',
  '😀',
  [1],
  { x: 1 },
];

/** What queries find, and in which order. */
export const queryCases = [
  storeCase('an equality finds equal values of the same type', async ({ store }) => {
    await putItems(store, {
      a: { n: 1 },
      b: { n: '1' },
      c: { n: true },
      d: { n: null },
      e: {},
      f: { n: time(1) },
      g: { n: 1.5 },
    });
    const equal = (value: StoredValue): Promise<string[]> => idsOf(store, { where: [['n', '==', value]] });

    expect(await equal(1)).toEqual(['a']);
    expect(await equal('1')).toEqual(['b']);
    expect(await equal(true)).toEqual(['c']);
    expect(await equal(null)).toEqual(['d']);
    expect(await equal(time(1))).toEqual(['f']);
    expect(await equal(time(1).getTime())).toEqual([]);
    expect(await equal(1.5)).toEqual(['g']);
  }),

  storeCase('an equality looks into maps, and compares maps and arrays whole', async ({ store }) => {
    await putItems(store, {
      a: { map: { x: 1, y: [1, 2] } },
      b: { map: { y: [2, 1], x: 1 } },
      c: { map: { x: 1 } },
    });

    expect(await idsOf(store, { where: [['map.x', '==', 1]] })).toEqual(['a', 'b', 'c']);
    expect(await idsOf(store, { where: [['map', '==', { y: [1, 2], x: 1 }]] })).toEqual(['a']);
    expect(await idsOf(store, { where: [['map.y', '==', [2, 1]]] })).toEqual(['b']);
  }),

  storeCase('texts are equal by their characters, not by how they look', async ({ store }) => {
    await putItems(store, { a: { n: '\u00E9' }, b: { n: 'e\u0301' }, c: { n: 'E\u0301' } });

    expect(await idsOf(store, { where: [['n', '==', '\u00E9']] })).toEqual(['a']);
    expect(await idsOf(store, { where: [['n', '==', 'e\u0301']] })).toEqual(['b']);
  }),

  storeCase('numbers too large to be exact are found again', async ({ store }) => {
    const large = -1_496_659_268_125_249_000;
    await putItems(store, { a: { n: large }, b: { n: 2 ** 53 } });

    expect(await idsOf(store, { where: [['n', '==', large]] })).toEqual(['a']);
    expect(await idsOf(store, { where: [['n', '<=', large]] })).toEqual(['a']);
  }),

  storeCase('a collection is searched alone, without what lies below its documents', async ({ store }) => {
    await putItems(store, { a: { n: 1 } });
    await store.commit([
      set(counters.at('a'), { n: 1 }),
      set(notes.at(items.at('a'), 'x'), { n: 1 }),
      set(notes.at(items.at('b'), 'y'), { n: 1 }),
    ]);

    expect(await idsOf(store, {})).toEqual(['a']);
    expect((await store.query({ from: notes.under(items.at('a')), limit: 10 })).map(idOf)).toEqual(['x']);
    expect(
      (await store.query({ from: notes.under(items.at('b')), where: [['n', '==', 1]], limit: 10 })).map(idOf),
    ).toEqual(['y']);
  }),

  storeCase('without an order, documents come by path in the order of its bytes', async ({ store }) => {
    const ids = ['A', 'Z', 'a', 'a-b', 'a0', 'é', '\uFF5E', '😀'];
    await putItems(store, Object.fromEntries(ids.toReversed().map((id) => [id, {}])));

    expect(await idsOf(store, {})).toEqual(ids);
  }),

  storeCase('values of different types sort by type, and strings by their bytes', async ({ store }) => {
    const shuffled = SORTED.map((value, index) => [`v${(index * 7) % 100}`, { value }] as const);
    await putItems(store, Object.fromEntries(shuffled));
    const sorted = (direction: SortDirection) =>
      store.query({ from: items.ref, orderBy: [['value', direction]], limit: 100 });

    expect((await sorted('asc')).map(({ value }) => value['value'])).toEqual(SORTED);
    expect((await sorted('desc')).map(({ value }) => value['value'])).toEqual(SORTED.toReversed());
  }),

  storeCase('an order leaves out documents that lack the field, and keeps null', async ({ store }) => {
    await putItems(store, { a: { n: 2 }, b: {}, c: { n: null }, d: { n: 1 }, e: { m: 1 } });

    expect(await idsOf(store, { orderBy: [['n', 'asc']] })).toEqual(['c', 'd', 'a']);
    expect(await idsOf(store, { orderBy: [['n', 'desc']] })).toEqual(['a', 'd', 'c']);
  }),

  storeCase('ties come by path, in the direction of the last order', async ({ store }) => {
    await putItems(store, { a: { n: 1 }, b: { n: 1 }, c: { n: 0 } });

    expect(await idsOf(store, { orderBy: [['n', 'asc']] })).toEqual(['c', 'a', 'b']);
    expect(await idsOf(store, { orderBy: [['n', 'desc']] })).toEqual(['b', 'a', 'c']);
  }),

  storeCase('a comparison for order never crosses types', async ({ store }) => {
    await putItems(
      store,
      Object.fromEntries(SORTED.map((value, index) => [`v${String(index).padStart(2, '0')}`, { value }])),
    );
    const found = async (
      comparison: '<' | '<=' | '>' | '>=',
      value: StoredValue,
    ): Promise<readonly unknown[]> => {
      const rows = await store.query({ from: items.ref, where: [['value', comparison, value]], limit: 100 });
      return rows.map((row) => row.value['value']);
    };

    expect(await found('>=', 3)).toEqual([3, 10]);
    expect(await found('<', 0)).toEqual([-1e9, -0.5]);
    expect(await found('>', new Date(0))).toEqual([time(0)]);
    expect(await found('<=', new Date(0))).toEqual([new Date(-1), new Date(0)]);
    expect(await found('<', 'B')).toEqual(['', '10', '3']);
    expect(await found('>', '\uFF5E')).toEqual(['😀']);
    expect(await found('>=', false)).toEqual([false, true]);
    expect(await found('<', true)).toEqual([false]);
  }),

  storeCase('two bounds make a range', async ({ store }) => {
    await putItems(store, Object.fromEntries(times(6, (n) => [`v${n}`, { n }])));

    const between = idsOf(store, {
      where: [
        ['n', '>', 1],
        ['n', '>=', 0],
        ['n', '<=', 4],
      ],
      orderBy: [['n', 'desc']],
    });

    expect(await between).toEqual(['v4', 'v3', 'v2']);
    expect(
      await idsOf(store, {
        where: [
          ['n', '>=', 4],
          ['n', '>', 4],
        ],
      }),
    ).toEqual(['v5']);
    expect(
      await idsOf(store, {
        where: [
          ['n', '<', 1],
          ['n', '<=', 1],
        ],
      }),
    ).toEqual(['v0']);
    expect(
      await idsOf(store, {
        where: [
          ['n', '>', 3],
          ['n', '<', 3],
        ],
      }),
    ).toEqual([]);
  }),

  storeCase('a choice of values finds each of them', async ({ store }) => {
    await putItems(store, { a: { n: 1 }, b: { n: '1' }, c: { n: 2 }, d: { n: true }, e: { n: null } });

    expect(await idsOf(store, { where: [['n', 'in', [2, '1', true, 9]]] })).toEqual(['b', 'c', 'd']);
    expect(await idsOf(store, { where: [['n', 'in', [2, 1]]], orderBy: [['n', 'desc']] })).toEqual([
      'c',
      'a',
    ]);
  }),

  storeCase('an array is searched for an element', async ({ store }) => {
    await putItems(store, {
      a: { list: [1, 'x', null] },
      b: { list: ['1', { y: 1, z: 2 }] },
      c: { list: 1 },
      d: { list: [[1]].flat(), at: [time(1)] },
      e: { list: ['prefix x'] },
    });
    const holding = (value: StoredValue): Promise<string[]> =>
      idsOf(store, { where: [['list', 'array-contains', value]] });

    expect(await holding(1)).toEqual(['a', 'd']);
    expect(await holding('x')).toEqual(['a']);
    expect(await holding('1')).toEqual(['b']);
    expect(await holding({ z: 2, y: 1 })).toEqual(['b']);
    expect(await idsOf(store, { where: [['at', 'array-contains', time(1)]] })).toEqual(['d']);
  }),

  storeCase('a declared index serves an equality and an order, forwards and backwards', async ({ store }) => {
    await putItems(store, {
      a: { status: 'open', rank: 1 },
      b: { status: 'open', rank: 3 },
      c: { status: 'done', rank: 2 },
      d: { status: 'open', rank: 2 },
      e: { status: 'open' },
    });

    expect(await idsOf(store, { where: [['status', '==', 'open']], orderBy: [['rank', 'desc']] })).toEqual([
      'b',
      'd',
      'a',
    ]);
    expect(await idsOf(store, { where: [['status', '==', 'open']], orderBy: [['rank', 'asc']] })).toEqual([
      'a',
      'd',
      'b',
    ]);
    expect(
      await idsOf(store, {
        where: [
          ['status', '==', 'open'],
          ['rank', '<', 3],
        ],
        orderBy: [['rank', 'desc']],
      }),
    ).toEqual(['d', 'a']);
  }),

  storeCase('several orders apply one after the other, each in its direction', async ({ store }) => {
    await putItems(store, {
      a: { color: 'red', status: 's', size: 1, name: 'x' },
      b: { color: 'red', status: 's', size: 1, name: 'y' },
      c: { color: 'red', status: 's', size: 0, name: 'z' },
      d: { color: 'blue', status: 's', size: 0, name: 'z' },
    });
    const where = [
      ['status', '==', 's'],
      ['color', '==', 'red'],
    ] as const;

    const forwards = await idsOf(store, {
      where,
      orderBy: [
        ['size', 'asc'],
        ['name', 'desc'],
      ],
    });
    const backwards = await idsOf(store, {
      where,
      orderBy: [
        ['size', 'desc'],
        ['name', 'asc'],
      ],
    });

    expect(forwards).toEqual(['c', 'b', 'a']);
    expect(backwards).toEqual(['a', 'b', 'c']);
  }),

  storeCase('a count tells how many documents a query would find', async ({ store }) => {
    await putItems(store, { a: { n: 1 }, b: { n: 2 }, c: { n: '2' }, d: {} });
    await store.commit([set(notes.at(items.at('a'), 'x'), { kind: 'k' })]);

    expect(await store.count({ from: items.ref })).toBe(4);
    expect(await store.count({ from: items.ref, where: [['n', '>', 0]] })).toBe(2);
    expect(await store.count({ from: items.ref, where: [['n', '==', 9]] })).toBe(0);
    expect(await store.count({ from: { group: 'notes' }, where: [['kind', '==', 'k']] })).toBe(1);
  }),

  storeCase('a query sees the latest commit', async ({ store }) => {
    await putItems(store, { a: { n: 1 }, b: { n: 1 } });
    expect(await idsOf(store, { where: [['n', '==', 1]] })).toEqual(['a', 'b']);

    await store.commit([
      set(items.at('a'), { n: 2 }),
      { op: 'delete', ref: items.at('b') },
      set(items.at('c'), { n: 1 }),
    ]);

    expect(await idsOf(store, { where: [['n', '==', 1]] })).toEqual(['c']);
  }),

  storeCase('a query finds no more than its limit', async ({ store }) => {
    await putItems(store, Object.fromEntries(times(5, (n) => [`v${n}`, {}])));

    expect(await idsOf(store, {}, 3)).toEqual(['v0', 'v1', 'v2']);
    for (const limit of [0, -1, 1_001, 1.5, Number.NaN]) {
      await expectRefusal('invalid_argument', () => store.query({ from: items.ref, limit }));
    }
  }),

  storeCase('a senseless query is refused', async ({ store }) => {
    const refused: readonly Omit<Query<object>, 'from' | 'limit'>[] = [
      { where: [['n', '>', null]] },
      { where: [['n', '<', [1]]] },
      { where: [['n', 'in', []]] },
      { where: [['n', 'in', times(31, (n) => n)]] },
      { where: [['n', 'in', 1]] },
      { where: [['n', 'array-contains', [1]]] },
      { where: [['n', '==', [[1]]]] },
      { where: [['x..y', '==', 1]] },
      { where: [['', '==', 1]] },
      { where: [['n', '>', 1]], orderBy: [['m', 'asc']] },
      { orderBy: [['n', 'asc']], after: [1, 'items/a', 2] },
      { orderBy: [['n', 'asc']], after: [1, 'counters/a'] },
      { orderBy: [['n', 'asc']], after: [1, 'items/a/notes/b'] },
      { orderBy: [['n', 'asc']], after: [] },
    ];

    for (const query of refused) {
      await expectRefusal('invalid_argument', () => store.query({ from: items.ref, limit: 1, ...query }));
    }
  }),
];
