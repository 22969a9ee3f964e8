import { describe, expect, test } from 'vitest';
import { outlivesCall, takeoverAt, type Lease } from '#shared/engine/lease.ts';
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
});
