import { mkdirSync } from 'node:fs';
import { invalidConfiguration } from '#shared/errors/faults.ts';

/** Makes a folder that only its owner can read, with those above it. */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw invalidConfiguration(
      `The folder ${folder} cannot be made (${code}); set CONCORD_DATA_DIR to a directory that can be written.`,
    );
  }
}
