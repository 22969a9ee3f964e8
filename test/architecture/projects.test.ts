import { describe, expect, test } from 'vitest';

import config from '#test/vitest.config.ts';
import { filesMatching } from './syntax.ts';

interface NamedProject {
  readonly test: {
    readonly name: string;
    readonly include: readonly string[];
    readonly typecheck?: { readonly include: readonly string[] };
  };
}

function patternsByProject(): readonly (readonly [name: string, patterns: readonly string[]])[] {
  const projects = (config as { test: { projects: readonly NamedProject[] } }).test.projects;
  return projects.map(({ test: { name, include, typecheck } }) => [
    name,
    [...include, ...(typecheck?.include ?? [])],
  ]);
}

describe('test projects', () => {
  test('every test file belongs to exactly one project, so that none is silently left out', () => {
    const written = filesMatching(
      'test/**/*.test.ts',
      'test/**/*.test-d.ts',
      'shared/**/*.test.ts',
      'functions/**/*.test.ts',
    );

    const claimed = patternsByProject().flatMap(([, patterns]) => filesMatching(...patterns));

    expect(claimed.toSorted()).toEqual(written);
  });

  test.each(patternsByProject())('project %s finds at least one file', (_name, patterns) => {
    const files = filesMatching(...patterns);

    expect(files).not.toEqual([]);
  });
});
