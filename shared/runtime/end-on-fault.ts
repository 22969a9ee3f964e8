import type { Telemetry } from '#shared/ports/telemetry.ts';
import { locationOf } from '#shared/telemetry/error-location.ts';

/**
 * Ends the process on an error that nobody caught, and tells where it arose and nothing else. Left alone, Node
 * prints the whole error, with causes and properties, and a vendor's error holds what it was about (M14). For
 * entry points; whatever was under way is delivered again (M1).
 */
export function endOnFault(telemetry: Telemetry): void {
  process.on('uncaughtException', (error) => {
    const location = locationOf(error);
    telemetry.log('error', 'process.ended', location === undefined ? {} : { location });
    // Thrown from here, it ends the process, whatever else it still holds.
    throw new Error('Ended on a fault of its own; the line before says where.');
  });
}
