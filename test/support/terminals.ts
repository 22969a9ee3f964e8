import { COMMANDS } from '#functions/console/cli/commands.ts';
import { runTerminal } from '#functions/console/cli/run-terminal.ts';
import type { Terminal } from '#functions/console/cli/terminal.ts';
import type { Http } from '#shared/ports/http.ts';
import type { LocalMesh } from '#shared/runtime/mesh.ts';
import type { World } from './mesh-world.ts';

/** Where tests have their console: a name under which only a machine reaches itself. */
const CONSOLE_URL = 'http://127.0.0.1:8080';

/** What a command printed, and what it ended with. */
export interface Printed {
  readonly exitCode: number;
  readonly out: readonly string[];
  readonly err: readonly string[];
}

export interface TerminalOptions {
  /** The way to the console. */
  readonly http: Http;
  /** What happens while a command waits. @default nothing */
  readonly wait?: (ms: number) => Promise<void>;
  /** Aborted when the person asks to stop. @default never */
  readonly stopped?: AbortSignal;
  /** Texts of files by their paths. @default there are none */
  readonly files?: Readonly<Record<string, string>>;
}

let keys = 0;

/** Types a line after `concord`, split at its spaces; text in single quotes stays together. */
export async function typeLine(options: TerminalOptions, line: string): Promise<Printed> {
  const out: string[] = [];
  const err: string[] = [];
  const terminal: Terminal = {
    url: CONSOLE_URL,
    http: options.http,
    ids: { ulid: () => `terminal-key-${(keys += 1)}` },
    stopped: options.stopped ?? new AbortController().signal,
    wait: options.wait ?? (async () => undefined),
    readText: async (path) => options.files?.[path] ?? null,
    out: (text) => out.push(text),
    err: (text) => err.push(text),
  };
  const args = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
  const exitCode = await runTerminal(terminal, COMMANDS, args);
  return { exitCode, out, err };
}

/** The Http port of somebody at the same machine as a console, without a socket. */
export function consoleHttp({ mesh }: { readonly mesh: Pick<LocalMesh, 'call'> }): Http {
  return {
    async send({ method, url, headers, body = '' }) {
      const { host, pathname, search } = new URL(url);
      const answer = await mesh.call('console', {
        method,
        path: pathname.replace(/^\/console/, ''),
        query: search.slice(1),
        headers: { host, ...headers },
        body: Buffer.from(body),
      });
      return { status: answer.status, headers: answer.headers, body: answer.body };
    },
  };
}

/** Types a line at a machine of a world. While the command waits, the world goes on. */
export function typeInWorld(
  world: World,
  line: string,
  files: NonNullable<TerminalOptions['files']> = {},
): Promise<Printed> {
  async function wait(ms: number): Promise<void> {
    const until = world.clock.now() + ms;
    await world.runFor(ms);
    world.clock.advanceTo(until);
  }
  return typeLine({ http: consoleHttp(world), wait, files }, line);
}
