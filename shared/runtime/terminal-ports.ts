import { readFile } from 'node:fs/promises';
import { invalidArgument } from '#shared/errors/faults.ts';
import { createLocalHttp, createSystemClock, createSystemIds, pause } from '#shared/platform/local/index.ts';
import type { Http } from '#shared/ports/http.ts';
import type { Ids } from '#shared/ports/ids.ts';

/** What a command on an engineer's machine reaches the outside by. It needs no platform: all it does is ask the console. */
export interface TerminalPorts {
  readonly http: Http;
  readonly ids: Ids;
  /** Waits so many milliseconds; less when `ended` is aborted. */
  wait(ms: number, ended: AbortSignal): Promise<void>;
  /** The text of a file in UTF-8. @throws ConcordError `invalid_argument` that says why it cannot be read. */
  readText(path: string): Promise<string>;
  /** Ends its connections, so that the process can end. */
  close(): Promise<void>;
}

const LARGEST_FILE_BYTES = 64 * 1024 * 1024;

/** Composes the ports of one command. */
export function createTerminalPorts(): TerminalPorts {
  const http = createLocalHttp({ connections: 2 });
  return {
    http,
    ids: createSystemIds(createSystemClock()),
    wait: pause,
    readText,
    close: () => http.close(),
  };
}

async function readText(path: string): Promise<string> {
  const bytes = await readFile(path).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw invalidArgument(`${path} cannot be read (${code}); name a file that can.`);
  });
  if (bytes.byteLength > LARGEST_FILE_BYTES)
    throw invalidArgument(`${path} is larger than ${LARGEST_FILE_BYTES / 1024 / 1024} MiB; split it.`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalidArgument(`${path} is not text in UTF-8; save it so.`);
  }
}
