import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changesPerDay, countChange, webhookLoss } from '#shared/drift/change-rate.ts';
import type { ChangeCount } from '#shared/model/work.ts';

const DAY_MS = 24 * 60 * 60_000;
const told = { isChanged: true, isTold: true };
const untold = { isChanged: true, isTold: false };
const unchanged = { isChanged: false, isTold: false };

/** The count after a change every so many days, over so many days. */
function after(days: number, every: number): ChangeCount {
  let count = countChange(undefined, unchanged, 0);
  for (let day = every; day <= days; day += every) count = countChange(count, told, day * DAY_MS);
  return count;
}

describe('the rate of change', () => {
  test('is once in thirty days for a record that nobody has watched yet', () => {
    expect(changesPerDay(undefined, 0)).toBeCloseTo(1 / 30, 12);
    expect(changesPerDay(countChange(undefined, unchanged, 5), 5)).toBeCloseTo(1 / 30, 12);
  });

  test.each([1, 3, 10])('comes near to one change every %i days once it was seen for long', (every) => {
    const rate = changesPerDay(after(720, every), 720 * DAY_MS);

    expect(rate * every).toBeGreaterThan(0.85);
    expect(rate * every).toBeLessThan(1.1);
  });

  test('sinks while nothing changes, and forgets what was long ago', () => {
    const count = after(90, 1);
    const rates = [90, 120, 365, 3_650].map((day) => changesPerDay(count, day * DAY_MS));

    expect(rates.toSorted((a, b) => b - a)).toEqual(rates);
    expect(rates[3]).toBeLessThan(1 / 30);
  });

  test('is more than nothing and finite, whatever was counted and whatever the clock says', () => {
    const counts = fc.record({
      seen: fc.double({ min: 0, max: 1e6, noNaN: true }),
      untold: fc.double({ min: 0, max: 1e6, noNaN: true }),
      at: fc.integer({ min: 0, max: 1e13 }),
      since: fc.integer({ min: 0, max: 1e13 }),
    });
    fc.assert(
      fc.property(counts, fc.integer({ min: 0, max: 1e13 }), (count, now) => {
        const rate = changesPerDay(count, now);
        expect(rate).toBeGreaterThan(0);
        expect(Number.isFinite(rate)).toBe(true);
      }),
    );
  });

  test('a comparison that found nothing leaves the counts alone, so that none has to be stored for it', () => {
    const count = after(10, 2);

    expect(countChange(count, unchanged, 11 * DAY_MS)).toBe(count);
  });
});

describe('the loss of webhooks', () => {
  test('is one in twenty until more is known', () => {
    expect(webhookLoss([])).toBeCloseTo(0.05, 12);
  });

  test('follows what was seen without a webhook, and lies between 0 and 1', () => {
    let lossy = countChange(undefined, unchanged, 0);
    for (let change = 1; change <= 100; change += 1)
      lossy = countChange(lossy, change % 2 ? untold : told, change);

    expect(webhookLoss([lossy])).toBeCloseTo(0.46, 1);
    expect(webhookLoss([after(100, 1)])).toBeLessThan(0.02);
  });
});
