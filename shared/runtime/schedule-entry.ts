import type { Clock } from '#shared/ports/clock.ts';
import type { Outcome } from './ack.ts';
import type { InternalRoute } from './internal-entry.ts';

/**
 * Receives the ticks of a Cloud Scheduler job. The body means nothing and a late tick is served like a
 * punctual one: what is due is read from the store at the time of the call (M4).
 */
export function scheduleEntry(clock: Clock, handle: (now: number) => Promise<Outcome>): InternalRoute {
  return { channel: 'schedule', handle: () => handle(clock.now()) };
}
