import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createChangeFeed } from '#shared/platform/local/change-feed.ts';
import { type Database, openDatabase } from '#shared/platform/local/database.ts';
import { createLocalDocumentStore } from '#shared/platform/local/document-store.ts';
import { type DocumentStore, set } from '#shared/ports/document-store.ts';
import { TEST_COLLECTIONS, counters, items } from './document-store/surroundings.ts';

interface Acknowledged {
  readonly path: string;
  readonly version: string;
  readonly wins: boolean;
}

const script = fileURLToPath(new URL('document-store/committing-process.ts', import.meta.url));

let folder: string;
let file: string;
const opened: Database[] = [];
const started: { kill(signal: 'SIGKILL'): boolean }[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'concord-store-'));
  file = join(folder, 'concord.db');
  await openStore().commit([set(counters.at('shared'), { commits: 0, transactions: 0 })]);
});

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  for (const database of opened.splice(0)) database.close();
  rmSync(folder, { recursive: true });
});

function open(): Database {
  const database = openDatabase({ file, durability: 'full' });
  opened.push(database);
  return database;
}

function openStore(database = open()): DocumentStore {
  return createLocalDocumentStore({
    database,
    clientId: 'demo',
    collections: TEST_COLLECTIONS,
    clock: { now: () => 0 },
  });
}

function start(name: string, commits: number): ChildProcessByStdio<null, Readable, null> {
  const child = spawn(process.execPath, [script, file, name, String(commits)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(child);
  return child;
}

/** Everything that a process has been told, until it ends; it is killed after so many lines. */
async function acknowledgedBy(
  child: ReturnType<typeof start>,
  killAfter = Infinity,
): Promise<readonly Acknowledged[]> {
  const lines: Acknowledged[] = [];
  const ended = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(JSON.parse(line) as Acknowledged);
    if (lines.length === killAfter) child.kill('SIGKILL');
  }
  await ended;
  return lines;
}

describe('several processes on one file', () => {
  test('lose nothing, share no version, and agree on who came first', async () => {
    const told = await Promise.all(['one', 'two', 'three'].map((name) => acknowledgedBy(start(name, 60))));

    const store = openStore();
    const all = told.flat();
    expect(told.map((lines) => lines.length)).toEqual([60, 60, 60]);
    expect(new Set(all.map(({ version }) => version)).size).toBe(180);
    expect((await store.get(counters.at('shared')))?.value).toEqual({ commits: 180, transactions: 180 });
    expect(all.filter(({ wins }) => wins)).toHaveLength(60);
    expect(await store.count({ from: items.ref })).toBe(240);
  });

  test('see at once what another has committed', async () => {
    const here = openStore();
    const [first] = await here.commit([set(items.at('a'), { n: 1 })]);

    await acknowledgedBy(start('other', 4));

    expect((await here.get(counters.at('shared')))?.value).toMatchObject({ commits: 4 });
    const found = await here.query({
      from: items.ref,
      where: [
        ['name', '==', 'other'],
        ['n', '==', 2],
      ],
      limit: 10,
    });
    expect(found.map(({ ref }) => ref.path)).toEqual(['items/other-2']);
    expect(found[0]?.version).not.toBe(first?.version);
  });
});

describe('a process that is killed', () => {
  test.each([10, 150])(
    'loses nothing that it had acknowledged, and leaves a sound file (after %i commits)',
    async (killAfter) => {
      const told = await acknowledgedBy(start('doomed', 100_000), killAfter);

      const database = open();
      const store = openStore(database);
      const found = await store.getAll(told.map(({ path }) => ({ path })));
      expect(told.length).toBeGreaterThanOrEqual(killAfter);
      expect(found.map((one) => one?.version)).toEqual(told.map(({ version }) => version));

      expect(database.sql.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
      const changes = createChangeFeed({ database, clientId: 'demo' }).after(0, 100_000);
      const documents = (await store.query({ from: items.ref, limit: 1_000 })).map(({ ref }) => ref.path);
      expect(changes.map(({ path }) => path).toSorted()).toEqual(documents.toSorted());

      const [next] = await store.commit([set(items.at('next'), {})]);
      expect(told.map(({ version }) => version)).not.toContain(next?.version);
    },
  );
});
