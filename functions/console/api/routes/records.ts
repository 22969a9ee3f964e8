import { z } from 'zod';
import type { ClientDefinition } from '#shared/clients/client-definition.ts';
import { workflowRuns } from '#shared/engine/run.ts';
import { Capability } from '#shared/model/capabilities.ts';
import { crosswalks, type Crosswalk } from '#shared/model/identity-documents.ts';
import type { RecordId } from '#shared/model/ids.ts';
import { toInstant } from '#shared/model/instant.ts';
import { recordHistory, records, type HistoryEntry, type RecordDocument } from '#shared/model/record.ts';
import { work as workCollection } from '#shared/model/work.ts';
import type { Query, Snapshot } from '#shared/ports/document-store.ts';
import type { ApiContext, ReadCall } from '../context.ts';
import { policyOf } from '../entity-policies.ts';
import { sightOf, type Sight } from '../masking.ts';
import { PAGE_QUERY, readPage } from '../page.ts';
import { notFound, refuse, type Refusal } from '../problem.ts';
import { recordAsOf } from '../record-as-of.ts';
import { rowsOfIds, toRecordRows } from '../record-row.ts';
import { pastRecordView, recordView } from '../record-view.ts';
import { readRoute, type Found, type Route } from '../route.ts';
import { toRunRow } from '../run-view.ts';
import { entityTypeName, instantText, RecordParamsSchema, systemName } from '../schemas.ts';

const RECORD_STATES = [
  'provisional',
  'active',
  'merged',
] as const satisfies readonly RecordDocument['state'][];

const ListQuerySchema = z
  .strictObject({
    ...PAGE_QUERY,
    type: entityTypeName.optional(),
    state: z.enum(RECORD_STATES, { error: `must be one of ${RECORD_STATES.join(', ')}.` }).optional(),
    lifecycle: z.string().min(1).max(60).optional(),
    system: systemName.optional(),
  })
  .refine(({ system, lifecycle, state }) => system === undefined || (lifecycle ?? state) === undefined, {
    path: ['system'],
    message: 'cannot be joined with state or lifecycle: no index answers that. Leave one out.',
  });

type ListQuery = z.output<typeof ListQuerySchema>;

const ViewQuerySchema = z.strictObject({ at: instantText.optional() });
const HistoryQuerySchema = z.strictObject({ ...PAGE_QUERY });

export const RECORD_ROUTES: readonly Route[] = [
  readRoute({
    path: '/records',
    capability: Capability.readRecords,
    params: z.strictObject({}),
    query: ListQuerySchema,
    async read(context, call) {
      const { client } = await context.load();
      return call.query.system === undefined
        ? listAll(context, client, call)
        : listHeldBy(context, client, call);
    },
  }),
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

/** In the order of their ids, which is that of their creation. */
async function listAll(
  context: ApiContext,
  client: ClientDefinition,
  { query, operator }: ReadCall<unknown, ListQuery>,
): Promise<Found | Refusal> {
  const { type, state, lifecycle, limit, cursor } = query;
  const equal = [
    ['type', type],
    ['state', state],
    ['lifecycle', lifecycle],
  ] as const;
  const where: NonNullable<Query<RecordDocument>['where']> = equal.flatMap(([field, value]) =>
    value === undefined ? [] : [[field, '==', value] as const],
  );
  const page = await readPage(context, {
    from: { from: records.ref, where },
    limit,
    cursor,
    toRows: (found) =>
      toRecordRows(
        context,
        client,
        operator.role,
        found.map(({ value }) => value),
      ),
  });
  return 'kind' in page ? page : { kind: 'found', body: page };
}

/** In the order of their ids in that system: a crosswalk is all that tells who is there. */
async function listHeldBy(
  context: ApiContext,
  client: ClientDefinition,
  { query, operator }: ReadCall<unknown, ListQuery>,
): Promise<Found | Refusal> {
  const { type, system, limit, cursor } = query;
  const where: NonNullable<Query<Crosswalk>['where']> = [
    ['system', '==', system ?? ''],
    ['state', '==', 'active'],
    ...(type === undefined ? [] : ([['type', '==', type]] as const)),
  ];
  const page = await readPage(context, {
    from: { from: crosswalks.ref, where },
    limit,
    cursor,
    async toRows(found: readonly Snapshot<Crosswalk>[]) {
      const ids = [...new Set(found.map(({ value }) => value.recordId))];
      const rows = await rowsOfIds(context, client, operator.role, ids);
      // A record that has several objects there is told with the one that it is linked to.
      return found.flatMap(({ value }) =>
        rows.filter((row) => row.id === value.recordId && row.ids[value.system] === value.nativeId),
      );
    },
  });
  return 'kind' in page ? page : { kind: 'found', body: page };
}

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
    return { kind: 'found', body: { ...view, asOf: toInstant(now) } };
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
  if (entry.path === null || !sight.isHidden(entry.path)) return entry;
  const masked = { state: 'masked' };
  return { ...entry, before: masked, after: masked };
}
