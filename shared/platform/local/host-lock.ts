import { readFileSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { ConcordError, ErrorCode } from '#shared/errors/concord-error.ts';
import { invalidConfiguration } from '#shared/errors/faults.ts';
import { toOpeningFault } from './database.ts';

/** The right to pump one data file. */
export interface HostLock {
  release(): void;
}

/**
 * Takes the exclusive right to pump a data file, so that no delivery is made twice by two hosts. The lock is
 * one of the operating system, held through a small SQLite file beside the data: it ends with its process,
 * however that ends, and a stale lock cannot exist.
 *
 * @throws ConcordError `invalid_configuration` naming the process that holds it, or what stands in its way.
 */
export function acquireHostLock(dataFile: string): HostLock {
  const [lockFile, holderFile] = [`${dataFile}.lock`, `${dataFile}.host`];
  let sql: DatabaseSync | undefined;
  try {
    sql = new DatabaseSync(lockFile, { timeout: 0 });
    sql.exec('BEGIN EXCLUSIVE');
    writeFileSync(holderFile, String(process.pid));
  } catch (error) {
    sql?.close();
    const fault = toOpeningFault(error, lockFile);
    if (!ConcordError.is(fault, ErrorCode.unavailable)) throw fault;
    throw invalidConfiguration(
      `The data in ${dataFile} is in use by ${readHolder(holderFile)}; stop it, or choose another data directory.`,
    );
  }
  const held = sql;
  return {
    release() {
      if (held.isOpen) held.close();
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
