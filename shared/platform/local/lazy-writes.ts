import type { GroupCommit } from './group-commit.ts';

/**
 * Writes that nobody waits for: acknowledgements and attempt counts. They are collected into the port's next
 * group. Losing them costs a repeated delivery, never a lost one.
 */
export class LazyWrites {
  readonly #group: GroupCommit;
  readonly #onLost: () => void;
  #waiting: (() => void)[] = [];
  #isScheduled = false;

  constructor(group: GroupCommit, onLost: () => void) {
    this.#group = group;
    this.#onLost = onLost;
  }

  add(write: () => void): void {
    this.#waiting.push(write);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#group
      .submit(() => this.#writeAll())
      .catch(() => {
        this.#isScheduled = false;
        this.#onLost();
      });
  }

  #writeAll(): void {
    this.#isScheduled = false;
    const writes = this.#waiting;
    this.#waiting = [];
    for (const write of writes) write();
  }
}
