import { randomInt } from 'node:crypto';
import { monotonicFactory } from 'ulid';
import type { Clock } from '#shared/ports/clock.ts';
import type { Ids } from '#shared/ports/ids.ts';

/** Draws from the machine's randomness. ULIDs of one process rise strictly, also within a millisecond. */
export function createSystemIds(clock: Clock): Ids {
  const nextUlid = monotonicFactory(() => randomInt(2 ** 32) / 2 ** 32);
  return { ulid: () => nextUlid(clock.now()), random: () => Math.random() };
}
