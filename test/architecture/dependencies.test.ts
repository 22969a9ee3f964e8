import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { cruise, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser';
import { afterAll, describe, expect, test } from 'vitest';

import { LAYER_VIOLATIONS } from './layer-violations.ts';

interface RuleFile {
  readonly forbidden: readonly IForbiddenRuleType[];
  readonly options: Readonly<Record<string, unknown>>;
}

const rules = createRequire(import.meta.url)('./dependency-rules.cjs') as RuleFile;
const repository = fileURLToPath(new URL('../..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'concord-layers-'));

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

async function cruiseTree(baseDir: string): Promise<ICruiseResult> {
  const { enhancedResolveOptions, ...options } = rules.options;
  const result = await cruise(
    ['shared', 'functions', 'test'],
    { ...options, baseDir, ruleSet: { forbidden: [...rules.forbidden] }, validate: true },
    enhancedResolveOptions as object,
  );
  if (typeof result.output === 'string') throw new Error('expected a result object');
  return result.output;
}

function writeTree(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, source] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), source);
  }
}

const PACKAGES = [
  'some-package',
  'undici',
  '@google-cloud/firestore',
  '@google-cloud/functions-framework',
  '@hubspot/api-client',
  '@shopify/shopify-api',
];

/** A project with the same aliases and installed packages as ours, and nothing in it. */
function emptyProject(name: string): string {
  const root = join(scratch, name);
  const manifest = {
    type: 'module',
    imports: { '#shared/*': './shared/*', '#functions/*': './functions/*', '#test/*': './test/*' },
    dependencies: Object.fromEntries(PACKAGES.map((dependency) => [dependency, '1.0.0'])),
    devDependencies: { 'some-dev-package': '1.0.0' },
  };
  writeTree(root, { 'package.json': JSON.stringify(manifest) });
  for (const area of ['shared', 'functions', 'test']) mkdirSync(join(root, area), { recursive: true });
  for (const dependency of [...PACKAGES, 'some-dev-package']) {
    writeTree(join(root, 'node_modules', dependency), {
      'package.json': JSON.stringify({
        name: dependency,
        version: '1.0.0',
        type: 'module',
        exports: './index.js',
      }),
      'index.js': 'export const target = 1;\n',
    });
  }
  return root;
}

function brokenRules(result: ICruiseResult): readonly string[] {
  return [...new Set(result.summary.violations.map((violation) => violation.rule.name))].toSorted();
}

describe('the layers of the project', () => {
  test('the product has no import that the layer table forbids', async () => {
    const result = await cruiseTree(repository);

    const broken = result.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`);

    expect(broken).toEqual([]);
  });

  test('the check really reads the sources: a parser that understands nothing would see no modules', async () => {
    const result = await cruiseTree(repository);

    const ours = result.modules.filter((module) => /^(shared|functions|test)\//.test(module.source));

    expect(ours.length).toBeGreaterThan(100);
    expect(ours.flatMap((module) => module.dependencies).length).toBeGreaterThan(200);
  });
});

describe('every layer rule can fail', () => {
  test('each rule has a planted violation', () => {
    const planted = LAYER_VIOLATIONS.map((violation) => violation.rule);

    expect(planted.toSorted()).toEqual(rules.forbidden.map((rule) => rule.name).toSorted());
  });

  test.each(LAYER_VIOLATIONS)(
    '$rule is reported for a tree that breaks it',
    async ({ rule, files, alsoBreaks = [] }) => {
      const root = emptyProject(rule);
      writeTree(root, files);

      const broken = brokenRules(await cruiseTree(root));

      expect(broken).toEqual([rule, ...alsoBreaks].toSorted());
    },
  );
});
