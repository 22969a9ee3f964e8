declare const brand: unique symbol;

/** A UTC instant in ISO 8601 with exactly three decimals: `2026-11-20T10:00:00.000Z`. Text order is time order. */
export type Instant = string & { readonly [brand]: 'Instant' };

/** Converts epoch milliseconds. @throws RangeError when the number is no valid time. */
export function toInstant(epochMs: number): Instant {
  return new Date(epochMs).toISOString() as Instant;
}

/** Epoch milliseconds of an instant. */
export function toEpochMs(instant: Instant): number {
  return Date.parse(instant);
}

/** Reads any ISO 8601 text with a zone, or returns undefined when it names no instant. */
export function parseInstant(text: string): Instant | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:?\d{2})$/.test(text)) return undefined;
  const epochMs = Date.parse(text);
  return Number.isNaN(epochMs) ? undefined : toInstant(epochMs);
}
