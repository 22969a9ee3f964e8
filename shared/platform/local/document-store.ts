import { contention } from '#shared/errors/faults.ts';
import type { CollectionDefinition } from '#shared/model/document.ts';
import type { Clock } from '#shared/ports/clock.ts';
import type { DocumentStore, Snapshots, Transaction } from '#shared/ports/document-store.ts';
import { type Database, toDatabaseFault } from './database.ts';
import { openPathScope } from './document-path.ts';
import { DocumentReader } from './document-reader.ts';
import { compileRules } from './document-rules.ts';
import { DocumentTable } from './document-table.ts';
import { TransactionAttempt } from './document-transaction.ts';
import { type Applied, DocumentWriter } from './document-writes.ts';
import { GroupCommit, type Grouping } from './group-commit.ts';

export interface LocalDocumentStoreOptions {
  readonly database: Database;
  readonly clientId: string;
  /** Every collection that is used must be among them. */
  readonly collections: readonly CollectionDefinition[];
  readonly clock: Clock;
  /** @default 'immediate' */
  readonly grouping?: Grouping;
  /** Patterns such as `crosswalks/{id}` of the documents whose changes are kept for triggers. @default none */
  readonly watched?: readonly string[];
  /** Called after a commit that left changes for triggers. */
  readonly onChange?: () => void;
  /** How often a transaction runs before it gives up. @default 200 */
  readonly maxAttempts?: number;
}

export interface LocalDocumentStore extends DocumentStore {
  /** Commits what waits for its group. Hosts call it before they close the database. */
  flush(): void;
}

/**
 * Among N transactions on one document in one process, one wins per round, so the last needs N attempts.
 * Nobody waits between them: the next round starts after the winner's fsync.
 */
const MAX_ATTEMPTS = 200;

/**
 * Opens the documents of one client in the embedded database. Clients may share a database, and processes
 * may share its file. What Firestore refuses, this refuses too (see `document-values.ts`,
 * `document-query.ts`, `document-indexes.ts`).
 *
 * Versions come from a counter in the database. A write that changes nothing keeps the version and leaves
 * nothing for triggers, as in Firestore.
 *
 * @throws ConcordError invalid_argument for definitions that cannot be; unavailable.
 */
export function createLocalDocumentStore(options: LocalDocumentStoreOptions): LocalDocumentStore {
  const { database, clientId, collections, clock, grouping, watched = [], onChange, maxAttempts } = options;
  const rules = compileRules(collections);
  const scope = openPathScope(clientId, (name) => rules.has(name));
  const table = new DocumentTable(database, clientId);
  const reader = new DocumentReader({ database, table, scope, rules });
  const writer = new DocumentWriter({ table, scope, rules, watched, clock });
  const group = new GroupCommit(database, { grouping: grouping ?? 'immediate' });

  async function committed(work: () => Applied | undefined): Promise<Applied | undefined> {
    const applied = await group.submit(work);
    if (applied?.hasRecorded === true) onChange?.();
    return applied;
  }

  /** Whether the attempt has taken effect; false when something it read has changed. */
  async function finish(attempt: TransactionAttempt): Promise<boolean> {
    const writes = attempt.finish();
    if (writes.length === 0) return answered(() => reader.asOfOneMoment(() => attempt.isCurrent()));
    return (await committed(() => (attempt.isCurrent() ? writer.apply(writes) : undefined))) !== undefined;
  }

  /** What a body concludes from states that never were together is no answer, be it a result or an error. */
  async function runOnce<R>(body: (transaction: Transaction) => Promise<R>): Promise<Attempted<R>> {
    const attempt = new TransactionAttempt(reader, writer);
    try {
      const result = await body(attempt);
      return { status: 'ran', result, attempt };
    } catch (error) {
      attempt.finish();
      if (reader.asOfOneMoment(() => attempt.isCurrent())) throw error;
      return { status: 'stale' };
    }
  }

  return {
    get: (ref) =>
      answered(() => {
        const row = reader.read(ref);
        return row === undefined ? undefined : reader.snapshot(row, ref);
      }),
    getAll: (refs) =>
      answered(() => {
        const rows = reader.readAll(refs);
        const snapshots = rows.map((row, index) =>
          row === undefined ? undefined : reader.snapshot(row, refs[index]),
        );
        return snapshots as unknown as Snapshots<typeof refs>;
      }),
    query: (query) => answered(() => reader.run(reader.prepare(query)).map((row) => reader.snapshot(row))),
    count: (query) => answered(() => reader.count(query)),
    commit: async (writes) => {
      const prepared = writer.prepare(writes);
      if (prepared.length === 0) return [];
      return (await committed(() => writer.apply(prepared)))?.results ?? [];
    },
    transact: async (body) => {
      const attempts = maxAttempts ?? MAX_ATTEMPTS;
      for (let attempt = 1; attempt <= attempts; attempt += 1) {
        const outcome = await runOnce(body).catch(rethrow);
        if (outcome.status === 'ran' && (await finish(outcome.attempt))) return outcome.result;
      }
      throw contention(attempts);
    },
    flush: () => group.flush(),
  };
}

type Attempted<R> =
  | { readonly status: 'ran'; readonly result: R; readonly attempt: TransactionAttempt }
  | { readonly status: 'stale' };

function rethrow(error: unknown): never {
  throw toDatabaseFault(error);
}

async function answered<T>(read: () => T): Promise<T> {
  try {
    return read();
  } catch (error) {
    return rethrow(error);
  }
}
