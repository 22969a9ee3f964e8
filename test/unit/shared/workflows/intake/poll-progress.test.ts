import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toEpochMs, toInstant, type Instant } from '#shared/model/instant.ts';
import { RECENT_KEPT, SPANS_KEPT, type CoveredSpan } from '#shared/model/poll-documents.ts';
import { afterPage, newCursor, withSpan } from '#shared/workflows/intake/poll-progress.ts';
import { ago, changed, TARGET } from '#test/support/polling.ts';

const REACH = { overlapMs: 120_000, settleMs: 30_000 };
const at = (tick: number): Instant => toInstant(tick * 1_000);

describe('coverage', () => {
  const spans = fc.array(
    fc
      .tuple(fc.option(fc.integer({ min: 0, max: 40 })), fc.integer({ min: 0, max: 10 }))
      .map(([from, length]): CoveredSpan => ({
        from: from === null ? null : at(from),
        to: at((from ?? 0) + length),
      })),
    { maxLength: 12 },
  );
  const covers = (all: readonly CoveredSpan[], tick: number): boolean =>
    all.some(({ from, to }) => (from === null || from <= at(tick)) && at(tick) <= to);

  test('claims every instant that some poll covered, and none other', () => {
    fc.assert(
      fc.property(spans, (added) => {
        const merged = added.reduce<readonly CoveredSpan[]>(withSpan, []);

        for (let tick = -5; tick <= 55; tick += 0.5) expect(covers(merged, tick)).toBe(covers(added, tick));
      }),
    );
  });

  test('is told in spans that are apart, oldest first, whatever the order of the polls', () => {
    fc.assert(
      fc.property(spans, (added) => {
        const merged = added.reduce<readonly CoveredSpan[]>(withSpan, []);
        const reversed = added.toReversed().reduce<readonly CoveredSpan[]>(withSpan, []);

        expect(reversed).toEqual(merged);
        merged.slice(1).forEach(({ from }, index) => {
          expect(from !== null && from > (merged[index]?.to ?? '')).toBe(true);
        });
      }),
    );
  });

  test('forgets the oldest of too many spans', () => {
    const apart = Array.from({ length: SPANS_KEPT + 5 }, (_, index) => ({
      from: at(index * 10),
      to: at(index * 10 + 1),
    }));

    const merged = apart.reduce<readonly CoveredSpan[]>(withSpan, []);

    expect(merged).toEqual(apart.slice(5));
  });

  test('does NOT grow by a span that ends before it begins', () => {
    expect(withSpan([], { from: at(2), to: at(1) })).toEqual([]);
  });
});

describe('what a cursor remembers', () => {
  const page = { since: null, until: ago(0), continuation: null };

  test('is what the next poll will list again, and nothing older', () => {
    const edge = REACH.overlapMs + REACH.settleMs;
    const rows = [changed('1', edge + 1), changed('2', edge), changed('3', 0)];

    const { recent } = afterPage(newCursor(TARGET), { ...page, changed: rows }, REACH, 0);

    expect(recent).toEqual([`${ago(edge)} 2`, `${ago(0)} 3`]);
  });

  test('is kept while an open poll still lists what lies further back', () => {
    const known = { ...newCursor(TARGET), recent: [`${ago(500_000)} 1`] };
    const open = { since: ago(600_000), until: ago(0), continuation: 'two', changed: [] };

    const going = afterPage(known, open, REACH, 0);
    const ended = afterPage(going, { ...open, continuation: null }, REACH, 0);

    expect(going.recent).toEqual(known.recent);
    expect(ended.recent).toEqual([]);
  });

  test('has a bound: of too many the latest are kept', () => {
    const rows = Array.from({ length: RECENT_KEPT + 10 }, (_, index) => changed(String(index), index));

    const { recent } = afterPage(newCursor(TARGET), { ...page, changed: rows }, REACH, 0);

    expect(recent).toHaveLength(RECENT_KEPT);
    expect(recent.at(-1)).toBe(`${ago(0)} 0`);
    expect(toEpochMs((recent[0] ?? '').slice(0, 24) as Instant)).toBe(toEpochMs(ago(RECENT_KEPT - 1)));
  });
});
