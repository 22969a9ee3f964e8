import type { Outcome } from '#shared/runtime/ack.ts';
import type { FunctionContext } from '#shared/runtime/context.ts';
import { checkDue } from '#shared/workflows/check-drift/check-due.ts';

/**
 * Finds drift that nobody told of: looks at what is due to be looked at, and leaves to the ordinary pass whatever is not
 * as it was stored. Writes to no vendor and decides nothing. What one tick has no time or budget for is due at the next.
 */
export function createDriftChecker(context: FunctionContext): (now: number) => Promise<Outcome> {
  return async (now) => {
    const report = await checkDue(context, now);
    const dealtWith = Object.values(report).reduce((sum, count) => sum + count, 0);
    return { status: 'done', reason: dealtWith === 0 ? 'nothing_due' : 'checked' };
  };
}
