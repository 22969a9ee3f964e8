/**
 * Runs: durable executions. A run stores its own DAG, its input and its journal, so that it ends on the
 * version it began with and can be replayed. This module knows steps and states, and no business word.
 */
import type { Cause } from '#shared/model/cause.ts';
import { defineCollection, type StoredValue } from '#shared/model/document.ts';
import type { RecordId, RunId, SystemId } from '#shared/model/ids.ts';
import type { Instant } from '#shared/model/instant.ts';
import type { ErrorCode } from '#shared/errors/concord-error.ts';
import { RunState, type Lane } from '#shared/model/vocabulary.ts';

/**
 * What a step does to the world. `pure`: nothing. `reversible`: a before-image can be restored.
 * `compensable`: another action makes up for it. `pivot`: neither; no turning back after it.
 */
export type EffectClass = 'pure' | 'reversible' | 'compensable' | 'pivot';

export interface StepNode {
  readonly id: string;
  /** Names the queue that may run it; null when it calls no system. */
  readonly system: SystemId | null;
  readonly effect: EffectClass;
  /** Steps that must have succeeded before. */
  readonly needs: readonly string[];
}

export type StepStatus =
  /** Not tried, or tried with certainly no effect. */
  | 'pending'
  /** Sent, outcome not known: to be resolved by a read before anything else (M2). */
  | 'unknown'
  /** Took effect; only the read-back is missing, which is repeated for as long as it takes. */
  | 'unverified'
  | 'succeeded'
  /** Not done, for a reason that is no fault: the world had moved on. */
  | 'refused'
  | 'failed'
  | 'skipped';

export interface StepState {
  readonly status: StepStatus;
  /** Attempts that ended, with whatever outcome. */
  readonly attempts: number;
  /** Grows only after a compensated effect; part of vendor keys (M2). */
  readonly round: number;
  /** Epoch milliseconds before which it is not tried again. */
  readonly notBefore: number;
  /** Epoch milliseconds until which an unknown effect may still appear. */
  readonly unresolvedUntil: number | null;
  readonly reason: string | null;
  /** What an unverified step needs to finish: the vendor's answer. */
  readonly carried: StoredValue;
}

/** One event as the reducer was told it. Told again in this order, the journal gives the same run (M13). */
export type JournalEntry = RunEvent & { readonly seq: number };

export interface Run<Input extends object = object> {
  readonly id: RunId;
  readonly workflow: string;
  readonly version: number;
  readonly dag: readonly StepNode[];
  readonly dagHash: string;
  readonly policyHash: string;
  readonly release: number;
  readonly recordId: RecordId;
  /** Epoch of the record that this run may act for (M3). */
  readonly epoch: number;
  readonly lane: Lane;
  readonly input: Input;
  readonly cause: Cause;
  readonly state: RunState;
  readonly steps: Readonly<Record<string, StepState>>;
  readonly journal: readonly JournalEntry[];
  readonly wakeAt: number | null;
  readonly wakeShard: number;
  readonly wakeSeq: number;
  readonly redrives: number;
  readonly createdAt: Instant;
  readonly finishedAt: Instant | null;
}

export const workflowRuns = defineCollection<Run>({
  name: 'workflowRuns',
  indexes: [
    {
      fields: [
        ['wakeShard', 'asc'],
        ['wakeAt', 'asc'],
      ],
    },
    ...(['recordId', 'state', 'workflow'] as const).map((field) => ({
      fields: [
        [field, 'asc'],
        ['createdAt', 'desc'],
      ] as const,
    })),
  ],
  unindexed: ['input', 'steps', 'journal', 'dag', 'wakeAt', 'wakeSeq', 'redrives'],
  ttlField: null,
  erasure: 'replace_values',
});

/** What happened to a run. The only way its state changes is through `advance`. */
export type RunEvent =
  | { readonly kind: 'started'; readonly at: Instant }
  /** Somebody else may still be writing: nothing is tried before the time given. */
  | { readonly kind: 'parked'; readonly at: Instant; readonly until: number }
  /**
   * The lease of an owner that is gone was taken over. What it may have sent is unknown, per step until the time at
   * which the system has certainly settled it.
   */
  | {
      readonly kind: 'taken_over';
      readonly at: Instant;
      readonly epoch: number;
      readonly unresolvedUntil: Readonly<Record<string, number>>;
    }
  | { readonly kind: 'step_succeeded'; readonly at: Instant; readonly step: string; readonly detail: string }
  | { readonly kind: 'step_refused'; readonly at: Instant; readonly step: string; readonly reason: string }
  | {
      readonly kind: 'step_failed';
      readonly at: Instant;
      readonly step: string;
      readonly code: ErrorCode;
      readonly canRetry: boolean;
      readonly retryAfterMs: number | null;
    }
  | {
      readonly kind: 'step_unknown';
      readonly at: Instant;
      readonly step: string;
      readonly code: ErrorCode;
      readonly unresolvedUntil: number;
    }
  | {
      readonly kind: 'step_unverified';
      readonly at: Instant;
      readonly step: string;
      readonly carried: StoredValue;
      readonly retryAfterMs: number | null;
    }
  | {
      readonly kind: 'step_waits';
      readonly at: Instant;
      readonly step: string;
      readonly until: number;
      readonly reason: string;
    }
  | { readonly kind: 'cancelled'; readonly at: Instant; readonly reason: string };

/** States from which a run never moves again. */
const TERMINAL_STATES: readonly RunState[] = Object.freeze([
  RunState.succeeded,
  RunState.partlySucceeded,
  RunState.failed,
  RunState.rolledBack,
  RunState.rollbackFailed,
  RunState.cancelled,
]);

export function isTerminal(run: Pick<Run, 'state'>): boolean {
  return TERMINAL_STATES.includes(run.state);
}

/** Every legal move of a run's state, in one table. */
export const LEGAL_MOVES: Readonly<Record<RunState, readonly RunState[]>> = Object.freeze({
  pending: ['running', 'waiting', 'cancelled'],
  running: ['waiting', 'succeeded', 'partly_succeeded', 'failed', 'compensating', 'cancelled'],
  waiting: ['running', 'succeeded', 'partly_succeeded', 'failed', 'compensating', 'cancelled'],
  compensating: ['rolled_back', 'rollback_failed'],
  succeeded: [],
  partly_succeeded: [],
  failed: [],
  rolled_back: [],
  rollback_failed: [],
  cancelled: [],
});
