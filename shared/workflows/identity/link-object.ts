/**
 * Link by hand: a person says that an object which belongs to no record is this record's. It takes the place of one
 * that is gone, or that the vendor has merged into it (M16).
 */
import { crosswalkRef, type Crosswalk } from '#shared/model/identity-documents.ts';
import type { VendorObject } from '#shared/model/identity-decision.ts';
import { toInstant } from '#shared/model/instant.ts';
import { records, type RecordDocument } from '#shared/model/record.ts';
import { work as workCollection } from '#shared/model/work.ts';
import { create, set, update, type Snapshot, type Write } from '#shared/ports/document-store.ts';
import { withHistory } from '../sync-record/facts.ts';
import { withoutSystem } from '../sync-record/link-records.ts';
import { taskOfWork } from '../sync-record/wake.ts';
import { decisionWrites, objectsOf } from './decisions.ts';
import { owingLooks, type Decider, type IdentityChange } from './join-records.ts';
import { fenced, leaseWrites, type Party } from './parties.ts';

/**
 * Builds the commit that links an object to a record. The caller has checked that the record holds no other there.
 *
 * @param known what is stored of the object, if it was ever met.
 */
export function linkObject(
  party: Party,
  { system, nativeId }: VendorObject,
  known: Snapshot<Crosswalk> | undefined,
  decider: Decider,
): IdentityChange {
  const { by, reason, now } = decider;
  const at = toInstant(now);
  const record = party.record.value;
  const stripped = withoutSystem(fenced(record), system);
  const linked: RecordDocument = {
    ...stripped,
    links: {
      ...stripped.links,
      [system]: { nativeId, state: 'active', deniedAt: null, linkedAt: at, evidence: 'operator' },
    },
  };
  const noted = withHistory(
    linked,
    [
      {
        kind: 'linked',
        trueSince: null,
        system,
        path: null,
        before: record.links[system]?.nativeId ?? null,
        after: nativeId,
        rule: null,
        cause: { kind: 'match', id: `operator:${by}` },
      },
    ],
    at,
  );
  const owing = owingLooks(party.work.value, [system], now);
  return {
    writes: [
      set(records.at(record.id), noted.record, party.record.version),
      ...noted.writes,
      crosswalkWrite(record, { system, nativeId }, known, at),
      ...replacedWrite(record, { system, nativeId }),
      ...decisionWrites(
        { ones: [{ system, nativeId }], others: objectsOf(record) },
        { type: record.type, verdict: 'same', by, at, reason },
      ),
      ...leaseWrites([party]),
      set(workCollection.at(record.id), owing, party.work.version),
    ],
    tasks: [taskOfWork(owing, now)],
  };
}

function crosswalkWrite(
  { id, type }: RecordDocument,
  { system, nativeId }: VendorObject,
  known: Snapshot<Crosswalk> | undefined,
  createdAt: Crosswalk['createdAt'],
): Write {
  const state = 'active' as const;
  if (known === undefined) {
    return create<Crosswalk>(crosswalkRef(system, type, nativeId), {
      system,
      type,
      nativeId,
      recordId: id,
      state,
      mergedIntoNativeId: null,
      formerRecordIds: [],
      evidence: 'operator',
      createdAt,
    });
  }
  const { value } = known;
  const formerRecordIds = [...new Set([...value.formerRecordIds, value.recordId])].filter(
    (one) => one !== id,
  );
  const linked = { ...value, recordId: id, state, mergedIntoNativeId: null, formerRecordIds };
  return set<Crosswalk>(known.ref, { ...linked, evidence: 'operator' }, known.version);
}

/** The object in whose place it comes: merged into it by the vendor, or gone. */
function replacedWrite(record: RecordDocument, { system, nativeId }: VendorObject): readonly Write[] {
  const replaced = record.links[system];
  if (replaced === undefined || replaced.nativeId === nativeId) return [];
  const ref = crosswalkRef(system, record.type, replaced.nativeId);
  return replaced.state === 'foreign'
    ? [update<Crosswalk>(ref, { state: 'merged', mergedIntoNativeId: nativeId })]
    : [update<Crosswalk>(ref, { state: 'deleted' })];
}
