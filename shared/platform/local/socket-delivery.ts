import { Agent } from 'undici';
import { unavailable } from '#shared/errors/faults.ts';
import type { Deliver } from '#shared/ports/delivery.ts';

/** Internal deliveries over HTTP, to functions that run in processes of their own. */
export interface SocketDelivery {
  readonly deliver: Deliver;
  close(): Promise<void>;
}

/** A function's own limit is shorter; this one gives back the connection to an instance that hangs. */
const TIMEOUT_MS = 310_000;

/**
 * Delivers to whatever port `portOf` names for the target at that moment.
 * The delivery rejects when no instance is there or the connection was lost: the platform tries again.
 */
export function createSocketDelivery(portOf: (target: string) => number | undefined): SocketDelivery {
  const agent = new Agent({ connections: 64, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });
  return {
    async deliver({ target, method, path, headers, body }) {
      const port = portOf(target);
      if (port === undefined) throw unavailable(`An instance of ${target}`);
      const origin = `http://127.0.0.1:${port}`;
      const answer = await agent.request({ origin, path, method, headers, body: Buffer.from(body) });
      await answer.body.dump();
      return { status: answer.statusCode };
    },
    close: () => agent.destroy(),
  };
}
