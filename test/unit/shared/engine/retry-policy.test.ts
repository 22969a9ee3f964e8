import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { retryDelayMs, VENDOR_RETRY } from '#shared/engine/retry-policy.ts';

const attempts = fc.integer({ min: 0, max: 2_000 });

describe('the delay before the next attempt', () => {
  test('lies in the upper half of a doubling, capped span', () => {
    fc.assert(
      fc.property(attempts, fc.string(), (attempt, spreadBy) => {
        const ceiling = Math.min(500 * 2 ** Math.max(attempt - 1, 0), VENDOR_RETRY.maxDelayMs);

        const delay = retryDelayMs(VENDOR_RETRY, attempt, spreadBy);

        expect(delay).toBeGreaterThanOrEqual(ceiling / 2);
        expect(delay).toBeLessThanOrEqual(ceiling);
        expect(Number.isInteger(delay)).toBe(true);
      }),
    );
  });

  test('is never shorter than the vendor asked for', () => {
    fc.assert(
      fc.property(attempts, fc.integer({ min: 0, max: 86_400_000 }), (attempt, asked) => {
        expect(retryDelayMs(VENDOR_RETRY, attempt, 'run', asked)).toBe(
          Math.max(asked, retryDelayMs(VENDOR_RETRY, attempt, 'run')),
        );
      }),
    );
  });

  test('is the same when a run is replayed, and differs between runs that fail together', () => {
    const runs = Array.from({ length: 100 }, (_, index) => `run-${index}`);
    const delays = runs.map((run) => retryDelayMs(VENDOR_RETRY, 12, run));

    expect(runs.map((run) => retryDelayMs(VENDOR_RETRY, 12, run))).toEqual(delays);
    expect(new Set(delays).size).toBeGreaterThan(90);
  });

  test('adds up to days, so that a vendor that is down only delays work', () => {
    const total = Array.from({ length: VENDOR_RETRY.maxAttempts - 1 }, (_, index) =>
      retryDelayMs(VENDOR_RETRY, index + 1, 'run'),
    ).reduce((sum, delay) => sum + delay, 0);

    expect(total / 86_400_000).toBeGreaterThan(6.5);
    expect(total / 86_400_000).toBeLessThan(10);
  });
});
