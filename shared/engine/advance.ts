/**
 * The reducer of the engine: `advance(run, event)` gives the next run and what to do about it. Pure (M13):
 * a recorded list of events replays to the same run.
 *
 * It is not the shell: it performs nothing, holds no lease and reads no clock. Its neighbour executes
 * steps, commits what comes back and enqueues tasks.
 *
 * E1 A run's state moves only along LEGAL_MOVES.
 * E2 A step runs only when every step it needs has succeeded.
 * E3 A step whose outcome is unknown is executed again only to be resolved, never to be sent blindly (M2).
 * E4 A terminal run owes nothing: its `wakeAt` is null.
 */
import { ConcordError, ErrorCode } from '#shared/errors/concord-error.ts';
import { toEpochMs } from '#shared/model/instant.ts';
import { RunState } from '#shared/model/vocabulary.ts';
import { retryDelayMs, VENDOR_RETRY } from './retry-policy.ts';
import { isTerminal, LEGAL_MOVES, type Run, type RunEvent, type StepState } from './run.ts';

/** Applies one event and notes it in the journal. A run or a step that has ended stays as it is. */
export function advance<R extends Run>(run: R, event: RunEvent): R {
  if (isTerminal(run)) return run;
  if ('step' in event && isSettled(run.steps[event.step])) return run;
  const seq = (run.journal.at(-1)?.seq ?? 0) + 1;
  const journaled: R = { ...run, journal: [...run.journal, { seq, ...event }] };
  return withState(withSteps(journaled, event), event);
}

/** Steps that may be executed at `now`, in the order of the DAG (E2). */
export function readySteps(run: Run, now: number): readonly string[] {
  return unblockedSteps(run)
    .filter(([, step]) => step.notBefore <= now)
    .map(([id]) => id);
}

/** Steps that have something to do and need no other step any more, in the order of the DAG. */
function unblockedSteps(run: Run): readonly (readonly [string, StepState])[] {
  return run.dag.flatMap((node) => {
    const step = run.steps[node.id];
    const isUnblocked = node.needs.every((needed) => run.steps[needed]?.status === 'succeeded');
    return isOpen(step) && isUnblocked ? [[node.id, step] as const] : [];
  });
}

/** Epoch milliseconds at which the run next has something to do, null when it has ended (E4). */
function nextWakeAt(run: Run, event: RunEvent): number | null {
  if (isTerminal(run)) return null;
  if (event.kind === 'parked') return event.until;
  return Math.min(...unblockedSteps(run).map(([, step]) => step.notBefore));
}

/** Whether a step still has something to do. */
export function isOpen(step: StepState | undefined): step is StepState {
  return step?.status === 'pending' || step?.status === 'unknown' || step?.status === 'unverified';
}

function isSettled(step: StepState | undefined): boolean {
  return step !== undefined && !isOpen(step);
}

function stepAfter(run: Run, event: Extract<RunEvent, { step: string }>): StepState {
  const step = run.steps[event.step];
  if (step === undefined) {
    throw new ConcordError({
      code: ErrorCode.internal,
      disposition: 'terminal',
      message: `Run ${run.id} has no step ${event.step}; its journal and its DAG disagree.`,
    });
  }
  const now = toEpochMs(event.at);
  const attempts = step.attempts + 1;
  const backoff = (askedForMs: number | null) =>
    now + retryDelayMs(VENDOR_RETRY, attempts, `${run.id}:${event.step}`, askedForMs);
  switch (event.kind) {
    case 'step_succeeded':
      return {
        ...step,
        status: 'succeeded',
        attempts,
        unresolvedUntil: null,
        reason: event.detail,
        carried: null,
      };
    case 'step_refused':
      // E3: nor is a refusal, for what was sent may still change what was seen.
      if (isUnresolved(step, now))
        return { ...step, attempts, reason: event.reason, notBefore: backoff(null) };
      return {
        ...step,
        status: 'refused',
        attempts,
        unresolvedUntil: null,
        reason: event.reason,
        carried: null,
      };
    case 'step_failed': {
      // E3: while the effect may still appear, no failure is the last word.
      const retries = isUnresolved(step, now) || (event.canRetry && attempts < VENDOR_RETRY.maxAttempts);
      return {
        ...step,
        status: retries ? step.status : 'failed', // E3: an unknown step stays unknown
        attempts,
        reason: event.code,
        notBefore: retries ? backoff(event.retryAfterMs) : step.notBefore,
      };
    }
    case 'step_unknown':
      return {
        ...step,
        status: 'unknown',
        attempts,
        reason: event.code,
        unresolvedUntil: Math.max(step.unresolvedUntil ?? 0, event.unresolvedUntil),
        notBefore: backoff(null),
      };
    case 'step_unverified':
      return {
        ...step,
        status: 'unverified',
        attempts,
        carried: event.carried,
        notBefore: backoff(event.retryAfterMs),
      };
    case 'step_waits':
      return { ...step, reason: event.reason, notBefore: event.until };
  }
}

