import type { CollectionDefinition } from '#shared/model/document.ts';
import type { Pump } from '#shared/ports/pump.ts';
import { type Database, toDatabaseFault } from './database.ts';
import { openPathScope } from './document-path.ts';
import { type CollectionRules, compileRules } from './document-rules.ts';
import { DocumentTable } from './document-table.ts';
import { DocumentWriter, type PreparedWrite } from './document-writes.ts';
import type { FieldPath } from './field-path.ts';
import { GroupCommit, type Grouping } from './group-commit.ts';
import { sortKey, sortKeySql, typeBounds } from './sort-key.ts';

export interface ExpirySweeperOptions {
  readonly database: Database;
  readonly clientId: string;
  readonly collections: readonly CollectionDefinition[];
  readonly grouping?: Grouping;
  /** The same patterns as those of the client's store. @default none */
  readonly watched?: readonly string[];
  /** Called after a turn that left changes for triggers. */
  readonly onChange?: () => void;
  /** How long an expired document stays, at least. @default one hour */
  readonly lagMs?: number;
  /** How often to look, at least, while a collection has an expiry. @default one hour */
  readonly everyMs?: number;
  /** Documents of one collection deleted in one turn. @default 250 */
  readonly batchSize?: number;
}

interface Expiring {
  readonly rules: CollectionRules;
  readonly select: string;
}

const HOUR_MS = 3_600_000;

/**
 * Deletes documents whose expiry has passed, late and in batches, as Firestore does: readers still meet
 * expired documents and have to look at the time themselves. Deletions fire triggers. A field that holds
 * no time never expires.
 */
export function createExpirySweeper(options: ExpirySweeperOptions): Pump {
  const { database, clientId, collections, grouping, watched = [], onChange } = options;
  const { lagMs = HOUR_MS, everyMs = HOUR_MS, batchSize = 250 } = options;
  const rules = compileRules(collections);
  const scope = openPathScope(clientId, (name) => rules.has(name));
  const table = new DocumentTable(database, clientId);
  const group = new GroupCommit(database, { grouping: grouping ?? 'immediate' });
  const expiring = [...rules.values()].flatMap((collection) => openExpiring(database, collection) ?? []);
  const { least } = typeBounds(new Date(0)) ?? { least: '' };

  function due({ select }: Expiring, now: number): readonly PreparedWrite[] {
    const rows = database.prepare(select).all(clientId, least, sortKey(new Date(now - lagMs)), batchSize);
    const paths = (rows as unknown as readonly { path: string }[]).map(({ path }) => scope.relative(path));
    return paths.map((path) => ({ op: 'delete', at: scope.document(path), ifVersion: undefined }));
  }

  return {
    name: 'expiry',
    async runOnce(now) {
      if (expiring.length === 0) return { delivered: 0, nextDueAt: null };
      const writer = new DocumentWriter({ table, scope, rules, watched, clock: { now: () => now } });
      let delivered = 0;
      let isFull = false;
      for (const collection of expiring) {
        // Looked up in the deleting transaction, so that a document whose expiry has just been moved stays.
        const { count, hasRecorded } = await group.submit(() => {
          const writes = due(collection, now);
          return { count: writes.length, hasRecorded: writer.apply(writes).hasRecorded };
        });
        delivered += count;
        isFull ||= count === batchSize;
        if (hasRecorded) onChange?.();
      }
      return { delivered, nextDueAt: isFull ? now : now + everyMs };
    },
  };
}

function openExpiring(database: Database, rules: CollectionRules): Expiring | undefined {
  if (rules.ttl === null) return undefined;
  const name = `'${rules.name.replaceAll("'", "''")}'`;
  const key = sortKeySql(rules.ttl satisfies FieldPath);
  const index = `"documents ${rules.name.replaceAll('"', '""')} (expiry)"`;
  try {
    database.sql.exec(
      `CREATE INDEX IF NOT EXISTS ${index} ON documents (client, ${key}) WHERE name = ${name} AND ${key} IS NOT NULL`,
    );
  } catch (error) {
    throw toDatabaseFault(error);
  }
  const select =
    `SELECT path FROM documents INDEXED BY ${index} WHERE name = ${name} AND ${key} IS NOT NULL AND client = ?` +
    ` AND ${key} >= ? AND ${key} <= ? ORDER BY ${key} LIMIT +?`;
  return { rules, select };
}
