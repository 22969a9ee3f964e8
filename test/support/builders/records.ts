import type { Sign } from '#shared/drift/evidence.ts';
import { CLEARED, valueOf, type FieldValue, type FieldValues } from '#shared/model/field-value.ts';
import type { FieldPath, SystemId } from '#shared/model/ids.ts';
import { NativeId, RecordId, runIdOf } from '#shared/model/ids.ts';
import { toInstant, type Instant } from '#shared/model/instant.ts';
import type { GoldenValue, Link, RecordDocument, Refusal } from '#shared/model/record.ts';
import type { Base, LedgerEntry, NaturalKey, Representation } from '#shared/model/representation.ts';
import { CUSTOMER, HUBSPOT } from './policies.ts';

export const RECORD_ID = RecordId('rec_01');
export const RUN_ID = runIdOf('sync-record', RECORD_ID, 1);

/** 2026-03-02T09:00:00.000Z and as many minutes later. */
export function minute(count: number): Instant {
  return toInstant(Date.UTC(2026, 2, 2, 9, count));
}

/** Text as a value, `null` as known to be empty. */
export function says(text: string | null): FieldValue {
  return text === null ? CLEARED : valueOf(text);
}

/** A representation as read in minute 10, last modified in minute 5. */
export function aRepresentation(
  fields: FieldValues,
  differing: Partial<Representation> = {},
): Representation {
  return {
    nativeId: NativeId('501'),
    fields,
    keys: [],
    ownId: null,
    version: 'v1',
    modifiedAt: minute(5),
    observedAt: minute(10),
    method: 'read',
    ...differing,
  };
}

/** What was last accepted or verified: in minute 1 unless told otherwise. */
export function aBase(value: FieldValue, modifiedAt: Instant | null = minute(1)): Base {
  return { value, modifiedAt };
}

/** A value that policy holds true because HubSpot said so first. */
export function aGolden(value: FieldValue): GoldenValue {
  return { value, cause: { system: HUBSPOT, evidence: null, rule: 'first', acceptedAt: minute(0) } };
}

/** An active link. */
export function aLink(differing: Partial<Link> = {}): Link {
  return {
    nativeId: NativeId('501'),
    state: 'active',
    deniedAt: null,
    linkedAt: minute(0),
    evidence: 'email',
    ...differing,
  };
}

/** One of our writes, stored by the vendor as given. */
export function aLedgerEntry(written: FieldValue, stored: FieldValue = written): LedgerEntry {
  return { runId: RUN_ID, written, stored };
}

/** A value that the vendor refused, alone unless told otherwise. */
export function aRefusal(to: FieldValue, differing: Partial<Refusal> = {}): Refusal {
  return { runId: RUN_ID, to, code: 'vendor_rejected', isShared: false, ...differing };
}

/** A natural key. */
export function aKey(value: string, key = 'email'): NaturalKey {
  return { key, value };
}

/** A sign in minute 5 that speaks of the record as a whole. */
export function aSign(differing: Partial<Sign> = {}): Sign {
  return { source: 'webhook', at: minute(5), paths: null, eventKey: 'event-1', isEcho: false, ...differing };
}

/** An active record that nobody has said anything about. */
export function aRecord(differing: Partial<RecordDocument> = {}): RecordDocument {
  return {
    id: RECORD_ID,
    type: CUSTOMER,
    state: 'active',
    mergedInto: null,
    lifecycle: 'active',
    links: {},
    representations: {},
    bases: {},
    golden: {},
    ledger: {},
    refusals: {},
    swallowed: {},
    tolerances: {},
    holds: {},
    unexplainedSince: {},
    verdicts: {},
    claims: [],
    writeSets: {},
    usedFacts: [],
    passNumber: 0,
    epoch: 0,
    release: 0,
    historyCount: 0,
    createdAt: minute(0),
    ...differing,
  };
}

/** How one system stands in the one field of a record. Left out means: not known. */
export interface Standing {
  /** What it says now: text, or `null` for known to be empty. */
  readonly now?: string | null;
  /** What we last accepted or verified there. */
  readonly base?: string | null;
  readonly modifiedAt?: Instant | null;
}

/** A record with one field, as seen by its linked systems. `golden` left out means: nothing is held yet. */
export function aRecordOf(
  path: FieldPath,
  golden: string | null | undefined,
  standings: Readonly<Record<SystemId, Standing>>,
  differing: Partial<RecordDocument> = {},
): RecordDocument {
  const systems = Object.entries(standings) as [SystemId, Standing][];
  return aRecord({
    links: Object.fromEntries(systems.map(([system]) => [system, aLink({ nativeId: nativeIdIn(system) })])),
    representations: Object.fromEntries(
      systems.map(([system, { now, modifiedAt = minute(1) }]) => {
        const fields: FieldValues = now === undefined ? {} : { [path]: says(now) };
        return [system, aRepresentation(fields, { nativeId: nativeIdIn(system), modifiedAt })];
      }),
    ),
    bases: Object.fromEntries(
      systems.flatMap(([system, { base }]) =>
        base === undefined ? [] : [[system, { [path]: aBase(says(base)) }] as const],
      ),
    ),
    golden: golden === undefined ? {} : { [path]: aGolden(says(golden)) },
    ...differing,
  });
}

/** One field of a record of several: what holds, and how each system stands. */
export interface FieldStanding {
  readonly golden?: string | null;
  readonly systems: Readonly<Record<SystemId, Standing>>;
}

/** A record of several fields, each as seen by its linked systems. */
export function aRecordWith(
  fields: Readonly<Record<FieldPath, FieldStanding>>,
  differing: Partial<RecordDocument> = {},
): RecordDocument {
  const records = Object.entries(fields).map(([path, { golden, systems }]) =>
    aRecordOf(path as FieldPath, golden, systems),
  );
  const merged = records.reduce(
    (all, one) => ({
      ...all,
      links: { ...all.links, ...one.links },
      golden: { ...all.golden, ...one.golden },
      bases: mergedMaps(all.bases, one.bases),
      representations: mergedRepresentations(all.representations, one.representations),
    }),
    aRecord(),
  );
  return { ...merged, ...differing };
}

function mergedMaps<T extends object>(
  a: Readonly<Record<SystemId, T>>,
  b: Readonly<Record<SystemId, T>>,
): Record<SystemId, T> {
  const systems = [...new Set([...Object.keys(a), ...Object.keys(b)])] as SystemId[];
  return Object.fromEntries(systems.map((system) => [system, { ...a[system], ...b[system] } as T]));
}

function mergedRepresentations(
  a: RecordDocument['representations'],
  b: RecordDocument['representations'],
): RecordDocument['representations'] {
  const merged = mergedMaps(a, b);
  return Object.fromEntries(
    Object.entries(merged).map(([key, representation]) => {
      const system = key as SystemId;
      return [system, { ...representation, fields: { ...a[system]?.fields, ...b[system]?.fields } }];
    }),
  );
}

/** The native id under which the records built here are known in a system. */
function nativeIdIn(system: SystemId): NativeId {
  return NativeId(`${system}-1`);
}
