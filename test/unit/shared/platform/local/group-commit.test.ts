import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '#shared/platform/local/database.ts';
import { GroupCommit } from '#shared/platform/local/group-commit.ts';

let database: Database;

beforeEach(() => {
  database = openDatabase({ file: ':memory:', durability: 'relaxed' });
  database.sql.exec('CREATE TABLE entries (entry TEXT)');
});

afterEach(() => database.close());

function write(entry: string): string {
  database.prepare('INSERT INTO entries VALUES (?)').run(entry);
  return entry;
}

function entries(): unknown[] {
  return database.sql
    .prepare('SELECT entry FROM entries')
    .all()
    .map((row) => row['entry']);
}

describe('a group of commits', () => {
  test('is one transaction for all that one turn of the event loop submits', async () => {
    const group = new GroupCommit(database);
    const isOpen: boolean[] = [];

    const submitted = ['a', 'b', 'c'].map((entry) =>
      group.submit(() => isOpen.push(database.sql.isTransaction) && write(entry)),
    );
    const before = entries();
    const results = await Promise.all(submitted);

    expect(before).toEqual([]);
    expect(results).toEqual(['a', 'b', 'c']);
    expect(isOpen).toEqual([true, true, true]);
    expect(database.sql.isTransaction).toBe(false);
  });

  test('loses only the one that fails, with all that it had written', async () => {
    const group = new GroupCommit(database);

    const outcomes = await Promise.allSettled([
      group.submit(() => write('a')),
      group.submit(() => {
        write('half');
        throw new RangeError('the work fails');
      }),
      group.submit(() => write('c')),
    ]);

    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: new RangeError('the work fails') });
    expect(entries()).toEqual(['a', 'c']);
  });

  test('undoes a failing one that is alone', async () => {
    const group = new GroupCommit(database);

    const failing = group.submit(() => {
      write('half');
      throw new RangeError('the work fails');
    });

    await expect(failing).rejects.toThrow(RangeError);
    expect(entries()).toEqual([]);
    expect(await group.submit(() => write('next'))).toBe('next');
  });

  test('answers after the commit, so that a submitter reads what it wrote', async () => {
    const group = new GroupCommit(database);

    const seen = await group.submit(() => write('a')).then(() => [database.sql.isTransaction, entries()]);

    expect(seen).toEqual([false, ['a']]);
  });

  test('tells everybody when the commit itself fails', async () => {
    database.sql.exec('CREATE TABLE parents (id INTEGER PRIMARY KEY); PRAGMA foreign_keys = ON');
    database.sql.exec(
      'CREATE TABLE children (parent INTEGER REFERENCES parents DEFERRABLE INITIALLY DEFERRED)',
    );
    const group = new GroupCommit(database);

    const outcomes = await Promise.allSettled([
      group.submit(() => write('a')),
      group.submit(() => database.sql.exec('INSERT INTO children VALUES (1)')),
      group.submit(() => {
        throw new RangeError('decided on what was then undone');
      }),
    ]);

    expect(outcomes).toMatchObject(
      Array.from({ length: 3 }, () => ({ status: 'rejected', reason: { code: 'unavailable' } })),
    );
    expect(entries()).toEqual([]);
    expect(await group.submit(() => write('next'))).toBe('next');
  });

  test('is larger than one transaction when very many submit', async () => {
    const group = new GroupCommit(database);

    await Promise.all(Array.from({ length: 2_500 }, (_, index) => group.submit(() => write(`${index}`))));

    expect(entries()).toHaveLength(2_500);
  });

  test('of a closed database is unavailable', async () => {
    const group = new GroupCommit(database);
    database.close();

    await expect(group.submit(() => 1)).rejects.toMatchObject({ code: 'unavailable', disposition: 'retry' });
  });

  test('can be written out at once', async () => {
    const group = new GroupCommit(database);

    const submitted = [group.submit(() => write('a')), group.submit(() => write('b'))];
    group.flush();

    expect(entries()).toEqual(['a', 'b']);
    expect(await Promise.all(submitted)).toEqual(['a', 'b']);
  });
});

describe('commits grouped sync', () => {
  test('are written before the call returns', async () => {
    const group = new GroupCommit(database, { grouping: 'sync' });

    const submitted = group.submit(() => write('a'));

    expect(entries()).toEqual(['a']);
    expect(await submitted).toBe('a');
  });
});
