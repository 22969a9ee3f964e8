import { contentHash } from '#shared/model/hash.ts';

/** How long to wait between attempts of one thing. */
export interface RetryPolicy {
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  /** Attempts after which a retryable failure becomes final. */
  readonly maxAttempts: number;
}

/** Vendor calls: patient, because a vendor that is down must only delay work. About a week in all. */
export const VENDOR_RETRY: RetryPolicy = Object.freeze({
  firstDelayMs: 500,
  maxDelayMs: 15 * 60_000,
  maxAttempts: 900,
});

/** What waits for somebody else to give up an address: about a week in all, then only the next event helps. */
export const RECHECK: RetryPolicy = Object.freeze({
  firstDelayMs: 30_000,
  maxDelayMs: 4 * 60 * 60_000,
  maxAttempts: 60,
});

/**
 * Milliseconds until the next attempt: doubling, capped, spread over the upper half by a hash of what is
 * retried. No randomness, so that a replayed run waits the same (M13). A vendor's own wish is a lower bound.
 */
export function retryDelayMs(
  policy: RetryPolicy,
  attempts: number,
  spreadBy: string,
  askedForMs: number | null = null,
): number {
  const exponent = Math.min(Math.max(attempts - 1, 0), 30);
  const ceiling = Math.min(policy.firstDelayMs * 2 ** exponent, policy.maxDelayMs);
  const spread = Number.parseInt(contentHash([spreadBy, attempts]).slice(0, 6), 16) / 0xffffff;
  return Math.max(Math.round(ceiling * (0.5 + spread / 2)), askedForMs ?? 0);
}
