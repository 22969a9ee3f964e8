import type { Database } from './database.ts';
import type { DeliveryEntry } from './delivery-lane.ts';
import { ForeignWork } from './foreign-work.ts';
import type { GroupCommit } from './group-commit.ts';

export interface ReadyRowsOptions<E extends DeliveryEntry> {
  readonly database: Database;
  readonly group: GroupCommit;
  /** Rows above an id, in id order. */
  readonly after: (id: number) => readonly E[];
  readonly add: (entry: E) => void;
  /** Runs with every rescan, for state other than rows. */
  readonly onRescan?: () => void;
  readonly pollForeignWorkMs: number | undefined;
}

/**
 * Keeps a pump's ready lists equal to its table: everything at the start, then what this process adds, and
 * on request what other processes added. Row ids rise in commit order, because SQLite has one writer.
 */
export class ReadyRows<E extends DeliveryEntry> {
  readonly #options: ReadyRowsOptions<E>;
  readonly #foreign: ForeignWork | undefined;
  #scannedTo = 0;

  constructor(options: ReadyRowsOptions<E>) {
    const { database, pollForeignWorkMs } = options;
    this.#options = options;
    this.#foreign =
      pollForeignWorkMs === undefined ? undefined : new ForeignWork(database, pollForeignWorkMs);
    this.#scan((entry) => ({ ...entry, isLeftOver: true }));
  }

  /** Takes rows that this process has just committed. */
  add(entries: readonly E[]): void {
    for (const entry of entries) {
      // A scan has met it between its commit and now.
      if (entry.id <= this.#scannedTo) continue;
      // A gap means that another process wrote in between; the next scan starts before it.
      if (entry.id === this.#scannedTo + 1) this.#scannedTo = entry.id;
      this.#options.add(entry);
    }
  }

  /** Looks for rows of other processes when its interval has passed. Returns when to look again, null for never. */
  lookForForeign(now: number): number | null {
    return this.#foreign?.look(now, () => this.#scan((entry) => entry)) ?? null;
  }

  #scan(toReady: (entry: E) => E): void {
    const { group, after, add, onRescan } = this.#options;
    // Rows acknowledged in memory must be gone from the table before it is read.
    group.flush();
    for (const entry of after(this.#scannedTo)) {
      this.#scannedTo = entry.id;
      add(toReady(entry));
    }
    onRescan?.();
  }
}
