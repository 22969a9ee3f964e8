/** The only source of randomness. */
export interface Ids {
  /** A fresh ULID: 26 characters, sortable by creation. */
  ulid(): string;
  /** Uniform in [0, 1). For jitter, never for decisions. */
  random(): number;
}
