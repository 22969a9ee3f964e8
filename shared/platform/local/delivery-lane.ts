import { DueHeap } from './due-heap.ts';

/** What a pump keeps in memory of one row that waits to be delivered. */
export interface DeliveryEntry {
  /** Row id. */
  readonly id: number;
  /** Epoch milliseconds. */
  readonly dueAt: number;
  /** Deliveries that have failed so far. */
  readonly attempts: number;
  /** The row was there before this process: an earlier one may have died of its delivery. */
  readonly isLeftOver?: boolean;
}

interface Slot<E> {
  readonly dueAt: number;
  readonly order: number;
  readonly entry: E;
}

/** The ready list of one subscription, queue or trigger, with its limit of deliveries at a time. */
export class DeliveryLane<E extends DeliveryEntry> {
  readonly name: string;
  readonly maxConcurrent: number;
  isPaused = false;
  readonly #heap = new DueHeap<Slot<E>>();
  readonly #waiting = new Map<number, E>();
  readonly #inFlight = new Set<number>();
  #active = 0;
  #order = 0;

  constructor(name: string, maxConcurrent: number) {
    this.name = name;
    this.maxConcurrent = maxConcurrent;
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** What waits, and what is in flight. */
  get undelivered(): number {
    return this.#waiting.size + this.#inFlight.size;
  }

  get freeSlots(): number {
    return this.maxConcurrent - this.#active;
  }

  /** Adds a row unless the lane already holds it. */
  add(entry: E): void {
    if (!this.#waiting.has(entry.id) && !this.#inFlight.has(entry.id)) this.#wait(entry);
  }

  /** The next entry due at `now`, or undefined. The caller begins or returns it. */
  takeDue(now: number): E | undefined {
    for (let slot = this.#top(); slot !== undefined && slot.dueAt <= now; slot = this.#top()) {
      this.#heap.take();
      return slot.entry;
    }
    return undefined;
  }

  takeAllDue(now: number): readonly E[] {
    const due: E[] = [];
    for (let entry = this.takeDue(now); entry !== undefined; entry = this.takeDue(now)) due.push(entry);
    return due;
  }

  /** Puts back what was taken and not begun. */
  giveBack(entry: E): void {
    if (this.#waiting.get(entry.id) === entry) this.#wait(entry);
  }

  /** Occupies a slot. False when the entry was dropped after it was taken. */
  begin(entry: E): boolean {
    if (this.#waiting.get(entry.id) !== entry) return false;
    this.#waiting.delete(entry.id);
    this.#inFlight.add(entry.id);
    this.#active += 1;
    return true;
  }

  /** Frees the slot; `again` waits for its next attempt unless the row was dropped meanwhile. */
  end(id: number, again: E | undefined): void {
    this.#active -= 1;
    const isWanted = this.#inFlight.delete(id);
    if (isWanted && again !== undefined) this.#wait(again);
  }

  /** Forgets everything. What is being delivered ends, and is not tried again. */
  drop(): void {
    this.#waiting.clear();
    this.#inFlight.clear();
  }

  /** When the next waiting entry is due, whether or not a slot is free; null when the lane is paused or empty. */
  nextDueAt(): number | null {
    return this.isPaused ? null : (this.#top()?.dueAt ?? null);
  }

  #wait(entry: E): void {
    this.#waiting.set(entry.id, entry);
    this.#heap.add({ dueAt: entry.dueAt, order: this.#order++, entry });
  }

  /** Removes what was dropped from the top of the heap. */
  #top(): Slot<E> | undefined {
    for (let slot = this.#heap.peek(); slot !== undefined; slot = this.#heap.peek()) {
      if (this.#waiting.get(slot.entry.id) === slot.entry) return slot;
      this.#heap.take();
    }
    return undefined;
  }
}
