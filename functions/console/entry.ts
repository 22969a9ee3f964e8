import type { BindFunction } from '#shared/runtime/function-host.ts';
import { createHttpEntry } from '#shared/runtime/http-entry.ts';
import { createConsole } from './handler.ts';

/** Binds the function to its host. */
export const bind: BindFunction = async ({ functionName, ports, pumps }) =>
  createHttpEntry({
    functionName,
    telemetry: ports.telemetry,
    handle: createConsole({ ports, pumps }),
  });
