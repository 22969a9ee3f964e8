import type { Outcome } from '#shared/runtime/ack.ts';
import type { FunctionContext } from '#shared/runtime/context.ts';
import { pollDue } from '#shared/workflows/intake/poll-due.ts';

/**
 * Finds what no webhook told of: reads what changed in each system and publishes that somebody should look. Compares
 * nothing and writes to no vendor.
 */
export function createPoller(context: FunctionContext): (now: number) => Promise<Outcome> {
  return async (now) => {
    const polled = await pollDue(context, now);
    return { status: 'done', reason: polled === 0 ? 'nothing_due' : 'polled' };
  };
}
