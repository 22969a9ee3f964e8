/**
 * Hands out one item of a plan: everything that was decided about its record, and the run that writes what follows,
 * are one commit on the versions of record and item.
 *
 * H1 The record is planned again as it now stands, and only what comes to the same as the preview is applied.
 *    Anything else is refused, item by item, with a reason.
 * H2 The run's id derives from plan and record, and the item leaves `pending` in the commit that creates it: an item
 *    that is handed out twice, or by two at once, is applied once (M2).
 *    What a mass guard held of it is noted as released in that commit too, and by it alone (M10).
 * H3 What needs no write has happened once it is decided; the record then owes a comparison, for only that says how
 *    it stands (M7).
 */
import { ConcordError, ErrorCode } from '#shared/errors/concord-error.ts';
import { newerRelease } from '#shared/errors/faults.ts';
import { workflowRuns } from '#shared/engine/run.ts';
import { CONCORD, type RunId } from '#shared/model/ids.ts';
import { toInstant } from '#shared/model/instant.ts';
import type { Plan } from '#shared/model/plan.ts';
import { records, type RecordDocument } from '#shared/model/record.ts';
import { work as workCollection, type WorkDocument } from '#shared/model/work.ts';
import { create, set, type Snapshot, type Write } from '#shared/ports/document-store.ts';
import type { Task } from '#shared/ports/task-queue.ts';
import type { DirectedPlan } from '#shared/reconciliation/directed-plan.ts';
import { itemHash } from '#shared/reconciliation/plan-hash.ts';
import type { PlanItem } from '#shared/reconciliation/plan-item.ts';
import { holdWrites, releaseWrites } from '../mass-guard/hold-records.ts';
import { policyOf } from '../sync-record/context.ts';
import { withHistory } from '../sync-record/facts.ts';
import { addMark } from '../sync-record/marks.ts';
import { openRun } from '../sync-record/open-run.ts';
import { taskOfRun, taskOfWork } from '../sync-record/wake.ts';
import { joinListed } from './join-listed.ts';
import type { PlanContext } from './plan-context.ts';
import { notesOfDecisions } from './plan-notes.ts';
import { planOne } from './plan-one.ts';
import { keptUntil } from './settle-item.ts';

const MAX_RACES = 8;

/** Hands out an item, or says that somebody else did or that too many changed its record at once. */
export async function startItem(
  context: PlanContext,
  plan: Plan,
  known: Snapshot<PlanItem>,
): Promise<'started' | 'not_pending' | 'contended'> {
  const { store, tasks } = context.ports;
  if (plan.scope.kind === 'crosswalk') return joinListed(context, plan, plan.scope.type, known.ref);
  const { recordId } = known.value;
  for (let race = 0; race < MAX_RACES; race += 1) {
    const [item, record, work] = await store.getAll([
      known.ref,
      records.at(recordId),
      workCollection.at(recordId),
    ] as const);
    if (item === undefined || item.value.status !== 'pending') return 'not_pending';
    const started = await startOn(context, plan, { item, record, work });
    try {
      await store.commit(started.writes);
    } catch (error) {
      if (ConcordError.is(error, ErrorCode.conflict) || ConcordError.is(error, ErrorCode.alreadyExists))
        continue;
      throw error;
    }
    for (const task of started.tasks) if (task !== undefined) await tasks.enqueue(task);
    return 'started';
  }
  return 'contended';
}

interface ItemState {
  readonly item: Snapshot<PlanItem>;
  readonly record: Snapshot<RecordDocument> | undefined;
  readonly work: Snapshot<WorkDocument> | undefined;
}

interface Started {
  readonly writes: readonly Write[];
  readonly tasks: readonly (Task | undefined)[];
}

