import { createSchema } from './create-schema.ts';
import type { Database } from './database.ts';
import type { DeliveryEntry } from './delivery-lane.ts';

/** One message as it is published. */
export interface PublishedMessage {
  readonly messageId: string;
  /** JSON text. */
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Epoch milliseconds. */
  readonly publishedAt: number;
}

/** The place of a message in one subscription's ready list. */
export interface MessageEntry extends DeliveryEntry {
  readonly subscription: string;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS bus_deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    subscription TEXT NOT NULL,
    message_id TEXT NOT NULL,
    body TEXT NOT NULL,
    attributes TEXT NOT NULL,
    published_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL
  ) STRICT`;

/** Undelivered messages, one row per message and subscription. Writes run inside the bus's own transactions. */
export class MessageRows {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    createSchema(database, SCHEMA);
  }

  insert(subscription: string, message: PublishedMessage): MessageEntry {
    const { messageId, body, attributes, publishedAt } = message;
    const { lastInsertRowid } = this.#database
      .prepare(
        `INSERT INTO bus_deliveries (subscription, message_id, body, attributes, published_at, due_at, attempts)
         VALUES (?, ?, ?, ?, ?, ?, 0)`,
      )
      .run(subscription, messageId, body, JSON.stringify(attributes), publishedAt, publishedAt);
    return { id: Number(lastInsertRowid), subscription, dueAt: publishedAt, attempts: 0 };
  }

  read(id: number): PublishedMessage | undefined {
    const row = this.#database.prepare('SELECT * FROM bus_deliveries WHERE id = ?').get(id);
    if (row === undefined) return undefined;
    return {
      messageId: String(row['message_id']),
      body: String(row['body']),
      attributes: JSON.parse(String(row['attributes'])) as Record<string, string>,
      publishedAt: Number(row['published_at']),
    };
  }

  remove(id: number): void {
    this.#database.prepare('DELETE FROM bus_deliveries WHERE id = ?').run(id);
  }

  /** Keeps how often and when next. */
  save(entry: DeliveryEntry): void {
    this.#database
      .prepare('UPDATE bus_deliveries SET due_at = ?, attempts = ? WHERE id = ?')
      .run(entry.dueAt, entry.attempts, entry.id);
  }

  /** All entries above an id, oldest first. */
  after(id: number): readonly MessageEntry[] {
    return this.#database
      .prepare('SELECT id, subscription, due_at, attempts FROM bus_deliveries WHERE id > ? ORDER BY id')
      .all(id)
      .map((row) => ({
        id: Number(row['id']),
        subscription: String(row['subscription']),
        dueAt: Number(row['due_at']),
        attempts: Number(row['attempts']),
      }));
  }
}
