/**
 * How one look or one write changes the facts of a record. Pure functions from record to record.
 */
import { isDeepStrictEqual } from 'node:util';
import type { FieldPath, NativeId, SystemId } from '#shared/model/ids.ts';
import { toEpochMs, type Instant } from '#shared/model/instant.ts';
import type { HistoryEntry, Link, RecordDocument } from '#shared/model/record.ts';
import { recordHistory, records } from '#shared/model/record.ts';
import type { Representation } from '#shared/model/representation.ts';
import { create, type Write } from '#shared/ports/document-store.ts';

/** A history entry before it has a number. */
export type HistoryNote = Omit<HistoryEntry, 'seq' | 'recordedAt'>;

/** Takes over what a system was seen to say, unless the record already holds something newer. */
export function withRepresentation(
  record: RecordDocument,
  system: SystemId,
  seen: Representation,
): RecordDocument {
  const stored = record.representations[system];
  if (stored !== undefined && !isNewer(seen, stored)) return record;
  const link = record.links[system];
  if (link !== undefined && link.nativeId !== seen.nativeId) return record;
  if (link?.deniedAt != null && link.deniedAt > seen.observedAt) return record;
  const active = link === undefined ? {} : { [system]: activeAgain(link) };
  return {
    ...record,
    representations: { ...record.representations, [system]: seen },
    links: { ...record.links, ...active },
  };
}

function activeAgain(link: Link): Link {
  const { answeredId: _, loss: _loss, ...others } = link;
  return { ...others, state: 'active', deniedAt: null };
}

/** Whether the system holds the record as another object than the one named. */
export function isLinkedToAnother(record: RecordDocument, system: SystemId, nativeId: NativeId): boolean {
  const link = record.links[system];
  return link !== undefined && link.state === 'active' && link.nativeId !== nativeId;
}

/**
 * Whether nobody can say which of two different observations is the newer: the vendor's clock does not tell
 * them apart, and ours, given that instances differ, does not either. Then the system is looked at again.
 */
export function isUndecidable(a: Representation, b: Representation, clockSkewMs: number): boolean {
  if (a.modifiedAt === null || b.modifiedAt === null || a.modifiedAt !== b.modifiedAt) return false;
  const apartMs = Math.abs(toEpochMs(a.observedAt) - toEpochMs(b.observedAt));
  return apartMs <= clockSkewMs && !isDeepStrictEqual(a.fields, b.fields);
}

/**
 * What a read by id said beside a representation: a definite "does not exist" (M10), or an answer under another
 * id (M16). The link stays and says so; what it last held stays for history. An older denial than what the record
 * holds says nothing.
 */
export function withDenial(
  record: RecordDocument,
  system: SystemId,
  { state, deniedAt, answeredId }: Denial,
): RecordDocument {
  const link = record.links[system];
  const stored = record.representations[system];
  if (link === undefined || (stored !== undefined && stored.observedAt > deniedAt)) return record;
  // Who does not say under which id the answer came knows no better than who did.
  const survivor = answeredId ?? (state === 'foreign' ? link.answeredId : undefined);
  const { answeredId: _, loss, ...others } = link;
  const denied: Link = {
    ...others,
    state,
    deniedAt,
    ...(survivor === undefined ? {} : { answeredId: survivor }),
    ...(state === 'gone' ? { loss: loss ?? { since: deniedAt, confirmedAt: null } } : {}),
  };
  return { ...record, links: { ...record.links, [system]: denied } };
}

/** What a read by id said beside a representation. */
export interface Denial {
  readonly state: 'gone' | 'foreign';
  readonly deniedAt: Instant;
  /** The object that the vendor answered with instead, when that is known. */
  readonly answeredId?: NativeId | undefined;
}

/** By the vendor's clock where it tells the two apart, else by our time of asking. */
function isNewer(seen: Representation, stored: Representation): boolean {
  if (seen.nativeId !== stored.nativeId) return true;
  if (seen.modifiedAt !== null && stored.modifiedAt !== null && seen.modifiedAt !== stored.modifiedAt) {
    return toEpochMs(seen.modifiedAt) > toEpochMs(stored.modifiedAt);
  }
  return seen.observedAt >= stored.observedAt;
}

/** Whether two states of a record differ in anything but when and how it was observed. */
export function differsInSubstance(before: RecordDocument, after: RecordDocument): boolean {
  return !isDeepStrictEqual(substanceOf(before), substanceOf(after));
}

function substanceOf(record: RecordDocument): unknown {
  return {
    ...record,
    links: mapped(record.links, (link) => ({ ...link, deniedAt: null })),
    representations: mapped(record.representations, ({ nativeId, fields, keys }) => [nativeId, fields, keys]),
    bases: mapped(record.bases, (bases) => mapped(bases, ({ value }) => value)),
    golden: mapped(record.golden, ({ value }) => value),
    verdicts: mapped(record.verdicts, ({ fields }) => fields),
    listing: null,
    release: 0,
  };
}

function mapped<T>(map: Readonly<Record<string, T>>, of: (value: T) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, of(value)]));
}

/** Numbers the notes after the record's counter and appends them; the record's counter moves with them. */
export function withHistory(
  record: RecordDocument,
  notes: readonly HistoryNote[],
  recordedAt: Instant,
): { readonly record: RecordDocument; readonly writes: readonly Write[] } {
  const writes = notes.map((note, index) => {
    const seq = record.historyCount + index + 1;
    const ref = recordHistory.at(records.at(record.id), String(seq).padStart(8, '0'));
    return create<HistoryEntry>(ref, { seq, recordedAt, ...note });
  });
  return { record: { ...record, historyCount: record.historyCount + notes.length }, writes };
}

/** A map of systems to maps of fields, without the named fields of one system. */
export function withoutFields<T>(
  maps: Readonly<Record<SystemId, Readonly<Record<FieldPath, T>>>>,
  system: SystemId,
  paths: readonly FieldPath[],
): Record<SystemId, Readonly<Record<FieldPath, T>>> {
  const kept = Object.entries(maps[system] ?? {}).filter(([path]) => !paths.includes(path as FieldPath));
  const { [system]: _, ...others } = maps;
  return kept.length === 0 ? others : { ...others, [system]: Object.fromEntries(kept) };
}
