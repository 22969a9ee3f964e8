/**
 * Builds a plan: goes through the records of its scope, page by page, and stores what it would do for each. Reads
 * vendors not at all; what is planned is what was last seen, and applying looks again.
 *
 * B1 Each page is one commit of its items, the totals and the cursor: a crash repeats at most a page, and counts
 *    nothing twice.
 * B2 A task does a bounded number of pages; the plan owes the next (`wakeAt`), so that nobody has to remember it.
 * B3 Memory is bounded by a page, whatever the size of the scope.
 */
import { ConcordError, ErrorCode } from '#shared/errors/concord-error.ts';
import { toInstant } from '#shared/model/instant.ts';
import { crosswalkPages, plans, type Plan, type PlanScope } from '#shared/model/plan.ts';
import { create, set, type Snapshot, type Write } from '#shared/ports/document-store.ts';
import type { DirectedPlan } from '#shared/reconciliation/directed-plan.ts';
import { itemHash, planHash, withItem } from '#shared/reconciliation/plan-hash.ts';
import { planItems, type PlanItem } from '#shared/reconciliation/plan-item.ts';
import { withItemTotals, withRecord } from '#shared/reconciliation/plan-totals.ts';
import { tierOf } from '#shared/reconciliation/tiers.ts';
import { itemOfRow, pageName, rowName } from './join-listed.ts';
import { movedTo } from './move-plan.ts';
import { approvalsOf, type PlanContext } from './plan-context.ts';
import { planOne } from './plan-one.ts';
import { taskOfPlan } from './plan-task.ts';
import { selectRecords, type Selected } from './select-records.ts';
import { keptUntil } from './settle-item.ts';

/** Records that are read at once. */
const PAGE = 250;
/** Pages of one task: a few seconds of work. */
const PAGES_PER_TASK = 40;
/** A commit holds 10 MiB in the cloud; values take more room there than in JSON. */
const MAX_COMMIT_BYTES = 4 * 1_024 * 1_024;

/** How long a preview may be started, and how long it may wait for somebody else's word. */
const STARTABLE_MS = 15 * 60_000;
const APPROVABLE_MS = 24 * 60 * 60_000;

export type BuildReason = 'built' | 'goes_on' | 'lost_race';

/** Builds as many pages as a task does. */
export async function buildPlan(context: PlanContext, snapshot: Snapshot<Plan>): Promise<BuildReason> {
  const { store, clock, tasks, telemetry } = context.ports;
  let plan = snapshot.value;
  let { version } = snapshot;
  for (let page = 0; page < PAGES_PER_TASK && plan.state === 'building'; page += 1) {
    const isLastOfTask = page === PAGES_PER_TASK - 1;
    const built = await buildPage(context, plan, isLastOfTask);
    try {
      const [result] = await store.commit([set(snapshot.ref, built.plan, version), ...built.writes]);
      version = result?.version ?? version;
    } catch (error) {
      if (ConcordError.is(error, ErrorCode.conflict) || ConcordError.is(error, ErrorCode.alreadyExists))
        return 'lost_race';
      throw error;
    }
    plan = built.plan;
  }
  telemetry.log('info', 'plan.built', { reason: plan.state, count: plan.totals.examined });
  const task = taskOfPlan(plan);
  if (task === undefined) return 'built';
  await tasks.enqueue({ ...task, notBefore: clock.now() });
  return 'goes_on';
}

interface BuiltPage {
  readonly plan: Plan;
  readonly writes: readonly Write[];
}

async function buildPage(context: PlanContext, plan: Plan, isLastOfTask: boolean): Promise<BuiltPage> {
  const now = context.ports.clock.now();
  if (plan.scope.kind === 'crosswalk') return buildRows(context, plan, plan.scope, isLastOfTask);
  const page = await selectRecords(context.ports.store, plan.scope, plan.cursor, PAGE);
  const writes: Write[] = [];
  let { totals, cursor } = plan;
  let bytes = 0;
  let isCut = false;
  for (const selected of page.selected) {
    if (bytes > MAX_COMMIT_BYTES) {
      isCut = true;
      break;
    }
    totals = withRecord(totals, selected.record);
    const item = await itemFor(context, plan, selected, now);
    cursor = { ...cursor, after: selected.id };
    if (item === null) continue;
    totals = withItemTotals(totals, item);
    cursor = { after: selected.id, itemsHash: withItem(cursor.itemsHash, selected.id, item.hash) };
    writes.push(create(planItems.at(plans.at(plan.id), selected.id), item));
    bytes += JSON.stringify(item).length;
  }
  if (!isCut && page.last !== null) cursor = { ...cursor, after: page.last };
  const built: Plan = { ...plan, totals, cursor, wakeAt: now, redrives: 0 };
  if (page.isLast && !isCut) return { plan: finished(context, built, now), writes };
  return { plan: isLastOfTask ? { ...built, wakeSeq: plan.wakeSeq + 1 } : built, writes };
}

