/**
 * What `npm run concord -- ...` runs: a thin client of the console's API, for engineers at a terminal. It knows no
 * store and no vendor; roles, plans and audit are the same as for the pages.
 */
import { loadConfig } from '#shared/config/load-config.ts';
import { ConcordError } from '#shared/errors/concord-error.ts';
import { createTerminalPorts } from '#shared/runtime/terminal-ports.ts';
import { COMMANDS } from './commands.ts';
import { runTerminal } from './run-terminal.ts';

// A reader that has seen enough, such as `head`, is no fault.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: Error & { readonly code?: string }) => {
    if (error.code !== 'EPIPE') throw error;
  });

const ports = createTerminalPorts();
const stopping = new AbortController();
process.once('SIGINT', () => stopping.abort());
try {
  const { consoleUrl } = loadConfig();
  const terminal = {
    ...ports,
    url: consoleUrl,
    stopped: stopping.signal,
    wait: (ms: number) => ports.wait(ms, stopping.signal),
    out: (line: string) => void process.stdout.write(`${line}\n`),
    err: (line: string) => void process.stderr.write(`${line}\n`),
  };
  process.exitCode = await runTerminal(terminal, COMMANDS, process.argv.slice(2));
} catch (error) {
  if (!ConcordError.is(error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
} finally {
  await ports.close();
}
