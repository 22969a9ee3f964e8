/**
 * Join: a person says that two records are one entity. One commit moves what the loser holds to the winner, which owes
 * a look at every object that is new to it; the loser stays, points to the winner and keeps what it knew, so that the
 * two can be parted again (M16).
 *
 * J1 Nothing is accepted by a join: what the loser's systems say has no base at the winner, so that a different value
 *    is shown as a conflict and none is overwritten.
 * J2 Open runs of both fail their next commit; what they meant to write is planned anew on what is then known.
 * J3 Where both hold an object in one system, the winner's counts. The other one is set aside: known for the winner's
 *    by its id, and neither read nor written.
 */
import { crosswalkRef, type Crosswalk, type NaturalKeyClaim } from '#shared/model/identity-documents.ts';
import { CONCORD, type SystemId } from '#shared/model/ids.ts';
import { toInstant, type Instant } from '#shared/model/instant.ts';
import { records, type Link, type RecordDocument } from '#shared/model/record.ts';
import { ServedReason } from '#shared/model/vocabulary.ts';
import { work as workCollection, type WorkDocument } from '#shared/model/work.ts';
import { set, update, type Write } from '#shared/ports/document-store.ts';
import type { Task } from '#shared/ports/task-queue.ts';
import { withHistory } from '../sync-record/facts.ts';
import { forwardMarks, withoutSystem } from '../sync-record/link-records.ts';
import { addMark, settleMarks } from '../sync-record/marks.ts';
import { taskOfWork } from '../sync-record/wake.ts';
import { decisionWrites, objectsOf } from './decisions.ts';
import { fenced, leaseWrites, type Party } from './parties.ts';

