/**
 * Part: a person says that what was taken for one entity is two. An object leaves its record and becomes a record of
 * its own, or a record that was merged stands for itself again. That they are not the same is remembered about their
 * objects, so that neither keys nor our own ids ever join or suggest them again (M16).
 *
 * P1 Natural keys that only the leaving objects were said to have leave with them; what both say stays where it is, and
 *    shows as a key that another record holds.
 * P2 Nothing is accepted and nothing written: both owe a look, and what follows is planned as usual.
 */
import {
  crosswalkRef,
  naturalKeyRef,
  type Crosswalk,
  type NaturalKeyClaim,
} from '#shared/model/identity-documents.ts';
import type { RecordId, SystemId } from '#shared/model/ids.ts';
import { toInstant } from '#shared/model/instant.ts';
import { records, type Link, type RecordDocument } from '#shared/model/record.ts';
import type { Representation } from '#shared/model/representation.ts';
import { work as workCollection } from '#shared/model/work.ts';
import { set, update, type Snapshot, type Write } from '#shared/ports/document-store.ts';
import type { Ports } from '#shared/ports/ports.ts';
import { withHistory, type HistoryNote } from '../sync-record/facts.ts';
import { withoutSystem } from '../sync-record/link-records.ts';
import { newProvisional } from '../sync-record/new-provisional.ts';
import { taskOfWork } from '../sync-record/wake.ts';
import { decisionWrites, objectsOf } from './decisions.ts';
import { owingLooks, type Decider, type IdentityChange } from './join-records.ts';
import { fenced, leaseWrites, type Party } from './parties.ts';

export interface Unlinking {
  readonly party: Party;
  readonly system: SystemId;
  /** What is stored of the object that leaves. */
  readonly crosswalk: Snapshot<Crosswalk>;
  /** Names the record that it becomes. */
  readonly ulid: string;
}

/** Builds the commit that lets an object leave its record. */
export function unlinkObject(
  ports: Pick<Ports, 'store' | 'tasks' | 'clock' | 'ids' | 'telemetry'>,
  { party, system, crosswalk, ulid }: Unlinking,
  decider: Decider,
): IdentityChange & { readonly recordId: RecordId } {
  const { by, reason, now } = decider;
  const at = toInstant(now);
  const record = party.record.value;
  const { nativeId } = crosswalk.value;
  const left = withoutLinks(fenced(record), [system]);
  const leaving = leavingClaims(record.claims, [record.representations[system]], left);
  const born = newProvisional(
    { ports: { ...ports, ids: { ...ports.ids, ulid: () => ulid } } },
    {
      system,
      type: record.type,
      nativeId,
      evidence: 'unlinked',
      former: crosswalk,
      now,
      claims: leaving,
      hint: { system, vendorTime: null, lane: 'operator', evidence: [] },
    },
  );
  const parted = withHistory(
    withoutClaims(left, leaving),
    [{ ...note('unlinked', by, born.recordId), system, before: nativeId }],
    at,
  );
  const owing = owingLooks(party.work.value, [], now);
  return {
    recordId: born.recordId,
    writes: [
      set(records.at(record.id), parted.record, party.record.version),
      ...parted.writes,
      ...born.writes,
      ...claimMoves(leaving, born.recordId),
      ...decisionWrites(
        { ones: [{ system, nativeId }], others: objectsOf(left) },
        { type: record.type, verdict: 'not_same', by, at, reason },
      ),
      ...leaseWrites([party]),
      set(workCollection.at(record.id), owing, party.work.version),
    ],
    tasks: [taskOfWork(owing, now), born.task],
  };
}

export interface Unmerging {
  /** The record that was merged. */
  readonly merged: Party;
  /** The record that now stands for it. */
  readonly winner: Party;
  /** What is stored of the merged record's objects. */
  readonly crosswalks: readonly Snapshot<Crosswalk>[];
}

