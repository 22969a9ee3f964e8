import { expect } from 'vitest';
import { type Write, set } from '#shared/ports/document-store.ts';
import { expectRefusal, items, storeCase, times } from './surroundings.ts';

const a = items.at('a');

const sparse: unknown[] = [];
sparse.length = 2;

class Money {
  readonly amount = '1.00';
}

function nested(levels: number): object {
  return levels === 0 ? {} : { deeper: nested(levels - 1) };
}

function put(value: unknown): Write {
  return { op: 'set', ref: a, value: value as object };
}

/** What is refused because Firestore refuses it, or because it would not come back as it was. */
export const limitCases = [
  storeCase('a value that cannot be stored is refused, wherever it stands', async ({ store }) => {
    const refused: readonly unknown[] = [
      undefined,
      () => 1,
      Symbol('x'),
      1n,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      [[1]],
      [1, [2]],
      sparse,
      new Money(),
      new Map(),
      new Date(Number.NaN),
      '\uD83D',
    ];

    for (const value of refused) {
      await expectRefusal('invalid_argument', () => store.commit([put({ value })]));
      await expectRefusal('invalid_argument', () => store.commit([put({ list: [{ value }] })]));
    }
    for (const value of [null, 'text', 1, [1], new Date(), new Money()]) {
      await expectRefusal('invalid_argument', () => store.commit([put(value)]));
    }
    expect(await store.get(a)).toBeUndefined();
  }),

  storeCase('reserved, empty and endless field names are refused', async ({ store }) => {
    for (const name of ['', '__x__', '____', '__time__', 'x'.repeat(1_501)]) {
      await expectRefusal('invalid_argument', () => store.commit([put({ [name]: 1 })]));
      await expectRefusal('invalid_argument', () => store.commit([put({ map: { [name]: 1 } })]));
    }

    await store.commit([put({ __x: 1, x__: 1, _: 1, 'a.b': 1, '/': 1, constructor: 1 })]);
    expect(Object.keys((await store.get(a))?.value ?? {})).toHaveLength(6);
  }),

  storeCase('a document may have close to a mebibyte, and not more', async ({ store }) => {
    await store.commit([put({ hidden: 'x'.repeat(1_040_000) })]);

    await expectRefusal('invalid_argument', () => store.commit([put({ hidden: 'x'.repeat(1_048_576) })]));
    await expectRefusal('invalid_argument', () => store.commit([put({ hidden: 'é'.repeat(524_288) })]));

    expect((await store.get(a))?.value['hidden']).toHaveLength(1_040_000);
  }),

  storeCase('a document is at most 20 levels deep', async ({ store }) => {
    await store.commit([put({ map: nested(15) })]);

    await expectRefusal('invalid_argument', () => store.commit([put({ map: nested(30) })]));

    expect((await store.get(a))?.value).toEqual({ map: nested(15) });
  }),

  storeCase('a commit has at most 500 writes', async ({ store }) => {
    const writes = times(501, (n) => set(items.at(`v${n}`), { n }));

    await expectRefusal('invalid_argument', () => store.commit(writes));
    expect(await store.count({ from: items.ref })).toBe(0);

    await store.commit(writes.slice(1));
    expect(await store.count({ from: items.ref })).toBe(500);
  }),

  storeCase('a commit holds at most 10 MiB', async ({ store }) => {
    const hidden = 'x'.repeat(1_000_000);
    const writes = times(11, (n) => set(items.at(`v${n}`), { hidden }));
    const ofOthers = times(11, (n) => set(items.at(`w${n}`), { hidden }));

    await expectRefusal('invalid_argument', () => store.commit(writes));
    await expectRefusal('invalid_argument', () =>
      store.transact(async (transaction) => transaction.write(...ofOthers)),
    );
    expect(await store.count({ from: items.ref })).toBe(0);

    await store.commit(writes.slice(1));
    expect(await store.count({ from: items.ref })).toBe(10);
  }),

  storeCase('a commit writes a document once', async ({ store }) => {
    await expectRefusal('invalid_argument', () =>
      store.commit([set(a, { n: 1 }), set(items.at('b'), {}), set(a, { n: 2 })]),
    );

    expect(await store.get(items.at('b'))).toBeUndefined();
  }),

  storeCase('a path that is no document is refused by every read and write', async ({ store }) => {
    const refused = [
      '',
      '/',
      'items',
      'items/',
      '/items/a',
      'items/a/',
      'items//notes/a',
      'items/a/notes',
      'items/.',
      'items/..',
      'items/__x__',
      `items/${'x'.repeat(1_501)}`,
      'items/\uD83D',
    ];

    for (const path of refused) {
      await expectRefusal('invalid_argument', () => store.get({ path }));
      await expectRefusal('invalid_argument', () => store.getAll([{ path }]));
      await expectRefusal('invalid_argument', () => store.commit([set({ path }, { n: 1 })]));
      await expectRefusal('invalid_argument', () =>
        store.transact((transaction) => transaction.get({ path })),
      );
    }
    await expectRefusal('invalid_argument', () => store.query({ from: { path: 'items/a' }, limit: 1 }));
    await expectRefusal('invalid_argument', () => store.query({ from: { path: '' }, limit: 1 }));
  }),

  storeCase('ids may hold any other character', async ({ store }) => {
    const ids = [
      'a b',
      'shopify:customer:gid%3A%2F%2F1',
      'a.b',
      '...',
      '__x',
      "it's",
      '"',
      '\\',
      'é😀',
      '%',
      '*',
      'a\nb',
    ];

    await store.commit(ids.map((id) => set(items.at(id), { id })));

    for (const id of ids) expect((await store.get(items.at(id)))?.value).toEqual({ id });
    expect(await store.query({ from: items.ref, limit: 100 })).toHaveLength(ids.length);
  }),

  storeCase('a collection that is not declared is refused by its name', async ({ store }) => {
    const path = 'strangers/a';
    const refusal = { code: 'invalid_argument', message: expect.stringContaining('strangers') as string };

    await expect(store.get({ path })).rejects.toMatchObject(refusal);
    await expect(store.commit([set({ path }, { n: 1 })])).rejects.toMatchObject(refusal);
    await expect(store.query({ from: { path: 'strangers' }, limit: 1 })).rejects.toMatchObject(refusal);
    await expect(store.query({ from: { group: 'strangers' }, limit: 1 })).rejects.toMatchObject(refusal);
    await expect(store.get({ path: 'items/a/strangers/b' })).rejects.toMatchObject(refusal);
  }),

  storeCase('one client never meets the documents of another (M12)', async ({ store, otherClient }) => {
    await otherClient.commit([set(a, { n: 'theirs' }), set({ path: 'items/a/notes/x' }, { kind: 'k' })]);

    expect(await store.get(a)).toBeUndefined();
    expect(await store.getAll([a])).toEqual([undefined]);
    expect(await store.query({ from: items.ref, limit: 10 })).toEqual([]);
    expect(await store.query({ from: { group: 'notes' }, where: [['kind', '==', 'k']], limit: 10 })).toEqual(
      [],
    );
    expect(await store.count({ from: { group: 'notes' } })).toBe(0);
    expect(await store.transact((transaction) => transaction.get(a))).toBeUndefined();

    await store.commit([set(a, { n: 'ours' })]);
    await store.commit([{ op: 'delete', ref: a }]);
    expect((await otherClient.get(a))?.value).toEqual({ n: 'theirs' });
  }),

  storeCase('no path leads out of a client (M12)', async ({ store, otherClient }) => {
    await otherClient.commit([set(a, { n: 'theirs' })]);

    for (const path of [
      '../other/items/a',
      'items/../../other/items/a',
      'clients/other/items/a',
      '/clients/other/items/a',
      'items/a/../b',
    ]) {
      await expectRefusal('invalid_argument', () => store.get({ path }));
      await expectRefusal('invalid_argument', () => store.commit([set({ path }, { n: 'ours' })]));
    }
    expect((await otherClient.get(a))?.value).toEqual({ n: 'theirs' });
  }),
];
