/**
 * The shell around the engine's reducer: takes the lease, carries out the steps that are due, and commits
 * each outcome together with what it changes on the record.
 *
 * D1 Every commit requires the epoch under which the run acts; if only the version moved, the outcome is
 *    committed again on the fresh record and the vendor is never called twice for it (M3).
 * D2 The commit that settles a step also releases the lease, unless the next step continues at once.
 * D3 The last commit compares again; what is then left to do becomes a debt of the record.
 */
import type { Connector } from '#shared/connectors/connector.ts';
import { ConcordError, ErrorCode } from '#shared/errors/concord-error.ts';
import { contention, newerRelease } from '#shared/errors/faults.ts';
import { readySteps } from '#shared/engine/advance.ts';
import type { Lease } from '#shared/engine/lease.ts';
import { isTerminal, type Run } from '#shared/engine/run.ts';
import { contentHash } from '#shared/model/hash.ts';
import { toEpochMs, toInstant } from '#shared/model/instant.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import type { Snapshot } from '#shared/ports/document-store.ts';
import { applyOperation } from '../apply-operation.ts';
import type { ApplyOutcome } from '../apply-request.ts';
import { closeGuards } from '../mass-guard/close-guards.ts';
import { countsIn } from '../mass-guard/count-changes.ts';
import { policyOf, type SyncContext } from './context.ts';
import { haltOf } from './control.ts';
import { finishStep } from './finish-step.ts';
import { givenBack, holdLease, mayCallUnder } from './hold-lease.ts';
import { SYNC_RECORD, type SyncRun } from './open-run.ts';
import { advanced, holdsRecord, loadRun, runWrites, type LoadedRun, type RunOfRecord } from './loaded-run.ts';
import { prepared } from './prepared.ts';
import { readStrangers } from './strangers.ts';
import { taskOfRun } from './wake.ts';

const MAX_RACES = 10;

export type DriveReason =
  | 'unknown_run'
  | 'already_ended'
  | 'nothing_due'
  | 'busy'
  | 'fenced_out'
  | 'advanced'
  | 'ended';

/**
 * Continues a run until it ends, waits or has to change queue.
 *
 * @throws ConcordError `newer_release` (retry) when a newer release has begun the run or judged the record; store
 *   errors pass through.
 */
export async function driveRun(context: SyncContext, named: RunOfRecord): Promise<DriveReason> {
  for (let race = 0; race < MAX_RACES; race += 1) {
    const state = await loadRun(context, named);
    if (state === undefined) return 'unknown_run';
    const { run, record } = state;
    if (isTerminal(run.value)) return 'already_ended';
    assertNotNewer(context, run.value, record.value);
    if (!holdsRecord(state)) return abandon(context, state);
    const [step] = readySteps(run.value, context.ports.clock.now());
    if (step === undefined) return 'nothing_due';
    const held = await holdLease(context, run, record, state.lease);
    if (held.status === 'busy') return park(context, state, held.until);
    if (held.status === 'lost_race') continue;
    if (held.inDoubt !== null && held.inDoubt.id !== named.runId) await resume(context, held.inDoubt);
    // Taking the lease changed nothing that was read, and its version proves that nobody else did. A takeover does.
    const loaded = held.inDoubt !== null ? await loadRun(context, named) : { ...state, lease: held.lease };
    return loaded === undefined ? 'unknown_run' : underLease(context, loaded, held.lease.value);
  }
  throw contention(MAX_RACES);
}

/** Carries out due steps one after the other while they stay on one system's queue. */
async function underLease(context: SyncContext, loaded: LoadedRun, lease: Lease): Promise<DriveReason> {
  let state: LoadedRun | undefined = loaded;
  while (state !== undefined) {
    if (state.lease?.value.owner !== lease.owner) return 'fenced_out';
    const [step] = readySteps(state.run.value, context.ports.clock.now());
    if (step === undefined) return release(context, state.lease);
    const outcome = await execute(context, state, step, lease);
    const committed = await commitOutcome(context, state, step, outcome, lease);
    if (committed === 'fenced_out') return 'fenced_out';
    if (!committed.keepsLease) return isTerminal(committed.run) ? 'ended' : 'advanced';
    state = await loadRun(context, namesOf(state));
  }
  return 'unknown_run';
}

async function execute(
  context: SyncContext,
  state: LoadedRun,
  stepId: string,
  lease: Lease,
): Promise<ApplyOutcome> {
  const { run, record } = state;
  const operation = run.value.input.operations[stepId];
  const step = run.value.steps[stepId];
  const connector = operation && context.connectors.get(operation.system);
  if (operation === undefined || step === undefined || connector === undefined) {
    throw new ConcordError({
      code: ErrorCode.invalidConfiguration,
      disposition: 'park',
      message: `Run ${run.value.id} cannot execute step ${stepId}: its operation or its system's connector is missing.`,
    });
  }
  const policy = policyOf(context, operation.type);
  const isDecided = run.value.workflow !== SYNC_RECORD;
  const halt = haltOf(state.control, policy, record.value.lifecycle, operation, isDecided);
  const unprepared = halt === null ? await failureToPrepare(connector) : null;
  if (unprepared !== null) return { status: 'failed', during: 'reads', error: unprepared };
  return applyOperation({
    connector,
    lostReader: operation.lost && context.connectors.get(operation.lost)?.reader,
    policy,
    halt,
    record: record.value,
    operation,
    writer: `workflow:${run.value.workflow}`,
    step,
    notSentBefore: toEpochMs(run.value.createdAt) - context.timing.clockSkewMs,
    idempotencyKey: contentHash([run.value.id, stepId, step.round]),
    now: () => context.ports.clock.now(),
    mayCall: () => mayCallUnder(context, lease),
  });
}

