import { pendingRun, type RunSpec } from '#shared/engine/pending-run.ts';
import type { Run, StepNode, StepState } from '#shared/engine/run.ts';
import { SystemId } from '#shared/model/ids.ts';
import { toEpochMs } from '#shared/model/instant.ts';
import { RunState } from '#shared/model/vocabulary.ts';
import { minute, RECORD_ID, RUN_ID } from './records.ts';

/** When the runs built here start: epoch milliseconds. */
export const RUN_START = toEpochMs(minute(0));

/** A reversible step on HubSpot. */
export function aNode(id: string, needs: readonly string[] = [], system = 'hubspot'): StepNode {
  return { id, system: SystemId(system), effect: 'reversible', needs };
}

/** A step that was never tried and is due. */
export function aStep(differing: Partial<StepState> = {}): StepState {
  return {
    status: 'pending',
    attempts: 0,
    round: 0,
    notBefore: RUN_START,
    unresolvedUntil: null,
    reason: null,
    carried: null,
    ...differing,
  };
}

/** What a run of these steps is made of. */
export function aSpec(dag: readonly StepNode[]): RunSpec<object> {
  return {
    id: RUN_ID,
    workflow: 'sync-record',
    version: 1,
    dag,
    policyHash: 'policy',
    release: 1,
    recordId: RECORD_ID,
    epoch: 1,
    lane: 'live',
    input: {},
    cause: { kind: 'event', id: 'event-1' },
    wakeShard: 0,
    createdAt: minute(0),
  };
}

/** A running run whose steps were never tried. */
export function aRun(dag: readonly StepNode[], differing: Partial<Run> = {}): Run {
  return { ...pendingRun(aSpec(dag)), state: RunState.running, ...differing };
}
