import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConcordError } from '#shared/errors/concord-error.ts';
import { createSchema } from '#shared/platform/local/create-schema.ts';
import { type DatabaseOptions, openDatabase } from '#shared/platform/local/database.ts';
import { acquireHostLock } from '#shared/platform/local/host-lock.ts';

let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'concord-'));
  file = join(directory, 'demo.sqlite');
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

function opening(durability: DatabaseOptions['durability'] = 'full'): () => void {
  return () => openDatabase({ file, durability }).close();
}

function messageOf(act: () => void): string {
  try {
    act();
  } catch (error) {
    return ConcordError.is(error, 'invalid_configuration') ? error.message : `not ours: ${String(error)}`;
  }
  return 'none';
}

describe('a data file', () => {
  test('is made when there is none, and opened again as often as one likes', () => {
    expect([opening(), opening(), opening('relaxed')].map(messageOf)).toEqual(['none', 'none', 'none']);
  });

  test.each(['full', 'relaxed'] as const)('leaves the flushes of checkpoints on (%s)', (durability) => {
    const database = openDatabase({ file, durability });

    expect(database.sql.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 1 });
    database.close();
  });

  test('of another release is refused with what to do', () => {
    opening()();
    const sql = new DatabaseSync(file);
    sql.exec('PRAGMA user_version = 99');
    sql.close();

    expect(messageOf(opening())).toMatch(
      /^The data in .*demo\.sqlite has format 99, and this release reads format \d+; remove it, or/,
    );
  });

  test('of somebody else is refused and stays as it is', () => {
    const sql = new DatabaseSync(file);
    sql.exec('CREATE TABLE tasks (title TEXT)');

    expect(messageOf(opening())).toContain('has format 0');
    expect(sql.prepare('PRAGMA user_version').get()).toEqual({ user_version: 0 });
    sql.close();
  });

  test('that is no database is refused', () => {
    writeFileSync(file, 'a shopping list'.repeat(1_000));

    expect(messageOf(opening())).toContain('demo.sqlite cannot be opened (file is not a database); remove');
  });

  test('that cannot be reached is refused', () => {
    mkdirSync(file);

    expect(messageOf(opening())).toContain('cannot be opened');
  });

  test('whose lock is no lock is refused without naming a process', () => {
    writeFileSync(`${file}.lock`, 'a shopping list'.repeat(1_000));

    expect(messageOf(() => acquireHostLock(file))).toContain('demo.sqlite.lock cannot be opened');
  });
});

describe('tables that cannot be made', () => {
  test('leave no transaction open', () => {
    const database = openDatabase({ file, durability: 'full' });

    expect(() => createSchema(database, 'CREATE TABLE a (b TEXT); CREATE TABLE a (b TEXT)')).toThrow(
      expect.objectContaining({ code: 'unavailable' }),
    );
    expect(database.sql.isTransaction).toBe(false);
    database.close();
  });
});
