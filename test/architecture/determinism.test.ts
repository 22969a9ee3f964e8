import { describe, expect, test } from 'vitest';

import { callsIn, filesMatching, readSource } from './syntax.ts';

/** What the linter's rules on globals cannot tell apart: the same names with and without arguments. */
function readsTheClock(source: string): boolean {
  return callsIn(source).some(({ callee, node }) => {
    if (callee === 'Date') return true;
    const given = node['arguments'];
    return callee === 'new Date' && (!Array.isArray(given) || given.length === 0);
  });
}

describe('the clock stays behind its port (M13)', () => {
  test('nothing outside the platforms asks the machine for the time', () => {
    const sources = filesMatching('shared/**/*.ts', 'functions/**/*.ts').filter(
      (path) => !path.startsWith('shared/platform/'),
    );

    const readers = sources.filter((path) => readsTheClock(readSource(path)));

    expect(sources.length).toBeGreaterThan(20);
    expect(readers).toEqual([]);
  });

  test.each(['export const now = new Date();', 'export const now = new Date;', 'export const now = Date();'])(
    '%s is seen as reading the clock',
    (source) => {
      const found = readsTheClock(source);

      expect(found).toBe(true);
    },
  );

  test('a date made from a given instant does NOT read the clock', () => {
    const found = readsTheClock('export const then = (ms: number) => new Date(ms);');

    expect(found).toBe(false);
  });
});
