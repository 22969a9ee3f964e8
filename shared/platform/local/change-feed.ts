import { type Database, toDatabaseFault } from './database.ts';
import type { StoredFields } from './document-event.ts';
import { createTables } from './document-table.ts';
import { decodeFields } from './document-values.ts';

/** One effective change of one watched document. */
export interface DocumentChangeRow {
  /** Grows with every change in the database; a client's changes have gaps. */
  readonly seq: number;
  /** Path in the client's scope. */
  readonly path: string;
  readonly before: StoredFields | undefined;
  readonly after: StoredFields | undefined;
  /** Epoch milliseconds of the commit. */
  readonly changedAt: number;
}

/** The watched changes of one client, in the order of their commits, until they are pruned. */
export interface ChangeFeed {
  after(seq: number, limit: number): readonly DocumentChangeRow[];
  /** Forgets changes up to and including `uptoSeq`. */
  prune(uptoSeq: number): void;
  /** Sequence number of the latest change in the database, pruned or not; 0 before the first. */
  latest(): number;
}

interface StoredChange {
  readonly seq: number;
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly at: number;
}

const AFTER =
  'SELECT seq, path, before, after, at FROM document_changes WHERE client = ? AND seq > ? ORDER BY seq LIMIT +?';
const PRUNE = 'DELETE FROM document_changes WHERE client = ? AND seq <= ?';
const LATEST = "SELECT seq FROM sqlite_sequence WHERE name = 'document_changes'";

/**
 * Reads what the stores on this database wrote with their documents, in the same SQLite transaction: a
 * change is here if and only if its commit is.
 */
export function createChangeFeed(options: {
  readonly database: Database;
  readonly clientId: string;
}): ChangeFeed {
  const { database, clientId } = options;
  createTables(database);
  return {
    after: (seq, limit) =>
      guarded(() => {
        const rows = database.prepare(AFTER).all(clientId, seq, limit) as unknown as StoredChange[];
        return rows.map(toChange);
      }),
    prune: (uptoSeq) => guarded(() => void database.prepare(PRUNE).run(clientId, uptoSeq)),
    latest: () => guarded(() => (database.prepare(LATEST).get() as { seq: number } | undefined)?.seq ?? 0),
  };
}

function toChange({ seq, path, before, after, at }: StoredChange): DocumentChangeRow {
  return { seq, path, before: fieldsOf(before), after: fieldsOf(after), changedAt: at };
}

function fieldsOf(body: string | null): StoredFields | undefined {
  return body === null ? undefined : decodeFields(body);
}

function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw toDatabaseFault(error);
  }
}
