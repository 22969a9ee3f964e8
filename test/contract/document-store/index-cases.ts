import { expect } from 'vitest';
import type { Query } from '#shared/ports/document-store.ts';
import { type Item, expectRefusal, idsOf, items, notes, putItems, storeCase } from './surroundings.ts';

type Asked = Omit<Query<Item>, 'from' | 'limit'>;

/** Which queries want which index. The emulators do not check it, production does. */
export const indexCases = [
  storeCase('equalities of single fields need no declared index, however many', async ({ store }) => {
    await putItems(store, {
      a: { x: 1, y: 1, z: ['k'] },
      b: { x: 1, y: 2, z: ['k'] },
      c: { x: 1, y: 1, z: [] },
    });

    const found = idsOf(store, {
      where: [
        ['x', '==', 1],
        ['y', 'in', [1, 3]],
        ['z', 'array-contains', 'k'],
      ],
    });

    expect(await found).toEqual(['a']);
  }),

  storeCase('a query without its index is refused, and told which one it needs', async ({ store }) => {
    const asked: Asked = { where: [['shape', '==', 'round']], orderBy: [['weight', 'desc']] };

    await expect(store.query({ from: items.ref, limit: 1, ...asked })).rejects.toMatchObject({
      code: 'index_required',
      message: expect.stringMatching(/items.*shape asc, weight desc/) as string,
    });
  }),

  storeCase('an index serves nothing but its own fields and directions', async ({ store }) => {
    const refused: readonly Asked[] = [
      { where: [['rank', '==', 1]], orderBy: [['status', 'asc']] },
      { where: [['status', '==', 'a']], orderBy: [['size', 'asc']] },
      {
        orderBy: [
          ['status', 'asc'],
          ['rank', 'asc'],
        ],
      },
      {
        orderBy: [
          ['rank', 'desc'],
          ['status', 'asc'],
        ],
      },
      {
        where: [
          ['color', '==', 'a'],
          ['status', '==', 'b'],
        ],
        orderBy: [['size', 'asc']],
      },
      {
        where: [
          ['color', '==', 'a'],
          ['status', '==', 'b'],
        ],
        orderBy: [
          ['size', 'asc'],
          ['name', 'asc'],
        ],
      },
      {
        where: [
          ['shape', '==', 'a'],
          ['status', '==', 'b'],
        ],
        orderBy: [['rank', 'desc']],
      },
      {
        where: [
          ['shape', 'in', ['a', 'b']],
          ['weight', '>', 1],
        ],
      },
      { where: [['tags', 'array-contains', 'a']], orderBy: [['weight', 'asc']] },
    ];

    for (const asked of refused) {
      await expectRefusal('index_required', () => store.query({ from: items.ref, limit: 1, ...asked }));
    }
  }),

  storeCase('the equal fields of an index may stand in any order', async ({ store }) => {
    await putItems(store, { a: { color: 'red', status: 's', size: 1, name: 'n' } });

    const found = idsOf(store, {
      where: [
        ['status', '==', 's'],
        ['color', '==', 'red'],
      ],
      orderBy: [
        ['size', 'asc'],
        ['name', 'desc'],
      ],
    });

    expect(await found).toEqual(['a']);
  }),

  storeCase('two indexes with one order are merged', async ({ store }) => {
    await putItems(store, {
      a: { color: 'red', status: 'open', rank: 1 },
      b: { color: 'red', status: 'open', rank: 2 },
      c: { color: 'red', rank: 3 },
    });

    const found = idsOf(store, {
      where: [
        ['color', '==', 'red'],
        ['status', '==', 'open'],
      ],
      orderBy: [['rank', 'desc']],
    });

    expect(await found).toEqual(['b', 'a']);
  }),

  storeCase('an order of a field that is fixed needs no index', async ({ store }) => {
    await putItems(store, { b: { x: 1 }, a: { x: 1 }, c: { x: 2 } });

    expect(await idsOf(store, { where: [['x', '==', 1]], orderBy: [['x', 'asc']] })).toEqual(['a', 'b']);
  }),

  storeCase('an exempt field cannot be searched, nor what lies in it', async ({ store }) => {
    const refused: readonly Asked[] = [
      { where: [['hidden', '==', 1]] },
      { where: [['hidden.deep', '==', 1]] },
      { orderBy: [['hidden', 'asc']] },
      { where: [['map.hidden', '>', 1]] },
      {
        where: [
          ['x', '==', 1],
          ['hidden', '==', 1],
        ],
      },
    ];

    for (const asked of refused) {
      await expectRefusal('index_required', () => store.query({ from: items.ref, limit: 1, ...asked }));
    }
    expect(await idsOf(store, { where: [['map.shown', '==', 1]] })).toEqual([]);
  }),

  storeCase('a group needs an index of its own even for one field', async ({ store }) => {
    const from = { group: 'notes' };

    await expectRefusal('index_required', () => store.query({ from, where: [['other', '==', 1]], limit: 1 }));
    await expectRefusal('index_required', () => store.query({ from, orderBy: [['at', 'asc']], limit: 1 }));

    expect(await store.query({ from, where: [['kind', '==', 'k']], limit: 1 })).toEqual([]);
    expect(await store.query({ from, limit: 1 })).toEqual([]);
    expect(
      await store.query({ from: notes.under(items.at('a')), where: [['other', '==', 1]], limit: 1 }),
    ).toEqual([]);
  }),

  storeCase('counts and queries of a transaction need indexes as well', async ({ store }) => {
    const where = [
      ['shape', '==', 'round'],
      ['weight', '>', 1],
    ] as const;

    await expectRefusal('index_required', () => store.count({ from: items.ref, where }));
    await expectRefusal('index_required', () =>
      store.transact((transaction) => transaction.query({ from: items.ref, where, limit: 1 })),
    );
  }),
];
