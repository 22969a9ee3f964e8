import { ConcordError, ErrorCode } from '#shared/errors/concord-error.ts';
import { toInstant } from '#shared/model/instant.ts';
import { plans, type Plan } from '#shared/model/plan.ts';
import { set } from '#shared/ports/document-store.ts';
import type { Ports } from '#shared/ports/ports.ts';
import { movedTo } from './move-plan.ts';
import { keptUntil } from './settle-item.ts';

const PAGE = 200;

/** Says of plans whose time is over that it is. Nobody can start one any more even before. @returns how many. */
export async function expirePlans({ store }: Pick<Ports, 'store'>, now: number): Promise<number> {
  const at = toInstant(now);
  let expired = 0;
  for (const state of ['ready', 'awaiting_approval'] as const) {
    const over = await store.query<Plan>({
      from: plans.ref,
      where: [
        ['state', '==', state],
        ['expiresAt', '<=', at],
      ],
      orderBy: [['expiresAt', 'asc']],
      limit: PAGE,
    });
    for (const { ref, value, version } of over) {
      try {
        await store.commit([set(ref, movedTo(value, 'expired', { expireAt: keptUntil(at) }), version)]);
        expired += 1;
      } catch (error) {
        if (!ConcordError.is(error, ErrorCode.conflict)) throw error; // Somebody has just applied it.
      }
    }
  }
  return expired;
}
