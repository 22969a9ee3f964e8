import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { ConcordError } from '#shared/errors/concord-error.ts';
import { invalidConfiguration, unavailable } from '#shared/errors/faults.ts';
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
/** Number of the tables' present form. Grows with every change that cannot read the files of before. */
const FORMAT = 2;

/**
 * Opens the embedded database in write-ahead mode. Writers of other processes are waited for up to five seconds.
 *
 * @throws ConcordError invalid_configuration when the file is no database, of another version of this platform,
 *   or out of reach; unavailable when other processes keep it busy.
 */
export function openDatabase(options: DatabaseOptions): Database {
  const { sql, log } = open(options);
  const statements = new Map<string, StatementSync>();

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
      if (!isBusy(error) || waitedMs >= BUSY_TIMEOUT_MS) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_RETRY_MS);
    }
  }
}

/** Turns an error of SQLite, or the use of a closed database, into `unavailable`; any other error stays itself. */
export function toDatabaseFault(error: unknown): unknown {
  return isSqliteError(error) ? unavailable('The embedded database', error) : error;
}

const SQLITE_ERRORS: readonly unknown[] = ['ERR_SQLITE_ERROR', 'ERR_INVALID_STATE'];
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;

function isSqliteError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && SQLITE_ERRORS.includes(error.code);
}

function open({ file, durability }: DatabaseOptions): Pick<Database, 'sql' | 'log'> {
  let sql: DatabaseSync | undefined;
  try {
    sql = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: false });
    sql.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    enterWriteAheadMode(sql);
    // SQLite flushes at checkpoints; after commits `log` does.
    sql.exec('PRAGMA synchronous = NORMAL');
    sql.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    if (file === ':memory:') return { sql, log: null };
    claimFormat(sql, file);
    return { sql, log: durability === 'full' ? new WriteAheadLog(openLogFile(file)) : null };
  } catch (error) {
    sql?.close();
    throw toOpeningFault(error, file);
  }
}

/** Marks a new file with the format that this code writes, and refuses a file with any other. */
function claimFormat(sql: DatabaseSync, file: string): void {
  if (formatOf(sql) === FORMAT) return;
  // Another process may be the first as well: whoever gets the lock marks the file before there is a table.
  sql.exec('BEGIN IMMEDIATE');
  const format = formatOf(sql);
  const isNew = format === 0 && sql.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
  if (!isNew && format !== FORMAT) {
    throw invalidConfiguration(
      `The data in ${file} has format ${format}, and this release reads format ${FORMAT}; remove it, or choose another data directory.`,
    );
  }
  sql.exec(`PRAGMA user_version = ${FORMAT}; COMMIT`);
}

function formatOf(sql: DatabaseSync): number {
  return Number(sql.prepare('PRAGMA user_version').get()?.['user_version']);
}

/** Whether another connection stands in the way, for now. An extended result code has the plain one in its last byte. */
function isBusy(error: unknown): boolean {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : undefined;
  return code === SQLITE_BUSY || code === SQLITE_LOCKED;
}

/** Turns an error of opening a file into what is wrong with it: `unavailable` when others keep it busy for now. */
export function toOpeningFault(error: unknown, file: string): unknown {
  if (isBusy(error)) return toDatabaseFault(error);
  if (ConcordError.is(error) || !(error instanceof Error) || !('code' in error)) return error;
  return invalidConfiguration(
    `The file ${file} cannot be opened (${error.message}); remove what lies there, or choose another data directory.`,
  );
}
