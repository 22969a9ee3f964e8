import { writeSync } from 'node:fs';
import { openDatabase } from '#shared/platform/local/database.ts';
import { createLocalDocumentStore } from '#shared/platform/local/document-store.ts';
import { type DocumentStore, create } from '#shared/ports/document-store.ts';
import { TEST_COLLECTIONS, counters, items } from './surroundings.ts';

/**
 * A process of its own that commits to a file and prints a line per acknowledged commit, no sooner.
 * Usage: committing-process.ts <file> <name> <number of commits>
 */
async function main(file: string, name: string, commits: number): Promise<void> {
  const database = openDatabase({ file, durability: 'full' });
  const store = createLocalDocumentStore({
    database,
    clientId: 'demo',
    collections: TEST_COLLECTIONS,
    clock: { now: () => Date.now() },
    watched: ['items/{id}'],
  });
  for (let n = 0; n < commits; n += 4)
    await Promise.all([0, 1, 2, 3].map((offset) => commitOne(store, name, n + offset)));
  database.close();
}

async function commitOne(store: DocumentStore, name: string, n: number): Promise<void> {
  const [, result] = await store.commit([
    { op: 'update', ref: counters.at('shared'), fields: { commits: { transform: 'increment', by: 1 } } },
    create(items.at(`${name}-${n}`), { name, n }),
  ]);
  await store.transact(async (transaction) => {
    const shared = await transaction.get(counters.at('shared'));
    const read = Number(shared?.value['transactions']);
    transaction.write({ op: 'update', ref: counters.at('shared'), fields: { transactions: read + 1 } });
  });
  const wins = await store.commit([create(items.at(`claim-${n}`), { name })]).then(
    () => true,
    () => false,
  );
  writeSync(1, `${JSON.stringify({ path: `items/${name}-${n}`, version: result?.version, wins })}\n`);
}

const [file = '', name = '', commits = '0'] = process.argv.slice(2);
await main(file, name, Number(commits));
