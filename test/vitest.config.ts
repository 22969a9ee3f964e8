import { fileURLToPath } from 'node:url';

import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

/** Absolute, because a relative root is resolved against the caller's folder and then finds nothing. */
const repository = fileURLToPath(new URL('..', import.meta.url));

interface Limits {
  readonly testTimeout: number;
  readonly hookTimeout: number;
}

const BRIEF: Limits = { testTimeout: 10_000, hookTimeout: 10_000 };
const LONG: Limits = { testTimeout: 120_000, hookTimeout: 60_000 };

function project(name: string, limits: Limits): TestProjectInlineConfiguration {
  return {
    test: {
      name,
      root: repository,
      include: [`test/${name}/**/*.test.ts`],
      setupFiles: [`${repository}test/support/setup-properties.ts`],
      environment: 'node',
      ...limits,
    },
  };
}

const types: TestProjectInlineConfiguration = {
  test: {
    name: 'types',
    root: repository,
    include: [],
    typecheck: {
      enabled: true,
      only: true,
      checker: 'tsc',
      include: ['test/types/**/*.test-d.ts'],
      tsconfig: `${repository}test/types/tsconfig.json`,
      ignoreSourceErrors: false,
    },
  },
};

export default defineConfig({
  root: repository,
  test: {
    projects: [
      project('unit', BRIEF),
      project('contract', { testTimeout: 30_000, hookTimeout: 30_000 }),
      project('scenario', LONG),
      project('architecture', LONG),
      project('kill', LONG),
      types,
    ],
    globalSetup: [`${repository}test/support/announce-seed.ts`],
    allowOnly: false,
    passWithNoTests: false,
  },
});
