import type { BindFunction } from '#shared/runtime/function-host.ts';
import { createHttpEntry } from '#shared/runtime/http-entry.ts';
import type { FunctionContext } from '#shared/runtime/context.ts';
import { createConsole } from './handler.ts';

/** Binds the function to its host. */
export const bind: BindFunction = async ({ functionName, ports, pumps, loadContext }) => {
  let loaded: Promise<FunctionContext> | undefined;
  async function load(): Promise<FunctionContext> {
    loaded ??= loadContext();
    try {
      return await loaded;
    } catch (error) {
      loaded = undefined;
      throw error;
    }
  }
  return createHttpEntry({
    functionName,
    telemetry: ports.telemetry,
    handle: createConsole({
      context: { ports, pumps, load },
      operators: ports.operators,
    }),
  });
};
