import { type Database, toDatabaseFault } from './database.ts';

/**
 * Creates a port's tables once per file, whichever of several processes comes first: the transaction takes the
 * write lock before it looks, so that it waits for another process and does not fail.
 *
 * @throws ConcordError unavailable.
 */
export function createSchema({ sql }: Database, statements: string): void {
  try {
    sql.exec(`BEGIN IMMEDIATE; ${statements}; COMMIT`);
  } catch (error) {
    if (sql.isOpen && sql.isTransaction) sql.exec('ROLLBACK');
    throw toDatabaseFault(error);
  }
}
