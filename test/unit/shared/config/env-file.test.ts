import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addEnvFile } from '#shared/config/env-file.ts';

const KNOWN = new Set(['CONCORD_DATA_DIR', 'SHOPIFY_ACCESS_TOKEN']);

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'concord-'));
  file = join(folder, '.env');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
  for (const name of ['CONCORD_DATA_DIR', 'SHOPIFY_ACCESS_TOKEN', 'EDITOR_OF_SOMEBODY'])
    delete process.env[name];
});

function add(text: string): readonly string[] {
  writeFileSync(file, text);
  return addEnvFile(file, KNOWN).map((problem) => problem.replace(file, '.env'));
}

describe('a .env file', () => {
  test('need not be there', () => {
    expect(addEnvFile(file, KNOWN)).toEqual([]);
  });

  test('sets what the environment leaves open, and nothing else', () => {
    process.env['SHOPIFY_ACCESS_TOKEN'] = 'of the environment';

    const problems = add(
      '# ours\n\nexport CONCORD_DATA_DIR = "/data"  # here\r\nSHOPIFY_ACCESS_TOKEN=x\nEDITOR_OF_SOMEBODY=1\n',
    );

    expect(problems).toEqual([]);
    expect(process.env['CONCORD_DATA_DIR']).toBe('/data');
    expect(process.env['SHOPIFY_ACCESS_TOKEN']).toBe('of the environment');
  });

  test('may hold a value of several lines, and quotes within a value', () => {
    expect(add(`CONCORD_DATA_DIR="one\ntwo"\nSHOPIFY_ACCESS_TOKEN=it's\n`)).toEqual([]);
    expect(process.env['CONCORD_DATA_DIR']).toBe('one\ntwo');
  });

  test.each([
    ['CONCORD_DATA_DIR=/data\nSHOPIFY_ACCESS_TOKEN: hidden\n', 'line 2 of .env is no NAME=value'],
    ['a line of prose\n', 'line 1 of .env is no NAME=value'],
    ['CONCORD_DATA_DIR="one\ntwo"\n=hidden\n', 'line 3 of .env is no NAME=value'],
    ['SHOPIFY_ACCESS_TOKEN="hidden\n', 'line 1 of .env is no NAME=value'],
    ['SHOPIFY_ACCES_TOKEN=hidden\n', 'SHOPIFY_ACCES_TOKEN in .env is no setting of Concord'],
    ['CONCORD_DATADIR=hidden\n', 'CONCORD_DATADIR in .env is no setting of Concord'],
  ])('with a slip (%j) is refused by name and sets nothing', (text, problem) => {
    expect(add(text)).toEqual([problem]);
    expect(process.env['CONCORD_DATA_DIR']).toBeUndefined();
  });

  test('that cannot be read is refused', () => {
    mkdirSync(file);

    expect(addEnvFile(file, KNOWN)).toEqual([`${file} cannot be read (EISDIR)`]);
  });
});
