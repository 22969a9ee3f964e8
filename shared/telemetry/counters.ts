/** One counter with one set of labels. */
export interface CounterReading {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Counters {
  add(this: void, metric: string, labels?: Readonly<Record<string, string>>, by?: number): void;
  snapshot(this: void): readonly CounterReading[];
}

const MAX_SERIES = 1_000;
const OVERFLOW = 'counter_series_overflow';

/**
 * Counters in memory. Label values come from closed lists; should one not, the number of series stays
 * bounded and the rest is counted under `counter_series_overflow`.
 */
export function createCounters(): Counters {
  const series = new Map<
    string,
    { metric: string; labels: Readonly<Record<string, string>>; value: number }
  >();

  function add(metric: string, labels: Readonly<Record<string, string>> = {}, by = 1): void {
    const sorted = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
    const key = JSON.stringify([metric, sorted]);
    const known = series.get(key);
    if (known !== undefined) known.value += by;
    else if (series.size < MAX_SERIES || metric === OVERFLOW)
      series.set(key, { metric, labels: Object.fromEntries(sorted), value: by });
    else add(OVERFLOW, {}, by);
  }

  return {
    add,
    snapshot: () => [...series.values()].map((reading) => ({ ...reading })),
  };
}
