import { eventEntry } from '#shared/runtime/event-entry.ts';
import type { BindFunction } from '#shared/runtime/function-host.ts';
import { createInternalEntry } from '#shared/runtime/internal-entry.ts';
import { createOrchestrator } from './handler.ts';

/** Binds the function to its host. */
export const bind: BindFunction = async ({ functionName, guard, ports, loadContext }) =>
  createInternalEntry({
    functionName,
    guard,
    telemetry: ports.telemetry,
    routes: { '/': eventEntry(createOrchestrator(await loadContext())) },
  });
