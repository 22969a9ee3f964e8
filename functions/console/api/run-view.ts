import { isTerminal, type Run } from '#shared/engine/run.ts';
import { toInstant, type Instant } from '#shared/model/instant.ts';
import { RunState } from '#shared/model/vocabulary.ts';
import type { AllowedAction } from './allowed-actions.ts';

/** A run in a list. */
export interface RunRow {
  readonly id: string;
  readonly workflow: string;
  readonly version: number;
  readonly recordId: string;
  readonly state: RunState;
  readonly lane: string;
  readonly cause: Run['cause'];
  readonly createdAt: Instant;
  readonly finishedAt: Instant | null;
  /** When it goes on by itself; null when it has ended. */
  readonly nextAttemptAt: Instant | null;
  /** Steps by where they stand. */
  readonly steps: Readonly<Record<string, number>>;
}

/** A run as lists show it. */
export function toRunRow(run: Run): RunRow {
  const steps: Record<string, number> = {};
  for (const { status } of Object.values(run.steps)) steps[status] = (steps[status] ?? 0) + 1;
  const { id, workflow, version, recordId, state, lane, cause, createdAt, finishedAt, wakeAt } = run;
  return {
    id,
    workflow,
    version,
    recordId,
    state,
    lane,
    cause,
    createdAt,
    finishedAt,
    nextAttemptAt: wakeAt === null ? null : toInstant(wakeAt),
    steps,
  };
}

/** What may be done to a run as it stands. */
export function runActions(run: Run): readonly AllowedAction[] {
  const ended = isTerminal(run) ? `It has ended: ${run.state.replaceAll('_', ' ')}.` : null;
  const undone: readonly RunState[] = [RunState.succeeded, RunState.partlySucceeded];
  return [
    { action: 'cancel', allowed: ended === null, reason: ended },
    undone.includes(run.state)
      ? { action: 'undo', allowed: true, reason: null }
      : { action: 'undo', allowed: false, reason: 'Only what a run has written can be taken back.' },
  ];
}
