import type { EntityPolicy } from '#shared/authority/policy.ts';
import { policyHash } from '#shared/authority/rules.ts';
import { runIdOf } from '#shared/model/ids.ts';
import type { Cause } from '#shared/model/cause.ts';
import type { Instant } from '#shared/model/instant.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import type { Lane } from '#shared/model/vocabulary.ts';
import { advance } from '#shared/engine/advance.ts';
import { pendingRun } from '#shared/engine/pending-run.ts';
import type { Run, StepNode } from '#shared/engine/run.ts';
import { targetsOf, type Operation } from '#shared/reconciliation/operation.ts';
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
  /** Of the first operation; each field has its own. */
  readonly cause: Cause;
  readonly release: number;
  readonly at: Instant;
}

export interface OpenedRun {
  readonly run: SyncRun;
  /** The record with the run's fields held, and a new epoch that fences out whoever acted before (M3). */
  readonly record: RecordDocument;
}

/** Opens the run that applies a pass's operations: one step per written object, none needing another. */
export function openRun(request: OpenRunRequest): OpenedRun {
  const { operations } = request;
  const passNumber = request.record.passNumber + 1;
  const epoch = request.record.epoch + 1;
  const dag: readonly StepNode[] = operations.map((operation) => ({
    id: `${operation.action}-${operation.system}`,
    system: operation.system,
    effect: operation.action === 'create' ? 'compensable' : 'reversible',
    needs: [],
  }));
  const id = runIdOf(SYNC_RECORD, request.record.id, passNumber);
  const pending = pendingRun<SyncInput>({
    id,
    workflow: SYNC_RECORD,
    version: VERSION,
    dag,
    policyHash: policyHash(request.policy),
    release: request.release,
    recordId: request.record.id,
    epoch,
    lane: request.lane,
    input: {
      operations: Object.fromEntries(dag.map((node, index) => [node.id, operations[index] as Operation])),
    },
    cause: request.cause,
    wakeShard: wakeShardOf(id),
    createdAt: request.at,
  });
  const writeSets = { ...request.record.writeSets, [id]: { epoch, targets: targetsOf(operations) } };
  return {
    run: advance(pending, { kind: 'started', at: request.at }),
    record: { ...request.record, passNumber, epoch, writeSets },
  };
}
