import { z } from 'zod';
import { Capability } from '#shared/model/capabilities.ts';
import { discrepancies, discrepancyId, type Candidate, type Discrepancy } from '#shared/model/discrepancy.ts';
import { crosswalkRef, type Crosswalk } from '#shared/model/identity-documents.ts';
import { NativeId, type RecordId, type SystemId } from '#shared/model/ids.ts';
import { records, type RecordDocument } from '#shared/model/record.ts';
import type { Snapshot } from '#shared/ports/document-store.ts';
import { duplicatesOf, joinRecords } from '#shared/workflows/identity/join-records.ts';
import { linkObject } from '#shared/workflows/identity/link-object.ts';
import { partRecords, unlinkObject } from '#shared/workflows/identity/part-records.ts';
import type { Party } from '#shared/workflows/identity/parties.ts';
import { currentRecord } from '#shared/workflows/sync-record/identify.ts';
import type { ApiContext, WriteCall } from '../context.ts';
import { sentenceOf } from '../discrepancy-view.ts';
import { policyOf } from '../entity-policies.ts';
import { decided, decidedOther, partiesOf, type IdentityCall } from '../identity-change.ts';
import { listed, systemLabel } from '../labels.ts';
import { sightOf, type Sight } from '../masking.ts';
import { PAGE_QUERY, readPage } from '../page.ts';
import { notFound, refuse, type Refusal } from '../problem.ts';
import { titleOf } from '../record-title.ts';
import { readRoute, writeRoute, type Decided, type Route } from '../route.ts';
import { NOTHING, reasonText, recordIdText, RecordParamsSchema, systemName } from '../schemas.ts';

/** Causes that are about who is who. */
const IDENTITY_CAUSES = ['ambiguous_match', 'key_taken', 'foreign_answer'] as const;

const LinkBodySchema = z.union(
  [
    z.strictObject({ recordId: recordIdText, reason: reasonText }),
    z.strictObject({ system: systemName, nativeId: z.string().min(1).max(100), reason: reasonText }),
  ],
  { error: 'must name a recordId, or a system and a nativeId, and say why.' },
);

const UnlinkBodySchema = z.union(
  [
    z.strictObject({ system: systemName, reason: reasonText }),
    z.strictObject({ recordId: recordIdText, reason: reasonText }),
  ],
  { error: 'must name the system whose object leaves, or the recordId that is not the same, and say why.' },
);

const MergeBodySchema = z.strictObject({
  /** The record that becomes a part of the one in the path. */
  recordId: recordIdText,
  /** Whether objects of systems in which both hold one may be set aside. */
  acceptDuplicates: z.boolean().default(false),
  reason: reasonText,
});

type Call<Body> = WriteCall<{ readonly id: RecordId }, Body>;

export const IDENTITY_ROUTES: readonly Route[] = [
  readRoute({
    path: '/identity',
    capability: Capability.readDiscrepancies,
    params: NOTHING,
    query: z.strictObject({ ...PAGE_QUERY }),
    async read(context, { query, operator }) {
      const { client } = await context.load();
      const page = await readPage<Discrepancy, object>(context, {
        from: {
          from: discrepancies.ref,
          where: [
            ['isOpen', '==', true],
            ['cause', 'in', [...IDENTITY_CAUSES]],
          ],
          orderBy: [
            ['severity', 'desc'],
            ['openedAt', 'asc'],
          ],
        },
        limit: query.limit,
        cursor: query.cursor,
        toRows: (found) =>
          Promise.all(
            found.map(({ value }) =>
              conflictRow(context, value, sightOf(operator.role, policyOf(client, value.type))),
            ),
          ),
      });
      return 'kind' in page ? page : { kind: 'found', body: page };
    },
  }),
  writeRoute({
    method: 'POST',
    path: '/records/:id/link',
    capability: Capability.decideIdentity,
    params: RecordParamsSchema,
    body: LinkBodySchema,
    decide: (context, call) =>
      'recordId' in call.body
        ? join(context, call, { recordId: call.body.recordId, isMerge: false, acceptDuplicates: false })
        : linkNamed(context, call, { system: call.body.system, nativeId: NativeId(call.body.nativeId) }),
  }),
  writeRoute({
    method: 'POST',
    path: '/records/:id/unlink',
    capability: Capability.decideIdentity,
    params: RecordParamsSchema,
    body: UnlinkBodySchema,
    decide: (context, call) =>
      'system' in call.body
        ? unlink(context, call, call.body.system)
        : decidedOther(context, call, call.body.recordId),
  }),
  writeRoute({
    method: 'POST',
    path: '/records/:id/merge',
    capability: Capability.decideIdentity,
    params: RecordParamsSchema,
    body: MergeBodySchema,
    decide: (context, call) => join(context, call, { ...call.body, isMerge: true }),
  }),
  writeRoute({
    method: 'POST',
    path: '/records/:id/unmerge',
    capability: Capability.decideIdentity,
    params: RecordParamsSchema,
    body: z.strictObject({ reason: reasonText }),
    decide: unmerge,
  }),
];