/** Who decided, and why. */
export interface Decider {
  readonly by: string;
  readonly reason: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** What a decision about identity comes to: committed as one, then the tasks. */
export interface IdentityChange {
  readonly writes: readonly Write[];
  readonly tasks: readonly (Task | undefined)[];
}

/** Systems in which both records hold an object: whoever joins them has to know (J3). */
export function duplicatesOf(winner: RecordDocument, loser: RecordDocument): readonly SystemId[] {
  return (Object.keys(loser.links) as SystemId[]).filter(
    (system) => isHeld(winner.links[system]) && isHeld(loser.links[system]),
  );
}

/** Builds the commit that makes the loser a part of the winner. The caller has checked that nothing is in the way. */
export function joinRecords(winner: Party, loser: Party, decider: Decider): IdentityChange {
  const { by, reason, now } = decider;
  const at = toInstant(now);
  const [kept, lost] = [winner.record.value, loser.record.value];
  const taken = takenSystems(kept, lost);
  const joined = withHistory(joinedRecord(kept, lost, taken, at), [note(by, lost.id, null)], at);
  const displaced = Object.fromEntries(
    taken.flatMap((system) => (kept.links[system] === undefined ? [] : [[system, kept.links[system]]])),
  );
  const merged = withHistory(
    { ...fenced(lost), state: 'merged', mergedInto: kept.id, displaced },
    [note(by, kept.id, null)],
    at,
  );
  const winnerWork = owingLooks(forwardMarks(loser.work.value, winner.work.value, now, 0), taken, now);
  const emptied = emptiedWork(loser.work.value, now);
  return {
    writes: [
      set(records.at(kept.id), joined.record, winner.record.version),
      ...joined.writes,
      set(records.at(lost.id), merged.record, loser.record.version),
      ...merged.writes,
      ...crosswalkWrites(kept, lost, taken),
      ...lost.claims.map((path) => update<NaturalKeyClaim>({ path }, { recordId: kept.id })),
      ...decisionWrites(
        { ones: objectsOf(lost), others: objectsOf(kept) },
        { type: kept.type, verdict: 'same', by, at, reason },
      ),
      ...leaseWrites([winner, loser]),
      set(workCollection.at(kept.id), winnerWork, winner.work.version),
      set(workCollection.at(lost.id), emptied, loser.work.version),
    ],
    tasks: [taskOfWork(winnerWork, now)],
  };
}

/** Systems whose object the winner takes over: where it holds none, or none any more. */
function takenSystems(winner: RecordDocument, loser: RecordDocument): readonly SystemId[] {
  return (Object.keys(loser.links) as SystemId[]).filter(
    (system) => isHeld(loser.links[system]) && !isHeld(winner.links[system]),
  );
}

function isHeld(link: Link | undefined): boolean {
  return link?.state === 'active';
}

function joinedRecord(
  winner: RecordDocument,
  loser: RecordDocument,
  taken: readonly SystemId[],
  linkedAt: Instant,
): RecordDocument {
  const emptied = taken.reduce(withoutSystem, fenced(winner)); // J1
  const links = Object.fromEntries(
    taken.flatMap((system) => {
      const link = loser.links[system];
      return link === undefined ? [] : [[system, { ...link, linkedAt, evidence: 'operator' }]];
    }),
  );
  return {
    ...emptied,
    links: { ...emptied.links, ...links },
    claims: [...new Set([...winner.claims, ...loser.claims])].toSorted(),
    usedFacts: [...new Set([...winner.usedFacts, ...loser.usedFacts])],
  };
}

function crosswalkWrites(
  winner: RecordDocument,
  loser: RecordDocument,
  taken: readonly SystemId[],
): readonly Write[] {
  const { id: recordId, type } = winner;
  const moved = Object.entries(loser.links).map(([key, { nativeId }]) => {
    const system = key as SystemId;
    const kept = winner.links[system]?.nativeId ?? null;
    return update<Crosswalk>(crosswalkRef(system, type, nativeId), {
      recordId,
      formerRecordIds: { transform: 'arrayUnion', elements: [loser.id] },
      evidence: 'operator',
      ...(taken.includes(system)
        ? { state: 'active' as const, mergedIntoNativeId: null }
        : { state: 'merged' as const, mergedIntoNativeId: kept }), // J3
    });
  });
  return [...moved, ...taken.flatMap((system) => replacedWrites(winner, loser, system))];
}

/** An object that gives way: one that the vendor merged points to its survivor, one that is gone is nobody's. */
function replacedWrites(winner: RecordDocument, loser: RecordDocument, system: SystemId): readonly Write[] {
  const replaced = winner.links[system];
  if (replaced === undefined) return [];
  const ref = crosswalkRef(system, winner.type, replaced.nativeId);
  if (replaced.state !== 'foreign') return [update<Crosswalk>(ref, { state: 'deleted' })];
  const survivor = loser.links[system]?.nativeId ?? null;
  return [update<Crosswalk>(ref, { state: 'merged', mergedIntoNativeId: survivor })];
}

/** Owes a look at each of the systems, and a comparison of the whole, as urgently as people are served. */
export function owingLooks(work: WorkDocument, systems: readonly SystemId[], now: number): WorkDocument {
  return [...systems, CONCORD].reduce(
    (owing, system) =>
      addMark(owing, { system, vendorTime: null, lane: 'operator', evidence: [] }, 0, now).work,
    work,
  );
}

/** A record that stands for itself no more owes nothing and is not checked. */
function emptiedWork(work: WorkDocument, now: number): WorkDocument {
  const outcomes = Object.entries(work.marks).map(
    ([system, { seq }]) =>
      [system as SystemId, { kind: 'served', seq, reason: ServedReason.forwarded }] as const,
  );
  return { ...settleMarks(work, new Map(outcomes), now), checks: {}, checkDueAt: null, deferred: {} };
}

function note(by: string, other: string, system: SystemId | null) {
  return {
    kind: 'merged' as const,
    trueSince: null,
    system,
    path: null,
    before: null,
    after: other,
    rule: null,
    cause: { kind: 'match' as const, id: `operator:${by}` },
  };
}
