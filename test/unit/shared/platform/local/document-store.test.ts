import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CollectionDefinition, defineCollection } from '#shared/model/document.ts';
import { type Database, openDatabase } from '#shared/platform/local/database.ts';
import type { StoredFields } from '#shared/platform/local/document-event.ts';
import { createLocalDocumentStore } from '#shared/platform/local/document-store.ts';
import { type DocumentStore, create, set, update } from '#shared/ports/document-store.ts';
import { createManualClock } from '#test/support/manual-clock.ts';

const things = defineCollection<StoredFields>({
  name: 'things',
  indexes: [],
  unindexed: ['exempt'],
  ttlField: null,
  erasure: 'holds_none',
});
const a = things.at('a');

let database: Database;
let store: DocumentStore;

beforeEach(() => {
  database = openDatabase({ file: ':memory:', durability: 'relaxed' });
  store = open('demo');
});

afterEach(() => database.close());

function open(clientId: string, collections: readonly CollectionDefinition[] = [things]): DocumentStore {
  return createLocalDocumentStore({ database, clientId, collections, clock: createManualClock() });
}

async function expectRefused(act: Promise<unknown>): Promise<void> {
  await expect(act).rejects.toMatchObject({ code: 'invalid_argument' });
}

describe('the embedded document store', () => {
  test('refuses a client id that leads elsewhere (M12)', () => {
    for (const clientId of ['', '.', '..', 'a/b', '__x__', 'demo/records/x/clients']) {
      expect(() => open(clientId)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
    }
  });

  test('refuses two collections of one name, and definitions with malformed fields', () => {
    expect(() => open('demo', [things, things])).toThrow(
      expect.objectContaining({ code: 'invalid_argument' }),
    );
    expect(() => open('demo', [{ ...things, unindexed: ['a b'] }])).toThrow(
      expect.objectContaining({ code: 'invalid_argument' }),
    );
    expect(() => open('demo', [{ ...things, ttlField: '' }])).toThrow(
      expect.objectContaining({ code: 'invalid_argument' }),
    );
  });

  test('sees through another handle what one has committed', async () => {
    const another = open('demo');

    const [written] = await store.commit([set(a, { n: 1 })]);

    expect((await another.get(a))?.version).toBe(written?.version);
  });

  test('gives no version twice in one database, whichever client writes', async () => {
    const stores = [store, open('other'), open('third')];

    const results = await Promise.all(stores.map((one) => one.commit([create(a, {})])));

    expect(new Set(results.flat().map(({ version }) => version)).size).toBe(3);
  });

  test('refuses a document with more than 40,000 index entries, unless the field is exempt', async () => {
    const many = Array.from({ length: 40_001 }, (_, index) => index);

    await expectRefused(store.commit([set(a, { many })]));
    await expectRefused(
      store.commit([set(a, { map: Object.fromEntries(many.slice(0, 20_001).map((n) => [`f${n}`, n])) })]),
    );
    await store.commit([set(a, { exempt: many })]);

    expect((await store.get(a))?.value).toEqual({ exempt: many });
  });

  test('refuses numbers beyond its sort keys and segments with its separators', async () => {
    await expectRefused(store.commit([set(a, { n: 1.1e300 })]));
    await expectRefused(store.commit([set(a, { n: -1.1e300 })]));
    await expectRefused(store.commit([set(things.at('a\u0001b'), {})]));
    await expectRefused(store.commit([set(things.at('a\u0000b'), {})]));
    await store.commit([set(a, { n: 1e300, m: -1e300 })]);
    await expectRefused(store.commit([update(a, { n: { transform: 'increment', by: 1e300 } })]));
  });

  test('asks for an index before it asks SQLite, and makes one for each shape that it answers', async () => {
    await store.query({ from: things.ref, where: [['n', '==', 1]], limit: 1 });
    await store.query({ from: things.ref, where: [['n', '==', 2]], limit: 5 });
    await expect(
      store.query({
        from: things.ref,
        where: [
          ['n', '==', 1],
          ['m', '>', 1],
        ],
        limit: 1,
      }),
    ).rejects.toMatchObject({
      code: 'index_required',
    });

    const indexes = database.sql
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")
      .all();
    expect(indexes.map((row) => row['name'])).toEqual(['documents things (collection, n, path asc)']);
  });

  test('finds fields whose names would break out of SQL', async () => {
    for (const name of ["it's", 'a b', 'a.b', '$', '#', '[0]', 'é', "'||json('{}')||'"]) {
      const field = `\`${name}\``;
      await store.commit([set(a, { [name]: 1 })]);

      const found = await store.query({
        from: things.ref,
        where: [[field, '==', 1]],
        orderBy: [[field, 'asc']],
        limit: 1,
      });

      expect(found.map(({ value }) => value)).toEqual([{ [name]: 1 }]);
    }
    await expectRefused(store.query({ from: things.ref, where: [['`a"b`', '==', 1]], limit: 1 }));
  });

  test('gives up a transaction that always loses, and says so', async () => {
    const losing = createLocalDocumentStore({
      database,
      clientId: 'demo',
      collections: [things],
      clock: createManualClock(),
      maxAttempts: 3,
    });
    let runs = 0;

    const outcome = losing.transact(async (transaction) => {
      runs += 1;
      await transaction.get(a);
      await store.commit([set(a, { runs })]);
      transaction.write(set(a, { runs: 0 }));
    });

    await expect(outcome).rejects.toMatchObject({ code: 'contention', context: { attempts: 3 } });
    expect(runs).toBe(3);
    expect((await store.get(a))?.value).toEqual({ runs: 3 });
  });

  test('names the field that it refuses', async () => {
    const refused = store.commit([{ op: 'set', ref: a, value: { list: [{ inner: 1 }, undefined] } }]);

    await expect(refused).rejects.toMatchObject({ message: expect.stringContaining("'list'") as string });
  });

  test('runs a body again that saw one document in two states', async () => {
    await store.commit([set(a, { n: 1 })]);
    const seen: unknown[] = [];

    await store.transact(async (transaction) => {
      const first = (await transaction.get(a))?.value;
      if (seen.length === 0) await store.commit([set(a, { n: 2 })]);
      seen.push([first, (await transaction.get(a))?.value]);
      transaction.write(set(things.at('b'), {}));
    });

    expect(seen).toEqual([
      [{ n: 1 }, { n: 2 }],
      [{ n: 2 }, { n: 2 }],
    ]);
  });

  test('runs a body again that failed on what never was true', async () => {
    await store.commit([set(a, { left: 1 }), set(things.at('b'), { right: 1 })]);
    let runs = 0;

    const seen = await store.transact(async (transaction) => {
      const left = (await transaction.get(a))?.value['left'];
      runs += 1;
      if (runs === 1) await store.commit([set(a, { left: 2 }), set(things.at('b'), { right: 2 })]);
      const right = (await transaction.get(things.at('b')))?.value['right'];
      if (left !== right) throw new RangeError('two moments');
      return [left, right];
    });

    expect(seen).toEqual([2, 2]);
    expect(runs).toBe(2);
  });

  test('is unavailable once its database is closed', async () => {
    database.close();

    await expect(store.get(a)).rejects.toMatchObject({ code: 'unavailable' });
    await expect(store.getAll([a, a])).rejects.toMatchObject({ code: 'unavailable' });
    await expect(store.commit([set(a, {})])).rejects.toMatchObject({ code: 'unavailable' });
    await expect(store.transact((transaction) => transaction.get(a))).rejects.toMatchObject({
      code: 'unavailable',
    });
  });
});
