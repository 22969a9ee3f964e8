import { setTimeout as wait } from 'node:timers/promises';
import type { Owed } from './mesh-messages.ts';
import type { Scene } from './scene.ts';
import { STALLED_MS } from './stalled.ts';

/** What somebody still has to do. */
export interface Left extends Owed {
  /** Webhooks that have not been answered. */
  readonly webhooks: number;
}

export const AT_REST: Left = { messages: 0, debts: 0, openRuns: 0, leases: 0, quarantined: 0, webhooks: 0 };

const LOOK_EVERY_MS = 250;
/** Work that goes round, from a run to a debt, may be behind one look. */
const QUIET_LOOKS = 3;

/**
 * Waits until nobody owes anything and both vendors have told everything, for as long as anything moves on.
 * @returns what is left when nothing does.
 */
export async function comeToRest({ sides, mesh }: Scene): Promise<Left> {
  let quietLooks = 0;
  let before = '';
  let movedAt = Date.now();
  for (;;) {
    // The vendors first: what they have told by then is in the mesh.
    const webhooks = await sides.waitingWebhooks();
    const left = { ...(await mesh.look()), webhooks };
    quietLooks = Object.values(left).every((count) => count === 0) ? quietLooks + 1 : 0;
    if (quietLooks >= QUIET_LOOKS) return left;
    const now = JSON.stringify({ ...left, writes: await sides.acceptedWrites() });
    if (now !== before) movedAt = Date.now();
    else if (Date.now() - movedAt > STALLED_MS) return left;
    before = now;
    await wait(LOOK_EVERY_MS);
  }
}
