import { toInstant, type Instant } from '#shared/model/instant.ts';

const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** Vendor's clock from the header `Date` of an answer; null when there is none to be read. */
export function answeredAt(date: string | null | undefined): Instant | null {
  if (typeof date !== 'string' || !HTTP_DATE.test(date)) return null;
  const epochMs = Date.parse(date);
  return Number.isNaN(epochMs) ? null : toInstant(epochMs);
}
