import { z } from 'zod';
import { statusOf } from '#shared/drift/discrepancy.ts';
import { AuditAction } from '#shared/model/audit.ts';
import { Capability } from '#shared/model/capabilities.ts';
import {
  discrepancies,
  DISCREPANCY_STATUSES,
  type Discrepancy,
  type DiscrepancyStatus,
} from '#shared/model/discrepancy.ts';
import { toEpochMs, toInstant } from '#shared/model/instant.ts';
import type { JsonValue } from '#shared/model/json.ts';
import { CauseCode, Verdict } from '#shared/model/vocabulary.ts';
import { work as workCollection } from '#shared/model/work.ts';
import { set, type Query, type Write } from '#shared/ports/document-store.ts';
import type { Task } from '#shared/ports/task-queue.ts';
import { withComparisonAt } from '#shared/workflows/sync-record/marks.ts';
import { taskOfWork } from '#shared/workflows/sync-record/wake.ts';
import type { ApiContext, WriteCall } from '../context.ts';
import { discrepancyView, toDiscrepancyRow } from '../discrepancy-view.ts';
import { policyOf } from '../entity-policies.ts';
import { sightOf } from '../masking.ts';
import { PAGE_QUERY, readPage } from '../page.ts';
import { notFound, refuse, type Refusal } from '../problem.ts';
import { readRoute, writeRoute, type Decided, type Route } from '../route.ts';
import { dimensionName, entityTypeName, instantText, NOTHING, reasonText } from '../schemas.ts';

const QUEUE_ORDER = [
  ['severity', 'desc'],
  ['openedAt', 'asc'],
] as const;

/** Longest that anything is hidden: what is hidden for ever belongs into the policy. */
const LONGEST_SUPPRESSION_MS = 366 * 24 * 60 * 60_000;

const ListQuerySchema = z.strictObject({
  ...PAGE_QUERY,
  status: z
    .enum(DISCREPANCY_STATUSES, { error: `must be one of ${DISCREPANCY_STATUSES.join(', ')}.` })
    .optional(),
  class: z.enum(Object.values(Verdict), { error: 'must be one of the verdicts in meta.' }).optional(),
  cause: z.enum(Object.values(CauseCode), { error: 'must be one of the causes in meta.' }).optional(),
  type: entityTypeName.optional(),
  dimension: dimensionName.optional(),
  group: z.string().min(1).max(500).optional(),
  assignee: z.string().min(1).max(100).optional(),
  record: z.string().min(1).max(100).optional(),
});

const ParamsSchema = z.strictObject({
  id: z.string().regex(/^rec_\w{1,40}:[\w%.-]{1,60}$/, 'must be the id of a discrepancy.'),
});

type Params = z.output<typeof ParamsSchema>;

export const DISCREPANCY_ROUTES: readonly Route[] = [
  readRoute({
    path: '/discrepancies',
    capability: Capability.readDiscrepancies,
    params: NOTHING,
    query: ListQuerySchema,
    async read(context, { query, operator }) {
      const { client } = await context.load();
      const page = await readPage<Discrepancy, object>(context, {
        from: { from: discrepancies.ref, where: filtersOf(query), orderBy: QUEUE_ORDER },
        limit: query.limit,
        cursor: query.cursor,
        toRows: (found) =>
          found.map(({ value }) =>
            toDiscrepancyRow(value, sightOf(operator.role, policyOf(client, value.type))),
          ),
      });
      return 'kind' in page ? page : { kind: 'found', body: page };
    },
  }),
  readRoute({
    path: '/discrepancies/:id',
    capability: Capability.readDiscrepancies,
    params: ParamsSchema,
    query: NOTHING,
    async read(context, { params, operator }) {
      const { client } = await context.load();
      const found = await context.ports.store.get(discrepancies.at(params.id));
      if (found === undefined) return notFound('discrepancy', params.id);
      const sight = sightOf(operator.role, policyOf(client, found.value.type));
      return { kind: 'found', body: discrepancyView(found.value, sight) };
    },
  }),
  writeRoute({
    method: 'POST',
    path: '/discrepancies/:id/acknowledge',
    capability: Capability.handleDiscrepancies,
    params: ParamsSchema,
    body: z.strictObject({ reason: reasonText.optional() }),
    decide: (context, call) =>
      handle(context, call, (discrepancy, { by, at }) => {
        const { differenceHash } = discrepancy;
        const reason = call.body.reason ?? null;
        return { ...discrepancy, acknowledgement: { by, at, reason, differenceHash } };
      }),
  }),
  writeRoute({
    method: 'POST',
    path: '/discrepancies/:id/assign',
    capability: Capability.handleDiscrepancies,
    params: ParamsSchema,
    body: z.strictObject({
      assignee: z.string().trim().min(1).max(100).nullable(),
      reason: reasonText.optional(),
    }),
    decide: (context, call) =>
      handle(context, call, (discrepancy) => ({ ...discrepancy, assignee: call.body.assignee })),
  }),
  writeRoute({
    method: 'POST',
    path: '/discrepancies/:id/suppress',
    capability: Capability.handleDiscrepancies,
    params: ParamsSchema,
    body: z.strictObject({ until: instantText, reason: reasonText }),
    decide: async (context, call) => {
      const { until, reason } = call.body;
      const aheadMs = toEpochMs(until) - context.ports.clock.now();
      if (aheadMs <= 0 || aheadMs > LONGEST_SUPPRESSION_MS) {
        const fields = { until: 'must lie in the future, and within a year.' };
        return refuse('invalid_request', 'Nothing can be hidden until then.', { fields });
      }
      return handle(
        context,
        call,
        (discrepancy, { by, at }) => {
          const { severity } = discrepancy;
          return { ...discrepancy, suppression: { by, at, until, reason, severity } };
        },
        toEpochMs(until),
      );
    },
  }),
  writeRoute({
    method: 'POST',
    path: '/discrepancies/:id/reopen',
    capability: Capability.handleDiscrepancies,
    params: ParamsSchema,
    body: z.strictObject({ reason: reasonText.optional() }),
    decide: (context, call) =>
      handle(context, call, (discrepancy) => ({ ...discrepancy, acknowledgement: null, suppression: null })),
  }),
];

