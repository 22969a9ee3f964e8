import type { EntityPolicy } from '#shared/authority/policy.ts';
import { policyHash } from '#shared/authority/rules.ts';
import { planRunIdOf, runIdOf, type PlanId } from '#shared/model/ids.ts';
import type { Cause } from '#shared/model/cause.ts';
import type { Instant } from '#shared/model/instant.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import type { Lane } from '#shared/model/vocabulary.ts';
import { advance } from '#shared/engine/advance.ts';
import { pendingRun } from '#shared/engine/pending-run.ts';
import type { EffectClass, Run, StepNode } from '#shared/engine/run.ts';
import { targetsOf, type Operation } from '#shared/reconciliation/operation.ts';
import { wakeShardOf } from './wake.ts';

/** Persisted names: never renamed, a changed meaning is a new one. */
export const SYNC_RECORD = 'sync-record';
export const APPLY_PLAN = 'apply-plan';
const VERSION = 1;

/** What a run of these workflows carries: the operations by step, and the plan that an operator has applied. */
export interface SyncInput {
  readonly operations: Readonly<Record<string, Operation>>;
  readonly plan?: { readonly id: PlanId };
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
  /** The plan that decided it. @default a pass did */
  readonly plan?: SyncInput['plan'];
}

export interface OpenedRun {
  readonly run: SyncRun;
  /** The record with the run's fields held, and a new epoch that fences out whoever acted before (M3). */
  readonly record: RecordDocument;
}

/**
 * Opens the run that applies what a pass or a plan came to: one step per written object. None needs another, but what
 * nobody can take back comes after everything that somebody can.
 */
export function openRun(request: OpenRunRequest): OpenedRun {
  const { operations, plan } = request;
  const passNumber = request.record.passNumber + (plan === undefined ? 1 : 0);
  const epoch = request.record.epoch + 1;
  const dag: readonly StepNode[] = operations.map((operation) => ({
    id: stepIdOf(operation),
    system: operation.system,
    effect: EFFECTS[operation.action],
    needs: operation.action === 'delete' ? operations.filter(isReversible).map(stepIdOf) : [],
  }));
  const workflow = plan === undefined ? SYNC_RECORD : APPLY_PLAN;
  const id =
    plan === undefined
      ? runIdOf(workflow, request.record.id, passNumber)
      : planRunIdOf(workflow, request.record.id, plan.id);
  const pending = pendingRun<SyncInput>({
    id,
    workflow,
    version: VERSION,
    dag,
    policyHash: policyHash(request.policy),
    release: request.release,
    recordId: request.record.id,
    epoch,
    lane: request.lane,
    input: {
      operations: Object.fromEntries(dag.map((node, index) => [node.id, operations[index] as Operation])),
      ...(plan === undefined ? {} : { plan }),
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

const EFFECTS: Readonly<Record<Operation['action'], EffectClass>> = Object.freeze({
  update: 'reversible',
  create: 'compensable',
  archive: 'compensable',
  delete: 'pivot',
});

function isReversible({ action }: Operation): boolean {
  return EFFECTS[action] !== 'pivot';
}

function stepIdOf({ action, system }: Operation): string {
  return `${action}-${system}`;
}
