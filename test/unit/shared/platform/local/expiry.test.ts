import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type StoredValue, defineCollection, defineSubCollection } from '#shared/model/document.ts';
import { createChangeFeed } from '#shared/platform/local/change-feed.ts';
import { type Database, openDatabase } from '#shared/platform/local/database.ts';
import { createLocalDocumentStore } from '#shared/platform/local/document-store.ts';
import { type ExpirySweeperOptions, createExpirySweeper } from '#shared/platform/local/expiry.ts';
import { type DocumentStore, set } from '#shared/ports/document-store.ts';
import type { Pump } from '#shared/ports/pump.ts';
import { createManualClock } from '#test/support/manual-clock.ts';

const base = { indexes: [], unindexed: [], erasure: 'holds_none' } as const;
const passing = defineCollection<object>({ ...base, name: 'passing', ttlField: 'expiresAt' });
const below = defineSubCollection<object>({ ...base, name: 'below', ttlField: 'life.end' });
const lasting = defineCollection<object>({ ...base, name: 'lasting', ttlField: null });
const collections = [passing, below, lasting];

const HOUR_MS = 3_600_000;
const clock = createManualClock();
const now = clock.now();

let database: Database;
let store: DocumentStore;

beforeEach(() => {
  database = openDatabase({ file: ':memory:', durability: 'relaxed' });
  store = createLocalDocumentStore({
    database,
    clientId: 'demo',
    collections,
    clock,
    watched: ['passing/{id}'],
  });
});

afterEach(() => database.close());

function sweeper(options: Partial<ExpirySweeperOptions> = {}): Pump {
  return createExpirySweeper({
    database,
    clientId: 'demo',
    collections,
    watched: ['passing/{id}'],
    ...options,
  });
}

async function put(id: string, expiresAt: StoredValue): Promise<void> {
  await store.commit([set(passing.at(id), { expiresAt })]);
}

async function left(): Promise<readonly string[]> {
  return (await store.query({ from: passing.ref, limit: 100 })).map(({ ref }) => ref.path);
}

describe('the expiry sweeper', () => {
  test('deletes a document an hour after its time, not before', async () => {
    await put('long', new Date(now - HOUR_MS));
    await put('just', new Date(now - HOUR_MS + 1));
    await put('future', new Date(now + HOUR_MS));

    const report = await sweeper().runOnce(now);

    expect(report.delivered).toBe(1);
    expect(await left()).toEqual(['passing/future', 'passing/just']);
  });

  test('leaves alone what has no time in the field', async () => {
    for (const [id, value] of Object.entries({
      number: 1,
      text: '1970-01-01',
      none: null,
      yes: true,
      map: {},
    }))
      await put(id, value);
    await store.commit([set(passing.at('without'), {}), set(lasting.at('a'), { expiresAt: new Date(0) })]);

    const report = await sweeper().runOnce(now);

    expect(report.delivered).toBe(0);
    expect(await left()).toHaveLength(6);
  });

  test('reaches sub-collections and fields in maps', async () => {
    await store.commit([set(below.at(lasting.at('a'), 'x'), { life: { end: new Date(0) } })]);

    await sweeper().runOnce(now);

    expect(await store.count({ from: { group: 'below' } })).toBe(0);
  });

  test('tells triggers what it deleted', async () => {
    await put('a', new Date(0));
    let notified = 0;

    await sweeper({ onChange: () => (notified += 1) }).runOnce(now);

    const last = createChangeFeed({ database, clientId: 'demo' }).after(0, 10).at(-1);
    expect(last).toMatchObject({
      path: 'passing/a',
      before: { expiresAt: new Date(0) },
      after: undefined,
      changedAt: now,
    });
    expect(notified).toBe(1);
  });

  test('works in batches, the longest expired first, and asks to go on at once', async () => {
    for (const ms of [3, 1, 2]) await put(`at${ms}`, new Date(ms));
    const pump = sweeper({ batchSize: 2, lagMs: 0 });

    const first = await pump.runOnce(now);

    expect(first).toEqual({ delivered: 2, nextDueAt: now });
    expect(await left()).toEqual(['passing/at3']);
    expect((await pump.runOnce(now)).delivered).toBe(1);
    expect(await pump.runOnce(now)).toEqual({ delivered: 0, nextDueAt: now + HOUR_MS });
  });

  test('touches one client only (M12)', async () => {
    const other = createLocalDocumentStore({ database, clientId: 'other', collections, clock });
    await other.commit([set(passing.at('theirs'), { expiresAt: new Date(0) })]);

    await sweeper().runOnce(now);

    expect(await other.get(passing.at('theirs'))).toBeDefined();
  });

  test('has nothing to wait for when no collection expires', async () => {
    const report = await sweeper({ collections: [lasting] }).runOnce(now);

    expect(report).toEqual({ delivered: 0, nextDueAt: null });
  });
});
