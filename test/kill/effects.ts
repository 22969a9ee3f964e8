import { isOpen } from '#shared/engine/advance.ts';
import { isTerminal, workflowRuns } from '#shared/engine/run.ts';
import type { SystemId } from '#shared/model/ids.ts';
import type { DocumentStore } from '#shared/ports/document-store.ts';
import type { SyncRun } from '#shared/workflows/sync-record/open-run.ts';
import type { LoggedWrite } from '#test/twins/index.ts';

/** What one run did at one vendor object, as the vendor's own log tells it. */
export interface StepEffects {
  /** `<run>/<step>`. */
  readonly step: string;
  readonly effects: number;
}

export interface Effects {
  /** Steps that took effect more than once. M2 says there is none. */
  readonly repeated: readonly StepEffects[];
  /** Accepted writes that no step asked for, or that took effect outside their step's life. */
  readonly stray: readonly LoggedWrite[];
}

const PAGE = 1_000;
/** Later than any instant, as text. */
const NEVER = '9999';

/**
 * Assigns every write that a vendor accepted to the step that asked for it. A record has one open step per system at
 * a time, so that a write belongs to the one step in whose life it was accepted and whose object it changes. Two
 * writes of one step are a second effect, however alike.
 */
export async function effectsOf(
  store: DocumentStore,
  writes: Readonly<Record<string, readonly LoggedWrite[]>>,
): Promise<Effects> {
  const runs = (await store.query({ from: workflowRuns.ref, limit: PAGE })).map(
    ({ value }) => value as SyncRun,
  );
  const counts = new Map<string, number>();
  const stray: LoggedWrite[] = [];
  for (const [system, logged] of Object.entries(writes)) {
    for (const write of logged.filter(isEffect)) {
      const step =
        runs.map((run) => stepOf(run, system as SystemId, write)).find((id) => id !== null) ?? null;
      if (step === null) stray.push(write);
      else counts.set(step, (counts.get(step) ?? 0) + 1);
    }
  }
  return {
    repeated: [...counts].flatMap(([step, effects]) => (effects > 1 ? [{ step, effects }] : [])),
    stray,
  };
}

/** Writes to customers; what `prepare` sets up is not theirs. */
function isEffect(write: LoggedWrite): boolean {
  return write.outcome === 'accepted' && (write.type === 'contacts' || write.type === 'customers');
}

function stepOf(run: SyncRun, system: SystemId, write: LoggedWrite): string | null {
  const found = Object.entries(run.input.operations).find(([step, operation]) => {
    if (operation.system !== system || write.at < run.createdAt || write.at > endOf(run, step)) return false;
    if (operation.action === 'update') return operation.nativeId === write.id;
    return JSON.stringify(write.fields).includes(run.recordId); // A create carries our own id.
  });
  return found === undefined ? null : `${run.id}/${found[0]}`;
}

/** When a step was settled: the last that its run's journal says of it. A run may go on with another step. */
function endOf(run: SyncRun, step: string): string {
  if (isOpen(run.steps[step]) && !isTerminal(run)) return NEVER;
  const last = run.journal.findLast((entry) => 'step' in entry && entry.step === step);
  return last?.at ?? run.finishedAt ?? NEVER;
}