/** An open question of who is who, with those who may be the same. */
async function conflictRow(context: ApiContext, discrepancy: Discrepancy, sight: Sight): Promise<object> {
  const { recordId, dimension, type, cause, status, openedAt, evidence, severity } = discrepancy;
  const { sentence, suggestions } = sentenceOf(discrepancy, sight);
  const refs = [recordId, ...evidence.candidates.map((candidate) => candidate.recordId)].map((id) =>
    records.at(id),
  );
  const [self, ...others] = await context.ports.store.getAll(refs);
  return {
    id: discrepancyId(recordId, dimension),
    type,
    dimension,
    cause,
    sentence,
    suggestions,
    severity,
    status,
    openedAt,
    survivors: evidence.survivors,
    record: partyRow(recordId, self?.value, sight),
    candidates: evidence.candidates.map((candidate: Candidate, index) => ({
      ...partyRow(candidate.recordId, others[index]?.value, sight),
      evidence: candidate.evidence,
    })),
  };
}

function partyRow(recordId: RecordId, record: RecordDocument | undefined, sight: Sight): object {
  return {
    recordId,
    title: record === undefined ? null : titleOf(record, sight),
    state: record?.state ?? null,
    mergedInto: record?.mergedInto ?? null,
    objects: Object.entries(record?.links ?? {}).map(([system, { nativeId, state }]) => ({
      system,
      nativeId,
      state,
    })),
  };
}

interface Joining {
  /** The record that becomes a part of the one in the path. */
  readonly recordId: RecordId;
  /** Whether it may hold several objects. */
  readonly isMerge: boolean;
  readonly acceptDuplicates: boolean;
}

async function join(
  context: ApiContext,
  call: IdentityCall,
  { recordId, isMerge, acceptDuplicates }: Joining,
): Promise<Decided | Refusal> {
  const { id } = call.params;
  if (id === recordId) return refuse('conflict', 'A record cannot be joined with itself.');
  const read = await partiesOf(context, [id, recordId]);
  if ('kind' in read) return read;
  const [winner, loser] = read as [Party, Party];
  const [kept, lost] = [winner.record.value, loser.record.value];
  if (kept.type !== lost.type)
    return refuse('conflict', `One is a ${kept.type} and the other a ${lost.type}; they are never the same.`);
  if (kept.state === 'provisional')
    return refuse(
      'conflict',
      'The record that is to stay was not read yet; join it with the other one instead.',
    );
  if (!isMerge && Object.keys(lost.links).length > 1)
    return refuse('conflict', 'The other record holds several objects; merge the two instead.');
  const duplicates = duplicatesOf(kept, lost);
  if (duplicates.length > 0 && !acceptDuplicates)
    return refuse(
      'conflict',
      `Both hold an object in ${listed(duplicates.map(systemLabel))}. Merge those there first, or merge the records ` +
        'with acceptDuplicates: then the objects of the other record are set aside and not kept in step.',
      { more: { duplicates } },
    );
  return decided(context, call, {
    change: (decider) => joinRecords(winner, loser, decider),
    about: [kept, lost],
    body: { recordId: id, joined: recordId, setAside: duplicates },
  });
}

