import type { Database } from './database.ts';

/**
 * Creates a port's tables once per file, whichever of several processes comes first: the transaction takes the
 * write lock before it looks, so that it waits for another process and does not fail.
 */
export function createSchema(database: Database, statements: string): void {
  database.sql.exec(`BEGIN IMMEDIATE; ${statements}; COMMIT`);
}
