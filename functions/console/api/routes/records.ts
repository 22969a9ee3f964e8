import { z } from 'zod';
import type { EntityPolicy } from '#shared/authority/policy.ts';
import { workflowRuns } from '#shared/engine/run.ts';
import { Capability } from '#shared/model/capabilities.ts';
import { discrepancyId, discrepancyRef } from '#shared/model/discrepancy.ts';
import { FieldPath, type RecordId } from '#shared/model/ids.ts';
import { toInstant } from '#shared/model/instant.ts';
import { recordHistory, records, type HistoryEntry } from '#shared/model/record.ts';
import { work as workCollection } from '#shared/model/work.ts';
import type { DocumentStore } from '#shared/ports/document-store.ts';
import type { ApiContext, ReadCall } from '../context.ts';
import { policyOf } from '../entity-policies.ts';
import { MASKED, sightOf, type Sight } from '../masking.ts';
import { PAGE_QUERY, readPage } from '../page.ts';
import { notFound, refuse, type Refusal } from '../problem.ts';
import { recordAsOf } from '../record-as-of.ts';
import { pastRecordView, recordView } from '../record-view.ts';
import { readRoute, type Found, type Route } from '../route.ts';
import { toRunRow } from '../run-view.ts';
import { instantText, RecordParamsSchema } from '../schemas.ts';

const ViewQuerySchema = z.strictObject({ at: instantText.optional() });
const HistoryQuerySchema = z.strictObject({ ...PAGE_QUERY });

export const RECORD_ROUTES: readonly Route[] = [
  readRoute({
    path: '/records/:id',
    capability: Capability.readRecords,
    params: RecordParamsSchema,
    query: ViewQuerySchema,
    read: readRecord,
  }),
  readRoute({
    path: '/records/:id/history',
    capability: Capability.readRecords,
    params: RecordParamsSchema,
    query: HistoryQuerySchema,
    async read(context, { params, query, operator }) {
      const { client } = await context.load();
      const record = await context.ports.store.get(records.at(params.id));
      if (record === undefined) return notFound('record', params.id);
      const sight = sightOf(operator.role, policyOf(client, record.value.type));
      const page = await readPage<HistoryEntry, object>(context, {
        from: { from: recordHistory.under(records.at(params.id)), orderBy: [['seq', 'desc']] },
        limit: query.limit,
        cursor: query.cursor,
        toRows: (entries) => entries.map(({ value }) => told(value, sight)),
      });
      return 'kind' in page ? page : { kind: 'found', body: page };
    },
  }),
  readRoute({
    path: '/records/:id/runs',
    capability: Capability.readRuns,
    params: RecordParamsSchema,
    query: HistoryQuerySchema,
    async read(context, { params, query }) {
      const page = await readPage(context, {
        from: {
          from: workflowRuns.ref,
          where: [['recordId', '==', params.id]],
          orderBy: [['createdAt', 'desc']],
        },
        limit: query.limit,
        cursor: query.cursor,
        toRows: (runs) => runs.map(({ value }) => toRunRow(value)),
      });
      return 'kind' in page ? page : { kind: 'found', body: page };
    },
  }),
];

async function readRecord(
  context: ApiContext,
  { params, query, operator }: ReadCall<{ readonly id: RecordId }, z.output<typeof ViewQuerySchema>>,
): Promise<Found | Refusal> {
  const { store, clock } = context.ports;
  const [{ client }, [stored, owed]] = await Promise.all([
    context.load(),
    store.getAll([records.at(params.id), workCollection.at(params.id)] as const),
  ]);
  if (stored === undefined) return notFound('record', params.id);
  const now = clock.now();
  const policy = policyOf(client, stored.value.type);
  const sight = sightOf(operator.role, policy);
  const common = { policy, mappings: client.mappings, sight };
  if (query.at === undefined) {
    const view = recordView({ ...common, record: stored.value, work: owed?.value, now });
    const differing = await discrepanciesOf(store, policy, params.id);
    return { kind: 'found', body: { ...view, discrepancies: differing, asOf: toInstant(now) } };
  }
  const past = await recordAsOf(store, stored.value, query.at);
  if (past.status === 'not_yet') return notFound(`record ${params.id} at`, query.at);
  if (past.status === 'too_far')
    return refuse(
      'invalid_request',
      'Too much has happened since; choose a later time, or read the history.',
      {
        fields: { at: 'lies too many changes back.' },
      },
    );
  return {
    kind: 'found',
    body: { ...pastRecordView({ ...common, record: stored.value }, past.past), asOf: query.at },
  };
}

function told(entry: HistoryEntry, sight: Sight): object {
  if (entry.path === null) return entry;
  const path = FieldPath(entry.path);
  if (sight.isHidden(path)) return { ...entry, before: MASKED, after: MASKED };
  const tell = (value: HistoryEntry['before']) =>
    typeof value === 'object' && value !== null ? sight.tell(path, value) : value;
  return { ...entry, before: tell(entry.before), after: tell(entry.after) };
}

/** What of the record people have on their list: each has a page of its own. */
async function discrepanciesOf(
  store: DocumentStore,
  policy: EntityPolicy,
  id: RecordId,
): Promise<readonly object[]> {
  const dimensions = new Set([policy.presenceDimension, ...policy.fields.map(({ dimension }) => dimension)]);
  const found = await store.getAll([...dimensions].map((dimension) => discrepancyRef(id, dimension)));
  return found.flatMap((snapshot) => {
    if (snapshot === undefined || snapshot.value.status === 'resolved') return [];
    const { recordId, dimension, class: verdict, cause, status, openedAt, occurrenceCount } = snapshot.value;
    const key = discrepancyId(recordId, dimension);
    return [{ id: key, dimension, class: verdict, cause, status, openedAt, occurrenceCount }];
  });
}
