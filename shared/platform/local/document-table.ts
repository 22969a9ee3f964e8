import { createSchema } from './create-schema.ts';
import type { Database } from './database.ts';
import type { Location } from './document-path.ts';

/** A document as it lies in the database. */
export interface DocumentRow {
  readonly path: string;
  readonly version: number;
  readonly body: string;
}

/** What one write did to one document. */
export interface RowChange {
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
  /** Epoch milliseconds. */
  readonly at: number;
}

const SCHEMA = `
CREATE TABLE IF NOT EXISTS documents (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL UNIQUE,
  client TEXT NOT NULL,
  parent TEXT NOT NULL,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS document_versions (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  latest INTEGER NOT NULL
) STRICT;
INSERT OR IGNORE INTO document_versions VALUES (1, 0);
CREATE TABLE IF NOT EXISTS document_changes (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  client TEXT NOT NULL,
  path TEXT NOT NULL,
  before TEXT,
  after TEXT,
  at INTEGER NOT NULL
) STRICT`;

const READ = 'SELECT path, version, body FROM documents WHERE path = ?';
const INSERT = 'INSERT INTO documents (path, client, parent, name, version, body) VALUES (?, ?, ?, ?, ?, ?)';
const REPLACE = 'UPDATE documents SET version = ?, body = ? WHERE path = ?';
const DELETE = 'DELETE FROM documents WHERE path = ?';
const NEXT_VERSION = 'UPDATE document_versions SET latest = latest + 1 WHERE id = 1 RETURNING latest';
const RECORD = 'INSERT INTO document_changes (client, path, before, after, at) VALUES (?, ?, ?, ?, ?)';

/**
 * The rows of documents and of their changes. It knows no scope and no limits; those who call it have
 * checked both. Writing methods run inside a transaction of the caller.
 */
export class DocumentTable {
  readonly #database: Database;
  readonly #client: string;

  constructor(database: Database, client: string) {
    this.#database = database;
    this.#client = client;
    createTables(database);
  }

  read(path: string): DocumentRow | undefined {
    return this.#database.prepare(READ).get(path) as DocumentRow | undefined;
  }

  insert({ path, parent, name }: Location, version: number, body: string): void {
    this.#database.prepare(INSERT).run(path, this.#client, parent, name, version, body);
  }

  replace(path: string, version: number, body: string): void {
    this.#database.prepare(REPLACE).run(version, body, path);
  }

  delete(path: string): void {
    this.#database.prepare(DELETE).run(path);
  }

  /** A number that no commit of any process on this file has had or will have. */
  nextVersion(): number {
    return (this.#database.prepare(NEXT_VERSION).get() as { latest: number }).latest;
  }

  /** Keeps a change for triggers. The path is the one in the client's scope. */
  record({ path, before, after, at }: RowChange): void {
    this.#database.prepare(RECORD).run(this.#client, path, before, after, at);
  }
}

/** Creates the tables of documents and of their changes. */
export function createTables(database: Database): void {
  createSchema(database, SCHEMA);
}
