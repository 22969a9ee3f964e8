import { monotonicFactory } from 'ulid';
import type { Clock } from '#shared/ports/clock.ts';
import type { Ids } from '#shared/ports/ids.ts';

/** Repeatable ids and chances: the same seed and clock give the same sequence. */
export function createSeededIds(seed: number, clock: Clock): Ids {
  const random = createSeededRandom(seed);
  const nextUlid = monotonicFactory(createSeededRandom(seed ^ 0x5f35_6495));
  return { random, ulid: () => nextUlid(clock.now()) };
}

/** A uniform source in [0, 1) from a 32-bit seed (mulberry32). */
export function createSeededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
