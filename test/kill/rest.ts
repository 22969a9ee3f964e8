import { setTimeout as wait } from 'node:timers/promises';
import type { Owed } from './mesh-messages.ts';
import type { Scene } from './scene.ts';
import { STALLED_MS } from './stalled.ts';

/** What somebody still has to do. */
export interface Left extends Owed {
  /** Webhooks that have not arrived. */
  readonly webhooks: number;
}

export const AT_REST: Left = { debts: 0, openRuns: 0, leases: 0, quarantined: 0, webhooks: 0 };

const LOOK_EVERY_MS = 250;
/** A webhook on its way is neither waiting nor owed. */
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
    const left = { ...(await mesh.look()), webhooks: await sides.waitingWebhooks() };
    quietLooks = Object.values(left).every((count) => count === 0) ? quietLooks + 1 : 0;
    if (quietLooks >= QUIET_LOOKS) return left;
    const now = JSON.stringify({ ...left, writes: await sides.acceptedWrites() });
    if (now !== before) movedAt = Date.now();
    else if (Date.now() - movedAt > STALLED_MS) return left;
    before = now;
    await wait(LOOK_EVERY_MS);
  }
}
