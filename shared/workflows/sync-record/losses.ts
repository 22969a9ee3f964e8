/**
 * How looks make a loss: suspected by the first that finds nothing, confirmed by another one after the settle time,
 * explained by a merge that the vendor tells of. Pure. Upholds M10.
 */
import { isSuspected, lossesOf } from '#shared/drift/loss.ts';
import { toEpochMs, type Instant } from '#shared/model/instant.ts';
import type { SystemId } from '#shared/model/ids.ts';
import type { Loss, RecordDocument } from '#shared/model/record.ts';
import type { WorkDocument } from '#shared/model/work.ts';
import { withLookAt } from './marks.ts';
import type { Turn } from './turn.ts';

/** The record with what this turn's looks say of losses, after they were folded in. */
export function withLossesSeen(
  record: RecordDocument,
  { seen, work }: Pick<Turn, 'seen' | 'work'>,
  settleMs: number,
): RecordDocument {
  let after = record;
  for (const [system, { look }] of seen) {
    const link = after.links[system];
    if (look.status !== 'gone' || link?.state !== 'gone' || link.loss === undefined) continue;
    const evidence = [...(work.value.marks[system]?.evidence ?? []), ...(work.value.deferred[system] ?? [])];
    const isMerge = evidence.some((one) => one.isMerge === true);
    const loss = seenAgain(link.loss, look.observedAt, isMerge, settleMs);
    after = { ...after, links: { ...after.links, [system]: { ...link, loss } } };
  }
  return after;
}

function seenAgain(loss: Loss, observedAt: Instant, isMerge: boolean, settleMs: number): Loss {
  if (!isSuspected(loss)) return loss;
  if (isMerge) return { ...loss, isMerge };
  const isSettled = toEpochMs(observedAt) - toEpochMs(loss.since) >= settleMs;
  return isSettled ? { ...loss, confirmedAt: observedAt } : loss;
}

/** Owes the look that confirms each suspected loss, unless the system is owed one anyway. */
export function withLossLooks(
  work: WorkDocument,
  record: RecordDocument,
  settleMs: number,
  now: number,
): WorkDocument {
  if (record.state !== 'active') return work;
  return lossesOf(record).reduce<WorkDocument>((owing, [system, loss]: readonly [SystemId, Loss]) => {
    const dueAt = Math.max(now, toEpochMs(loss.since) + settleMs);
    return isSuspected(loss) ? withLookAt(owing, system, dueAt, now) : owing;
  }, work);
}
