/**
 * Builds the one commit that settles a step: the run's next state, the record's facts with their history, and
 * what the record owes afterwards. Reads what is open of the record, and writes nothing itself.
 */
import { toInstant } from '#shared/model/instant.ts';
import { CONCORD, type SystemId } from '#shared/model/ids.ts';
import { isBeingWritten, records, type RecordDocument } from '#shared/model/record.ts';
import { listingOf } from '#shared/model/record-listing.ts';
import { work as workCollection, type WorkDocument } from '#shared/model/work.ts';
import { isOpen } from '#shared/engine/advance.ts';
import { isTerminal, type RunEvent } from '#shared/engine/run.ts';
import type { Operation } from '#shared/reconciliation/operation.ts';
import { set, type Write } from '#shared/ports/document-store.ts';
import type { Task } from '#shared/ports/task-queue.ts';
import { refused, type ApplyOutcome } from '../apply-request.ts';
import { withChecks } from '../check-drift/note-checks.ts';
import { countedChanges, countWrites } from '../mass-guard/count-changes.ts';
import { holdWrites } from '../mass-guard/hold-records.ts';
import { settledItem } from '../plans/settle-item.ts';
import {
  explanationTime,
  lossSettleMsOf,
  mappingOf,
  policyOf,
  readerOf,
  removalKinds,
  writableFields,
  type SyncContext,
} from './context.ts';
import { closeDiscrepancies, trackDiscrepancies } from './discrepancies.ts';
import { isUndecidable, withHistory } from './facts.ts';
import { releaseClaims, unheldKeys } from './identify.ts';
import { withLossLooks } from './losses.ts';
import { addMark, withComparisonAt } from './marks.ts';
import type { SyncRun } from './open-run.ts';
import { advanced, runWrites, type LoadedRun } from './loaded-run.ts';
import { recompare, settleStep } from './settle-step.ts';
import { withOwnWrite } from './signs.ts';
import { absorbStrangers, adoptedRecords, isHeldElsewhere, type Stranger } from './strangers.ts';
import { ownWriteTimes, signsOfAll, stillExplaining } from './turn.ts';
import { taskOfWork } from './wake.ts';

export interface Finished {
  readonly run: SyncRun;
  readonly writes: readonly Write[];
  readonly tasks: readonly (Task | undefined)[];
}

/** Settles one step against the documents as they now are. */
export async function finishStep(
  context: SyncContext,
  state: LoadedRun,
  stepId: string,
  reported: ApplyOutcome,
  strangers: readonly Stranger[],
): Promise<Finished> {
  const now = context.ports.clock.now();
  const at = toInstant(now);
  // M16: it was created, but not for us to link; what stands for another record is in the way of ours.
  const outcome = isHeldElsewhere(state.record.value.id, strangers) ? refused('exists', at) : reported;
  const operation = state.run.value.input.operations[stepId] as Operation;
  const run = advanced(state.run.value, eventOf(stepId, outcome, now));
  const runSaved = runWrites(run, state.run.version);
  if (isOpen(run.steps[stepId])) return { run, writes: runSaved, tasks: [] };

  const step = settleStep(state.record.value, run.id, operation, outcome, at);
  const settled = isTerminal(run) ? { ...step, record: withoutRun(step.record, run.id) } : step;
  const absorbed = absorbStrangers(
    context,
    state.record.value.id,
    operation,
    strangers,
    state.work.value,
    now,
  );
  const noted = withWriteNoted(context, absorbed.work, run, operation, outcome);
  const looked = withSecondLook(context, state.record.value, noted, operation, outcome, now);
  const worked = withLossLooks(looked, settled.record, lossSettleMsOf(context), now);
  const closing = isTerminal(run)
    ? close(context, settled.record, worked, state, now)
    : { record: settled.record, work: worked, notes: [], isCompared: false };
  const tracked = closing.isCompared
    ? await trackDiscrepancies(context, {
        record: closing.record,
        signs: closing.work.deferred,
        ownWrites: closing.work.ownWrites,
        prompt: { kind: 'run', id: run.id },
        at,
      })
    : { record: closing.record, writes: [], wakeAt: null };
  const adopted = adoptedRecords(run.recordId, strangers);
  const merge = { kind: 'merge', id: run.recordId } as const;
  const closed = await Promise.all(adopted.map((one) => closeDiscrepancies(context, one, merge, at)));
  const released = releaseClaims(tracked.record);
  const release = Math.max(released.record.release, context.release);
  const history = withHistory(released.record, [...settled.notes, ...closing.notes], at);
  const owing = withComparisonAt(closing.work, tracked.wakeAt, now);
  const work = closing.isCompared ? checked(context, history.record, owing, now) : owing;
  const before = state.record.value;
  const counted = countedChanges(before, released.record, []);
  return {
    run,
    writes: [
      ...runSaved,
      set(
        records.at(run.recordId),
        { ...history.record, listing: listingOf(history.record), release },
        state.record.version,
      ),
      ...history.writes,
      ...released.writes,
      ...absorbed.writes,
      ...settledItem(run, at),
      ...tracked.writes,
      ...closed.flat(),
      ...(await countWrites(context, run.recordId, counted, now)),
      ...holdWrites(before, released.record, at),
      set(workCollection.at(run.recordId), work, state.work.version),
    ],
    tasks: [work.wakeSeq === state.work.value.wakeSeq ? undefined : taskOfWork(work, now), ...absorbed.tasks],
  };
}

/**
 * A pass may have stored what it saw while our own read-back was on its way. Where neither clock can order the
 * two, the read-back stands and the record owes another look, so that no edit is hidden by an older answer (M7).
 */
