import type { ChangedObject } from '#shared/connectors/change-feed.ts';
import { crosswalkRef } from '#shared/model/identity-documents.ts';
import type { NativeId } from '#shared/model/ids.ts';
import { toEpochMs, toInstant, type Instant } from '#shared/model/instant.ts';
import type { PollTarget } from '#shared/model/poll-documents.ts';
import type { ChangeEvent } from '#shared/model/source-event.ts';
import type { Ports } from '#shared/ports/ports.ts';

/** A change this much older than the poll is history being loaded: it waits behind what people change now. */
const BACKFILL_OLDER_THAN_MS = 24 * 60 * 60_000;

/** A page as it was listed, without what is known to be published. */
export interface ListedPage {
  readonly target: PollTarget;
  readonly changed: readonly ChangedObject[];
  /** Vendor time at which the poll began. */
  readonly until: Instant;
}

/** A suspicion that an object is not there any more. */
interface Suspicion {
  readonly nativeId: NativeId;
  readonly change: 'deleted' | 'merged';
  readonly at: Instant | null;
}

/**
 * The events of a page: one for each object that changed, and a suspicion for each known object that was archived
 * or merged into another (M10, M16). An object that nobody knows is not suspected: whoever comes to know it begins
 * with a read by id, which tells the same.
 */
export async function eventsOfPage(
  ports: Pick<Ports, 'store' | 'clock'>,
  page: ListedPage,
): Promise<readonly ChangeEvent[]> {
  const { target, changed } = page;
  const receivedAt = toInstant(ports.clock.now());
  const event = ({
    nativeId,
    change,
    at,
  }: Suspicion | Pick<ChangedObject, 'nativeId' | 'change' | 'at'>) => ({
    kind: 'change' as const,
    system: target.system,
    dedupeKey: `poll:${target.type}:${nativeId}:${change}:${at ?? ''}`,
    receivedAt,
    type: target.type,
    nativeId,
    change,
    occurredAt: at,
    fields: null,
    lane: isHistory(at, page.until) ? ('background' as const) : ('live' as const),
    source: 'poll' as const,
  });
  const standing = changed.filter(({ change }) => change === 'changed');
  const suspicions = await knownOnes(ports, target, changed.flatMap(suspicionsOf));
  return [...standing, ...suspicions].map(event);
}

function isHistory(at: Instant | null, until: Instant): boolean {
  return at !== null && toEpochMs(until) - toEpochMs(at) > BACKFILL_OLDER_THAN_MS;
}

/** When an object was merged away is not told; the survivor's time moves with every edit and would name a new fact each time. */
function suspicionsOf({ nativeId, change, at, replaces }: ChangedObject): readonly Suspicion[] {
  const merged = replaces.map((replaced) => ({ nativeId: replaced, change: 'merged' as const, at: null }));
  return change === 'deleted' ? [{ nativeId, change, at }, ...merged] : merged;
}

async function knownOnes(
  { store }: Pick<Ports, 'store'>,
  { system, type }: PollTarget,
  suspicions: readonly Suspicion[],
): Promise<readonly Suspicion[]> {
  if (suspicions.length === 0) return [];
  const known = await store.getAll(suspicions.map(({ nativeId }) => crosswalkRef(system, type, nativeId)));
  return suspicions.filter((_, index) => {
    const state = known[index]?.value.state;
    return state === 'active' || state === 'provisional';
  });
}
