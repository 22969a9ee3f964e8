/**
 * Identify: whose are the natural keys that were seen on a record? Upholds M16: a record is provisional
 * until its first observation has claimed its natural keys, and an ambiguous match links nothing. What we created
 * says by our own id whose it is.
 */
import { CauseCode, Verdict } from '#shared/model/vocabulary.ts';
import type { EntityPolicy } from '#shared/authority/policy.ts';
import { presencePath } from '#shared/drift/presence.ts';
import type { Candidate } from '#shared/model/discrepancy.ts';
import { naturalKeyRef } from '#shared/model/identity-documents.ts';
import type { RecordId, SystemId } from '#shared/model/ids.ts';
import type { Instant } from '#shared/model/instant.ts';
import { isBeingWritten, keysOf, records, type RecordDocument } from '#shared/model/record.ts';
import type { NaturalKey, Representation } from '#shared/model/representation.ts';
import {
  create,
  remove,
  type DocumentStore,
  type Snapshot,
  type Write,
} from '#shared/ports/document-store.ts';
import { areDecidedOther } from '../identity/decisions.ts';
import type { SyncContext } from './context.ts';
import { isLinkedToAnother } from './facts.ts';

/** Natural keys seen on a record that it does not hold yet, sorted by whose they are. */
export interface KeyClaims {
  readonly free: readonly NaturalKey[];
  readonly taken: readonly TakenKey[];
}

export interface TakenKey {
  readonly key: NaturalKey;
  readonly by: RecordId;
  /** A person has said that the two are not the same: never linked, never suggested again. */
  readonly isOther?: true;
}

/** The records that hold keys of another one, each with the names of the keys. */
export function candidatesOf({ taken }: KeyClaims): readonly Candidate[] {
  const possible = taken.filter(({ isOther }) => isOther !== true);
  return [...Map.groupBy(possible, ({ by }) => by)].map(([recordId, keys]) => ({
    recordId,
    evidence: [...new Set(keys.map(({ key }) => key.key))].toSorted().join('+'),
  }));
}

/** Records that were merged into others are followed this far. */
const MERGE_HOPS = 10;

/** Natural keys that are said of the record and that it does not hold, or not yet. */
export function unheldKeys(record: RecordDocument): readonly NaturalKey[] {
  return keysOf(record).filter((key) => !record.claims.includes(naturalKeyRef(record.type, key).path));
}

/** Looks up whose the keys are that the record does not hold. Costs no read when it holds them all. */
export async function findClaims(context: SyncContext, record: RecordDocument): Promise<KeyClaims> {
  const unheld = unheldKeys(record);
  const snapshots = await Promise.all(
    unheld.map((key) => context.ports.store.get(naturalKeyRef(record.type, key))),
  );
  const free: NaturalKey[] = [];
  const taken: TakenKey[] = [];
  for (const [index, key] of unheld.entries()) {
    const claim = snapshots[index]?.value;
    if (claim === undefined) free.push(key);
    else if (claim.recordId !== record.id) taken.push({ key, by: claim.recordId });
  }
  return { free, taken: await withDecisions(context, record, taken) };
}

async function withDecisions(
  context: SyncContext,
  record: RecordDocument,
  taken: readonly TakenKey[],
): Promise<readonly TakenKey[]> {
  const owners = [...new Set(taken.map(({ by }) => by))];
  const decided = await Promise.all(owners.map((owner) => isDecidedOther(context, record, owner)));
  const others = owners.filter((_, index) => decided[index]);
  return taken.map((one) => (others.includes(one.by) ? { ...one, isOther: true } : one));
}

async function isDecidedOther(context: SyncContext, record: RecordDocument, id: RecordId): Promise<boolean> {
  const owner = await currentRecord(context, id);
  return owner !== undefined && (await areDecidedOther(context.ports.store, record, owner.value));
}

/** The writes that claim free keys. A competing claim makes the whole commit fail, and the pass looks again. */
export function claimWrites(
  record: RecordDocument,
  free: readonly NaturalKey[],
  at: Instant,
): readonly Write[] {
  return free.map((key) =>
    create(naturalKeyRef(record.type, key), {
      type: record.type,
      key: key.key,
      recordId: record.id,
      claimedAt: at,
    }),
  );
}

/** The record holding the keys it has just claimed. */
export function withClaims(record: RecordDocument, free: readonly NaturalKey[]): RecordDocument {
  const claimed = free.map((key) => naturalKeyRef(record.type, key).path);
  return claimed.length === 0 ? record : { ...record, claims: [...record.claims, ...claimed].toSorted() };
}

/** A record without the claims that it has no more right to, and the writes that release them. */
export interface Released {
  readonly record: RecordDocument;
  readonly writes: readonly Write[];
}

