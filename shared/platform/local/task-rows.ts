import type { QueueState } from '#shared/ports/queue-admin.ts';
import type { Task } from '#shared/ports/task-queue.ts';
import { createSchema } from './create-schema.ts';
import type { Database } from './database.ts';
import type { DeliveryEntry } from './delivery-lane.ts';

/** The place of a task in its queue's ready list. */
export interface TaskEntry extends DeliveryEntry {
  readonly queue: string;
  /** Answers received so far, those with a 5xx status not counted, as Cloud Tasks counts them. */
  readonly executions: number;
  /** Status of the last answer; null when there was none. */
  readonly previousStatus: number | null;
}

export interface TaskContent {
  readonly name: string;
  readonly target: string;
  /** JSON text. */
  readonly body: string;
}

type Counts = Pick<QueueState, 'depth' | 'oldestDueAt'>;

/** A row without `gone_until` is a task; with it, only the name that is still taken. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS tasks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    name TEXT NOT NULL,
    target TEXT NOT NULL,
    body TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    executions INTEGER NOT NULL,
    previous_status INTEGER,
    gone_until INTEGER,
    UNIQUE (queue, name)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS tasks_live ON tasks (queue, due_at) WHERE gone_until IS NULL;
  CREATE INDEX IF NOT EXISTS tasks_gone ON tasks (gone_until) WHERE gone_until IS NOT NULL;
  CREATE TABLE IF NOT EXISTS paused_queues (name TEXT PRIMARY KEY) STRICT`;

/** Tasks and the names of tasks that are gone. Writes run inside the queue's own transactions. */
export class TaskRows {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    createSchema(database, SCHEMA);
  }

  /** Undefined when the name is taken, by a task or by one that is gone since less than its time. */
  insert(task: Task, body: string, now: number): TaskEntry | undefined {
    const { queue, name, target } = task;
    const dueAt = Math.max(task.notBefore ?? now, now);
    this.#database
      .prepare('DELETE FROM tasks WHERE queue = ? AND name = ? AND gone_until <= ?')
      .run(queue, name, now);
    const row = this.#database
      .prepare(
        `INSERT INTO tasks (queue, name, target, body, due_at, attempts, executions) VALUES (?, ?, ?, ?, ?, 0, 0)
         ON CONFLICT DO NOTHING RETURNING id`,
      )
      .get(queue, name, target, body, dueAt);
    if (row === undefined) return undefined;
    return { id: Number(row['id']), queue, dueAt, attempts: 0, executions: 0, previousStatus: null };
  }

  read(id: number): TaskContent | undefined {
    const row = this.#database
      .prepare('SELECT name, target, body FROM tasks WHERE id = ? AND gone_until IS NULL')
      .get(id);
    if (row === undefined) return undefined;
    return { name: String(row['name']), target: String(row['target']), body: String(row['body']) };
  }

  /** Ends a task; its name stays taken. */
  bury(id: number, goneUntil: number): void {
    this.#database
      .prepare(`UPDATE tasks SET gone_until = ?, body = '' WHERE id = ? AND gone_until IS NULL`)
      .run(goneUntil, id);
  }

  buryQueue(queue: string, goneUntil: number): void {
    this.#database
      .prepare(`UPDATE tasks SET gone_until = ?, body = '' WHERE queue = ? AND gone_until IS NULL`)
      .run(goneUntil, queue);
  }

  /** Keeps how often, with what answer and when next. */
  save(entry: TaskEntry): void {
    this.#database
      .prepare(
        `UPDATE tasks SET due_at = ?, attempts = ?, executions = ?, previous_status = ?
         WHERE id = ? AND gone_until IS NULL`,
      )
      .run(entry.dueAt, entry.attempts, entry.executions, entry.previousStatus, entry.id);
  }

  /** Frees names whose time has passed, a bounded number at a time. */
  forget(now: number, limit: number): void {
    this.#database
      .prepare('DELETE FROM tasks WHERE id IN (SELECT id FROM tasks WHERE gone_until <= ? LIMIT ?)')
      .run(now, limit);
  }

  /** All tasks above an id, oldest first. */
  after(id: number): readonly TaskEntry[] {
    return this.#database
      .prepare(
        `SELECT id, queue, due_at, attempts, executions, previous_status FROM tasks
         WHERE id > ? AND gone_until IS NULL ORDER BY id`,
      )
      .all(id)
      .map((row) => ({
        id: Number(row['id']),
        queue: String(row['queue']),
        dueAt: Number(row['due_at']),
        attempts: Number(row['attempts']),
        executions: Number(row['executions']),
        previousStatus: row['previous_status'] === null ? null : Number(row['previous_status']),
      }));
  }

  counts(now: number): ReadonlyMap<string, Counts> {
    const rows = this.#database
      .prepare(
        `SELECT queue, count(*) AS depth, min(CASE WHEN due_at <= ? THEN due_at END) AS oldest FROM tasks
         WHERE gone_until IS NULL GROUP BY queue`,
      )
      .all(now);
    return new Map(
      rows.map((row) => [
        String(row['queue']),
        { depth: Number(row['depth']), oldestDueAt: row['oldest'] === null ? null : Number(row['oldest']) },
      ]),
    );
  }

  pausedQueues(): ReadonlySet<string> {
    return new Set(
      this.#database
        .prepare('SELECT name FROM paused_queues')
        .all()
        .map((row) => String(row['name'])),
    );
  }

  setPaused(queue: string, isPaused: boolean): void {
    const text = isPaused
      ? 'INSERT OR IGNORE INTO paused_queues (name) VALUES (?)'
      : 'DELETE FROM paused_queues WHERE name = ?';
    this.#database.prepare(text).run(queue);
  }
}
