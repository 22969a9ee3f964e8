import { createRandom } from '#test/twins/index.ts';

/** Repeatable choices from a seed. */
export interface Dice {
  /** Whether something happens that happens that often. */
  chance(rate: number): boolean;
  /** A whole number from 0 up to but not including the bound. */
  below(bound: number): number;
  /** One of several. */
  one<T>(choices: readonly [T, ...T[]]): T;
  /** One of several, undefined of none. */
  any<T>(choices: readonly T[]): T | undefined;
  /** A part of several, at least that many of them, in their order. */
  some<T>(choices: readonly T[], atLeast: number): readonly T[];
}

/** Throws dice. */
export function createDice(seed: number): Dice {
  const random = createRandom(seed);
  const below = (bound: number) => Math.floor(random() * bound);
  const any = <T>(choices: readonly T[]) => choices[below(choices.length)];
  return {
    chance: (rate) => random() < rate,
    below,
    one: (choices) => any(choices) ?? choices[0],
    any,
    some(choices, atLeast) {
      const left = choices.map((_, index) => index);
      const size = atLeast + below(choices.length - atLeast + 1);
      const chosen = Array.from({ length: size }, () => left.splice(below(left.length), 1)[0]);
      return choices.filter((_, index) => chosen.includes(index));
    },
  };
}
