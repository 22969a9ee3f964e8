/**
 * - `met`, `missed`: the ratio against its target.
 * - `noisy`: what it is measured against varied too much to judge by.
 * - `measured`: a figure without a target.
 */
export type Verdict = 'met' | 'missed' | 'noisy' | 'measured';

/** One line of the report. Whatever else stands in it must be representable in JSON. */
export type Result = { readonly benchmark: string; readonly verdict: Verdict } & Readonly<
  Record<string, unknown>
>;

export interface BenchmarkOptions {
  /** Fewer and shorter rounds, to see that it runs; too few to trust the figures. */
  readonly isQuick: boolean;
}

export interface Benchmark {
  readonly name: string;
  readonly run: (options: BenchmarkOptions) => Promise<readonly Result[]>;
}
