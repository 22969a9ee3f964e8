import { createRandom } from './random.ts';

/** A source of numbers that a reset with a seed starts anew. */
export interface RestartableRandom {
  readonly next: () => number;
  restart(seed: number | undefined): void;
}

/** Starts with the given source; a restart without a seed keeps the present one. */
export function createRestartableRandom(initial: () => number): RestartableRandom {
  let current = initial;
  return {
    next: () => current(),
    restart(seed) {
      if (seed !== undefined) current = createRandom(seed);
    },
  };
}
