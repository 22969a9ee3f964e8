import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '#shared/platform/local/database.ts';
import { GroupCommit } from '#shared/platform/local/group-commit.ts';
import { WriteAheadLog, type LogFile } from '#shared/platform/local/write-ahead-log.ts';

/** A disk that takes as long as a test wants. */
class SlowDisk implements LogFile {
  readonly events: string[] = [];
  readonly #flushing: ((error: unknown) => void)[] = [];
  failure: Error | null = null;

  sync(done: (error: unknown) => void): void {
    this.events.push('flush begins');
    this.#flushing.push(done);
  }

  syncNow(): void {
    this.events.push('flushed at once');
    if (this.failure !== null) throw this.failure;
  }

  close(): void {
    this.events.push('closed');
  }

  finish(): void {
    this.events.push('flush ends');
    this.#flushing.shift()?.(this.failure);
  }
}

let disk: SlowDisk;
let log: WriteAheadLog;

beforeEach(() => {
  disk = new SlowDisk();
  log = new WriteAheadLog(disk);
});

function wait(name: string): void {
  log.whenOnDisk((fault) => disk.events.push(fault === undefined ? `${name} is on disk` : `${name} is lost`));
}

function outcomeOf(submitted: Promise<unknown>): Promise<unknown> {
  return submitted.then(
    () => 'committed',
    (error: { code?: unknown }) => error.code,
  );
}

describe('whoever commits', () => {
  test('hears of it after the flush that began after the commit', () => {
    wait('a');
    wait('b');
    disk.finish();
    disk.finish();

    expect(disk.events).toEqual([
      'flush begins',
      'flush ends',
      'flush begins',
      'a is on disk',
      'flush ends',
      'b is on disk',
    ]);
  });

  test('shares a flush with all who committed while the last one ran', () => {
    wait('a');
    wait('b');
    wait('c');
    wait('d');
    disk.finish();
    disk.finish();

    expect(disk.events.filter((event) => event === 'flush begins')).toHaveLength(2);
    expect(disk.events.slice(-3)).toEqual(['b is on disk', 'c is on disk', 'd is on disk']);
  });

  test('is told nothing good any more once a flush has failed', () => {
    wait('a');
    disk.failure = new Error('the disk is gone');
    disk.finish();
    disk.failure = null;
    wait('b');
    disk.finish();

    expect(disk.events).toContain('a is lost');
    expect(disk.events).toContain('b is lost');
    expect(log.flush()).toMatchObject({ reason: { code: 'unavailable' } });
  });
});

describe('closing', () => {
  test('answers everybody first and gives up the file after the flush that is under way', () => {
    wait('a');
    wait('b');
    log.close();
    disk.finish();

    expect(disk.events).toEqual([
      'flush begins',
      'flushed at once',
      'a is on disk',
      'b is on disk',
      'flush ends',
      'closed',
    ]);
  });

  test('tells of a failure', () => {
    wait('a');
    disk.failure = new Error('the disk is gone');
    log.close();

    expect(disk.events).toContain('a is lost');
  });
});

describe('a database that must survive a power failure', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'concord-log-'));
  });

  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  test('does not answer a commit before the disk has it, and goes on meanwhile', async () => {
    const database = { ...openDatabase({ file: ':memory:', durability: 'relaxed' }), log };
    database.sql.exec('CREATE TABLE entries (entry TEXT)');
    const group = new GroupCommit(database);
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];

    const answer = group.submit(() => first.resolve()).then(() => disk.events.push('answered'));
    await first.promise;
    const next = group.submit(() => second.resolve());
    await second.promise;
    const before = [...disk.events];
    disk.finish();
    await answer;
    disk.finish();

    expect(before).toEqual(['flush begins']);
    expect(disk.events.slice(0, 4)).toEqual(['flush begins', 'flush ends', 'flush begins', 'answered']);
    await next;
    database.close();
  });

  test('writes nothing more once a flush has failed', async () => {
    const database = { ...openDatabase({ file: ':memory:', durability: 'relaxed' }), log };
    database.sql.exec('CREATE TABLE entries (entry TEXT)');
    const group = new GroupCommit(database);
    const insert = () => database.prepare("INSERT INTO entries VALUES ('a')").run();
    disk.failure = new Error('the disk is gone');
    disk.sync = (done) => queueMicrotask(() => done(disk.failure));

    const outcomes = [await outcomeOf(group.submit(insert)), await outcomeOf(group.submit(insert))];

    expect(outcomes).toEqual(['unavailable', 'unavailable']);
    expect(database.sql.prepare('SELECT count(*) AS count FROM entries').get()).toEqual({ count: 1 });
    database.close();
  });

  test('flushes the file that SQLite writes, whoever comes, goes and copies it into the database', () => {
    const file = join(directory, 'demo.sqlite');
    const database = openDatabase({ file, durability: 'full' });
    const opened = statSync(`${file}-wal`).ino;
    database.sql.exec('CREATE TABLE entries (entry TEXT)');

    for (let round = 0; round < 3; round += 1) {
      const other = openDatabase({ file, durability: 'full' });
      other.sql.exec("INSERT INTO entries VALUES ('b'); PRAGMA wal_checkpoint(TRUNCATE)");
      other.close();
      database.sql.exec("INSERT INTO entries VALUES ('a')");
    }

    expect(statSync(`${file}-wal`).ino).toBe(opened);
    expect(database.log?.flush()).toBeUndefined();
    database.close();
  });

  test('answers a commit once it is on the disk, and keeps it', async () => {
    const file = join(directory, 'demo.sqlite');
    const database = openDatabase({ file, durability: 'full' });
    database.sql.exec('CREATE TABLE entries (entry TEXT)');
    const group = new GroupCommit(database);
    const insert = (entry: string) => () =>
      database.prepare('INSERT INTO entries VALUES (?)').run(entry).changes;

    const answered = await Promise.all([group.submit(insert('a')), group.submit(insert('b'))]);
    const unanswered = group.submit(insert('c'));
    group.flush();
    database.close();

    expect(answered).toEqual([1, 1]);
    expect(await unanswered).toBe(1);
    const again = openDatabase({ file, durability: 'full' });
    expect(again.sql.prepare('SELECT count(*) AS count FROM entries').get()).toEqual({ count: 3 });
    again.close();
  });
});