/** Links an object by its id: the survivor of a vendor's own merge, or one that is not known yet. */
async function linkNamed(
  context: ApiContext,
  call: IdentityCall,
  object: { readonly system: SystemId; readonly nativeId: NativeId },
): Promise<Decided | Refusal> {
  const { id } = call.params;
  const read = await partiesOf(context, [id]);
  if ('kind' in read) return read;
  const [party] = read as [Party];
  const record = party.record.value;
  const { client } = await context.load();
  const holds = client.mappings[object.system]?.some(({ type }) => type === record.type) === true;
  if (!holds) return refuse('conflict', `${systemLabel(object.system)} holds no ${record.type}.`);
  const link = record.links[object.system];
  if (link?.state === 'active')
    return refuse(
      'conflict',
      link.nativeId === object.nativeId
        ? 'The record holds this object already.'
        : `The record holds ${link.nativeId} in ${systemLabel(object.system)}; unlink that first.`,
    );
  const known = await context.ports.store.get(crosswalkRef(object.system, record.type, object.nativeId));
  // An object that was set aside stays with the record that gave way to another one since.
  const owner =
    known === undefined || known.value.state === 'deleted'
      ? undefined
      : await currentRecord(context, known.value.recordId);
  if (owner !== undefined && owner.value.id !== id)
    return join(context, call, { recordId: owner.value.id, isMerge: false, acceptDuplicates: false });
  return decided(context, call, {
    change: (decider) => linkObject(party, object, known, decider),
    about: [record],
    body: { recordId: id, ...object },
  });
}

async function unlink(context: ApiContext, call: IdentityCall, system: SystemId): Promise<Decided | Refusal> {
  const { id } = call.params;
  const read = await partiesOf(context, [id]);
  if ('kind' in read) return read;
  const [party] = read as [Party];
  const record = party.record.value;
  const link = record.links[system];
  if (link?.state !== 'active')
    return refuse('conflict', `The record holds no object in ${systemLabel(system)} that could leave it.`);
  if (Object.values(record.links).filter(({ state }) => state === 'active').length === 1)
    return refuse('conflict', 'It is the only object of the record; nothing would be left of it.');
  const crosswalk = await context.ports.store.get(crosswalkRef(system, record.type, link.nativeId));
  if (crosswalk === undefined) return notFound('object', link.nativeId);
  const ulid = call.callId;
  const recordId = `rec_${ulid}`;
  return decided(context, call, {
    change: (decider) => unlinkObject(context.ports, { party, system, crosswalk, ulid }, decider),
    about: [record],
    body: { recordId: id, system, nativeId: link.nativeId, became: recordId },
  });
}

async function unmerge(
  context: ApiContext,
  call: Call<{ readonly reason: string }>,
): Promise<Decided | Refusal> {
  const { id } = call.params;
  const { store } = context.ports;
  const stored = await store.get(records.at(id));
  if (stored === undefined) return notFound('record', id);
  const { mergedInto, links, type } = stored.value;
  if (mergedInto === null)
    return refuse('conflict', 'The record stands for itself; nothing is to be parted.');
  const read = await partiesOf(context, [id, mergedInto], { mayBeMerged: id });
  if ('kind' in read) return read;
  const [merged, winner] = read as [Party, Party];
  const objects = Object.entries(links).map(([system, { nativeId }]) =>
    crosswalkRef(system as SystemId, type, nativeId),
  );
  const crosswalks = (await store.getAll(objects)).filter(
    (one): one is Snapshot<Crosswalk> => one?.value.recordId === mergedInto,
  );
  if (crosswalks.length === 0)
    return refuse(
      'conflict',
      'None of what it held belongs to that record any more; there is nothing to give back.',
    );
  const isAllOfIt = Object.entries(winner.record.value.links).every(([system, { nativeId }]) =>
    crosswalks.some(({ value }) => value.system === system && value.nativeId === nativeId),
  );
  if (isAllOfIt && Object.keys(merged.record.value.displaced ?? {}).length === 0)
    return refuse('conflict', 'The other record would be left with nothing.');
  return decided(context, call, {
    change: (decider) => partRecords({ merged, winner, crosswalks }, decider),
    about: [merged.record.value, winner.record.value],
    body: { recordId: id, partedFrom: mergedInto },
  });
}
