import { unavailable } from '#shared/errors/faults.ts';
import { type Database, toDatabaseFault } from './database.ts';
import type { Fault } from './write-ahead-log.ts';

/** `immediate` groups what is submitted within one turn of the event loop; `sync` commits each submission at once. */
export type Grouping = 'immediate' | 'sync';

interface Submission {
  /** Runs inside the open transaction and keeps its result or its error for `settle`. */
  readonly run: () => boolean;
  /** Answers the submitter, with the fault of the whole group if there is one. */
  readonly settle: (fault: Fault | undefined) => void;
}

const MAX_GROUP = 1_000;

/**
 * Pays once for many commits: submissions of one turn share one SQLite transaction, and each can still fail
 * alone. A promise settles only after COMMIT has reached the disk; that flush is shared with every other port.
 *
 * Every port owns its instance, so that no two ports ever share a transaction: in the cloud they cannot
 * either. The transaction opens and ends within one synchronous call; the work must be synchronous too.
 */
export class GroupCommit {
  readonly #database: Database;
  readonly #grouping: Grouping;
  #waiting: Submission[] = [];
  #isScheduled = false;

  constructor(database: Database, options?: { readonly grouping: Grouping }) {
    this.#database = database;
    this.#grouping = options?.grouping ?? 'immediate';
  }

  /**
   * Runs `work` in a transaction. When it throws, its own changes are undone, the rest of its group stays.
   *
   * @throws ConcordError whatever `work` throws; `unavailable` when SQLite refuses, and then the outcome is
   *   unknown if it was the commit that failed.
   */
  submit<T>(work: () => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    let answer: () => void;
    this.#waiting.push({
      run: () => {
        try {
          const result = work();
          answer = () => resolve(result);
          return true;
        } catch (error) {
          answer = () => reject(toDatabaseFault(error));
          return false;
        }
      },
      settle: (fault) => (fault === undefined ? answer() : reject(fault.reason)),
    });
    if (this.#grouping === 'sync') this.flush();
    else this.#schedule();
    return promise;
  }

  /** Commits what is waiting, now, and waits for the disk. Hosts call it before they close the database. */
  flush(): void {
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, MAX_GROUP);
      settle(group, this.#transact(group) ?? this.#database.log?.flush());
    }
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#commitGroup(this.#waiting.splice(0, MAX_GROUP));
      if (this.#waiting.length > 0) this.#schedule();
    });
  }

  #commitGroup(group: readonly Submission[]): void {
    if (group.length === 0) return;
    const fault = this.#transact(group);
    const { log } = this.#database;
    if (fault !== undefined || log === null) settle(group, fault);
    else log.whenOnDisk((lost) => settle(group, lost));
  }

  #transact(group: readonly Submission[]): Fault | undefined {
    const { sql, log } = this.#database;
    if (log?.fault !== undefined) return log.fault;
    try {
      this.#execute('BEGIN IMMEDIATE');
    } catch (error) {
      return { reason: toDatabaseFault(error) };
    }
    try {
      const isKept = group.length === 1 ? group[0]?.run() === true : this.#runEach(group);
      this.#execute(isKept ? 'COMMIT' : 'ROLLBACK');
      return undefined;
    } catch (error) {
      if (sql.isOpen && sql.isTransaction) sql.exec('ROLLBACK');
      return { reason: toDatabaseFault(error) };
    }
  }

  #runEach(group: readonly Submission[]): boolean {
    for (const submission of group) {
      this.#execute('SAVEPOINT submission');
      if (!submission.run()) {
        // A full disk ends the transaction itself; then nobody of the group was written.
        if (!this.#database.sql.isTransaction) throw unavailable('The embedded database');
        this.#execute('ROLLBACK TO submission');
      }
      this.#execute('RELEASE submission');
    }
    return true;
  }

  #execute(text: string): void {
    this.#database.prepare(text).run();
  }
}

function settle(group: readonly Submission[], fault: Fault | undefined): void {
  for (const submission of group) submission.settle(fault);
}