/** Builds the commit that lets a merged record stand for itself again, with the objects that are still the winner's. */
export function partRecords({ merged, winner, crosswalks }: Unmerging, decider: Decider): IdentityChange {
  const { by, reason, now } = decider;
  const at = toInstant(now);
  const [lost, kept] = [merged.record.value, winner.record.value];
  const returning = crosswalks.filter(({ value }) => value.recordId === kept.id);
  const moved = returning.flatMap(({ value: { system, nativeId } }) =>
    kept.links[system]?.nativeId === nativeId ? [system] : [],
  );
  const links = Object.fromEntries(
    returning.flatMap(({ value: { system } }): [SystemId, Link][] => {
      const link = lost.links[system];
      return link === undefined ? [] : [[system, { ...link, state: 'active', deniedAt: null, linkedAt: at }]];
    }),
  );
  const left = withoutLinks(fenced(kept), moved);
  const restored = { ...left, links: { ...left.links, ...displacedBy(lost, moved) } };
  const leaving = leavingClaims(
    kept.claims,
    [...moved.map((system) => kept.representations[system]), ...Object.values(lost.representations)],
    left,
  );
  const { displaced: _, ...others } = lost;
  const standing = withHistory(
    {
      ...others,
      state: Object.keys(lost.representations).length === 0 ? 'provisional' : 'active',
      mergedInto: null,
      epoch: lost.epoch + 1,
      links,
      claims: leaving,
    },
    [note('parted', by, kept.id)],
    at,
  );
  const parted = withHistory(withoutClaims(restored, leaving), [note('parted', by, lost.id)], at);
  const works = {
    merged: owingLooks(merged.work.value, Object.keys(links) as SystemId[], now),
    winner: owingLooks(winner.work.value, [], now),
  };
  return {
    writes: [
      set(records.at(kept.id), parted.record, winner.record.version),
      ...parted.writes,
      set(records.at(lost.id), standing.record, merged.record.version),
      ...standing.writes,
      ...returning.map(({ ref, value, version }) =>
        set<Crosswalk>(
          ref,
          {
            ...value,
            recordId: lost.id,
            state: 'active',
            mergedIntoNativeId: null,
            formerRecordIds: [...value.formerRecordIds.filter((id) => id !== kept.id), kept.id],
            evidence: 'parted',
          },
          version,
        ),
      ),
      ...claimMoves(leaving, lost.id),
      ...displacedWrites(lost, moved, kept),
      ...decisionWrites(
        {
          ones: returning.map(({ value: { system, nativeId } }) => ({ system, nativeId })),
          others: objectsOf(restored),
        },
        { type: kept.type, verdict: 'not_same', by, at, reason },
      ),
      ...leaseWrites([winner, merged]),
      set(workCollection.at(kept.id), works.winner, winner.work.version),
      set(workCollection.at(lost.id), works.merged, merged.work.version),
    ],
    tasks: [taskOfWork(works.winner, now), taskOfWork(works.merged, now)],
  };
}

/** Links of the winner that had given way; they say again what they said: that the object is gone or merged. */
function displacedBy(lost: RecordDocument, moved: readonly SystemId[]): Readonly<Record<SystemId, Link>> {
  return Object.fromEntries(
    moved.flatMap((system) => {
      const link = lost.displaced?.[system];
      return link === undefined ? [] : [[system, link]];
    }),
  );
}

function displacedWrites(
  lost: RecordDocument,
  moved: readonly SystemId[],
  { id: recordId, type }: RecordDocument,
): readonly Write[] {
  return Object.entries(displacedBy(lost, moved)).map(([system, { nativeId }]) =>
    update<Crosswalk>(crosswalkRef(system as SystemId, type, nativeId), {
      recordId,
      state: 'active',
      mergedIntoNativeId: null,
    }),
  );
}

function withoutLinks(record: RecordDocument, systems: readonly SystemId[]): RecordDocument {
  const stripped = systems.reduce(withoutSystem, record);
  const links = Object.entries(stripped.links).filter(([system]) => !systems.includes(system as SystemId));
  return { ...stripped, links: Object.fromEntries(links) };
}

/** P1: claims to keys that what leaves says, and nobody who stays. */
function leavingClaims(
  claims: readonly string[],
  leaving: readonly (Representation | undefined)[],
  after: RecordDocument,
): readonly string[] {
  const pathsOf = (said: readonly (Representation | undefined)[]) =>
    said.flatMap((one) => (one?.keys ?? []).map((key) => naturalKeyRef(after.type, key).path));
  const [gone, kept] = [pathsOf(leaving), pathsOf(Object.values(after.representations))];
  return claims.filter((path) => gone.includes(path) && !kept.includes(path));
}

function withoutClaims(record: RecordDocument, claims: readonly string[]): RecordDocument {
  return { ...record, claims: record.claims.filter((path) => !claims.includes(path)) };
}

function claimMoves(claims: readonly string[], recordId: RecordId): readonly Write[] {
  return claims.map((path) => update<NaturalKeyClaim>({ path }, { recordId }));
}

function note(kind: 'unlinked' | 'parted', by: string, other: RecordId): HistoryNote {
  return {
    kind,
    trueSince: null,
    system: null,
    path: null,
    before: null,
    after: other,
    rule: null,
    cause: { kind: 'match', id: `operator:${by}` },
  };
}
