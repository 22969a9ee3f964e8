import { invalidArgument } from '#shared/errors/faults.ts';
import type { DocumentRef } from '#shared/model/document.ts';
import type { Query, Snapshot, Transaction, Write } from '#shared/ports/document-store.ts';
import { toDatabaseFault } from './database.ts';
import type { DocumentReader, PreparedQuery } from './document-reader.ts';
import type { DocumentRow } from './document-table.ts';
import { type DocumentWriter, type PreparedWrite, checkTogether } from './document-writes.ts';

interface QueryRead {
  readonly query: PreparedQuery;
  readonly rows: readonly Mark[];
}

/** What has to be the same for a document to count as unchanged. */
type Mark = Pick<DocumentRow, 'path' | 'version'>;

/**
 * One attempt at a transaction. SQLite cannot stay in a transaction while the body awaits, so the attempt
 * notes the version of all that the body reads, and the rows that its queries found; the commit looks
 * whether that still holds. Since a query is run again, documents that newly match it are found as well.
 */
export class TransactionAttempt implements Transaction {
  readonly #reader: DocumentReader;
  readonly #writer: DocumentWriter;
  readonly #documents = new Map<
    string,
    { readonly ref: DocumentRef<object>; readonly version: number | undefined }
  >();
  readonly #queries: QueryRead[] = [];
  readonly #writes: PreparedWrite[] = [];
  #isOver = false;
  #isTorn = false;

  constructor(reader: DocumentReader, writer: DocumentWriter) {
    this.#reader = reader;
    this.#writer = writer;
  }

  async get<T extends object>(ref: DocumentRef<T>): Promise<Snapshot<T> | undefined> {
    this.#checkReading();
    return this.#read(() => {
      const row = this.#reader.read(ref);
      const earlier = this.#documents.get(ref.path);
      if (earlier !== undefined && earlier.version !== row?.version) this.#isTorn = true;
      this.#documents.set(ref.path, { ref, version: row?.version });
      return row === undefined ? undefined : this.#reader.snapshot(row, ref);
    });
  }

  async query<T extends object>(query: Query<T>): Promise<readonly Snapshot<T>[]> {
    this.#checkReading();
    return this.#read(() => {
      const prepared = this.#reader.prepare(query);
      const rows = this.#reader.run(prepared);
      this.#queries.push({ query: prepared, rows: rows.map(({ path, version }) => ({ path, version })) });
      return rows.map((row) => this.#reader.snapshot<T>(row));
    });
  }

  write(...writes: readonly Write[]): void {
    if (this.#isOver) throw invalidArgument('The transaction is over; it takes no more writes.');
    // At once, so that the caller may go on to change the objects it passed.
    this.#writes.push(...this.#writer.prepare(writes));
    checkTogether(this.#writes);
  }

  /** The buffered writes. Reads and writes after this are refused. */
  finish(): readonly PreparedWrite[] {
    this.#isOver = true;
    return this.#writes;
  }

  /** Whether everything that was read is still so. To be called inside a transaction of SQLite. */
  isCurrent(): boolean {
    if (this.#isTorn) return false;
    for (const { ref, version } of this.#documents.values()) {
      if (this.#reader.read(ref)?.version !== version) return false;
    }
    return this.#queries.every(({ query, rows }) => areEqual(rows, this.#reader.run(query)));
  }

  #checkReading(): void {
    if (this.#isOver) throw invalidArgument('The transaction is over; it takes no more reads.');
    if (this.#writes.length > 0) throw invalidArgument('A transaction reads before it writes.');
  }

  #read<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw toDatabaseFault(error);
    }
  }
}

function areEqual(before: readonly Mark[], now: readonly Mark[]): boolean {
  if (before.length !== now.length) return false;
  return before.every(
    ({ path, version }, index) => now[index]?.path === path && now[index]?.version === version,
  );
}
