import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defineCollection, defineSubCollection } from '#shared/model/document.ts';
import { type ChangeFeed, createChangeFeed } from '#shared/platform/local/change-feed.ts';
import { type Database, openDatabase } from '#shared/platform/local/database.ts';
import type { StoredFields } from '#shared/platform/local/document-event.ts';
import { createLocalDocumentStore } from '#shared/platform/local/document-store.ts';
import { type DocumentStore, create, remove, set } from '#shared/ports/document-store.ts';
import { type ManualClock, createManualClock } from '#test/support/manual-clock.ts';

const base = { indexes: [], unindexed: [], ttlField: null, erasure: 'holds_none' } as const;
const watchedThings = defineCollection<StoredFields>({ ...base, name: 'watchedThings' });
const others = defineCollection<object>({ ...base, name: 'others' });
const parts = defineSubCollection<object>({ ...base, name: 'parts' });
const a = watchedThings.at('a');

let database: Database;
let clock: ManualClock;
let feed: ChangeFeed;
let store: DocumentStore;
let notified: number;

beforeEach(() => {
  database = openDatabase({ file: ':memory:', durability: 'relaxed' });
  clock = createManualClock();
  notified = 0;
  feed = createChangeFeed({ database, clientId: 'demo' });
  store = open('demo');
});

afterEach(() => database.close());

function open(clientId: string): DocumentStore {
  return createLocalDocumentStore({
    database,
    clientId,
    collections: [watchedThings, others, parts],
    clock,
    watched: ['watchedThings/{id}', 'others/{other}/parts/{id}'],
    onChange: () => (notified += 1),
  });
}

describe('the change feed', () => {
  test('tells every effective change in the order of the commits, with both states', async () => {
    const at = new Date(5);
    await store.commit([create(a, { n: 1, at })]);
    clock.advance(1_000);
    await store.commit([set(a, { n: 2 })]);
    await store.commit([remove(a)]);

    const rows = feed.after(0, 10);

    expect(rows.map(({ path, before, after }) => ({ path, before, after }))).toEqual([
      { path: 'watchedThings/a', before: undefined, after: { n: 1, at } },
      { path: 'watchedThings/a', before: { n: 1, at }, after: { n: 2 } },
      { path: 'watchedThings/a', before: { n: 2 }, after: undefined },
    ]);
    expect(rows.map(({ changedAt }) => changedAt - clock.now())).toEqual([-1_000, 0, 0]);
  });

  test('is silent about writes that change nothing, refused commits and unwatched collections', async () => {
    await store.commit([set(a, { n: 1 })]);
    const seq = feed.latest();

    await store.commit([set(a, { n: 1 }), remove(watchedThings.at('missing'))]);
    await expect(store.commit([set(a, { n: 2 }), create(a, {})])).rejects.toBeDefined();
    await expect(store.commit([set(watchedThings.at('b'), {}), create(a, {})])).rejects.toBeDefined();
    await store.commit([set(others.at('x'), { n: 1 }), set(parts.at(a, 'x'), { n: 1 })]);

    expect(feed.after(seq, 10)).toEqual([]);
    expect(feed.latest()).toBe(seq);
    expect(notified).toBe(1);
  });

  test('matches patterns below other documents', async () => {
    await store.commit([set(parts.at(others.at('x'), 'p'), { n: 1 })]);

    expect(feed.after(0, 10).map(({ path }) => path)).toEqual(['others/x/parts/p']);
  });

  test('tells a transaction once, however often its body ran', async () => {
    await store.commit([set(a, { n: 0 })]);
    const seq = feed.latest();

    await Promise.all(
      Array.from({ length: 10 }, () =>
        store.transact(async (transaction) => {
          const n = (await transaction.get(a))?.value['n'];
          transaction.write(set(a, { n: Number(n) + 1 }));
        }),
      ),
    );

    expect(feed.after(seq, 100).map(({ after }) => after?.['n'])).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test('is read in pages and forgets what is pruned, without using a number again', async () => {
    for (const n of [1, 2, 3]) await store.commit([set(a, { n })]);
    const [first] = feed.after(0, 1);
    const latest = feed.latest();

    feed.prune(first?.seq ?? 0);
    expect(feed.after(0, 10).map(({ after }) => after?.['n'])).toEqual([2, 3]);

    feed.prune(latest);
    expect(feed.after(0, 10)).toEqual([]);
    expect(feed.latest()).toBe(latest);
    await store.commit([set(a, { n: 4 })]);
    expect(feed.after(latest, 10)).toHaveLength(1);
  });

  test('shows and prunes the changes of one client only (M12)', async () => {
    await open('other').commit([set(a, { n: 'theirs' })]);

    feed.prune(feed.latest());

    expect(feed.after(0, 10)).toEqual([]);
    expect(createChangeFeed({ database, clientId: 'other' }).after(0, 10)).toHaveLength(1);
  });

  test('notifies after the commit, so that the change can be read', async () => {
    let seen: number | undefined;
    const notifying = createLocalDocumentStore({
      database,
      clientId: 'demo',
      collections: [watchedThings],
      clock,
      watched: ['watchedThings/{id}'],
      onChange: () => (seen = feed.after(0, 10).length),
    });

    await notifying.commit([set(a, { n: 1 })]);

    expect(seen).toBe(1);
  });
});
