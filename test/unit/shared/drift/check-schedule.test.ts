import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CheckCadence } from '#shared/authority/check-policy.ts';
import {
  byPriority,
  CHECK_BANDS,
  checkBand,
  checkIntervalMs,
  checkPriority,
  expectedStaleness,
  nextCheckAt,
  type Urgency,
} from '#shared/drift/check-schedule.ts';

const DAY_MS = 24 * 60 * 60_000;
const CADENCE: CheckCadence = { targetMs: DAY_MS, minMs: 15 * 60_000, maxMs: DAY_MS / 2 };
const ONCE_A_MONTH = 1 / 30;

const values = fc.double({ min: 0.01, max: 1_000, noNaN: true });
const rates = fc.double({ min: 1e-9, max: 1e4, noNaN: true });
const ages = fc.integer({ min: 0, max: 400 * DAY_MS });
const urgencies: fc.Arbitrary<Urgency> = fc.record({ value: values, changesPerDay: rates });
const cadences: fc.Arbitrary<CheckCadence> = fc
  .tuple(fc.integer({ min: 1_000, max: DAY_MS }), fc.integer({ min: 0, max: 30 * DAY_MS }))
  .map(([minMs, more]) => ({ minMs, maxMs: minMs + more, targetMs: minMs + more }));

describe('the staleness to be expected', () => {
  test('is none at once, all in the end, and half a change per change at first', () => {
    expect(expectedStaleness(5, 0)).toBe(0);
    expect(expectedStaleness(5, 1e6 * DAY_MS)).toBeCloseTo(1, 5);
    expect(expectedStaleness(1e-6, DAY_MS)).toBeCloseTo(0.5e-6, 12);
  });

  test('is the share of the time for which a change had happened, as drawn at random', () => {
    // Mean over arrival times of a Poisson process of two changes a day, over half a day.
    const steps = 100_000;
    let stale = 0;
    for (let step = 0; step < steps; step += 1) stale += 1 - Math.exp(-2 * 0.5 * ((step + 0.5) / steps));

    expect(expectedStaleness(2, DAY_MS / 2)).toBeCloseTo(stale / steps, 8);
  });

  test('lies between 0 and 1 and rises with age and rate, wherever the formula is cut in two', () => {
    fc.assert(
      fc.property(rates, rates, ages, ages, (rateA, rateB, ageA, ageB) => {
        const least = expectedStaleness(Math.min(rateA, rateB), Math.min(ageA, ageB));
        const most = expectedStaleness(Math.max(rateA, rateB), Math.max(ageA, ageB));
        expect(least).toBeGreaterThanOrEqual(0);
        expect(most).toBeLessThanOrEqual(1);
        expect(least).toBeLessThanOrEqual(most + 1e-9);
      }),
    );
  });
});

