import { z } from 'zod';
import type { ClientDefinition } from '#shared/clients/client-definition.ts';
import { Capability } from '#shared/model/capabilities.ts';
import { discrepancies, type Discrepancy, type DiscrepancyStatus } from '#shared/model/discrepancy.ts';
import { crosswalks, type Crosswalk } from '#shared/model/identity-documents.ts';
import { toInstant } from '#shared/model/instant.ts';
import { records, type RecordDocument } from '#shared/model/record.ts';
import { DISCREPANT, listingToken } from '#shared/model/record-listing.ts';
import { Verdict } from '#shared/model/vocabulary.ts';
import type { Query } from '#shared/ports/document-store.ts';
import type { ApiContext, ReadCall } from '../context.ts';
import { looksForText, lookUp } from '../look-up.ts';
import { PAGE_QUERY, readPage, type Page } from '../page.ts';
import type { Refusal } from '../problem.ts';
import { rowsOfIds, toRecordRows, type RecordRow } from '../record-row.ts';
import { readRoute, type Found, type Route } from '../route.ts';
import { dimensionName, entityTypeName, NOTHING, systemName } from '../schemas.ts';

const RECORD_STATES = [
  'provisional',
  'active',
  'merged',
] as const satisfies readonly RecordDocument['state'][];

const VERDICTS = Object.values(Verdict);

/** Suppressed is hidden from the work queue; the record differs all the same. */
const UNRESOLVED = [
  'open',
  'acknowledged',
  'in_progress',
  'suppressed',
] as const satisfies readonly DiscrepancyStatus[];

const NO_INDEX = 'cannot be joined with the other filters: no index answers that. Leave one of them out.';

const ListQuerySchema = z
  .strictObject({
    ...PAGE_QUERY,
    type: entityTypeName.optional(),
    state: z.enum(RECORD_STATES, { error: `must be one of ${RECORD_STATES.join(', ')}.` }).optional(),
    lifecycle: z.string().min(1).max(60).optional(),
    system: systemName.optional(),
    class: z.enum(VERDICTS, { error: `must be one of ${VERDICTS.join(', ')}.` }).optional(),
    dim: dimensionName.optional(),
    /** An id or a natural key, exactly: no index answers a part of one. */
    q: z.string().trim().min(3, 'must have 3 characters at least.').max(200).optional(),
  })
  .refine(
    ({ q, limit: _limit, type: _type, ...others }) => q === undefined || Object.keys(others).length === 0,
    {
      path: ['q'],
      message: NO_INDEX,
    },
  );

type ListCall = ReadCall<unknown, z.output<typeof ListQuerySchema>>;

export const RECORD_LIST_ROUTES: readonly Route[] = [
  readRoute({
    path: '/records',
    capability: Capability.readRecords,
    params: NOTHING,
    query: ListQuerySchema,
    async read(context, call) {
      const { client } = await context.load();
      const page = await pageFor(context, client, call);
      return 'kind' in page ? page : { kind: 'found', body: page };
    },
  }),
];

async function pageFor(
  context: ApiContext,
  client: ClientDefinition,
  call: ListCall,
): Promise<Found['body'] | Refusal> {
  const { system, class: verdict, dim, q } = call.query;
  if (q !== undefined) return listFound(context, client, call, q);
  if (needsListing(call.query)) return listListed(context, client, call);
  if ((verdict ?? dim) !== undefined) return listDiffering(context, client, call);
  return system === undefined ? listAll(context, client, call) : listHeldBy(context, client, call);
}

/** What is not green stands among discrepancies, who is in a system among crosswalks; all else is asked of records. */
function needsListing({ class: verdict, dim, system, state, lifecycle }: ListCall['query']): boolean {
  const isOfRecord = (state ?? lifecycle) !== undefined;
  if ((verdict ?? dim) === undefined) return system !== undefined && isOfRecord;
  const isGreen = verdict !== undefined && !DISCREPANT.some((one) => one === verdict);
  return isGreen || system !== undefined || isOfRecord;
}

/**
 * By the tokens that were written with each record's last comparison, in the order of their ids. A row tells how its
 * record stands now: what has become doubtful since shows as such (M7). Records that were merged stand for nothing.
 */
