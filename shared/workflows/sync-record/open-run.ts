import { contentHash } from '#shared/model/hash.ts';
import { policyHash, type EntityPolicy } from '#shared/authority/policy.ts';
import { runIdOf } from '#shared/model/ids.ts';
import { toEpochMs, type Instant } from '#shared/model/instant.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import { RunState, type Lane } from '#shared/model/vocabulary.ts';
import type { Run, StepNode, StepState } from '#shared/engine/run.ts';
import type { Operation } from '#shared/reconciliation/operation.ts';
import { wakeShardOf } from './wake.ts';

/** Persisted names: never renamed, a changed meaning is a new one. */
export const SYNC_RECORD = 'sync-record';
const VERSION = 1;

/** What a `sync-record` run carries: the operations by step. */
export interface SyncInput {
  readonly operations: Readonly<Record<string, Operation>>;
}

export type SyncRun = Run<SyncInput>;

export interface OpenRunRequest {
  readonly record: RecordDocument;
  readonly policy: EntityPolicy;
  readonly operations: readonly Operation[];
  readonly lane: Lane;
  /** The evidence or event that led to it. */
  readonly cause: string;
  readonly release: number;
  readonly at: Instant;
}

/**
 * Builds the run that applies a pass's operations: one step per written object, none needing another.
 * `record` is the record as it will be once the run is open (its pass number and epoch are the run's).
 */
export function openRun(request: OpenRunRequest): SyncRun {
  const { record, operations } = request;
  const dag: readonly StepNode[] = operations.map((operation) => ({
    id: `${operation.action}-${operation.system}`,
    system: operation.system,
    effect: operation.action === 'create' ? 'compensable' : 'reversible',
    needs: [],
  }));
  const id = runIdOf(SYNC_RECORD, record.id, record.passNumber);
  const now = toEpochMs(request.at);
  return {
    id,
    workflow: SYNC_RECORD,
    version: VERSION,
    dag,
    dagHash: contentHash(dag),
    policyHash: policyHash(request.policy),
    release: request.release,
    recordId: record.id,
    epoch: record.epoch,
    lane: request.lane,
    input: {
      operations: Object.fromEntries(dag.map((node, index) => [node.id, operations[index] as Operation])),
    },
    cause: request.cause,
    state: RunState.running,
    steps: Object.fromEntries(dag.map((node) => [node.id, freshStep(now)])),
    journal: [{ seq: 1, at: request.at, step: null, event: 'started', detail: request.cause }],
    wakeAt: now,
    wakeShard: wakeShardOf(id),
    wakeSeq: 1,
    redrives: 0,
    createdAt: request.at,
    finishedAt: null,
  };
}

function freshStep(now: number): StepState {
  return {
    status: 'pending',
    attempts: 0,
    round: 0,
    notBefore: now,
    unresolvedUntil: null,
    reason: null,
    carried: null,
  };
}
