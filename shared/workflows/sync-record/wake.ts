import { contentHash } from '#shared/model/hash.ts';
import { CONCORD, type RecordId, type SystemId } from '#shared/model/ids.ts';
import { LANES, type Lane } from '#shared/model/vocabulary.ts';
import { work, type Mark, type WorkDocument } from '#shared/model/work.ts';
import { CHECK_BANDS } from '#shared/drift/check-schedule.ts';
import { readySteps } from '#shared/engine/advance.ts';
import { workflowRuns, type Run } from '#shared/engine/run.ts';
import { recordTask, runTask } from '#shared/messaging/task-message.ts';
import type { Task } from '#shared/ports/task-queue.ts';

/** Function that serves tasks. */
const EXECUTOR = 'step-executor';

/** Number of parts into which the ever-rising `wakeAt` index is split. */
export const WAKE_SHARDS = 4;

/** Shard of a document's `wakeAt`. */
export function wakeShardOf(id: string): number {
  return Number.parseInt(contentHash(id).slice(0, 2), 16) % WAKE_SHARDS;
}

export function queueName(system: SystemId, lane: Lane): string {
  return `${system}-${lane}`;
}

/** A name is the hash of what wakes and its `wakeSeq`, so it is never used for two debts. */
function taskName(path: string, wakeSeq: number): string {
  return contentHash([path, wakeSeq]);
}

/**
 * The task that serves what a record owes, on the queue of the most urgent debt that is due at `now`, else of the
 * one that is due first. Undefined when it owes nothing.
 */
export function taskOfWork(document: WorkDocument, now: number | null = document.wakeAt): Task | undefined {
  const marks = Object.entries(document.marks);
  const due = marks.filter(([, mark]) => mark.notBefore <= (now ?? 0));
  const [first] = due.length > 0 ? due.toSorted(byLane) : marks.toSorted(byTime);
  if (first === undefined || document.wakeAt === null) return undefined;
  const [system, mark] = first;
  return {
    queue: queueName(system as SystemId, mark.lane),
    name: taskName(work.at(document.recordId).path, document.wakeSeq),
    target: EXECUTOR,
    body: recordTask(document.recordId),
    notBefore: document.wakeAt,
  };
}

/** The task that continues a run, on the queue of the step that is due first. Undefined when it has ended. */
export function taskOfRun(run: Run): Task | undefined {
  if (run.wakeAt === null) return undefined;
  const [ready] = readySteps(run, run.wakeAt);
  const node = run.dag.find((candidate) => candidate.id === ready) ?? run.dag[0];
  return {
    queue: queueName(node?.system ?? CONCORD, run.lane),
    name: taskName(workflowRuns.at(run.id).path, run.wakeSeq),
    target: EXECUTOR,
    body: runTask(run.id, run.recordId),
    notBefore: run.wakeAt,
  };
}

function byLane(a: readonly [string, Mark], b: readonly [string, Mark]): number {
  return LANES.indexOf(a[1].lane) - LANES.indexOf(b[1].lane) || a[1].notBefore - b[1].notBefore;
}

function byTime(a: readonly [string, Mark], b: readonly [string, Mark]): number {
  return a[1].notBefore - b[1].notBefore || byLane(a, b);
}

/** A work document that owes nothing yet. */
export function emptyWork(recordId: RecordId): WorkDocument {
  return {
    recordId,
    marks: {},
    wakeAt: null,
    wakeShard: wakeShardOf(recordId),
    wakeSeq: 0,
    redrives: 0,
    seqs: {},
    observedAt: {},
    ownWrites: {},
    deferred: {},
    checks: {},
    checkDueAt: null,
    checkBand: CHECK_BANDS - 1,
    value: 1,
    changes: {},
    served: [],
  };
}
