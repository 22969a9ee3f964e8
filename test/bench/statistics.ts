/** The middle of several rounds, and how far they lie apart. */
export interface Spread {
  readonly median: number;
  /** Distance between the quartiles. */
  readonly iqr: number;
  /** Of the median. */
  readonly iqrPercent: number;
  readonly rounds: number;
}

/** Above this a denominator says more about the machine than about what runs on it. */
const MAX_IQR_PERCENT = 25;

/** The value below which a share of the values lies, between the two next to it; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}

export function spreadOf(values: readonly number[]): Spread {
  const median = quantile(values, 0.5);
  const iqr = quantile(values, 0.75) - quantile(values, 0.25);
  return {
    median: rounded(median),
    iqr: rounded(iqr),
    iqrPercent: rounded((iqr / median) * 100),
    rounds: values.length,
  };
}

/** Three significant digits at most after the point. */
export function rounded(value: number): number {
  return Number(value.toFixed(Math.abs(value) < 10 ? 3 : 1));
}

/** Judges a ratio whose target is an upper limit. */
export function judged(ratio: Spread, target: number, denominator: Spread): 'met' | 'missed' | 'noisy' {
  if (!(denominator.iqrPercent <= MAX_IQR_PERCENT)) return 'noisy';
  return ratio.median <= target ? 'met' : 'missed';
}
