import { ConcordError } from '#shared/errors/concord-error.ts';
import type { VendorCall } from '#shared/errors/vendor-faults.ts';
import type { Telemetry } from '#shared/ports/telemetry.ts';

/** Counts a vendor call by its outcome: `ok` or the code of its error. */
export async function counted<T>(telemetry: Telemetry, call: VendorCall, body: () => Promise<T>): Promise<T> {
  const labels = { system: call.system, action: call.action };
  try {
    const result = await body();
    telemetry.count('vendor_calls', { ...labels, outcome: 'ok' });
    return result;
  } catch (error) {
    telemetry.count('vendor_calls', { ...labels, outcome: ConcordError.is(error) ? error.code : 'internal' });
    throw error;
  }
}