/** One page of a list: a row is an item, and nothing where its objects belong together already. */
async function buildRows(
  context: PlanContext,
  plan: Plan,
  { type, pages }: Extract<PlanScope, { kind: 'crosswalk' }>,
  isLastOfTask: boolean,
): Promise<BuiltPage> {
  const now = context.ports.clock.now();
  const number = Number(plan.cursor.after ?? 0) + 1;
  const page = await context.ports.store.get(crosswalkPages.at(plans.at(plan.id), pageName(number)));
  const writes: Write[] = [];
  let { totals } = plan;
  let { itemsHash } = plan.cursor;
  for (const row of page?.value.rows ?? []) {
    totals = withRecord(totals, undefined);
    const item = await itemOfRow(context, type, row, now);
    if (item === null) continue;
    totals = withItemTotals(totals, item);
    const id = rowName(row.row);
    itemsHash = withItem(itemsHash, id, item.hash);
    writes.push(create(planItems.at(plans.at(plan.id), id), item));
  }
  const cursor = { after: String(number), itemsHash };
  const built: Plan = { ...plan, totals, cursor, wakeAt: now, redrives: 0 };
  if (number >= pages) return { plan: finished(context, built, now), writes };
  return { plan: isLastOfTask ? { ...built, wakeSeq: plan.wakeSeq + 1 } : built, writes };
}

/** What the plan holds for a record; null when there is nothing to do and nothing in the way. */
async function itemFor(
  context: PlanContext,
  plan: Plan,
  { id, record }: Selected,
  now: number,
): Promise<PlanItem | null> {
  const planned: Omit<DirectedPlan, 'record'> =
    record === undefined
      ? { decisions: [], operations: [], blocked: [{ system: null, path: null, reason: 'unknown_record' }] }
      : await planOne(context, plan, record, toInstant(now));
  const { decisions, operations, blocked } = planned;
  const isEmpty = decisions.length === 0 && operations.length === 0;
  if (isEmpty && blocked.length === 0) return null;
  if (blocked.length === 0 && isMerelyNoted(plan, planned)) return null;
  return {
    recordId: id,
    recordVersion: record?.historyCount ?? 0,
    decisions,
    operations,
    blocked,
    hash: itemHash({ decisions, operations }),
    status: isEmpty ? 'blocked' : 'pending',
    reason: isEmpty ? (blocked[0]?.reason ?? null) : null,
    outcomes: {},
    runId: null,
    startedAt: null,
    finishedAt: null,
    expireAt: keptUntil(toInstant(now)),
  };
}

/**
 * Agreement that was only never noted as such. Going live notes it; to whoever reconciles, nothing differs and there is
 * nothing to do.
 */
function isMerelyNoted(
  { kind, direction }: Plan,
  { decisions, operations }: Omit<DirectedPlan, 'record'>,
): boolean {
  return (
    kind === 'reconcile' &&
    Object.keys(direction.overrides).length === 0 &&
    operations.length === 0 &&
    decisions.every((decision) => decision.kind === 'baseline')
  );
}

/** Every record was looked at: what it asks of whoever applies it is known. */
function finished(context: PlanContext, plan: Plan, now: number): Plan {
  const { tier, reasons, needsSecondPerson } = tierOf({
    kind: plan.kind,
    totals: plan.totals,
    policies: context.client.entities,
    limits: approvalsOf(context),
  });
  const isApproved = tier < 3 && !needsSecondPerson;
  return movedTo(plan, isApproved ? 'ready' : 'awaiting_approval', {
    tier,
    tierReasons: reasons,
    needsSecondPerson,
    hash: planHash(plan),
    readyAt: toInstant(now),
    expiresAt: toInstant(now + (isApproved ? STARTABLE_MS : APPROVABLE_MS)),
    wakeAt: null,
  });
}
