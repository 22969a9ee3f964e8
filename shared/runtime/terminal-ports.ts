import { readFile } from 'node:fs/promises';
import { createLocalHttp, createSystemClock, createSystemIds, pause } from '#shared/platform/local/index.ts';
import type { Http } from '#shared/ports/http.ts';
import type { Ids } from '#shared/ports/ids.ts';

/** What a command on an engineer's machine reaches the outside by. It needs no platform: all it does is ask the console. */
export interface TerminalPorts {
  readonly http: Http;
  readonly ids: Ids;
  /** Waits so many milliseconds; less when `ended` is aborted. */
  wait(ms: number, ended: AbortSignal): Promise<void>;
  /** The text of a file that the person names; null when it cannot be read. */
  readText(path: string): Promise<string | null>;
  /** Ends its connections, so that the process can end. */
  close(): Promise<void>;
}

/** Composes the ports of one command. */
export function createTerminalPorts(): TerminalPorts {
  const http = createLocalHttp({ connections: 2 });
  return {
    http,
    ids: createSystemIds(createSystemClock()),
    wait: pause,
    readText: (path) => readFile(path, 'utf8').catch(() => null),
    close: () => http.close(),
  };
}