/** Without a status: what asks for attention. */
function filtersOf(query: z.output<typeof ListQuerySchema>): NonNullable<Query<Discrepancy>['where']> {
  const { status, type, dimension, group, assignee, record } = query;
  const equal = [
    ['status', status],
    ['class', query.class],
    ['cause', query.cause],
    ['type', type],
    ['dimension', dimension],
    ['groupKey', group],
    ['assignee', assignee],
    ['recordId', record],
  ] as const;
  const where = equal.flatMap(([field, value]) =>
    value === undefined ? [] : [[field, '==', value] as const],
  );
  return status === undefined ? [['isOpen', '==', true], ...where] : where;
}

interface Handler {
  readonly by: string;
  readonly at: ReturnType<typeof toInstant>;
}

/**
 * What a person says of a discrepancy. None of it resolves one, and none is said of one that is resolved: only a
 * comparison does either.
 *
 * @param wakeAt epoch milliseconds at which what was said ends.
 */
async function handle(
  { ports }: ApiContext,
  { params, operator, body }: WriteCall<Params, { readonly reason?: string | undefined }>,
  change: (discrepancy: Discrepancy, handler: Handler) => Discrepancy,
  wakeAt: number | null = null,
): Promise<Decided | Refusal> {
  const found = await ports.store.get(discrepancies.at(params.id));
  if (found === undefined) return notFound('discrepancy', params.id);
  const before = found.value;
  if (before.status === 'resolved')
    return refuse('conflict', 'It is resolved; a comparison opens it again when it comes back.');
  const now = ports.clock.now();
  const at = toInstant(now);
  const changed = change(before, { by: operator.id, at });
  const status: DiscrepancyStatus = before.status === 'in_progress' ? 'in_progress' : statusOf(changed, at);
  const after: Discrepancy = { ...changed, status, isOpen: status !== 'suppressed' };
  const owed = await owedComparison(ports, before, wakeAt, now);
  return {
    kind: 'decided',
    writes: [set(found.ref, after, found.version), ...owed.writes],
    tasks: owed.tasks,
    status: 200,
    body: { id: params.id, ...saidOf(after) },
    audit: {
      action: AuditAction.handleDiscrepancy,
      target: { kind: 'discrepancy', id: params.id },
      reason: body.reason ?? null,
      before: saidOf(before),
      after: saidOf(after),
    },
  };
}

/** M1: time ends what was said, so the record owes a comparison then. */
async function owedComparison(
  { store }: Pick<ApiContext['ports'], 'store'>,
  { recordId }: Discrepancy,
  wakeAt: number | null,
  now: number,
): Promise<{ readonly writes: readonly Write[]; readonly tasks: readonly (Task | undefined)[] }> {
  if (wakeAt === null) return { writes: [], tasks: [] };
  const stored = await store.get(workCollection.at(recordId));
  if (stored === undefined) return { writes: [], tasks: [] };
  const owing = withComparisonAt(stored.value, wakeAt, now);
  return { writes: [set(stored.ref, owing, stored.version)], tasks: [taskOfWork(owing)] };
}

function saidOf(discrepancy: Discrepancy): { readonly [member: string]: JsonValue } {
  const { status, assignee, acknowledgement, suppression } = discrepancy;
  return {
    status,
    assignee,
    acknowledgedBy: acknowledgement?.by ?? null,
    suppressedUntil: suppression?.until ?? null,
  };
}
