import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { unavailable } from '#shared/errors/faults.ts';
import { openLogFile, WriteAheadLog } from './write-ahead-log.ts';

/** `full` survives power loss (nobody is answered before the disk has it); `relaxed` a killed process only. */
export type Durability = 'full' | 'relaxed';

export interface DatabaseOptions {
  readonly file: string | ':memory:';
  readonly durability: Durability;
}

/** One connection to one SQLite file. Several ports and several processes may share the file. */
export interface Database {
  readonly sql: DatabaseSync;
  /** Says when commits are on the disk; null when nobody waits for that. */
  readonly log: WriteAheadLog | null;
  /** Returns the prepared statement of this text, compiled at most once while it stays in use. */
  prepare(text: string): StatementSync;
  close(): void;
}

const BUSY_TIMEOUT_MS = 5_000;
const BUSY_RETRY_MS = 10;
/** A checkpoint stops the process for two flushes. The log grows to 32 MB for it, which a start reads in no time. */
const CHECKPOINT_PAGES = 8_000;
const MAX_STATEMENTS = 500;

/**
 * Opens the embedded database in write-ahead mode. Writers of other processes are waited for up to five seconds.
 *
 * @throws ConcordError unavailable when the file cannot be opened.
 */
export function openDatabase(options: DatabaseOptions): Database {
  const sql = openConnection(options);
  const statements = new Map<string, StatementSync>();
  const isDurable = options.durability === 'full' && options.file !== ':memory:';
  const log = isDurable ? new WriteAheadLog(openLogFile(options.file)) : null;

  return {
    sql,
    log,
    prepare(text) {
      const known = statements.get(text);
      if (known !== undefined) return known;
      if (statements.size >= MAX_STATEMENTS) statements.clear();
      const statement = sql.prepare(text);
      statements.set(text, statement);
      return statement;
    },
    close() {
      statements.clear();
      log?.close();
      if (sql.isOpen) sql.close();
    },
  };
}

/** SQLite does not wait for a busy file here, so processes that create one file together would fail. */
function enterWriteAheadMode(sql: DatabaseSync): void {
  for (let waitedMs = 0; ; waitedMs += BUSY_RETRY_MS) {
    try {
      sql.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if (waitedMs >= BUSY_TIMEOUT_MS) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_RETRY_MS);
    }
  }
}

const SQLITE_ERRORS: readonly unknown[] = ['ERR_SQLITE_ERROR', 'ERR_INVALID_STATE'];

/** Turns an error of SQLite, or the use of a closed database, into `unavailable`; any other error stays itself. */
export function toDatabaseFault(error: unknown): unknown {
  const isSqlite = error instanceof Error && 'code' in error && SQLITE_ERRORS.includes(error.code);
  return isSqlite ? unavailable('The embedded database', error) : error;
}

function openConnection({ file }: DatabaseOptions): DatabaseSync {
  try {
    const sql = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: false });
    sql.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    enterWriteAheadMode(sql);
    // SQLite flushes at checkpoints; after commits `log` does.
    sql.exec('PRAGMA synchronous = NORMAL');
    sql.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    return sql;
  } catch (error) {
    throw toDatabaseFault(error);
  }
}
