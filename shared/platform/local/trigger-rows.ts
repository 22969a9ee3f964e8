import { createSchema } from './create-schema.ts';
import type { Database } from './database.ts';
import type { DeliveryEntry } from './delivery-lane.ts';

/** One change as one trigger will tell it. */
export interface TriggerEvent {
  readonly trigger: string;
  /** The same on every delivery of one change. */
  readonly eventId: string;
  /** Path of the document below the database's root. */
  readonly document: string;
  /** Epoch milliseconds of the commit. */
  readonly changedAt: number;
  /** Encoded `DocumentEventData`. */
  readonly body: Uint8Array;
}

/** The place of an event in its trigger's ready list. */
export interface TriggerEntry extends DeliveryEntry {
  readonly trigger: string;
}

/** An event that was given up after too many failures. */
export interface DeadTriggerEvent {
  readonly trigger: string;
  readonly eventId: string;
  readonly document: string;
  readonly attempts: number;
  readonly failedAt: number;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS trigger_cursors (trigger_name TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS trigger_deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    trigger_name TEXT NOT NULL,
    event_id TEXT NOT NULL,
    document TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    body BLOB NOT NULL,
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS trigger_dead_letters (
    id INTEGER PRIMARY KEY,
    trigger_name TEXT NOT NULL,
    event_id TEXT NOT NULL,
    document TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    body BLOB NOT NULL,
    attempts INTEGER NOT NULL,
    failed_at INTEGER NOT NULL
  ) STRICT`;

/** Cursors, undelivered events and dead ones. Writes run inside the triggers' own transactions. */
export class TriggerRows {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    createSchema(database, SCHEMA);
  }

  /** Sequence number up to which changes have been turned into deliveries; undefined for a new trigger. */
  cursor(trigger: string): number | undefined {
    const row = this.#database.prepare('SELECT seq FROM trigger_cursors WHERE trigger_name = ?').get(trigger);
    return row === undefined ? undefined : Number(row['seq']);
  }

  moveCursor(trigger: string, seq: number): void {
    this.#database
      .prepare(
        `INSERT INTO trigger_cursors (trigger_name, seq) VALUES (?, ?)
         ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq)`,
      )
      .run(trigger, seq);
  }

  insert(event: TriggerEvent): TriggerEntry {
    const { trigger, eventId, document, changedAt, body } = event;
    const { lastInsertRowid } = this.#database
      .prepare(
        `INSERT INTO trigger_deliveries (trigger_name, event_id, document, changed_at, body, due_at, attempts)
         VALUES (?, ?, ?, ?, ?, ?, 0)`,
      )
      .run(trigger, eventId, document, changedAt, body, changedAt);
    return { id: Number(lastInsertRowid), trigger, dueAt: changedAt, attempts: 0 };
  }

  read(id: number): TriggerEvent | undefined {
    const row = this.#database.prepare('SELECT * FROM trigger_deliveries WHERE id = ?').get(id);
    if (row === undefined) return undefined;
    return {
      trigger: String(row['trigger_name']),
      eventId: String(row['event_id']),
      document: String(row['document']),
      changedAt: Number(row['changed_at']),
      body: row['body'] instanceof Uint8Array ? row['body'] : new Uint8Array(0),
    };
  }

  remove(id: number): void {
    this.#database.prepare('DELETE FROM trigger_deliveries WHERE id = ?').run(id);
  }

  /** Keeps how often and when next. */
  save(entry: DeliveryEntry): void {
    this.#database
      .prepare('UPDATE trigger_deliveries SET due_at = ?, attempts = ? WHERE id = ?')
      .run(entry.dueAt, entry.attempts, entry.id);
  }

  /** Moves an event that nobody takes into the dead-letter table. */
  giveUp(id: number, attempts: number, now: number): void {
    this.#database
      .prepare(
        `INSERT OR IGNORE INTO trigger_dead_letters
           (id, trigger_name, event_id, document, changed_at, body, attempts, failed_at)
         SELECT id, trigger_name, event_id, document, changed_at, body, ?, ? FROM trigger_deliveries WHERE id = ?`,
      )
      .run(attempts, now, id);
    this.remove(id);
  }

  /** All entries above an id, oldest first. */
  after(id: number): readonly TriggerEntry[] {
    return this.#database
      .prepare('SELECT id, trigger_name, due_at, attempts FROM trigger_deliveries WHERE id > ? ORDER BY id')
      .all(id)
      .map((row) => ({
        id: Number(row['id']),
        trigger: String(row['trigger_name']),
        dueAt: Number(row['due_at']),
        attempts: Number(row['attempts']),
      }));
  }

  /** The latest dead events first. */
  deadLetters(limit: number): readonly DeadTriggerEvent[] {
    return this.#database
      .prepare(
        `SELECT trigger_name, event_id, document, attempts, failed_at FROM trigger_dead_letters
         ORDER BY id DESC LIMIT ?`,
      )
      .all(limit)
      .map((row) => ({
        trigger: String(row['trigger_name']),
        eventId: String(row['event_id']),
        document: String(row['document']),
        attempts: Number(row['attempts']),
        failedAt: Number(row['failed_at']),
      }));
  }
}