async function startOn(context: PlanContext, plan: Plan, state: ItemState): Promise<Started> {
  const now = context.ports.clock.now();
  const { item, record, work } = state;
  if (record === undefined || work === undefined || record.value.state !== 'active')
    return refusing(item, 'unknown_record', now);
  if (record.value.release > context.release)
    throw newerRelease(`Record ${record.value.id}`, record.value.release, context.release); // M6
  const planned = await planOne(context, plan, record.value, toInstant(now));
  if (itemHash(planned) !== item.value.hash) return refusing(item, refusalOf(item.value, planned), now); // H1
  const started =
    planned.operations.length === 0
      ? deciding(context, plan, { item, record, work }, planned, now)
      : opening(context, plan, { item, record }, planned, now);
  const released = planned.decisions.filter(({ kind }) => kind === 'release').map(({ path }) => path);
  const by = plan.approval?.by ?? plan.startedBy ?? plan.createdBy;
  const releases = await releaseWrites(context, record.value, released, { by, at: toInstant(now) });
  const ended = holdWrites(record.value, planned.record, toInstant(now));
  return { ...started, writes: [...started.writes, ...releases, ...ended] };
}

/** Why what was seen is not what is there now: a run that is writing is named. */
function refusalOf({ operations }: PlanItem, planned: DirectedPlan): string {
  const isBusy = planned.blocked.some(({ reason }) => reason === 'in_flight');
  if (isBusy) return `write_set_busy:${Object.keys(planned.record.writeSets)[0] ?? ''}`;
  const rules = new Map(
    operations.flatMap(({ fields }) => fields.map(({ path, ruleHash }) => [path, ruleHash] as const)),
  );
  const hasOtherRule = planned.operations.some(({ fields }) =>
    fields.some(({ path, ruleHash }) => (rules.get(path) ?? ruleHash) !== ruleHash),
  );
  return hasOtherRule ? 'rule_changed' : 'preimage_moved';
}

function refusing(item: Snapshot<PlanItem>, reason: string, now: number): Started {
  const at = toInstant(now);
  const ended: PlanItem = {
    ...item.value,
    status: 'refused',
    reason,
    startedAt: at,
    finishedAt: at,
    expireAt: keptUntil(at),
  };
  return { writes: [set(item.ref, ended, item.version)], tasks: [] };
}

/** H3. */
function deciding(
  context: PlanContext,
  plan: Plan,
  {
    item,
    record,
    work,
  }: {
    readonly item: Snapshot<PlanItem>;
    readonly record: Snapshot<RecordDocument>;
    readonly work: Snapshot<WorkDocument>;
  },
  planned: DirectedPlan,
  now: number,
): Started {
  const at = toInstant(now);
  const history = withHistory(planned.record, notesOfDecisions(plan.id, planned.decisions), at);
  const hint = { system: CONCORD, vendorTime: null, lane: 'operator' as const, evidence: [] };
  const owing = addMark(work.value, hint, 0, now).work;
  const ended: PlanItem = {
    ...item.value,
    status: 'applied',
    startedAt: at,
    finishedAt: at,
    expireAt: keptUntil(at),
  };
  return {
    writes: [
      set(record.ref, { ...history.record, release: context.release }, record.version),
      ...history.writes,
      set(item.ref, ended, item.version),
      set(work.ref, owing, work.version),
    ],
    tasks: [taskOfWork(owing, now)],
  };
}

/** H2. */
function opening(
  context: PlanContext,
  plan: Plan,
  { item, record }: { readonly item: Snapshot<PlanItem>; readonly record: Snapshot<RecordDocument> },
  planned: DirectedPlan,
  now: number,
): Started {
  const at = toInstant(now);
  const opened = openRun({
    record: planned.record,
    policy: policyOf(context, record.value.type),
    operations: planned.operations,
    lane: 'operator',
    cause: { kind: 'plan', id: plan.id },
    release: context.release,
    at,
    plan: { id: plan.id },
  });
  const runId: RunId = opened.run.id;
  const history = withHistory(opened.record, notesOfDecisions(plan.id, planned.decisions), at);
  const running: PlanItem = { ...item.value, status: 'running', runId, startedAt: at, expireAt: null };
  return {
    writes: [
      set(record.ref, { ...history.record, release: context.release }, record.version),
      ...history.writes,
      create(workflowRuns.at(runId), opened.run),
      set(item.ref, running, item.version),
    ],
    tasks: [taskOfRun(opened.run)],
  };
}
