import { discrepancies } from '#shared/model/discrepancy.ts';
import { isTerminal } from '#shared/engine/run.ts';
import { guards } from '#shared/model/guard.ts';
import type { EntityType, PlanId, RecordId } from '#shared/model/ids.ts';
import { plans, type CrosswalkPage, type PlanDirection, type PlanScope } from '#shared/model/plan.ts';
import { parseCrosswalk } from '#shared/reconciliation/crosswalk-csv.ts';
import { planItems, type PlanItem } from '#shared/reconciliation/plan-item.ts';
import { runRef } from '#shared/workflows/sync-record/loaded-run.ts';
import type { ApiContext } from './context.ts';
import { directionOf, MOST_NAMED, type PlanBody } from './plan-body.ts';
import { notFound, refuse, type Refusal } from './problem.ts';

/** Rows of a list that one document holds. */
const ROWS_PER_PAGE = 500;

/** Which records a plan is about, frozen when it is asked for, and what is to be decided about them. */
export interface Scoped {
  readonly scope: PlanScope;
  readonly direction: PlanDirection;
  readonly follows: PlanId | null;
  /** Pages of a list, to be stored below the plan. */
  readonly pages?: readonly CrosswalkPage[];
}

/** Finds out which records the body means. */
export async function scopeOf(context: ApiContext, body: PlanBody): Promise<Scoped | Refusal> {
  const { ports } = context;
  const { selection } = body;
  const { store } = ports;
  const common = { direction: directionOf(body), follows: null };
  if ('recordIds' in selection) return { ...common, scope: { kind: 'ids', ids: selection.recordIds } };
  if ('query' in selection) {
    if (body.crosswalk !== undefined) return listedIn(context, selection.query.type, body.crosswalk, common);
    const {
      type,
      dimension = null,
      class: verdict = null,
      cause = null,
      path = null,
      systems = [],
    } = selection.query;
    return {
      ...common,
      scope: { kind: 'query', filter: { type, dimension, class: verdict, cause, path, systems } },
    };
  }
  if ('guard' in selection) {
    const guard = await store.get(guards.at(selection.guard));
    return guard === undefined
      ? notFound('guard', selection.guard)
      : { ...common, scope: { kind: 'guard', guard: selection.guard } };
  }
  if ('group' in selection) return inGroup(store, selection.group, common);
  if ('run' in selection) {
    const run = await store.get(runRef(selection.run));
    if (run === undefined) return notFound('run', selection.run);
    if (!isTerminal(run.value))
      return refuse('conflict', 'The run has not ended; what it writes cannot be taken back yet.');
    const { id: runId, recordId } = run.value;
    return { ...common, scope: { kind: 'run', runId, recordId } };
  }
  return refusedOf(store, selection.refusedOf);
}

async function inGroup(
  store: ApiContext['ports']['store'],
  group: string,
  common: Omit<Scoped, 'scope'>,
): Promise<Scoped | Refusal> {
  const found = await store.query({
    from: discrepancies.ref,
    where: [
      ['isOpen', '==', true],
      ['groupKey', '==', group],
    ],
    orderBy: [
      ['severity', 'desc'],
      ['openedAt', 'asc'],
    ],
    limit: 1_000,
  });
  const ids = [...new Set(found.map(({ value }) => value.recordId))];
  if (ids.length === 0) return notFound('open discrepancy in the group', group);
  return { ...common, scope: { kind: 'ids', ids } };
}

/** What an operation could not apply, to be planned anew in the same direction. */
async function refusedOf(store: ApiContext['ports']['store'], id: PlanId): Promise<Scoped | Refusal> {
  const plan = await store.get(plans.at(id));
  if (plan === undefined) return notFound('plan', id);
  const ids: RecordId[] = [];
  for (const status of ['refused', 'failed'] as const) {
    const items = await store.query<PlanItem>({
      from: planItems.under(plans.at(id)),
      where: [['status', '==', status]],
      limit: 1_000,
    });
    ids.push(...items.map(({ value }) => value.recordId));
  }
  const { scope, direction } = plan.value;
  if (scope.kind === 'crosswalk')
    return refuse('conflict', 'Rows of a list are looked at anew by importing the list again.');
  if (scope.kind === 'guard')
    return refuse('conflict', 'What a guard still holds is looked at anew by another plan of the guard.');
  if (ids.length === 0) return refuse('conflict', 'Nothing of this plan was refused or has failed.');
  return {
    scope: scope.kind === 'run' ? scope : { kind: 'ids', ids: ids.slice(0, MOST_NAMED) },
    direction,
    follows: id,
  };
}

/** The rows of a list. One that cannot be read as a whole is refused as a whole, by row and column. */
async function listedIn(
  { load }: ApiContext,
  type: EntityType,
  text: string,
  common: Omit<Scoped, 'scope'>,
): Promise<Scoped | Refusal> {
  const { client } = await load();
  const parsed = parseCrosswalk(text, client.systems);
  if (parsed.status === 'invalid') {
    const fields = Object.fromEntries(
      parsed.problems.map(({ row, column, problem }) => [
        column === null ? `row ${row}` : `row ${row}, ${column}`,
        problem,
      ]),
    );
    return refuse('invalid_request', 'The list cannot be read; nothing of it was taken.', { fields });
  }
  const { rows } = parsed;
  const pages = Array.from({ length: Math.ceil(rows.length / ROWS_PER_PAGE) }, (_, index) => ({
    rows: rows.slice(index * ROWS_PER_PAGE, (index + 1) * ROWS_PER_PAGE),
  }));
  return { ...common, scope: { kind: 'crosswalk', type, pages: pages.length }, pages };
}
