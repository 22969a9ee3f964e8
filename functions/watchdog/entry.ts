import { eventEntry } from '#shared/runtime/event-entry.ts';
import type { BindFunction } from '#shared/runtime/function-host.ts';
import { createInternalEntry } from '#shared/runtime/internal-entry.ts';
import { scheduleEntry } from '#shared/runtime/schedule-entry.ts';
import { createWatchdog } from './handler.ts';

/** Binds the function to its host: a tick every minute, and the dead letters of the other functions. */
export const bind: BindFunction = async ({ functionName, guard, ports, loadContext }) => {
  const watchdog = createWatchdog(await loadContext());
  return createInternalEntry({
    functionName,
    guard,
    telemetry: ports.telemetry,
    routes: {
      '/': scheduleEntry(ports.clock, watchdog.onTick),
      '/dead-letter': eventEntry(watchdog.onDeadLetter),
    },
  });
};
