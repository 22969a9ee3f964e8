import type { BindFunction } from '#shared/runtime/function-host.ts';
import { createInternalEntry } from '#shared/runtime/internal-entry.ts';
import { scheduleEntry } from '#shared/runtime/schedule-entry.ts';
import { createDriftChecker } from './handler.ts';

/** Binds the function to its host: a tick every minute. */
export const bind: BindFunction = async ({ functionName, guard, ports, loadContext }) =>
  createInternalEntry({
    functionName,
    guard,
    telemetry: ports.telemetry,
    routes: { '/': scheduleEntry(ports.clock, createDriftChecker(await loadContext())) },
  });