/**
 * Releases keys that no system says of the record any more, so that whoever has the address now is not taken for it.
 * A key is kept while a run may still write it, while a linked system was not looked at, and by one that lost the
 * object as long as another has it: the object may be made anew.
 */
export function releaseClaims(record: RecordDocument): Released {
  const isSettled =
    !isBeingWritten(record) &&
    (Object.keys(record.links) as SystemId[]).every((system) => record.representations[system] !== undefined);
  if (!isSettled) return { record, writes: [] };
  const isHeld = Object.values(record.links).some(({ state }) => state !== 'gone');
  const said = new Set(
    (isHeld ? Object.values(record.representations) : []).flatMap((representation) =>
      representation.keys.map((key) => naturalKeyRef(record.type, key).path),
    ),
  );
  const released = record.claims.filter((path) => !said.has(path));
  if (released.length === 0) return { record, writes: [] };
  return {
    record: { ...record, claims: record.claims.filter((path) => said.has(path)) },
    writes: released.map((path) => remove({ path })),
  };
}

/**
 * The record for which we created what a provisional record was seen to be. Asked before natural keys are, because
 * somebody may have changed those by the time of our first look. Undefined when the object does not carry our own
 * id, when that record holds another object there by now, when a person has said that it is not the same, and when what
 * it held was merged with what another record holds, whose keys the object has: then the natural keys decide.
 *
 * @param taken natural keys of the object that belong to other records.
 */
export async function findCreator(
  context: SyncContext,
  provisional: RecordDocument,
  system: SystemId,
  { ownId, nativeId }: Representation,
  taken: KeyClaims['taken'],
): Promise<Snapshot<RecordDocument> | undefined> {
  if (ownId === null || provisional.links[system]?.state !== 'active') return undefined;
  const creator = await currentRecord(context, ownId);
  if (creator === undefined || creator.value.id === provisional.id) return undefined;
  const { id, state, type, links } = creator.value;
  if (state !== 'active' || type !== provisional.type) return undefined;
  if (links[system]?.state === 'foreign' && taken.some(({ by }) => by !== id)) return undefined; // M16
  if (isLinkedToAnother(creator.value, system, nativeId)) return undefined;
  const isOther = await areDecidedOther(context.ports.store, provisional, creator.value);
  return isOther ? undefined : creator;
}

export type Match =
  | { readonly status: 'new' }
  | { readonly status: 'link'; readonly winner: Snapshot<RecordDocument> }
  | { readonly status: 'ambiguous' };

/**
 * Decides who a provisional record is. It is the one record that holds one of its keys, if that record is
 * not yet linked to the same system under another id; more than one candidate is ambiguous.
 */
export async function matchRecord(context: SyncContext, system: SystemId, claims: KeyClaims): Promise<Match> {
  const possible = claims.taken.filter(({ isOther }) => isOther !== true);
  const owners = [...new Set(possible.map(({ by }) => by))];
  const snapshots = await Promise.all(owners.map((owner) => currentRecord(context, owner)));
  const winners = new Map(
    snapshots.flatMap((snapshot) => (snapshot === undefined ? [] : [[snapshot.value.id, snapshot] as const])),
  );
  const [winner, ...others] = winners.values();
  if (winner === undefined) return owners.length === 0 ? { status: 'new' } : { status: 'ambiguous' };
  const link = winner.value.links[system];
  const isFree = link === undefined || link.state === 'gone';
  return others.length === 0 && isFree ? { status: 'link', winner } : { status: 'ambiguous' };
}

/** The record that now stands for an id, following merges. */
export async function currentRecord(
  context: { readonly ports: { readonly store: Pick<DocumentStore, 'get'> } },
  id: RecordId,
): Promise<Snapshot<RecordDocument> | undefined> {
  let snapshot = await context.ports.store.get(records.at(id));
  for (let hop = 0; hop < MERGE_HOPS && snapshot?.value.mergedInto != null; hop += 1) {
    snapshot = await context.ports.store.get(records.at(snapshot.value.mergedInto));
  }
  return snapshot;
}

/** A record whose identity nobody can tell automatically: visible as a conflict, and nothing is planned. */
export function ambiguousVerdicts(
  policy: EntityPolicy,
  system: SystemId,
  observedAt: Instant,
): RecordDocument['verdicts'] {
  const verdict = { verdict: Verdict.hardConflict, cause: CauseCode.ambiguousMatch };
  return {
    [policy.presenceDimension]: {
      ...verdict,
      fields: {
        [presencePath(system)]: { ...verdict, systems: [system], rule: `${policy.type}: natural keys` },
      },
      verifiedAt: observedAt,
    },
  };
}
