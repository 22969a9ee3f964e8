/**
 * Applies a plan: hands its items out, a bounded number at a time, and ends it once every item has. The writes are
 * those of runs, one for each record, and go through the one door like any other.
 *
 * Y1 No more than a window of items is under way, so that a cancellation stops nearly everything, and what a plan asks
 *    of the vendors stays bounded.
 * Y2 Cancelled means: nothing more is handed out. What runs ends, and the operation ends with it.
 * Y3 While a client only observes, nothing is handed out and nothing is lost; but for what writes to no vendor.
 * Y4 Nobody waits in memory: the plan owes its next look (`wakeAt`), later each time that nothing has moved.
 */
import { ConcordError, ErrorCode } from '#shared/errors/concord-error.ts';
import { isTerminal } from '#shared/engine/run.ts';
import type { CollectionRef } from '#shared/model/document.ts';
import { toInstant } from '#shared/model/instant.ts';
import { plans, type Plan, type PlanState } from '#shared/model/plan.ts';
import { controlRef } from '#shared/model/settings.ts';
import { set, type Snapshot } from '#shared/ports/document-store.ts';
import { planItems, type ItemStatus, type PlanItem } from '#shared/reconciliation/plan-item.ts';
import { controlAt } from '../sync-record/control.ts';
import { runRef } from '../sync-record/loaded-run.ts';
import { movedTo } from './move-plan.ts';
import type { PlanContext } from './plan-context.ts';
import { taskOfPlan } from './plan-task.ts';
import { endOf, keptUntil } from './settle-item.ts';
import { startItem } from './start-item.ts';

/** Y1: items under way at once, and the most that one task hands out. */
const WINDOW = 50;
const ITEMS_PER_TASK = 500;
/** Y4. */
const SOONEST_LOOK_MS = 500;
const LATEST_LOOK_MS = 60_000;
/** Looks without a move after which the runs themselves are asked what became of them. */
const IDLE_TURNS = 4;

export type ApplyReason = 'applied' | 'goes_on' | 'lost_race';

/** Does what a plan owes while it is applied. */
export async function applyPlan(context: PlanContext, snapshot: Snapshot<Plan>): Promise<ApplyReason> {
  const plan = snapshot.value;
  const items = planItems.under(plans.at(plan.id));
  const isCancelled = plan.cancelledBy !== null;
  const moved = isCancelled ? await cancelPending(context, items) : await handOut(context, plan, items);
  if (plan.idleTurns >= IDLE_TURNS) await settleEnded(context, items);
  // One after the other, as items move: who is pending no more is running by then, or has ended.
  const pending = await countOf(context, items, 'pending');
  const running = await countOf(context, items, 'running');
  if (pending + running === 0) return end(context, snapshot, items);
  const now = context.ports.clock.now();
  const idleTurns = moved > 0 ? 0 : plan.idleTurns + 1;
  const delayMs = Math.min(SOONEST_LOOK_MS * 2 ** Math.min(idleTurns, 10), LATEST_LOOK_MS);
  const isWindowFull = running >= WINDOW || moved === 0;
  const wakeAt = isWindowFull ? now + delayMs : now;
  return goOn(context, snapshot, { ...plan, idleTurns, wakeAt, wakeSeq: plan.wakeSeq + 1, redrives: 0 });
}

/** Hands out what the window has room for. @returns how many items moved. */
async function handOut(context: PlanContext, plan: Plan, items: CollectionRef<PlanItem>): Promise<number> {
  const { store, clock } = context.ports;
  const settings = await store.get(controlRef);
  const isSilent = plan.scope.kind === 'crosswalk';
  if (!isSilent && controlAt(context, settings?.value, clock.now()).modes.client.mode === 'observe') return 0; // Y3
  let moved = 0;
  while (moved < ITEMS_PER_TASK) {
    const room = WINDOW - (await countOf(context, items, 'running'));
    if (room <= 0) break;
    const page = await pageOf(context, items, 'pending', room);
    if (page.length === 0) break;
    let started = 0;
    for (const item of page) if ((await startItem(context, plan, item)) === 'started') started += 1;
    if (started === 0) break;
    moved += started;
  }
  return moved;
}

