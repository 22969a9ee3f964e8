import { createRequire } from 'node:module';

/**
 * Takes functions-framework off Node's `domain` module. Must run before the framework's first call.
 *
 * The framework wraps every call in a domain, and the first one switches on async hooks for the whole
 * process for ever: each `await` then costs ten times as much. Only the local host, where all functions
 * share a process with the store and the twins, does this; the cloud and `--isolate` keep the stock
 * behaviour. Without domains a synchronous throw of a handler would end the process, and `cloudEvent`
 * functions do not work: every handler here is asynchronous and registered with `http`.
 */
export function avoidDomains(): void {
  const domain = createRequire(import.meta.url)('node:domain') as { create: () => unknown };
  domain.create = () => ({ on: () => undefined, run: (body: () => void) => body() });
}