function listListed(
  context: ApiContext,
  client: ClientDefinition,
  call: ListCall,
): Promise<Found['body'] | Refusal> {
  const { class: verdict, dim, system, type, state, lifecycle } = call.query;
  const asked = verdict ?? (dim === undefined ? undefined : 'differs');
  const where: Filters<RecordDocument> = [
    ['listing', 'array-contains', listingToken({ verdict: asked, dimension: dim, system })],
    state === undefined ? ['state', 'in', ['provisional', 'active']] : ['state', '==', state],
    ...equal('type', type),
    ...equal('lifecycle', lifecycle),
  ];
  return pageOfRecords(context, client, call, where);
}

/** What a text leads to: few, so that they are one page. */
async function listFound(
  context: ApiContext,
  client: ClientDefinition,
  { query, operator }: ListCall,
  q: string,
): Promise<Page<RecordRow>> {
  const found = await lookUp(context.ports.store, looksForText(client, operator.role, q, query.type));
  const ids = [...new Set(found.flatMap(({ recordId }) => recordId ?? []))];
  const items = await rowsOfIds(context, client, operator.role, ids);
  return {
    items,
    nextCursor: null,
    count: { value: items.length, relation: 'eq' },
    asOf: toInstant(context.ports.clock.now()),
  };
}

/** In the order of their ids, which is that of their creation. */
function listAll(
  context: ApiContext,
  client: ClientDefinition,
  call: ListCall,
): Promise<Found['body'] | Refusal> {
  const { type, state, lifecycle } = call.query;
  const where: Filters<RecordDocument> = [
    ...equal('type', type),
    ...equal('state', state),
    ...equal('lifecycle', lifecycle),
  ];
  return pageOfRecords(context, client, call, where);
}

/** One page of the records that a filter names, in the order of their ids. */
function pageOfRecords(
  context: ApiContext,
  client: ClientDefinition,
  { query: { limit, cursor }, operator }: ListCall,
  where: Filters<RecordDocument>,
): Promise<Found['body'] | Refusal> {
  return readPage(context, {
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
}

/** In the order of their ids in that system: a crosswalk is all that tells who is there. */
function listHeldBy(
  context: ApiContext,
  client: ClientDefinition,
  { query, operator }: ListCall,
): Promise<Found['body'] | Refusal> {
  const { type, system, limit, cursor } = query;
  const where: Filters<Crosswalk> = [
    ...equal('system', system),
    ...equal('state', 'active'),
    ...equal('type', type),
  ];
  return readPage<Crosswalk, object>(context, {
    from: { from: crosswalks.ref, where },
    limit,
    cursor,
    async toRows(found) {
      const ids = [...new Set(found.map(({ value }) => value.recordId))];
      const rows = await rowsOfIds(context, client, operator.role, ids);
      // A record that has several objects there is told with the one that it is linked to.
      return found.flatMap(({ value }) =>
        rows.filter((row) => row.id === value.recordId && row.ids[value.system] === value.nativeId),
      );
    },
  });
}

/** Records of which something is not green, each once: what is not green of one record stands together. */
function listDiffering(
  context: ApiContext,
  client: ClientDefinition,
  { query, operator }: ListCall,
): Promise<Found['body'] | Refusal> {
  const { type, class: verdict, dim, limit, cursor } = query;
  const where: Filters<Discrepancy> = [
    ['status', 'in', UNRESOLVED],
    ...equal('class', verdict),
    ...equal('dimension', dim),
    ...equal('type', type),
  ];
  return readPage<Discrepancy, object>(context, {
    from: { from: discrepancies.ref, where },
    limit,
    cursor,
    toRows(found, before) {
      const told = before === null ? null : recordIn(before);
      const ids = [...new Set(found.map(({ value }) => value.recordId))].filter((id) => id !== told);
      return rowsOfIds(context, client, operator.role, ids);
    },
  });
}

/** `discrepancies/rec_1:profile` is of `rec_1`. */
function recordIn(path: string): string {
  return path.slice(path.indexOf('/') + 1, path.lastIndexOf(':'));
}

type Filters<T extends object> = NonNullable<Query<T>['where']>;

function equal(field: string, value: string | undefined): Filters<object> {
  return value === undefined ? [] : [[field, '==', value]];
}
