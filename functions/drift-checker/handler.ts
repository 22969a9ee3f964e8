import type { Outcome } from '#shared/runtime/ack.ts';
import type { FunctionContext } from '#shared/runtime/context.ts';
import { checkDue } from '#shared/workflows/check-drift/check-due.ts';
import { sweepDue } from '#shared/workflows/check-drift/sweep.ts';
import { noteTick } from '#shared/workflows/intake/note-tick.ts';

/**
 * Finds drift that nobody told of: looks at what is due to be looked at, and leaves to the ordinary pass whatever is not
 * as it was stored. Writes to no vendor and decides nothing. What one tick has no time or budget for is due at the next.
 */
export function createDriftChecker(context: FunctionContext): (now: number) => Promise<Outcome> {
  return async (now) => {
    // A few calls each minute, and first, so that no backlog of checks keeps unknown objects from being found.
    const { listed } = await sweepDue(context, now);
    const report = await checkDue(context, now);
    await noteTick(context.ports, 'drift-checker', now);
    const dealtWith = Object.values(report).reduce((sum, count) => sum + count, listed);
    return { status: 'done', reason: dealtWith === 0 ? 'nothing_due' : 'checked' };
  };
}
