import type { Database } from './database.ts';

/**
 * Notices rows that other processes wrote to the same file, at most once per interval. SQLite counts the
 * commits of other connections, so a look costs microseconds while nothing happened.
 */
export class ForeignWork {
  readonly #database: Database;
  readonly #pollMs: number;
  #seen: unknown;
  #lastLookAt = Number.NEGATIVE_INFINITY;

  constructor(database: Database, pollMs: number) {
    this.#database = database;
    this.#pollMs = pollMs;
    this.#seen = this.#version();
  }

  /** Calls `rescan` when another process has committed since the last look. Returns when to look again. */
  look(now: number, rescan: () => void): number {
    if (now - this.#lastLookAt >= this.#pollMs) {
      this.#lastLookAt = now;
      const version = this.#version();
      if (version !== this.#seen) rescan();
      this.#seen = version;
    }
    return this.#lastLookAt + this.#pollMs;
  }

  #version(): unknown {
    return this.#database.prepare('PRAGMA data_version').get()?.['data_version'];
  }
}
