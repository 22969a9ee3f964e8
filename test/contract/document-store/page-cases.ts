import { expect } from 'vitest';
import type { StoredValue } from '#shared/model/document.ts';
import { type Query, set } from '#shared/ports/document-store.ts';
import { counters, idsOf, items, notes, putItems, storeCase, times } from './surroundings.ts';

const time = (ms: number): Date => new Date(Date.UTC(2026, 0, 1) + ms);

/** Pages through a query with the cursor of the last row, and checks that no page is longer than asked. */
async function pages(
  ask: (
    query: Pick<Query<object>, 'limit' | 'after'>,
  ) => Promise<readonly { ref: { path: string }; value: object }[]>,
  fields: readonly string[],
): Promise<readonly string[]> {
  const seen: string[] = [];
  let after: readonly StoredValue[] | undefined;
  for (let page = 0; page < 50; page += 1) {
    const rows = await ask({ limit: 2, ...(after === undefined ? {} : { after }) });
    expect(rows.length).toBeLessThanOrEqual(2);
    seen.push(...rows.map(({ ref }) => ref.path));
    const last = rows.at(-1);
    if (last === undefined) return seen;
    after = [
      ...fields.map((field) => (last.value as Record<string, StoredValue>)[field] ?? null),
      last.ref.path,
    ];
  }
  throw new Error('The pages do not end.');
}

/** What pages of queries and collection groups find. */
export const pageCases = [
  storeCase('pages of a query meet each document once, ties and mixed types included', async ({ store }) => {
    const values: readonly StoredValue[] = [null, 1, 1, 1, 1, 1, '1', '1', '1', time(1), time(1), 2, true];
    await putItems(store, Object.fromEntries(values.map((n, index) => [`v${(index * 5) % 13}`, { n }])));

    for (const direction of ['asc', 'desc'] as const) {
      const orderBy = [['n', direction]] as const;
      const whole = await store.query({ from: items.ref, orderBy, limit: 100 });

      const paged = await pages((page) => store.query({ from: items.ref, orderBy, ...page }), ['n']);

      expect(paged).toEqual(whole.map(({ ref }) => ref.path));
      expect(paged).toHaveLength(values.length);
    }
  }),

  storeCase('pages over several orders meet each document once', async ({ store }) => {
    const all = times(
      12,
      (n) => [`v${n}`, { status: 's', color: 'red', size: n % 2, name: `name ${n % 3}` }] as const,
    );
    await putItems(store, Object.fromEntries(all));
    const where = [
      ['status', '==', 's'],
      ['color', '==', 'red'],
    ] as const;
    const orderBy = [
      ['size', 'asc'],
      ['name', 'desc'],
    ] as const;
    const whole = await store.query({ from: items.ref, where, orderBy, limit: 100 });

    const paged = await pages(
      (page) => store.query({ from: items.ref, where, orderBy, ...page }),
      ['size', 'name'],
    );

    expect(paged).toEqual(whole.map(({ ref }) => ref.path));
    expect(paged).toHaveLength(12);
  }),

  storeCase('pages without an order go by path', async ({ store }) => {
    await putItems(store, Object.fromEntries(times(5, (n) => [`v${n}`, { n: 1 }])));

    const paged = await pages(
      (page) => store.query({ from: items.ref, where: [['n', '==', 1]], ...page }),
      [],
    );

    expect(paged).toEqual(times(5, (n) => `items/v${n}`));
  }),

  storeCase('a cursor without a path leaves all its ties behind', async ({ store }) => {
    await putItems(store, { a: { n: 1 }, b: { n: 1 }, c: { n: 2 }, d: { n: 0 } });

    expect(await idsOf(store, { orderBy: [['n', 'asc']], after: [1] })).toEqual(['c']);
    expect(await idsOf(store, { orderBy: [['n', 'desc']], after: [1] })).toEqual(['d']);
    expect(await idsOf(store, { orderBy: [['n', 'asc']], after: [1, 'items/a'] })).toEqual(['b', 'c']);
  }),

  storeCase('a cursor goes on where its document is gone', async ({ store }) => {
    await putItems(store, { a: { n: 1 }, c: { n: 1 }, d: { n: 3 } });

    expect(await idsOf(store, { orderBy: [['n', 'asc']], after: [1, 'items/b'] })).toEqual(['c', 'd']);
    expect(await idsOf(store, { orderBy: [['n', 'asc']], after: [2, 'items/b'] })).toEqual(['d']);
  }),

  storeCase('a group is searched across parents, by whole path', async ({ store }) => {
    const at = (parent: string, id: string, n: number) =>
      set(notes.at(items.at(parent), id), { kind: 'k', at: n });
    await store.commit([
      at('b', 'x', 1),
      at('a-b', 'x', 2),
      at('a', 'y', 3),
      at('a', 'x', 4),
      set(items.at('a'), { kind: 'k' }),
    ]);
    await store.commit([
      set(notes.at(counters.at('z'), 'x'), { kind: 'k', at: 0 }),
      set(notes.at(items.at('a'), 'other'), { kind: 'l' }),
    ]);
    const from = { group: 'notes' };
    const paths = (rows: readonly { ref: { path: string } }[]): readonly string[] =>
      rows.map(({ ref }) => ref.path);
    const byPath = [
      'counters/z/notes/x',
      'items/a/notes/x',
      'items/a/notes/y',
      'items/a-b/notes/x',
      'items/b/notes/x',
    ];

    const filtered = await store.query({ from, where: [['kind', '==', 'k']], limit: 10 });
    const ordered = await store.query({
      from,
      where: [['kind', '==', 'k']],
      orderBy: [['at', 'asc']],
      limit: 10,
    });
    const paged = await pages((page) => store.query({ from, where: [['kind', '==', 'k']], ...page }), []);

    expect(paths(filtered)).toEqual(byPath);
    expect(ordered.map(({ value }) => (value as { at: number }).at)).toEqual([0, 1, 2, 3, 4]);
    expect(paged).toEqual(byPath);
  }),
];
