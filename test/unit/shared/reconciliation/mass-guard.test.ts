import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GUARD_PARTS, guardWindowStart, type GuardCounter } from '#shared/model/guard.ts';
import { guardedBy, limitOf, partOf, totalOf } from '#shared/reconciliation/mass-guard.ts';
import { PHONE } from '#test/support/builders/policies.ts';

const WINDOW_MS = 60 * 60_000;
const PART_MS = WINDOW_MS / GUARD_PARTS;
const KEY = 'customer:hubspot:losses';

/** Counters of the window that `now` lies in and of the one before, after something was counted at the times given. */
function countersAt(now: number, times: readonly number[]) {
  const window = (start: number): GuardCounter => {
    const parts: Record<string, number> = {};
    for (const time of times.filter((one) => guardWindowStart(one, WINDOW_MS) === start)) {
      const part = `p${partOf(time, WINDOW_MS)}`;
      parts[part] = (parts[part] ?? 0) + 1;
    }
    return { counts: { [KEY]: parts }, expireAt: new Date(0) };
  };
  const start = guardWindowStart(now, WINDOW_MS);
  return { present: [window(start)], former: [window(start - WINDOW_MS)] };
}

describe('what was counted within a window', () => {
  test('is all that is younger than it, and nothing that is older by a part of it', () => {
    const time = fc.integer({ min: 0, max: 3 * WINDOW_MS });
    fc.assert(
      fc.property(fc.array(time, { maxLength: 60 }), time, (times, ago) => {
        const now = 10 * WINDOW_MS + ago;
        const counted = times.map((one) => now - one);

        const total = totalOf(countersAt(now, counted), KEY, now, WINDOW_MS);

        const ages = counted.map((one) => now - one);
        expect(total).toBeGreaterThanOrEqual(ages.filter((age) => age < WINDOW_MS).length);
        expect(total).toBeLessThanOrEqual(ages.filter((age) => age < WINDOW_MS + PART_MS).length);
      }),
    );
  });

  test('is the sum of all shards, of one guard alone', () => {
    const now = 10 * WINDOW_MS + 1;
    const shard = (count: number): GuardCounter => ({
      counts: { [KEY]: { p0: count }, other: { p0: 100 } },
      expireAt: new Date(0),
    });

    expect(totalOf({ present: [shard(2), shard(3)], former: [] }, KEY, now, WINDOW_MS)).toBe(5);
  });
});

describe('the most that passes by itself', () => {
  test.each([
    [20, 0.01, 0, 20],
    [20, 0.01, 1_999, 20],
    [20, 0.01, 5_000, 50],
    [500, 0.1, 100_000, 10_000],
  ])('of %d or a share of %d among %d records is %d', (count, share, population, limit) => {
    expect(limitOf({ count, share }, population)).toBe(limit);
  });
});

describe('what a guard has stopped', () => {
  test.each<[string, boolean, boolean, boolean, string]>([
    ['passes while the guard is open', false, false, false, 'free'],
    ['stops when the guard is closed', true, false, false, 'held'],
    ['stays stopped when the guard is open again', false, true, false, 'held'],
    ['passes once somebody has released it, also while the guard is closed', true, true, true, 'free'],
    ['is not released by what was released before it was stopped', true, false, true, 'held'],
  ])('%s', (_title, isClosed, wasHeld, isReleased, status) => {
    const standing = {
      closedGuards: isClosed ? [KEY] : [],
      released: isReleased ? { [PHONE]: 'olga@example.com' } : {},
    };

    expect(guardedBy(standing, KEY, PHONE, wasHeld).status).toBe(status);
  });
});