/** Y2. */
async function cancelPending(context: PlanContext, items: CollectionRef<PlanItem>): Promise<number> {
  const at = toInstant(context.ports.clock.now());
  let moved = 0;
  for (;;) {
    const page = await pageOf(context, items, 'pending', 200);
    if (page.length === 0) return moved;
    try {
      await context.ports.store.commit(
        page.map(({ ref, value, version }) =>
          set(
            ref,
            { ...value, status: 'cancelled', reason: 'cancelled', finishedAt: at, expireAt: keptUntil(at) },
            version,
          ),
        ),
      );
    } catch (error) {
      if (ConcordError.is(error, ErrorCode.conflict)) return moved; // One was handed out meanwhile: look again.
      throw error;
    }
    moved += page.length;
  }
}

/** A run that somebody else ended, because another was given its place, has not settled its item itself. */
async function settleEnded(context: PlanContext, items: CollectionRef<PlanItem>): Promise<void> {
  const { store, clock } = context.ports;
  const page = await pageOf(context, items, 'running', WINDOW);
  for (const { ref, value, version } of page) {
    const run = value.runId === null ? undefined : await store.get(runRef(value.runId));
    if (run !== undefined && !isTerminal(run.value)) continue;
    const at = toInstant(clock.now());
    const ended =
      run === undefined ? { status: 'refused' as const, reason: 'unknown_run' } : endOf(run.value);
    const settled: PlanItem = { ...value, ...ended, finishedAt: at, expireAt: keptUntil(at) };
    try {
      await store.commit([set(ref, settled, version)]);
    } catch (error) {
      if (!ConcordError.is(error, ErrorCode.conflict)) throw error; // Its run has just done so.
    }
  }
}

async function end(
  context: PlanContext,
  snapshot: Snapshot<Plan>,
  items: CollectionRef<PlanItem>,
): Promise<ApplyReason> {
  const [refused, failed, cancelled] = await Promise.all(
    (['refused', 'failed', 'cancelled'] as const).map((status) => countOf(context, items, status)),
  );
  const at = toInstant(context.ports.clock.now());
  const isPartial = (refused ?? 0) + (failed ?? 0) > 0;
  const state: PlanState = (cancelled ?? 0) > 0 ? 'cancelled' : isPartial ? 'partly_applied' : 'applied';
  const ended = movedTo(snapshot.value, state, { finishedAt: at, wakeAt: null, expireAt: keptUntil(at) });
  const reason = await goOn(context, snapshot, ended);
  if (reason === 'applied') context.ports.telemetry.log('info', 'plan.applied', { reason: state });
  return reason;
}

async function goOn(
  context: PlanContext,
  { ref, version }: Snapshot<Plan>,
  next: Plan,
): Promise<ApplyReason> {
  try {
    await context.ports.store.commit([set(ref, next, version)]);
  } catch (error) {
    if (ConcordError.is(error, ErrorCode.conflict)) return 'lost_race';
    throw error;
  }
  const task = taskOfPlan(next);
  if (task === undefined) return 'applied';
  await context.ports.tasks.enqueue(task);
  return 'goes_on';
}

function pageOf(
  { ports }: PlanContext,
  items: CollectionRef<PlanItem>,
  status: ItemStatus,
  limit: number,
): Promise<readonly Snapshot<PlanItem>[]> {
  return ports.store.query<PlanItem>({ from: items, where: [['status', '==', status]], limit });
}

function countOf(
  { ports }: PlanContext,
  items: CollectionRef<PlanItem>,
  status: ItemStatus,
): Promise<number> {
  return ports.store.count({ from: items, where: [['status', '==', status]] });
}