function withSecondLook(
  context: SyncContext,
  before: RecordDocument,
  work: WorkDocument,
  { system }: Operation,
  outcome: ApplyOutcome,
  now: number,
): WorkDocument {
  const stored = before.representations[system];
  const seen = outcome.status === 'applied' || outcome.status === 'refused' ? outcome.seen : null;
  if (stored === undefined || seen === null) return work;
  if (!isUndecidable(stored, seen, context.timing.clockSkewMs)) return work;
  const evidence = work.deferred[system] ?? [];
  return addMark(work, { system, vendorTime: null, lane: 'live', evidence }, 0, now).work;
}

/** A run that has ended holds nothing any more, nor what a step was to write that could not begin. */
function withoutRun(record: RecordDocument, runId: SyncRun['id']): RecordDocument {
  const { [runId]: _, ...writeSets } = record.writeSets;
  return { ...record, writeSets };
}

/**
 * D3: compares what is stored once more; what is left becomes a mark of the pseudo-system. What a newer release has
 * judged meanwhile is left to it as a whole (M6).
 */
function close(
  context: SyncContext,
  record: RecordDocument,
  work: WorkDocument,
  { control, ownValues, record: before }: Pick<LoadedRun, 'control' | 'ownValues' | 'record'>,
  now: number,
) {
  const hint = { system: CONCORD, vendorTime: null, lane: 'live' as const, evidence: [] };
  if (record.release > context.release)
    return { record, work: addMark(work, hint, 0, now).work, notes: [], isCompared: false };
  const policy = policyOf(context, record.type);
  const at = toInstant(now);
  const observedAt = { ...work.observedAt };
  for (const [key, link] of Object.entries(record.links)) {
    const system = key as SystemId;
    const times = [observedAt[system], record.representations[system]?.observedAt, link.deniedAt];
    const latest = times
      .filter((time) => time != null)
      .toSorted()
      .at(-1);
    if (latest !== undefined) observedAt[system] = latest;
  }
  const deferred = signsOfAll(context, record.type, work, Object.keys(work.deferred) as SystemId[]);
  const compared = recompare({
    policy,
    record,
    before: before.value,
    signs: Object.fromEntries([...deferred].map(([system, { signs }]) => [system, signs])),
    writable: writableFields(context, policy),
    removal: removalKinds(context, policy),
    observedAt,
    ownWritesAt: ownWriteTimes(work),
    owed: Object.keys(work.marks) as SystemId[],
    ...control,
    ownValues,
    ...explanationTime(context),
    at,
  });
  const observed = { ...work, observedAt };
  const { record: after } = compared;
  // Whose a new key is has to be looked up, which is a pass's to do (M16).
  if (compared.isSettled && unheldKeys(record).length === 0) {
    return {
      record: after,
      work: withComparisonAt(
        { ...observed, deferred: stillExplaining(policy, after, isBeingWritten(after), work.deferred) },
        compared.recompareAt,
        now,
      ),
      notes: compared.notes,
      isCompared: true,
    };
  }
  return { record: after, work: addMark(observed, hint, 0, now).work, notes: [], isCompared: false };
}

/** The closing comparison is a check. What it saw differ was our own write, which is no change of anybody's (M9). */
function checked(
  context: SyncContext,
  record: RecordDocument,
  work: WorkDocument,
  now: number,
): WorkDocument {
  const recordVersion = record.historyCount;
  const policy = policyOf(context, record.type);
  return withChecks(work, { policy, record, recordVersion, changed: new Map(), now });
}

function eventOf(step: string, outcome: ApplyOutcome, now: number): RunEvent {
  const at = toInstant(now);
  switch (outcome.status) {
    case 'applied':
      return { kind: 'step_succeeded', at, step, detail: outcome.isOurs ? 'verified' : 'already_there' };
    case 'removed':
      return { kind: 'step_succeeded', at, step, detail: 'removed' };
    case 'refused':
      return { kind: 'step_refused', at, step, reason: outcome.reason };
    case 'failed': {
      const { code, disposition, retryAfterMs } = outcome.error;
      const canRetry = outcome.during === 'reads' || disposition !== 'terminal';
      return { kind: 'step_failed', at, step, code, canRetry, retryAfterMs: retryAfterMs ?? null };
    }
    case 'unknown':
      return {
        kind: 'step_unknown',
        at,
        step,
        code: outcome.error.code,
        unresolvedUntil: outcome.unresolvedUntil,
      };
    case 'unverified':
      return {
        kind: 'step_unverified',
        at,
        step,
        carried: outcome.stored as never,
        retryAfterMs: outcome.error?.retryAfterMs ?? null,
      };
    case 'waits':
      return { kind: 'step_waits', at, step, until: outcome.until, reason: outcome.reason };
  }
}

/** Remembers our write's vendor time, so that the event it causes is taken for its echo (M9). */
function withWriteNoted(
  context: SyncContext,
  work: WorkDocument,
  run: SyncRun,
  operation: Operation,
  outcome: ApplyOutcome,
): WorkDocument {
  if (outcome.status !== 'applied' || outcome.isShared || outcome.stored.modifiedAt === null) return work;
  // The event of a create is a birth, which explains nothing anyway; another one at that tick is an edit.
  if (operation.action === 'create') return work;
  // Found later by a read, the time may be that of somebody's edit since.
  if (outcome.stored.method !== 'write_response') return work;
  const { timeResolutionMs } = readerOf(context, operation.system).capabilities;
  const write = {
    runId: run.id,
    at: outcome.stored.modifiedAt,
    paths: operation.fields.map((field) => field.path),
  };
  const mapping = mappingOf(context, operation.system, operation.type);
  return withOwnWrite(work, operation.system, write, mapping, timeResolutionMs);
}
