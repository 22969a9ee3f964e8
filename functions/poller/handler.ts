import type { Outcome } from '#shared/runtime/ack.ts';
import type { FunctionContext } from '#shared/runtime/context.ts';
import { noteTick } from '#shared/workflows/intake/note-tick.ts';
import { pollDue } from '#shared/workflows/intake/poll-due.ts';

/**
 * Finds what no webhook told of: reads what changed in each system and publishes that somebody should look. Compares
 * nothing and writes to no vendor.
 */
export function createPoller(context: FunctionContext): (now: number) => Promise<Outcome> {
  return async (now) => {
    const polled = await pollDue(context, now);
    await noteTick(context.ports, 'poller', now);
    return { status: 'done', reason: polled === 0 ? 'nothing_due' : 'polled' };
  };
}
