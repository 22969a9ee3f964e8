import { LEAST_KEY, type SortKey } from './sort-key.ts';

export interface KeyBound {
  readonly key: SortKey;
  readonly isIncluded: boolean;
}

/**
 * The stretch of sort keys that several comparisons leave. SQLite enters an index by one bound on each side,
 * so they are joined here rather than in SQL. It starts with all keys, which leaves out missing fields.
 */
export class KeyRange {
  lower: KeyBound = { key: LEAST_KEY, isIncluded: true };
  upper: KeyBound | undefined;

  above(key: SortKey, isIncluded: boolean): void {
    const order = compareKeys(key, this.lower.key);
    if (order > 0 || (order === 0 && !isIncluded)) this.lower = { key, isIncluded };
  }

  below(key: SortKey, isIncluded: boolean): void {
    const order = this.upper === undefined ? -1 : compareKeys(key, this.upper.key);
    if (order < 0 || (order === 0 && !isIncluded)) this.upper = { key, isIncluded };
  }
}

/** Compares as SQLite does: numbers before texts, texts by their UTF-8 bytes. */
function compareKeys(a: SortKey, b: SortKey): number {
  if (typeof a === 'number') return typeof b === 'number' ? a - b : -1;
  return typeof b === 'number' ? 1 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}
