import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { grantOf, windowStart, type CallBudget, type Draw } from '#shared/model/budget.ts';
import { LANES, type Lane } from '#shared/model/vocabulary.ts';

const BUDGET: CallBudget = { operator: 10, live: 60, background: 30 };
const nothing: Readonly<Record<Lane, number>> = { operator: 0, live: 0, background: 0 };

/** A draw of `calls` after the lanes have drawn what is given. */
function grant(lane: Lane, calls: number, drawn: Partial<Record<Lane, number>> = {}, elapsed = 0): number {
  const before = { ...nothing, ...drawn };
  return grantOf({ lane, calls, totals: { ...before, [lane]: before[lane] + calls }, elapsed }, BUDGET);
}

describe('a lane', () => {
  test('has its own share at the beginning of a minute, and no more', () => {
    expect([grant('background', 30), grant('background', 31), grant('operator', 100)]).toEqual([30, 30, 10]);
  });

  test('has what it has not drawn yet', () => {
    expect([grant('background', 20, { background: 25 }), grant('background', 1, { background: 30 })]).toEqual(
      [5, 0],
    );
  });

  test('gets what the others leave unused, the more the later it is', () => {
    const atEach = [0, 0.25, 0.5, 0.75, 1].map((elapsed) => grant('background', 100, {}, elapsed));

    expect(atEach).toEqual([30, 47, 65, 82, 100]);
  });

  test('gets nothing of what the others have drawn', () => {
    expect(grant('background', 100, { live: 60, operator: 10 }, 1)).toBe(30);
    expect(grant('live', 100, { background: 100 }, 1)).toBe(0);
  });
});

test('whoever draws, how much and when: together no more is granted in a minute than the budget holds', () => {
  const draws = fc.array(
    fc.record({
      lane: fc.constantFrom(...LANES),
      calls: fc.integer({ min: 1, max: 80 }),
      after: fc.double({ min: 0, max: 0.2, noNaN: true }),
      givesBackAtOnce: fc.boolean(),
    }),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(draws, (list) => {
      let elapsed = 0;
      let granted = 0;
      const totals = { ...nothing } as Record<Lane, number>;
      const owed: (() => void)[] = [];
      for (const { lane, calls, after, givesBackAtOnce } of list) {
        elapsed = Math.min(1, elapsed + after);
        totals[lane] += calls;
        const draw: Draw = { lane, calls, totals: { ...totals }, elapsed };
        const got = grantOf(draw, BUDGET);
        granted += got;
        const giveBack = () => (totals[lane] -= calls - got);
        if (givesBackAtOnce) giveBack();
        else owed.push(giveBack);
        if (owed.length > 2) owed.shift()?.();
        expect(got).toBeGreaterThanOrEqual(0);
        expect(got).toBeLessThanOrEqual(calls);
      }
      expect(granted).toBeLessThanOrEqual(100);
    }),
  );
});

test('a window is a whole minute', () => {
  const start = Date.UTC(2026, 2, 2, 9, 7);

  expect([windowStart(start), windowStart(start + 59_999), windowStart(start + 60_000)]).toEqual([
    start,
    start,
    start + 60_000,
  ]);
});
