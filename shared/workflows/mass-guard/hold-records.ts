/**
 * What mass guards hold, listed below the guard for one approval of all of it. The list changes in the very commits that
 * change the records; a release lets pass exactly what it names, and nothing that has come to be since.
 */
import { ConcordError, ErrorCode } from '#shared/errors/concord-error.ts';
import { contention } from '#shared/errors/faults.ts';
import { heldRef, type HeldRecord } from '#shared/model/guard.ts';
import { CONCORD, type FieldPath, type RecordId } from '#shared/model/ids.ts';
import { toInstant, type Instant } from '#shared/model/instant.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import { work as workCollection } from '#shared/model/work.ts';
import { remove, set, type Write } from '#shared/ports/document-store.ts';
import type { Ports } from '#shared/ports/ports.ts';
import type { SyncContext } from '../sync-record/context.ts';
import { addMark } from '../sync-record/marks.ts';
import { massHoldsOf } from '../sync-record/mass-holds.ts';
import { taskOfWork } from '../sync-record/wake.ts';

const MAX_RACES = 10;

/** The writes by which the lists follow a change of the record. */
export function holdWrites(before: RecordDocument, after: RecordDocument, at: Instant): readonly Write[] {
  const [was, is] = [massHoldsOf(before), massHoldsOf(after)];
  const added = [...is].filter(([guard, { since }]) => was.get(guard)?.since !== since);
  const ended = [...was.keys()].filter((guard) => !is.has(guard));
  return [
    ...added.map(([guard, { since }]) =>
      set<HeldRecord>(heldRef(guard, after.id), {
        recordId: after.id,
        guard,
        since,
        heldAt: at,
        released: null,
      }),
    ),
    ...ended.map((guard) => remove(heldRef(guard, after.id))),
  ];
}

/** What of the record somebody let pass, by field or pseudo field: who did. Reads nothing where nothing is held. */
export async function releasesOf(
  { ports }: Pick<SyncContext, 'ports'>,
  record: RecordDocument,
): Promise<Readonly<Record<FieldPath, string>>> {
  const holds = [...massHoldsOf(record)];
  if (holds.length === 0) return {};
  const stored = await ports.store.getAll(holds.map(([guard]) => heldRef(guard, record.id)));
  const released = holds.flatMap(([, { since, what }], index) => {
    const held = stored[index]?.value;
    return held !== undefined && held.released !== null && held.since === since
      ? [[what, held.released.by] as const]
      : [];
  });
  return Object.fromEntries(released);
}

/** What a release needs. */
export interface ReleaseContext {
  readonly ports: Pick<Ports, 'store' | 'tasks' | 'clock'>;
}

/** One thing that somebody was shown and lets pass. */
export interface ShownHold {
  readonly recordId: RecordId;
  readonly since: Instant;
}

/**
 * Lets what was shown pass, and nothing else: a record that was lost or changed anew since then stays held. Safe to
 * repeat.
 *
 * @param by who approved it.
 * @returns how many of what was shown are free now.
 * @throws ConcordError `contention` (retry) when every commit for a record lost a race.
 */
export async function releaseHeld(
  context: ReleaseContext,
  guard: string,
  shown: readonly ShownHold[],
  by: string,
): Promise<number> {
  let freed = 0;
  for (const hold of shown) if (await releaseOne(context, guard, hold, by)) freed += 1;
  return freed;
}

async function releaseOne(
  context: ReleaseContext,
  guard: string,
  { recordId, since }: ShownHold,
  by: string,
): Promise<boolean> {
  const { store, tasks, clock } = context.ports;
  for (let race = 0; race < MAX_RACES; race += 1) {
    const [held, work] = await store.getAll([heldRef(guard, recordId), workCollection.at(recordId)] as const);
    if (held === undefined || work === undefined || held.value.since !== since) return false;
    const now = clock.now();
    const look = { system: CONCORD, vendorTime: null, lane: 'operator' as const, evidence: [] };
    const owing = addMark(work.value, look, 0, now).work;
    const released = held.value.released ?? { by, at: toInstant(now) };
    try {
      await store.commit([
        set<HeldRecord>(held.ref, { ...held.value, released }, held.version),
        set(workCollection.at(recordId), owing, work.version),
      ]);
    } catch (error) {
      if (ConcordError.is(error, ErrorCode.conflict)) continue;
      throw error;
    }
    const task = taskOfWork(owing, now);
    if (task !== undefined) await tasks.enqueue(task);
    return true;
  }
  throw contention(MAX_RACES);
}