/** Whether what the step may have sent can still take effect. */
function isUnresolved(step: StepState, now: number): boolean {
  return step.status === 'unknown' && (step.unresolvedUntil ?? 0) > now;
}

function withSteps<R extends Run>(run: R, event: RunEvent): R {
  if ('step' in event) return { ...run, steps: { ...run.steps, [event.step]: stepAfter(run, event) } };
  return event.kind === 'taken_over'
    ? { ...run, epoch: event.epoch, steps: { ...run.steps, ...doubtfulSteps(run, event) } }
    : run;
}

/**
 * What may have been sent is unknown, also what was in doubt before and may just have been sent again. Resolving it
 * costs only a read, so it is due at once (E3).
 */
function doubtfulSteps(
  run: Run,
  event: Extract<RunEvent, { kind: 'taken_over' }>,
): Readonly<Record<string, StepState>> {
  const doubtful = unblockedSteps(run).flatMap(([id, step]): [string, StepState][] => {
    const settledAt = event.unresolvedUntil[id];
    if (step.status === 'unverified' || settledAt === undefined) return [];
    const unresolvedUntil = Math.max(step.unresolvedUntil ?? 0, settledAt);
    const notBefore = toEpochMs(event.at);
    return [[id, { ...step, status: 'unknown', attempts: step.attempts + 1, unresolvedUntil, notBefore }]];
  });
  return Object.fromEntries(doubtful);
}

function withState<R extends Run>(run: R, event: RunEvent): R {
  const state = event.kind === 'cancelled' ? RunState.cancelled : stateOf(run, event);
  if (state !== run.state && !LEGAL_MOVES[run.state].includes(state)) {
    throw new ConcordError({
      code: ErrorCode.internal,
      disposition: 'terminal',
      message: `Run ${run.id} cannot move from ${run.state} to ${state}.`,
    }); // E1
  }
  const ended = { ...run, state };
  return {
    ...ended,
    wakeAt: nextWakeAt(ended, event),
    finishedAt: isTerminal(ended) ? event.at : null,
  };
}

function stateOf(run: Run, event: RunEvent): RunState {
  const steps = run.dag.map((node) => run.steps[node.id]).filter((step) => step !== undefined);
  const cutOff = cutOffSteps(run);
  if (run.dag.some(({ id }) => isOpen(run.steps[id]) && !cutOff.has(id))) {
    if (event.kind === 'parked') return RunState.waiting;
    return readySteps(run, toEpochMs(event.at)).length > 0 ? RunState.running : RunState.waiting;
  }
  if (steps.every((step) => step.status === 'succeeded')) return RunState.succeeded;
  if (steps.some((step) => step.status === 'succeeded')) return RunState.partlySucceeded;
  return steps.some((step) => step.status === 'failed') ? RunState.failed : RunState.cancelled;
}

/** Steps that can never run because one that they need, directly or not, did not succeed. */
function cutOffSteps(run: Run): ReadonlySet<string> {
  const endedOtherwise: readonly unknown[] = ['refused', 'failed', 'skipped'];
  const hasEndedOtherwise = (id: string) => endedOtherwise.includes(run.steps[id]?.status);
  const cutOff = new Set<string>();
  for (let known = -1; known < cutOff.size;) {
    known = cutOff.size;
    for (const { id, needs } of run.dag)
      if (needs.some((needed) => cutOff.has(needed) || hasEndedOtherwise(needed))) cutOff.add(id);
  }
  return cutOff;
}
