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
 * whoever committed it. Under `synchronous = FULL` SQLite would flush within each COMMIT and stop the whole
 * process for as long as the disk takes; under NORMAL it does not, the process goes on, and only those wait
 * who asked (https://sqlite.org/pragma.html#pragma_synchronous, https://sqlite.org/forum/forumpost/d1a6bc7c4cd2baca).
 *
 * W1 Answered means on the disk. A commit has written its frames before it asks, and is answered by a flush
 *    that begins after that. Frames that a checkpoint has moved meanwhile are safe as well: under NORMAL SQLite
 *    flushes the log before it copies frames, the database before a log may start anew, and a new log's header,
 *    with its entry in the folder, before frames follow it.
 * W2 What is flushed is the log. SQLite deletes the file when the last connection of all processes closes, and
 *    ours closes after the descriptors. No lock hangs on this file, so that closing them releases none.
 * W3 Others may read what is not on the disk yet, and nothing comes of it too early. What they commit lies
 *    behind it in the same log, and a log is read from its beginning up to the first frame whose checksum does
 *    not follow: a power failure takes away the end, never a part of the middle. What they do outside comes
 *    after a commit of their own that was answered (a lease, a publish).
 * W4 After a flush has failed, nobody knows what the system has dropped: nothing is confirmed and nothing more
 *    committed until the database is opened again.
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

  /** Why nothing is confirmed any more (W4); undefined while all is well. */
  get fault(): Fault | undefined {
    return this.#fault;
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

/**
 * Opens the log of a database file, which a connection that has read anything keeps in being. The two ways to
 * flush have a descriptor each: the system tells every descriptor of a lost write, but only once.
 */
export function openLogFile(databaseFile: string): LogFile {
  const [background, immediate] = [openLog(databaseFile), openLog(databaseFile)];
  return {
    sync: (done) => fdatasync(background, done),
    syncNow: () => fdatasyncSync(immediate),
    close() {
      closeSync(background);
      closeSync(immediate);
    },
  };
}

function openLog(databaseFile: string): number {
  return openSync(`${databaseFile}-wal`, 'r+');
}
