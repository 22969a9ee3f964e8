import { readFileSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { invalidConfiguration } from '#shared/errors/faults.ts';

/** The right to pump one data file. */
export interface HostLock {
  release(): void;
}

/**
 * Takes the exclusive right to pump a data file, so that no delivery is made twice by two hosts. The lock is
 * one of the operating system, held through a small SQLite file beside the data: it ends with its process,
 * however that ends, and a stale lock cannot exist.
 *
 * @throws ConcordError `invalid_configuration` naming the process that holds it.
 */
export function acquireHostLock(dataFile: string): HostLock {
  const holderFile = `${dataFile}.host`;
  const sql = new DatabaseSync(`${dataFile}.lock`, { timeout: 0 });
  try {
    sql.exec('BEGIN EXCLUSIVE');
  } catch {
    sql.close();
    throw invalidConfiguration(
      `The data in ${dataFile} is in use by ${readHolder(holderFile)}; stop it, or choose another data directory.`,
    );
  }
  writeFileSync(holderFile, String(process.pid));
  return {
    release() {
      if (sql.isOpen) sql.close();
    },
  };
}

function readHolder(file: string): string {
  try {
    return `process ${readFileSync(file, 'utf8')}`;
  } catch {
    return 'another process';
  }
}
