import { ConcordError, ErrorCode } from '#shared/errors/concord-error.ts';
import type { Telemetry } from '#shared/ports/telemetry.ts';
import { locationOf } from '#shared/telemetry/error-location.ts';
import { outcomeOfError, type Channel, type Outcome } from './ack.ts';
import { isInstanceCrash } from './instance-crash.ts';

/** What every entry needs to know about the function it belongs to. */
export interface EntrySettings {
  readonly functionName: string;
  readonly telemetry: Telemetry;
}

/** A page that a handler wrote itself. It stands beside the outcomes because only public functions have pages. */
export interface Replied<Response> {
  readonly status: 'replied';
  readonly response: Response;
}

/**
 * Runs a handler and settles whatever happens into an outcome. A crash of the instance is no outcome:
 * nobody is left to answer, so it passes through and the delivery stays unanswered.
 */
export async function settle<R extends Replied<unknown>>(
  settings: EntrySettings,
  channel: Channel,
  handle: () => Promise<Outcome | R>,
): Promise<Outcome | R> {
  try {
    const settled = await handle();
    report(settings, channel, settled);
    return settled;
  } catch (error) {
    if (isInstanceCrash(error)) throw error;
    const outcome = outcomeOfError(error);
    report(settings, channel, outcome, ConcordError.is(error) ? undefined : locationOf(error));
    return outcome;
  }
}

/** Counts everything and logs what did not go well. */
function report(
  { functionName, telemetry }: EntrySettings,
  channel: Channel,
  settled: Outcome | Replied<unknown>,
  location?: string,
): void {
  telemetry.count('entry_outcomes', { function: functionName, channel, status: settled.status });
  if (settled.status === 'retry' || settled.status === 'failed') {
    const severity =
      settled.status === 'failed' || settled.reason === ErrorCode.internal ? 'error' : 'warning';
    telemetry.log(severity, `entry.${settled.status}`, {
      function: functionName,
      reason: settled.reason,
      ...(location === undefined ? {} : { location }),
    });
  }
}
