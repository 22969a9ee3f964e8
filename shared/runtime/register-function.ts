import { http } from '@google-cloud/functions-framework';
import { composeFromEnvironment } from './compose.ts';
import type { Entry } from './entry.ts';
import { keepRawBodies } from './framework-bodies.ts';
import { toFrameworkHandler } from './framework-handler.ts';
import type { BindFunction, FunctionHost } from './function-host.ts';

/** Finds what a function needs from its surroundings. */
export type HostProvider = (functionName: string) => Promise<FunctionHost>;

let provider: HostProvider = composeFromEnvironment;

/**
 * Lets a host that runs several functions in one process hand them their ports. Counts for functions
 * that have not been called yet; without it each composes itself from the environment.
 */
export function provideHosts(hostProvider: HostProvider): void {
  provider = hostProvider;
}

/**
 * Registers a function with functions-framework. It is composed at its first call and once; a
 * composition that failed is tried again by the next call, so that a passing fault does not stick.
 */
export function registerFunction(functionName: string, bind: BindFunction): void {
  keepRawBodies();
  let composed: Promise<Entry> | null = null;

  async function compose(): Promise<Entry> {
    try {
      return await bind(await provider(functionName));
    } catch (error) {
      composed = null;
      throw error;
    }
  }

  http(
    functionName,
    toFrameworkHandler(async (request) => {
      composed ??= compose();
      return (await composed)(request);
    }),
  );
}
