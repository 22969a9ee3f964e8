import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { REPOSITORY } from './syntax.ts';

interface Finding {
  readonly code: string;
  readonly filename: string;
}

interface Planted {
  readonly what: string;
  readonly file: string;
  readonly source: string;
  readonly code: string;
}

const ASYNC = 'export async function a(): Promise<void> {}\n';

const FORBIDDEN: readonly Planted[] = [
  {
    what: 'a promise nobody waits for',
    file: 'shared/engine/a.ts',
    source: `${ASYNC}a();\n`,
    code: 'typescript(no-floating-promises)',
  },
  {
    what: 'any',
    file: 'shared/engine/b.ts',
    source: 'export type A = any;\n',
    code: 'typescript(no-explicit-any)',
  },
  {
    what: 'a default export',
    file: 'shared/engine/c.ts',
    source: 'export default 1;\n',
    code: 'import(no-default-export)',
  },
  {
    what: 'a console outside telemetry',
    file: 'functions/poller/a.ts',
    source: "console.log('a');\n",
    code: 'eslint(no-console)',
  },
  {
    what: 'the environment outside config',
    file: 'shared/runtime/a.ts',
    source: "export const a = process.env['A'];\n",
    code: 'node(no-process-env)',
  },
  {
    what: 'the environment in a platform',
    file: 'shared/platform/local/a.ts',
    source: "export const a = process.env['A'];\n",
    code: 'node(no-process-env)',
  },
  {
    what: 'the wall clock',
    file: 'shared/drift/a.ts',
    source: 'export const a = () => Date.now();\n',
    code: 'eslint(no-restricted-properties)',
  },
  {
    what: 'the wall clock in config',
    file: 'shared/config/b.ts',
    source: 'export const a = () => Date.now();\n',
    code: 'eslint(no-restricted-properties)',
  },
  {
    what: 'randomness',
    file: 'shared/drift/b.ts',
    source: 'export const a = () => Math.random();\n',
    code: 'eslint(no-restricted-properties)',
  },
  {
    what: 'random ids',
    file: 'shared/drift/c.ts',
    source: "import { randomUUID } from 'node:crypto';\nexport const a = randomUUID;\n",
    code: 'eslint(no-restricted-imports)',
  },
  {
    what: 'a timer',
    file: 'shared/drift/d.ts',
    source: 'export const a = () => setTimeout(() => undefined, 1);\n',
    code: 'eslint(no-restricted-globals)',
  },
  {
    what: 'the network',
    file: 'shared/connectors/hubspot/a.ts',
    source: "export const a = () => fetch('http://example.com');\n",
    code: 'eslint(no-restricted-globals)',
  },
  {
    what: 'sockets',
    file: 'shared/connectors/hubspot/b.ts',
    source: "import { request } from 'node:http';\nexport const a = request;\n",
    code: 'eslint(no-restricted-imports)',
  },
  {
    what: 'a way up two folders',
    file: 'shared/connectors/hubspot/c.ts',
    source: "import type { A } from '../../model/a.ts';\nexport type B = A;\n",
    code: 'eslint(no-restricted-imports)',
  },
  {
    what: 'a thrown value that is no error',
    file: 'shared/engine/d.ts',
    source: "export const a = () => {\n  throw 'a';\n};\n",
    code: 'typescript(only-throw-error)',
  },
  {
    what: 'a switch that forgets a member of the union',
    file: 'shared/engine/e.ts',
    source:
      "export function f(k: 'a' | 'b'): number {\n  switch (k) {\n    case 'a':\n      return 1;\n  }\n  return 2;\n}\n",
    code: 'typescript(switch-exhaustiveness-check)',
  },
  {
    what: 'a file name in capitals',
    file: 'shared/engine/BadName.ts',
    source: 'export const a = 1;\n',
    code: 'unicorn(filename-case)',
  },
  {
    what: 'a file of 401 lines',
    file: 'shared/engine/long.ts',
    source: 'export {};\n'.repeat(401),
    code: 'eslint(max-lines)',
  },
  {
    what: 'a sleep in a unit test',
    file: 'test/unit/a.test.ts',
    source: 'export const a = () => setTimeout(() => undefined, 1);\n',
    code: 'eslint(no-restricted-globals)',
  },
  {
    what: 'a focused test',
    file: 'test/unit/b.test.ts',
    source: "import { expect, test } from 'vitest';\ntest.only('a', () => expect(1).toBe(1));\n",
    code: 'vitest(no-focused-tests)',
  },
  {
    what: 'a mocked module',
    file: 'test/unit/c.test.ts',
    source: "import { vi } from 'vitest';\nvi.mock('#shared/model/ids.ts');\n",
    code: 'vitest(no-restricted-vi-methods)',
  },
];

const OWNED: readonly Omit<Planted, 'code'>[] = [
  { what: 'telemetry its console', file: 'shared/telemetry/a.ts', source: "console.log('a');\n" },
  {
    what: 'config its environment',
    file: 'shared/config/a.ts',
    source: "export const a = process.env['A'];\n",
  },
  {
    what: 'platforms the clock, timers and the network',
    file: 'shared/platform/local/b.ts',
    source:
      "export const a = () => [Date.now(), setTimeout(() => undefined, 1), fetch('http://example.com')];\n",
  },
];

const scratch = mkdtempSync(join(tmpdir(), 'concord-lint-'));
let findings: readonly Finding[] = [];

function plant(file: string, source: string): void {
  mkdirSync(dirname(join(scratch, file)), { recursive: true });
  writeFileSync(join(scratch, file), source);
}

function lintScratch(): readonly Finding[] {
  const bin = `${REPOSITORY}node_modules/.bin`;
  const { status, stdout, stderr } = spawnSync(
    `${bin}/oxlint`,
    ['--type-aware', '--deny-warnings', '--format=json', '.'],
    {
      cwd: scratch,
      encoding: 'utf8',
      env: { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` },
    },
  );
  if (status !== 1) throw new Error(`expected findings, got exit code ${status}: ${stdout}${stderr}`);
  return (JSON.parse(stdout) as { diagnostics: readonly Finding[] }).diagnostics;
}

function codesIn(file: string): readonly string[] {
  return findings.filter((finding) => finding.filename.endsWith(file)).map((finding) => finding.code);
}

beforeAll(() => {
  copyFileSync(`${REPOSITORY}.oxlintrc.json`, join(scratch, '.oxlintrc.json'));
  plant(
    'tsconfig.json',
    '{ "compilerOptions": { "strict": true, "module": "nodenext", "noEmit": true, "types": [] } }',
  );
  for (const { file, source } of [...FORBIDDEN, ...OWNED]) plant(file, source);
  findings = lintScratch();
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('the linter', () => {
  test.each(FORBIDDEN)('reports $what', ({ file, code }) => {
    const codes = codesIn(file);

    expect(codes).toContain(code);
  });

  test.each(OWNED)('leaves $what', ({ file }) => {
    const codes = codesIn(file);

    expect(codes).toEqual([]);
  });
});
