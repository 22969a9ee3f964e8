/** A long run with the numbers that say whether it held. */
export interface Soak {
  readonly name: string;
  readonly run: (how: { readonly isQuick: boolean }) => Promise<SoakResult>;
}

/** What a soak came to: one line of JSON. */
export interface SoakResult extends Readonly<Record<string, unknown>> {
  readonly soak: string;
  readonly verdict: 'met' | 'missed';
}
