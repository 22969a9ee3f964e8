import fc from 'fast-check';
import { expect, test } from 'vitest';
import { freshnessOf } from '#shared/drift/freshness.ts';

const HOUR_MS = 60 * 60_000;
const ORDER = ['fresh', 'ageing', 'stale'];

test.each([
  ['just verified', 0, 'fresh'],
  ['by a clock that is ahead of ours', -5, 'fresh'],
  ['up to four fifths of the target', 8 * HOUR_MS, 'fresh'],
  ['beyond four fifths', 8 * HOUR_MS + 1, 'ageing'],
  ['at the target', 10 * HOUR_MS, 'ageing'],
  ['beyond the target', 10 * HOUR_MS + 1, 'stale'],
  ['never compared', null, 'never'],
])('a verdict that was verified %s is told from others', (_when, ageMs, freshness) => {
  expect(freshnessOf(ageMs, { targetMs: 10 * HOUR_MS })).toBe(freshness);
});

test('a verdict never gets fresher by getting older', () => {
  const ages = fc.integer({ min: 0, max: 30 * HOUR_MS });
  fc.assert(
    fc.property(ages, ages, fc.integer({ min: 1, max: 24 * HOUR_MS }), (a, b, targetMs) => {
      const [younger, older] = [Math.min(a, b), Math.max(a, b)].map((age) =>
        ORDER.indexOf(freshnessOf(age, { targetMs })),
      );
      expect(older).toBeGreaterThanOrEqual(younger ?? Number.NaN);
    }),
  );
});
