import { expect } from 'vitest';
import { create, remove, set, update } from '#shared/ports/document-store.ts';
import { counters, expectRefusal, items, storeCase, times, winners } from './surroundings.ts';

const a = items.at('a');
const b = items.at('b');

/** What reads and atomic commits promise. */
export const commitCases = [
  storeCase('a document reads back as it was written', async ({ store }) => {
    const value = {
      text: 'Zoë 😀 \u0000 "quoted"',
      empty: '',
      none: null,
      yes: true,
      no: false,
      whole: 42,
      fraction: -0.1,
      large: 9_007_199_254_740_991,
      huge: 1.5e200,
      at: new Date('2026-01-05T09:00:00.123Z'),
      list: [1, 'two', null, { three: [3, new Date(0)] }],
      map: { deep: { deeper: 'yes' }, 'a key.with `all` sorts': 1, nothing: {} },
      nobody: [],
    };

    await store.commit([create(a, value)]);

    expect((await store.get(a))?.value).toEqual(value);
  }),

  storeCase('a document that was never written is not found', async ({ store }) => {
    expect(await store.get(a)).toBeUndefined();
  }),

  storeCase('a snapshot names its document', async ({ store }) => {
    await store.commit([set(a, { n: 1 })]);

    expect((await store.get(a))?.ref.path).toBe('items/a');
    expect((await store.query({ from: items.ref, limit: 1 }))[0]?.ref.path).toBe('items/a');
  }),

  storeCase('several documents come in the order asked, missing ones as undefined', async ({ store }) => {
    await store.commit([set(a, { n: 1 }), set(b, { n: 2 })]);

    const found = await store.getAll([b, items.at('missing'), a, b]);

    expect(found.map((snapshot) => snapshot?.value['n'])).toEqual([2, undefined, 1, 2]);
  }),

  storeCase('a create refuses a document that exists, and leaves it', async ({ store }) => {
    await store.commit([create(a, { n: 1 })]);

    await expectRefusal('already_exists', () => store.commit([create(a, { n: 2 })]));

    expect((await store.get(a))?.value).toEqual({ n: 1 });
  }),

  storeCase('of many who create one document, one succeeds', async ({ store, width }) => {
    const won = await winners(times(width, (n) => store.commit([create(a, { n })]).then(() => n)));

    expect(won).toHaveLength(1);
    expect((await store.get(a))?.value).toEqual({ n: won[0] });
  }),

  storeCase('a set writes the whole document, new or not', async ({ store }) => {
    await store.commit([set(a, { old: 1, map: { x: 1, y: 2 } })]);

    await store.commit([set(a, { map: { x: 3 } })]);

    expect((await store.get(a))?.value).toEqual({ map: { x: 3 } });
  }),

  storeCase('a set over a version goes through once', async ({ store }) => {
    const [first] = await store.commit([set(a, { n: 1 })]);

    await store.commit([set(a, { n: 2 }, first?.version)]);
    await expectRefusal('conflict', () => store.commit([set(a, { n: 3 }, first?.version)]));

    expect((await store.get(a))?.value).toEqual({ n: 2 });
  }),

  storeCase('of many who write over one version, one succeeds', async ({ store, width }) => {
    const [first] = await store.commit([set(a, { n: -1 })]);

    const won = await winners(
      times(width, (n) => store.commit([set(a, { n }, first?.version)]).then(() => n)),
    );

    expect(won).toHaveLength(1);
    expect((await store.get(a))?.value).toEqual({ n: won[0] });
  }),

  storeCase('no write over a version brings a deleted document back', async ({ store }) => {
    const [first] = await store.commit([set(a, { n: 1 })]);
    await store.commit([remove(a)]);

    await expectRefusal('conflict', () => store.commit([set(a, { n: 2 }, first?.version)]));

    expect(await store.get(a)).toBeUndefined();
  }),

  storeCase('an update changes the named fields and leaves the others', async ({ store }) => {
    await store.commit([set(a, { kept: 1, changed: 1 })]);

    await store.commit([update(a, { changed: 2, added: [3] })]);

    expect((await store.get(a))?.value).toEqual({ kept: 1, changed: 2, added: [3] });
  }),

  storeCase('an update needs its document', async ({ store }) => {
    await expectRefusal('not_found', () => store.commit([update(a, { n: 1 })]));

    expect(await store.get(a)).toBeUndefined();
  }),

  storeCase('an update of an earlier version is refused', async ({ store }) => {
    const [first] = await store.commit([set(a, { n: 1 })]);
    await store.commit([update(a, { n: 2 }, first?.version)]);

    await expectRefusal('conflict', () => store.commit([update(a, { n: 3 }, first?.version)]));

    expect((await store.get(a))?.value).toEqual({ n: 2 });
  }),

  storeCase('a delete takes the document away and is silent about a missing one', async ({ store }) => {
    await store.commit([set(a, { n: 1 })]);

    await store.commit([remove(a)]);
    await store.commit([remove(a)]);

    expect(await store.get(a)).toBeUndefined();
  }),

  storeCase('a delete of an earlier version is refused', async ({ store }) => {
    const [first] = await store.commit([set(a, { n: 1 })]);
    await store.commit([set(a, { n: 2 })]);

    await expectRefusal('conflict', () => store.commit([remove(a, first?.version)]));

    expect((await store.get(a))?.value).toEqual({ n: 2 });
  }),

  storeCase('a commit is written whole or not at all, wherever it fails', async ({ store }) => {
    await store.commit([set(b, { n: 1 })]);

    const c = items.at('c');
    await expectRefusal('already_exists', () =>
      store.commit([set(a, { n: 2 }), create(b, { n: 2 }), set(c, { n: 2 })]),
    );
    await expectRefusal('not_found', () =>
      store.commit([remove(b), create(a, { n: 2 }), update(c, { n: 2 })]),
    );

    expect((await store.getAll([a, b, c])).map((snapshot) => snapshot?.value)).toEqual([
      undefined,
      { n: 1 },
      undefined,
    ]);
  }),

  storeCase('a refused commit does not disturb others of the same moment', async ({ store }) => {
    await store.commit([set(b, { n: 1 })]);

    const won = await winners([
      store.commit([set(a, { n: 1 })]),
      store.commit([set(counters.at('x'), { n: 1 }), create(b, { n: 2 })]),
      store.commit([set(items.at('c'), { n: 1 })]),
    ]);

    expect(won).toHaveLength(2);
    expect((await store.getAll([a, items.at('c'), counters.at('x')])).map((one) => one?.value['n'])).toEqual([
      1,
      1,
      undefined,
    ]);
  }),

  storeCase('a commit tells the version of each document, in order', async ({ store }) => {
    const results = await store.commit([create(b, { n: 1 }), set(a, { n: 2 })]);

    const found = await store.getAll([b, a]);

    expect(results.map(({ version }) => version)).toEqual(found.map((snapshot) => snapshot?.version));
  }),

  storeCase('a version is never used again, not even for a document that is made anew', async ({ store }) => {
    const versions: unknown[] = [];
    for (const n of [1, 2, 1]) versions.push((await store.commit([set(a, { n })]))[0]?.version);
    await store.commit([remove(a)]);
    versions.push((await store.commit([create(a, { n: 1 })]))[0]?.version);

    expect(new Set(versions).size).toBe(4);
    await expectRefusal('conflict', () => store.commit([set(a, { n: 5 }, versions[2] as string)]));
  }),

  storeCase('a write that changes nothing succeeds and keeps the version', async ({ store }) => {
    const at = new Date('2026-01-05T09:00:00.000Z');
    const [first] = await store.commit([set(a, { at, list: [1, { x: 1, y: 2 }] })]);

    const [again] = await store.commit([set(a, { list: [1, { y: 2, x: 1 }], at })]);
    const [updated] = await store.commit([update(a, { at })]);

    expect([again?.version, updated?.version]).toEqual([first?.version, first?.version]);
    expect((await store.get(a))?.version).toBe(first?.version);
    await store.commit([set(a, { n: 1 }, first?.version)]);
  }),

  storeCase('what was passed may be changed after the call', async ({ store }) => {
    const value = { list: [1] };
    const fields = { more: [1] };

    const first = store.commit([set(a, value)]);
    value.list.push(2);
    await first;
    const second = store.commit([update(a, fields)]);
    fields.more.push(2);
    await second;

    expect((await store.get(a))?.value).toEqual({ list: [1], more: [1] });
  }),

  storeCase('what was read may be changed without changing the document', async ({ store }) => {
    await store.commit([set(a, { list: [1] })]);

    const seen = (await store.get(a))?.value as unknown as { list: number[] };
    seen.list.push(2);

    expect((await store.get(a))?.value).toEqual({ list: [1] });
  }),

  storeCase('a commit of nothing is nothing', async ({ store }) => {
    expect(await store.commit([])).toEqual([]);
  }),

  storeCase('an expired document can still be read', async ({ store, now }) => {
    await store.commit([set(a, { expiresAt: new Date(now() - 1_000) })]);

    expect(await store.get(a)).toBeDefined();
    expect(await store.query({ from: items.ref, limit: 10 })).toHaveLength(1);
  }),
];
