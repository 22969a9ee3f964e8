const SECOND_MS = 1_000;

/**
 * Milliseconds that a `Retry-After` header asks for. Vendors give seconds, some with decimals; the form with a
 * date is used by none of them and counts as none, like everything else that is no number.
 */
export function retryAfterMs(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,6}(\.\d+)?$/.test(header)
    ? Math.ceil(Number(header) * SECOND_MS)
    : undefined;
}
