/**
 * Drives overdue debts again. A document that owes carries `wakeAt`; whoever made it owe also enqueued the
 * task, unless it died in between or the queue lost the task. One preconditioned write gives the debt a fresh
 * task name and moves `wakeAt` on with backoff, so that a debt nobody can serve does not storm the queue.
 */
import { ConcordError, ErrorCode } from '#shared/errors/concord-error.ts';
import { workflowRuns, type Run } from '#shared/engine/run.ts';
import type { Collection } from '#shared/model/document.ts';
import { plans, type Plan } from '#shared/model/plan.ts';
import { work, type WorkDocument } from '#shared/model/work.ts';
import { update, type Snapshot } from '#shared/ports/document-store.ts';
import type { Ports } from '#shared/ports/ports.ts';
import type { Task } from '#shared/ports/task-queue.ts';
import { taskOfPlan } from '../plans/plan-task.ts';
import { taskOfRun, taskOfWork, WAKE_SHARDS } from '../sync-record/wake.ts';

/** How patient the watchdog is. */
export interface RedrivePace {
  /** A debt is overdue this long after its `wakeAt`: time for the task that is on its way. */
  readonly overdueAfterMs: number;
  /** Time until a debt that was driven once is driven again; it doubles each time. */
  readonly firstBackoffMs: number;
}

const PACE: RedrivePace = { overdueAfterMs: 30_000, firstBackoffMs: 60_000 };
const MAX_BACKOFF_MS = 60 * 60_000;
const PAGE = 200;

interface RedriveAt extends RedrivePace {
  readonly now: number;
}

interface Owing {
  readonly wakeAt: number | null;
  readonly wakeShard: number;
  readonly wakeSeq: number;
  readonly redrives: number;
}

/** Re-drives at most one page per shard and collection. @returns how many debts got a new task. */
export async function redriveOverdue(
  ports: Pick<Ports, 'store' | 'tasks' | 'telemetry'>,
  now: number,
  pace: RedrivePace = PACE,
): Promise<number> {
  const inWork = await redriveIn<WorkDocument>(ports, work, { ...pace, now }, taskOfWork);
  const inRuns = await redriveIn<Run>(ports, workflowRuns, { ...pace, now }, taskOfRun);
  const inPlans = await redriveIn<Plan>(ports, plans, { ...pace, now }, taskOfPlan);
  return inWork + inRuns + inPlans;
}

async function redriveIn<T extends Owing>(
  ports: Pick<Ports, 'store' | 'tasks' | 'telemetry'>,
  collection: Collection<T>,
  at: RedriveAt,
  taskOf: (document: T) => Task | undefined,
): Promise<number> {
  let driven = 0;
  for (let shard = 0; shard < WAKE_SHARDS; shard += 1) {
    const overdue = await ports.store.query<T>({
      from: collection.ref,
      where: [
        ['wakeShard', '==', shard],
        ['wakeAt', '<=', at.now - at.overdueAfterMs],
      ],
      orderBy: [['wakeAt', 'asc']],
      limit: PAGE,
    });
    for (const snapshot of overdue) if (await redrive(ports, snapshot, at, taskOf)) driven += 1;
  }
  if (driven > 0)
    ports.telemetry.log('warning', 'watchdog.redriven', { count: driven, reason: collection.name });
  return driven;
}

async function redrive<T extends Owing>(
  ports: Pick<Ports, 'store' | 'tasks'>,
  { ref, value, version }: Snapshot<T>,
  { now, firstBackoffMs }: RedriveAt,
  taskOf: (document: T) => Task | undefined,
): Promise<boolean> {
  const backoffMs = Math.min(firstBackoffMs * 2 ** Math.min(value.redrives, 10), MAX_BACKOFF_MS);
  const moved = { wakeAt: now + backoffMs, wakeSeq: value.wakeSeq + 1, redrives: value.redrives + 1 };
  try {
    await ports.store.commit([update<Owing>(ref, moved, version)]);
  } catch (error) {
    if (ConcordError.is(error, ErrorCode.conflict) || ConcordError.is(error, ErrorCode.notFound))
      return false;
    throw error;
  }
  const task = taskOf({ ...value, ...moved });
  if (task !== undefined) await ports.tasks.enqueue({ ...task, notBefore: now });
  return task !== undefined;
}
