import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NativeId } from '#shared/model/ids.ts';
import { toEpochMs, toInstant } from '#shared/model/instant.ts';
import type { Sight } from '#shared/model/work.ts';
import { showsState, timeOfAsking } from '#shared/workflows/sync-record/sights.ts';
import { minute } from '#test/support/builders/records.ts';

const SECOND_MS = 1_000;
const T = toEpochMs(minute(5));

/** An object that was read as modified at some time, asked for at another, both from the full minute. */
function aSight(modifiedMs: number, askedMs: number | null): Sight {
  const askedAt = askedMs === null ? null : toInstant(T + askedMs);
  return { nativeId: NativeId('501'), modifiedAt: toInstant(T + modifiedMs), askedAt };
}

const listedAt = (ms: number) => toInstant(T + ms);

describe('a sight, by a clock of whole seconds,', () => {
  test.each<[string, boolean, number, Sight]>([
    ['shows what was listed with an earlier second', true, -SECOND_MS, aSight(0, null)],
    ['shows what was listed with its own second, if that was over', true, 0, aSight(0, SECOND_MS)],
    ['does NOT show its own second while that may have gone on', false, 0, aSight(0, SECOND_MS - 1)],
    ['does NOT show its own second when the vendor told no time', false, 0, aSight(0, null)],
    ['does NOT show a later second, however late it was', false, SECOND_MS, aSight(0, 9 * SECOND_MS)],
  ])('%s', (_, isShown, listedMs, sight) => {
    expect(showsState(sight, listedAt(listedMs), SECOND_MS)).toBe(isShown);
  });
});

test('a sight by a clock of milliseconds shows its own millisecond once that is over', () => {
  expect(showsState(aSight(250, 251), listedAt(250), 1)).toBe(true);
  expect(showsState(aSight(250, 250), listedAt(250), 1)).toBe(false);
  expect(showsState(aSight(250, null), listedAt(249), 1)).toBe(true);
});

test('a sight of a vendor of whose clock nothing is known shows nothing', () => {
  expect(showsState(aSight(0, 9 * SECOND_MS), listedAt(-SECOND_MS), 0)).toBe(false);
});

describe('the time of asking', () => {
  test("is the vendor's time of its answer, less what the call took", () => {
    expect(timeOfAsking(minute(5), 400)).toBe(toInstant(T - 400));
  });

  test('is not known when the vendor told no time, nor when our clock went back', () => {
    expect(timeOfAsking(null, 400)).toBeNull();
    expect(timeOfAsking(minute(5), -1)).toBeNull();
  });
});

test('no edit is ever passed over: what a sight is held to show, the read behind it had seen', () => {
  const scenes = fc.record({
    resolutionMs: fc.constantFrom(1, 10, SECOND_MS),
    /** Vendor times of edits, near each other so that many share a tick. */
    edits: fc.uniqueArray(fc.integer({ min: 0, max: 3_500 }), { minLength: 1, maxLength: 6 }),
    askedMs: fc.integer({ min: 0, max: 6_000 }),
    /** From asking to the state that is answered, and from there to the answer. */
    travelMs: fc.tuple(fc.integer({ min: 0, max: 900 }), fc.integer({ min: 0, max: 900 })),
    returnMs: fc.integer({ min: 0, max: 900 }),
    listedMs: fc.integer({ min: 0, max: 8_000 }),
  });
  let shown = 0;

  fc.assert(
    fc.property(scenes, ({ resolutionMs, edits, askedMs, travelMs, returnMs, listedMs }) => {
      const tick = (ms: number) => T + ms - ((T + ms) % resolutionMs);
      const lastBy = (ms: number) => Math.max(-1, ...edits.filter((edit) => edit <= ms));
      const stateMs = askedMs + travelMs[0];
      const answeredMs = stateMs + travelMs[1];
      const [seen, listed] = [lastBy(stateMs), lastBy(listedMs)];
      fc.pre(seen >= 0 && listed >= 0);
      const answeredAt = toInstant(Math.floor((T + answeredMs) / SECOND_MS) * SECOND_MS);
      const elapsedMs = answeredMs + returnMs - askedMs;
      const sight: Sight = {
        nativeId: NativeId('501'),
        modifiedAt: toInstant(tick(seen)),
        askedAt: timeOfAsking(answeredAt, elapsedMs),
      };

      if (!showsState(sight, toInstant(tick(listed)), resolutionMs)) return;
      shown += 1;
      expect(listed).toBeLessThanOrEqual(seen);
    }),
    { numRuns: 3_000 },
  );
  // Else it would hold of a rule that never says yes.
  expect(shown).toBeGreaterThan(300);
});