describe('the time to the next look', () => {
  test('is the longest one for a record worth one that changes once a month, and a tenth for a hundred times that', () => {
    expect(checkIntervalMs(CADENCE, { value: 1, changesPerDay: ONCE_A_MONTH })).toBe(CADENCE.maxMs);
    expect(checkIntervalMs(CADENCE, { value: 10, changesPerDay: 10 * ONCE_A_MONTH })).toBe(
      CADENCE.maxMs / 10,
    );
    expect(nextCheckAt(CADENCE, { value: 100, changesPerDay: ONCE_A_MONTH }, 1_000)).toBe(
      1_000 + CADENCE.maxMs / 10,
    );
  });

  test('follows the square-root law between the bounds of its cadence', () => {
    const free = { ...CADENCE, minMs: 1, maxMs: 1e12 };
    fc.assert(
      fc.property(values, values, (a, b) => {
        const intervalOf = (value: number) =>
          checkIntervalMs(free, { value: 1_000 * value, changesPerDay: 1 });
        expect(intervalOf(a) / intervalOf(b)).toBeCloseTo(Math.sqrt(b / a), 1);
      }),
    );
  });

  test('stays within the bounds and never grows with value or rate', () => {
    fc.assert(
      fc.property(
        cadences,
        urgencies,
        fc.double({ min: 1, max: 1e3, noNaN: true }),
        (cadence, urgency, more) => {
          const interval = checkIntervalMs(cadence, urgency);
          expect(interval).toBeGreaterThanOrEqual(cadence.minMs);
          expect(interval).toBeLessThanOrEqual(cadence.maxMs);
          expect(checkIntervalMs(cadence, { ...urgency, value: urgency.value * more })).toBeLessThanOrEqual(
            interval,
          );
          const restless = { ...urgency, changesPerDay: urgency.changesPerDay * more };
          expect(checkIntervalMs(cadence, restless)).toBeLessThanOrEqual(interval);
        },
      ),
    );
  });

  test('no other spread of the same number of looks leaves changes unseen for less time, weighed by value', () => {
    // Cost of an interval is value x rate x interval / 2, and its price is 1 / interval looks.
    const free = { ...CADENCE, minMs: 1, maxMs: 1e15 };
    const pairs = fc.array(
      fc.record({
        value: fc.double({ min: 1, max: 1_000, noNaN: true }),
        changesPerDay: fc.double({ min: 1, max: 100, noNaN: true }),
      }),
      {
        minLength: 2,
        maxLength: 6,
      },
    );
    const tilts = fc.array(fc.double({ min: 0.3, max: 3, noNaN: true }), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(pairs, tilts, (weighed, tilt) => {
        const lawful = weighed.map((urgency) => checkIntervalMs(free, urgency));
        const tilted = lawful.map((interval, index) => interval * (tilt[index] ?? 1));
        const looks = (intervals: readonly number[]) => intervals.reduce((sum, one) => sum + 1 / one, 0);
        const scale = looks(tilted) / looks(lawful);
        const cost = (intervals: readonly number[]) =>
          intervals.reduce(
            (sum, one, index) =>
              sum + ((weighed[index]?.value ?? 0) * (weighed[index]?.changesPerDay ?? 0) * one) / 2,
            0,
          );
        expect(cost(tilted.map((one) => one * scale))).toBeGreaterThanOrEqual(cost(lawful) * (1 - 1e-6));
      }),
    );
  });
});

describe('the order of due checks', () => {
  test('puts value, rate and age before everything else', () => {
    const calm = { value: 1, changesPerDay: ONCE_A_MONTH };
    expect(checkPriority({ ...calm, value: 2 }, DAY_MS)).toBeGreaterThan(checkPriority(calm, DAY_MS));
    expect(checkPriority({ ...calm, changesPerDay: 1 }, DAY_MS)).toBeGreaterThan(checkPriority(calm, DAY_MS));
    expect(checkPriority(calm, 2 * DAY_MS)).toBeGreaterThan(checkPriority(calm, DAY_MS));
  });

  test('is total: ties are broken by id, whatever order they came in', () => {
    const checks = fc.array(fc.record({ priority: fc.constantFrom(0, 0.5, 1), id: fc.uuid() }), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(checks, (list) => {
        const sorted = list.toSorted(byPriority);
        expect(list.toReversed().toSorted(byPriority)).toEqual(sorted);
        for (const [index, one] of sorted.entries()) {
          const next = sorted[index + 1];
          if (next !== undefined) expect(byPriority(one, next)).toBeLessThanOrEqual(0);
        }
      }),
    );
  });

  test('has a band for every pair, a more urgent one never behind a less urgent one', () => {
    fc.assert(
      fc.property(urgencies, fc.double({ min: 1, max: 1e3, noNaN: true }), (urgency, more) => {
        const band = checkBand(urgency);
        expect(band).toBeGreaterThanOrEqual(0);
        expect(band).toBeLessThan(CHECK_BANDS);
        expect(checkBand({ ...urgency, value: urgency.value * more })).toBeLessThanOrEqual(band);
      }),
    );
  });
});
