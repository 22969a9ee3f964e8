import { invalidArgument } from '#shared/errors/faults.ts';
import type { DocumentRef } from '#shared/model/document.ts';
import type { Query, Snapshot } from '#shared/ports/document-store.ts';
import type { Database } from './database.ts';
import { checkIndex } from './document-indexes.ts';
import type { PathScope } from './document-path.ts';
import { checkQuery } from './document-query.ts';
import type { CollectionRules } from './document-rules.ts';
import { type QuerySql, type SqlIndex, toCountSql, toQuerySql } from './document-sql.ts';
import type { DocumentRow, DocumentTable } from './document-table.ts';
import { decodeFields } from './document-values.ts';

/** A query that may be run any number of times. */
export interface PreparedQuery {
  readonly sql: QuerySql;
  readonly limit: number;
}

export interface DocumentReaderOptions {
  readonly database: Database;
  readonly table: DocumentTable;
  readonly scope: PathScope;
  readonly rules: ReadonlyMap<string, CollectionRules>;
}

/** Reads documents of one client. Every method answers at once, as of one moment. */
export class DocumentReader {
  readonly #options: DocumentReaderOptions;
  readonly #indexes = new Set<string>();

  constructor(options: DocumentReaderOptions) {
    this.#options = options;
  }

  read(ref: DocumentRef<object>): DocumentRow | undefined {
    return this.#options.table.read(this.#options.scope.document(ref.path).path);
  }

  readAll(refs: readonly DocumentRef<object>[]): readonly (DocumentRow | undefined)[] {
    const paths = refs.map((ref) => this.#options.scope.document(ref.path).path);
    return this.asOfOneMoment(() => paths.map((path) => this.#options.table.read(path)));
  }

  /** @throws ConcordError invalid_argument, index_required */
  prepare(query: Query<object>): PreparedQuery {
    const { scope, rules } = this.#options;
    const checked = checkQuery(query, scope, rules);
    checkIndex(checked);
    const sql = toQuerySql(checked, scope.clientId);
    this.#ensure(sql.index);
    return { sql, limit: checked.limit };
  }

  run({ sql, limit }: PreparedQuery): readonly DocumentRow[] {
    const [only] = sql.branches;
    if (sql.branches.length === 1 && only !== undefined)
      return this.#rows(only.text, [...only.parameters, limit]);
    return this.asOfOneMoment(() => {
      const rows: DocumentRow[] = [];
      for (const { text, parameters } of sql.branches) {
        if (rows.length < limit) rows.push(...this.#rows(text, [...parameters, limit - rows.length]));
      }
      return rows;
    });
  }

  count(query: Pick<Query<object>, 'from' | 'where'>): number {
    const { scope, rules, database } = this.#options;
    if ('limit' in query || 'orderBy' in query || 'after' in query) {
      throw invalidArgument('A count has no order, no limit and no cursor.');
    }
    const checked = checkQuery({ ...query, limit: 1 }, scope, rules);
    checkIndex(checked);
    const { index, count } = toCountSql(checked, scope.clientId);
    this.#ensure(index);
    return (database.prepare(count.text).get(...count.parameters) as { total: number }).total;
  }

  /** The document as callers see it; `ref` is theirs, if they had one. */
  snapshot<T extends object>(row: DocumentRow, ref?: DocumentRef<T>): Snapshot<T> {
    return {
      ref: ref ?? { path: this.#options.scope.relative(row.path) },
      value: decodeFields(row.body) as T,
      version: String(row.version),
    };
  }

  /** Runs several reads between which no other process can write. */
  asOfOneMoment<T>(reads: () => T): T {
    const { database } = this.#options;
    if (database.sql.isTransaction) return reads();
    database.prepare('BEGIN').run();
    try {
      return reads();
    } finally {
      database.prepare('COMMIT').run();
    }
  }

  #rows(text: string, parameters: readonly (string | number)[]): DocumentRow[] {
    return this.#options.database.prepare(text).all(...parameters) as unknown as DocumentRow[];
  }

  /** Makes the index of a query's shape when the shape is first met; later openings find it there. */
  #ensure({ name, definition }: SqlIndex): void {
    if (this.#indexes.has(name)) return;
    this.#options.database.sql.exec(definition);
    this.#indexes.add(name);
  }
}
