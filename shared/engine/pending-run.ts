import { contentHash } from '#shared/model/hash.ts';
import { toEpochMs } from '#shared/model/instant.ts';
import { RunState } from '#shared/model/vocabulary.ts';
import type { Run, StepState } from './run.ts';

/** What a run is made of before anything has happened to it. */
export type RunSpec<Input extends object> = Omit<
  Run<Input>,
  'dagHash' | 'state' | 'steps' | 'journal' | 'wakeAt' | 'wakeSeq' | 'redrives' | 'finishedAt'
>;

/** A run that has not begun: every step is due from its creation on. `advance` with `started` begins it. */
export function pendingRun<Input extends object>(spec: RunSpec<Input>): Run<Input> {
  const now = toEpochMs(spec.createdAt);
  return {
    ...spec,
    dagHash: contentHash(spec.dag),
    state: RunState.pending,
    steps: Object.fromEntries(spec.dag.map((node) => [node.id, freshStep(now)])),
    journal: [],
    wakeAt: now,
    wakeSeq: 1,
    redrives: 0,
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
