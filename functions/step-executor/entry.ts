import type { BindFunction } from '#shared/runtime/function-host.ts';
import { createInternalEntry } from '#shared/runtime/internal-entry.ts';
import { taskEntry } from '#shared/runtime/task-entry.ts';
import { createStepExecutor } from './handler.ts';

/** Binds the function to its host. */
export const bind: BindFunction = async ({ functionName, guard, ports, loadContext }) =>
  createInternalEntry({
    functionName,
    guard,
    telemetry: ports.telemetry,
    routes: { '/': taskEntry(createStepExecutor(await loadContext())) },
  });