async function failureToPrepare(connector: Connector): Promise<ConcordError | null> {
  try {
    await prepared(connector);
    return null;
  } catch (error) {
    if (!ConcordError.is(error) || error.code === ErrorCode.invalidConfiguration) throw error;
    return error;
  }
}

type Committed = { readonly run: SyncRun; readonly keepsLease: boolean };

/** D1, D2. */
async function commitOutcome(
  context: SyncContext,
  known: LoadedRun,
  stepId: string,
  outcome: ApplyOutcome,
  lease: Lease,
): Promise<Committed | 'fenced_out'> {
  for (let race = 0; race < MAX_RACES; race += 1) {
    const state = race === 0 ? known : await loadRun(context, namesOf(known));
    if (state === undefined || state.lease?.value.owner !== lease.owner) return 'fenced_out';
    if (state.run.value.epoch !== known.run.value.epoch || !holdsRecord(state)) return 'fenced_out';
    const strangers = await readStrangers(context, state, stepId, outcome);
    const finished = await finishStep(context, state, stepId, outcome, strangers);
    const keepsLease = continuesInline(context, finished.run, stepId, lease);
    const writes = keepsLease ? finished.writes : [...finished.writes, givenBack(state.lease)];
    try {
      const results = await context.ports.store.commit(writes);
      await closeGuards(context, countsIn(writes, results), context.ports.clock.now());
    } catch (error) {
      if (ConcordError.is(error, ErrorCode.conflict) || ConcordError.is(error, ErrorCode.alreadyExists))
        continue;
      throw error;
    }
    logOutcome(context, finished.run, stepId, outcome);
    const ownTask = keepsLease ? undefined : taskOfRun(finished.run);
    for (const task of [...finished.tasks, ownTask])
      if (task !== undefined) await context.ports.tasks.enqueue(task);
    return { run: finished.run, keepsLease };
  }
  throw contention(MAX_RACES);
}

function continuesInline(context: SyncContext, run: SyncRun, stepId: string, lease: Lease): boolean {
  const [next] = readySteps(run, context.ports.clock.now());
  const systemOf = (id: string) => run.dag.find((node) => node.id === id)?.system;
  return next !== undefined && systemOf(next) === systemOf(stepId) && mayCallUnder(context, lease);
}

/**
 * Somebody else acts for the record. A run that no longer holds any field there has nothing left to do and is
 * closed, so that it does not owe for ever; one that does is left for whoever fenced it out.
 */
async function abandon(context: SyncContext, { run, record }: LoadedRun): Promise<DriveReason> {
  if (record.value.writeSets[run.value.id] !== undefined) return 'fenced_out';
  const at = toInstant(context.ports.clock.now());
  const ended = advanced(run.value, { kind: 'cancelled', at, reason: 'fenced_out' });
  await context.ports.store.commit(runWrites(ended, run.version));
  return 'fenced_out';
}

/** Nothing is due after all: whoever comes next need not wait for the lease to expire. */
async function release(context: SyncContext, lease: Snapshot<Lease>): Promise<DriveReason> {
  await context.ports.store.commit([givenBack(lease)]);
  return 'nothing_due';
}

function namesOf({ run }: LoadedRun): RunOfRecord {
  return { runId: run.value.id, recordId: run.value.recordId };
}

/** Another invocation may be writing: the run looks again later (L4). */
async function park(context: SyncContext, state: LoadedRun, until: number): Promise<DriveReason> {
  const { run } = state;
  const at = toInstant(context.ports.clock.now());
  const parked = advanced(run.value, { kind: 'parked', at, until });
  try {
    await context.ports.store.commit(runWrites(parked, run.version));
  } catch (error) {
    if (ConcordError.is(error, ErrorCode.conflict)) return 'busy'; // Its owner has just committed.
    throw error;
  }
  await resume(context, parked);
  return 'busy';
}

/** Sees to it that somebody continues the run when it is due. */
async function resume(context: SyncContext, run: SyncRun): Promise<void> {
  const task = taskOfRun(run);
  if (task !== undefined) await context.ports.tasks.enqueue(task);
}

/** M6: what a newer release has touched is left to it. */
function assertNotNewer(context: SyncContext, run: Run, record: RecordDocument): void {
  const release = Math.max(run.release, record.release);
  if (release > context.release) throw newerRelease(`Run ${run.id}`, release, context.release);
}

function logOutcome(context: SyncContext, run: SyncRun, step: string, outcome: ApplyOutcome): void {
  const detail =
    outcome.status === 'failed' || outcome.status === 'unknown'
      ? outcome.error.code
      : outcome.status === 'refused' || outcome.status === 'waits'
        ? outcome.reason
        : undefined;
  context.ports.telemetry.log('info', `step.${outcome.status}`, {
    recordId: run.recordId,
    runId: run.id,
    step,
    rule: run.input.operations[step]?.fields[0]?.rule ?? '',
    ...(detail === undefined ? {} : { reason: detail }),
  });
}
