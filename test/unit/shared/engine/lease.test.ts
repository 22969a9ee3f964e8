import { describe, expect, test } from 'vitest';
import { nextLookAt, outlivesCall, takeoverAt, type Lease } from '#shared/engine/lease.ts';
import { RUN_ID } from '#test/support/builders/records.ts';

const timing = { callTimeoutMs: 10_000, leaseMs: 60_000, clockSkewMs: 2_000 };
const lease: Lease = { owner: 'invocation-1', runId: RUN_ID, expiresAt: 100_000 };

describe('a lease', () => {
  test('lets a call start only if it outlives the call\u2019s deadline, even by a clock that runs ahead', () => {
    expect(outlivesCall(lease, 88_000, timing)).toBe(true);
    expect(outlivesCall(lease, 88_001, timing)).toBe(false);
  });

  test('is taken over only when whatever its owner had begun has ended', () => {
    const lastStart = 88_000;

    expect(takeoverAt(lease, timing)).toBe(112_000);
    expect(takeoverAt(lease, timing)).toBeGreaterThan(lastStart + timing.callTimeoutMs + timing.clockSkewMs);
  });

  test.each([
    ['soon when it was just taken', 40_000, 40_250],
    ['after as long as it has been held', 45_000, 50_000],
    ['when it may be taken over, and no later', 90_000, 112_000],
    ['soon when a clock that runs behind finds that it will only be taken', 39_000, 39_250],
  ])('that is held is looked at again %s (L4)', (_when, now, again) => {
    expect(nextLookAt(lease, now, timing)).toBe(again);
  });

  test('that is never given back is looked at a few times, the last time when it may be taken over (L4)', () => {
    const looks = [40_000];
    while (looks.length < 100 && (looks.at(-1) ?? 0) < takeoverAt(lease, timing)) {
      looks.push(nextLookAt(lease, looks.at(-1) ?? 0, timing));
    }

    expect(looks.length).toBeLessThan(12);
    expect(looks.at(-1)).toBe(takeoverAt(lease, timing));
  });
});
