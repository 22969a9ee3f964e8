/** Something that becomes due. Equal times keep the order of `order`. */
export interface Due {
  readonly dueAt: number;
  readonly order: number;
}

/** A binary heap: the earliest entry first, logarithmic to add and to take. */
export class DueHeap<T extends Due> {
  readonly #entries: T[] = [];

  peek(): T | undefined {
    return this.#entries[0];
  }

  add(entry: T): void {
    let index = this.#entries.length;
    this.#entries.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = this.#entries[parent];
      if (above === undefined || !isEarlier(entry, above)) break;
      this.#entries[index] = above;
      index = parent;
    }
    this.#entries[index] = entry;
  }

  take(): T | undefined {
    const first = this.#entries[0];
    const last = this.#entries.pop();
    if (first !== undefined && last !== undefined && first !== last) this.#sink(last);
    return first;
  }

  #sink(entry: T): void {
    let index = 0;
    for (;;) {
      const child = this.#earlierChild(index);
      const below = this.#entries[child];
      if (below === undefined || !isEarlier(below, entry)) break;
      this.#entries[index] = below;
      index = child;
    }
    this.#entries[index] = entry;
  }

  #earlierChild(index: number): number {
    const left = 2 * index + 1;
    const [a, b] = [this.#entries[left], this.#entries[left + 1]];
    return a !== undefined && b !== undefined && isEarlier(b, a) ? left + 1 : left;
  }
}

function isEarlier(a: Due, b: Due): boolean {
  return a.dueAt === b.dueAt ? a.order < b.order : a.dueAt < b.dueAt;
}
