import { http } from '@google-cloud/functions-framework';
import { composeFromEnvironment } from './compose.ts';
import type { Entry } from './entry.ts';
import { keepRawRequests } from './framework-requests.ts';
import { toFrameworkHandler } from './framework-handler.ts';
import type { BindFunction } from './function-host.ts';

/**
 * Registers a function with functions-framework, for a process that runs this function alone: it
 * composes itself from the environment. That happens at its first call and once; a composition that
 * failed is tried again by the next call, so that a passing fault does not stick. Whoever runs several
 * functions in one process binds them through a mesh instead.
 */
export function registerFunction(functionName: string, bind: BindFunction): void {
  keepRawRequests();
  let composed: Promise<Entry> | null = null;

  async function compose(): Promise<Entry> {
    try {
      return await bind(await composeFromEnvironment(functionName));
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
