import { describe, expect, test } from 'vitest';
import { filesMatching, readSource } from './syntax.ts';

const CHECKER = 'shared/authority/check/';
const GENERATOR = 'test/support/policies/generate/';

/** Files of ours that a file leads to, by what its import declarations name. */
function importsOf(path: string): readonly string[] {
  return [...readSource(path).matchAll(/(?:from|import\()\s*'(?<name>[#.][^']+)'/g)].flatMap((found) => {
    const name = found.groups?.['name'] ?? '';
    const resolved = name.startsWith('#')
      ? name.slice(1)
      : new URL(name, `file:///${path}`).pathname.slice(1);
    return [resolved];
  });
}

function reachedFrom(paths: readonly string[]): ReadonlySet<string> {
  const reached = new Set<string>();
  const waiting = [...paths];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    waiting.push(...importsOf(path));
  }
  return reached;
}

describe('the policies that the checker is tested with', () => {
  test('are made without a line of the checker, over any chain of imports', () => {
    const generator = filesMatching(`${GENERATOR}**/*.ts`);

    const shared = [...reachedFrom(generator)].filter((path) => path.startsWith(CHECKER));

    expect(generator.length).toBeGreaterThan(5);
    expect(shared).toEqual([]);
  });

  test('share no vocabulary with it either: the checker imports nothing of the tests, and the words are written out', () => {
    const checker = filesMatching(`${CHECKER}**/*.ts`);

    const tests = [...reachedFrom(checker)].filter((path) => path.startsWith('test/'));

    expect(checker.length).toBeGreaterThan(10);
    expect(tests).toEqual([]);
  });

  test('an import of the checker would be seen', () => {
    const reached = reachedFrom(['test/unit/shared/authority/check/generated-policies.test.ts']);

    expect([...reached].some((path) => path.startsWith(CHECKER))).toBe(true);
  });
});
