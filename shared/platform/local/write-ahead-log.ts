import { closeSync, fdatasync, fdatasyncSync, openSync } from 'node:fs';
import { unavailable } from '#shared/errors/faults.ts';

/** Answers with the reason when what was committed may not be on the disk. */
export type OnDisk = (fault: Fault | undefined) => void;

export interface Fault {
  readonly reason: unknown;
}

/** How bytes are forced to the disk; replaced where a test decides when, and whether, that succeeds. */
export interface LogFile {
  sync(done: (error: unknown) => void): void;
  syncNow(): void;
  close(): void;
}

/**
 * Forces SQLite's write-ahead log to the disk, one flush for everything that has been committed meanwhile,
 * whoever committed it. SQLite itself would flush within each COMMIT and stop the whole process for as long as
 * the disk takes; here the process goes on, and only those wait who asked.
 *
 * Others may therefore read what is not on the disk yet. Nothing can come of it too early: whatever they
 * commit lies behind it in the same log, and a log is flushed from its beginning. A power failure takes away
 * the end of the log, never a part of its middle (SQLite checks each frame by its predecessors).
 *
 * After a flush has failed, nobody knows what the system has dropped: nothing is confirmed any more until the
 * database is opened again.
 */
export class WriteAheadLog {
  readonly #file: LogFile;
  #waiting: OnDisk[] = [];
  #syncing: readonly OnDisk[] = [];
  #isSyncing = false;
  #isClosed = false;
  #fault: Fault | undefined;

  constructor(file: LogFile) {
    this.#file = file;
  }

  /** Calls back once everything that was committed before this call is on the disk. */
  whenOnDisk(done: OnDisk): void {
    this.#waiting.push(done);
    if (!this.#isSyncing) this.#sync();
  }

  /** Waits for the disk here and now. Returns a fault as `whenOnDisk` does. */
  flush(): Fault | undefined {
    const waiting = [...this.#syncing, ...this.#waiting.splice(0)];
    this.#syncing = [];
    if (this.#fault === undefined) {
      try {
        this.#file.syncNow();
      } catch (error) {
        this.#fault = { reason: unavailable('The embedded database', error) };
      }
    }
    for (const done of waiting) done(this.#fault);
    return this.#fault;
  }

  /** Flushes and gives up the file. */
  close(): void {
    if (this.#isClosed) return;
    if (this.#syncing.length + this.#waiting.length > 0) this.flush();
    this.#isClosed = true;
    if (!this.#isSyncing) this.#file.close();
  }

  #sync(): void {
    this.#isSyncing = true;
    this.#syncing = this.#waiting;
    this.#waiting = [];
    this.#file.sync((error) => this.#onSynced(error));
  }

  #onSynced(error: unknown): void {
    this.#isSyncing = false;
    if (error !== null && error !== undefined)
      this.#fault ??= { reason: unavailable('The embedded database', error) };
    const synced = this.#syncing;
    this.#syncing = [];
    if (this.#isClosed) this.#file.close();
    else if (this.#waiting.length > 0) this.#sync();
    for (const done of synced) done(this.#fault);
  }
}

/** Opens the log of a database file. SQLite makes it with the first write and keeps it while it is open. */
export function openLogFile(databaseFile: string): LogFile {
  let descriptor: number | undefined;
  const opened = (): number => (descriptor ??= openSync(`${databaseFile}-wal`, 'r+'));
  return {
    sync(done) {
      try {
        fdatasync(opened(), done);
      } catch (error) {
        setImmediate(done, error);
      }
    },
    syncNow() {
      fdatasyncSync(opened());
    },
    close() {
      if (descriptor !== undefined) closeSync(descriptor);
    },
  };
}
