/**
 * A pass: one turn of the loop for one record. It looks at every system that is owed a look, judges, and
 * commits once (M3): either "nothing to do", which writes `work` only, or observations, mark removal,
 * history and the run that applies what was planned.
 *
 * It holds no lease and writes to no vendor; runs do. It trusts no queue order: a pass that comes late, twice
 * or beside another finds that nothing is due, or loses the commit and looks again (M4).
 *
 * P1 A mark is settled at the seq that was read before the vendor was asked (M1).
 * P2 A commit that lost a race is made again from fresh documents; the vendor is asked again only about a
 *    system whose stored representation has changed since.
 * P3 What a vendor answered under another id is never a representation and stops the pass (M16).
 */
import { ConcordError, ErrorCode } from '#shared/errors/concord-error.ts';
import { contention, newerRelease } from '#shared/errors/faults.ts';
import type { RecordId, RunId, SystemId } from '#shared/model/ids.ts';
import { toInstant } from '#shared/model/instant.ts';
import { records, type RecordDocument } from '#shared/model/record.ts';
import type { ServedReason } from '#shared/model/vocabulary.ts';
import { work as workCollection } from '#shared/model/work.ts';
import { workflowRuns } from '#shared/engine/run.ts';
import type { CommitResult, Write } from '#shared/ports/document-store.ts';
import { closeGuards } from '../mass-guard/close-guards.ts';
import { countsIn } from '../mass-guard/count-changes.ts';
import type { SyncContext } from './context.ts';
import { decide } from './decide.ts';
import { lookAt, type Seen } from './look.ts';
import { dueSystems } from './marks.ts';
import { taskOfRun } from './wake.ts';

/** Races lost in a row before the task is given back to the queue. */
const MAX_RACES = 8;

/** What a pass did, for the caller's outcome and the log. */
export type PassReason = ServedReason | 'nothing_due' | 'unknown_record';

/**
 * Serves what a record owes now.
 *
 * @throws ConcordError `newer_release` (retry) when a newer release has judged the record, `contention` (retry)
 *   when every commit lost a race; store errors pass through.
 */
export async function serveRecord(context: SyncContext, recordId: RecordId): Promise<PassReason> {
  const { store, clock, tasks, telemetry } = context.ports;
  let seen: ReadonlyMap<SystemId, Seen> = new Map();
  for (let race = 0; race < MAX_RACES; race += 1) {
    const [record, work] = await store.getAll([records.at(recordId), workCollection.at(recordId)] as const);
    if (record === undefined || work === undefined) return 'unknown_record';
    assertNotNewer(context, record.value);
    const due = dueSystems(work.value, clock.now());
    if (due.length === 0) return resumeRuns(context, record.value);
    if (record.value.state !== 'merged') seen = await lookAt(context, record.value, work.value, due, seen); // P2
    const now = clock.now();
    const commit = await decide(context, { record, work, seen, now, at: toInstant(now) });
    const results = await tryCommit(context, commit.writes);
    if (results === null) continue;
    await closeGuards(context, countsIn(commit.writes, results), now);
    for (const task of commit.tasks) if (task !== undefined) await tasks.enqueue(task);
    telemetry.log('info', 'pass.served', { recordId, reason: commit.reason, count: due.length });
    return commit.reason;
  }
  throw contention(MAX_RACES);
}

/**
 * A task that finds nothing due may be the repetition of one that died between its commit and the run's task:
 * the runs that are open on the record get theirs. A name that was used is refused, so this is safe (M2).
 */
async function resumeRuns(context: SyncContext, record: RecordDocument): Promise<PassReason> {
  const { store, tasks } = context.ports;
  for (const runId of Object.keys(record.writeSets) as RunId[]) {
    const run = await store.get(workflowRuns.at(runId));
    const task = run && taskOfRun(run.value);
    if (task !== undefined) await tasks.enqueue(task);
  }
  return 'nothing_due';
}

/** What was committed; null when somebody else was first. */
async function tryCommit(
  context: SyncContext,
  writes: readonly Write[],
): Promise<readonly CommitResult[] | null> {
  try {
    return await context.ports.store.commit(writes);
  } catch (error) {
    if (ConcordError.is(error, ErrorCode.conflict) || ConcordError.is(error, ErrorCode.alreadyExists))
      return null;
    throw error;
  }
}

function assertNotNewer(context: SyncContext, record: RecordDocument): void {
  if (record.release > context.release)
    throw newerRelease(`Record ${record.id}`, record.release, context.release); // M6
}
