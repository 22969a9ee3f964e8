import { decodePush, type PushMessage } from '#shared/messaging/envelope.ts';
import type { Outcome } from './ack.ts';
import type { InternalRoute } from './internal-entry.ts';

/**
 * Receives a Pub/Sub subscription's pushes. An unreadable envelope did not come from Pub/Sub and is
 * refused; an unreadable payload is the handler's to judge, because it must end somewhere (M1).
 */
export function eventEntry(handle: (message: PushMessage) => Promise<Outcome>): InternalRoute {
  return {
    channel: 'push',
    async handle(request) {
      const decoded = decodePush(request.body);
      if (decoded.status === 'unreadable') return { status: 'rejected', reason: 'malformed' };
      return handle(decoded.message);
    },
  };
}
