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
import { contention } from '#shared/errors/faults.ts';
import type { EntityPolicy } from '#shared/authority/policy.ts';
import { unsettledSystems } from '#shared/drift/unsettled.ts';
import { crosswalkRef, type Crosswalk } from '#shared/model/identity-documents.ts';
import type { RecordId, RunId, SystemId } from '#shared/model/ids.ts';
import { toInstant } from '#shared/model/instant.ts';
import { records, type RecordDocument } from '#shared/model/record.ts';
import type { Representation } from '#shared/model/representation.ts';
import { ServedReason } from '#shared/model/vocabulary.ts';
import { work as workCollection, type WorkDocument } from '#shared/model/work.ts';
import { workflowRuns } from '#shared/engine/run.ts';
import { create, set, update, type Snapshot, type Write } from '#shared/ports/document-store.ts';
import type { Task } from '#shared/ports/task-queue.ts';
import { policyOf, readerOf, writableFields, type SyncContext } from './context.ts';
import { differsInSubstance, withHistory } from './facts.ts';
import {
  ambiguousVerdicts,
  claimWrites,
  currentRecord,
  findClaims,
  matchRecord,
  releaseClaims,
  withClaims,
  type KeyClaims,
} from './identify.ts';
import { judge, type Judgement } from './judge.ts';
import { forwardMarks, linkRecords } from './link-records.ts';
import { lookAt, type Seen } from './look.ts';
import { dueSystems, settleMarks, type MarkOutcome } from './marks.ts';
import { openRun } from './open-run.ts';
import {
  afterLooks,
  causeOf,
  checksOf,
  deferredAfter,
  keysSeen,
  laneOf,
  observedAtAfter,
  outcomesOf,
  ownWriteTimes,
  ownWritesAfter,
  representationsSeen,
  signsSeen,
  type Turn,
} from './turn.ts';
import { taskOfRun, taskOfWork } from './wake.ts';

/** Races lost in a row before the task is given back to the queue. */
const MAX_RACES = 8;

/** What a pass did, for the caller's outcome and the log. */
export type PassReason = ServedReason | 'nothing_due' | 'unknown_record';

interface Commit {
  readonly writes: readonly Write[];
  readonly tasks: readonly (Task | undefined)[];
  readonly reason: ServedReason;
}

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
    if (!(await tryCommit(context, commit.writes))) continue;
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

/** True when committed; false when somebody else was first. */
async function tryCommit(context: SyncContext, writes: readonly Write[]): Promise<boolean> {
  try {
    await context.ports.store.commit(writes);
    return true;
  } catch (error) {
    if (ConcordError.is(error, ErrorCode.conflict) || ConcordError.is(error, ErrorCode.alreadyExists))
      return false;
    throw error;
  }
}

function assertNotNewer(context: SyncContext, record: RecordDocument): void {
  if (record.release <= context.release) return;
  throw new ConcordError({
    code: ErrorCode.newerRelease,
    disposition: 'retry',
    message: `Record ${record.id} was judged by release ${record.release}; this executor runs ${context.release} and leaves it.`,
  }); // M6
}

async function decide(context: SyncContext, turn: Turn): Promise<Commit> {
  if (turn.record.value.state === 'merged') return forward(context, turn);
  const policy = policyOf(context, turn.record.value.type);
  const looked = afterLooks(turn);
  const claims = await findClaims(context, looked, keysSeen(turn, looked));
  if (looked.state === 'active') return settleActive(context, turn, policy, looked, claims);
  return settleProvisional(context, turn, policy, looked, claims);
}

async function settleProvisional(
  context: SyncContext,
  turn: Turn,
  policy: EntityPolicy,
  looked: RecordDocument,
  claims: KeyClaims,
): Promise<Commit> {
  const [first] = representationsSeen(turn);
  if (first === undefined) return settle(context, turn, ServedReason.noChange, looked);
  const [system, representation] = first;
  const match = await matchRecord(context, system, claims);
  switch (match.status) {
    case 'link':
      return link(context, turn, system, representation, match.winner, claims);
    case 'ambiguous':
      return settle(context, turn, ServedReason.ambiguousMatch, {
        ...looked,
        verdicts: ambiguousVerdicts(policy, system, turn.at),
      });
    case 'new': {
      const crosswalk = update<Crosswalk>(crosswalkRef(system, looked.type, representation.nativeId), {
        state: 'active',
      });
      return settleActive(context, turn, policy, { ...looked, state: 'active' }, claims, [crosswalk]);
    }
  }
}

async function settleActive(
  context: SyncContext,
  turn: Turn,
  policy: EntityPolicy,
  looked: RecordDocument,
  claims: KeyClaims,
  extra: readonly Write[] = [],
): Promise<Commit> {
  const signs = signsSeen(context, turn);
  const judgement = judge({
    policy,
    record: withClaims(looked, claims.free),
    signs: Object.fromEntries([...signs].map(([system, { signs: list }]) => [system, list])),
    writable: writableFields(context, policy),
    takenKeys: claims.taken.map(({ key }) => key),
    observedAt: observedAtAfter(turn),
    ownWriteAt: ownWriteTimes(turn.work.value),
    at: turn.at,
  });
  const opened = open(context, turn, policy, judgement);
  const released = releaseClaims(opened.record);
  return settle(context, turn, judgement.reason, released.record, {
    notes: judgement.notes,
    writes: [...extra, ...claimWrites(looked, claims.free, turn.at), ...released.writes, ...opened.writes],
    tasks: opened.tasks,
    ownWrites: ownWritesAfter(turn.work.value, signs),
  });
}

interface Opened {
  readonly record: RecordDocument;
  readonly writes: readonly Write[];
  readonly tasks: readonly (Task | undefined)[];
}

function open(context: SyncContext, turn: Turn, policy: EntityPolicy, judgement: Judgement): Opened {
  const { operations } = judgement;
  if (operations.length === 0) return { record: judgement.record, writes: [], tasks: [] };
  const { run, record } = openRun({
    record: judgement.record,
    policy,
    operations,
    lane: laneOf(turn),
    cause: causeOf(turn),
    release: context.release,
    at: turn.at,
  });
  return {
    record,
    writes: [create(workflowRuns.at(run.id), run)],
    tasks: [taskOfRun(run)],
  };
}

/** The one commit of a pass: `work` always, the record with its history only when its substance changed. */
function settle(
  context: SyncContext,
  turn: Turn,
  reason: ServedReason,
  record: RecordDocument,
  parts: {
    readonly notes?: Parameters<typeof withHistory>[1];
    readonly writes?: readonly Write[];
    readonly tasks?: readonly (Task | undefined)[];
    readonly ownWrites?: WorkDocument['ownWrites'];
  } = {},
): Commit {
  const outcomes = outcomesOf(turn, reason);
  const settled = settleMarks(turn.work.value, outcomes, turn.now);
  const history = withHistory(record, parts.notes ?? [], turn.at);
  const isChanged = differsInSubstance(turn.record.value, history.record);
  const kept = isChanged ? history.record : turn.record.value;
  const observedAt = observedAtAfter(turn);
  const work: WorkDocument = {
    ...settled,
    deferred: deferredAfter(turn, unsettledSystems(policyOf(context, kept.type), kept)),
    observedAt,
    ownWrites: parts.ownWrites ?? settled.ownWrites,
    checks: { ...settled.checks, ...checksOf(record.verdicts, kept.historyCount) },
  };
  const recordWrites = isChanged
    ? [
        set(records.at(record.id), { ...history.record, release: context.release }, turn.record.version),
        ...history.writes,
      ]
    : [];
  const reasons = [...outcomes.values()].map((outcome) => outcome.reason);
  return {
    reason: reasons.includes(reason) ? reason : (reasons[0] ?? reason),
    writes: [
      ...recordWrites,
      ...(parts.writes ?? []),
      set(workCollection.at(record.id), work, turn.work.version),
    ],
    tasks: [...(parts.tasks ?? []), taskOfWork(work, turn.now)],
  };
}

async function link(
  context: SyncContext,
  turn: Turn,
  system: SystemId,
  representation: Representation,
  winner: Snapshot<RecordDocument>,
  claims: KeyClaims,
): Promise<Commit> {
  const winnerWork = await context.ports.store.get(workCollection.at(winner.value.id));
  if (winnerWork === undefined) throw contention(1);
  const evidence = [...new Set(claims.taken.map(({ key }) => key.key))].join('+');
  const linked = linkRecords({
    loser: turn.record,
    loserWork: turn.work,
    winner,
    winnerWork,
    system,
    nativeId: representation.nativeId,
    freeKeys: claims.free,
    evidence,
    at: turn.at,
    now: turn.now,
    resolutionMs: readerOf(context, system).capabilities.timeResolutionMs,
  });
  const emptied = settleMarks(turn.work.value, outcomesOf(turn, ServedReason.linked), turn.now);
  return {
    reason: ServedReason.linked,
    writes: [...linked.writes, set(workCollection.at(turn.record.value.id), emptied, turn.work.version)],
    tasks: [taskOfWork(linked.winnerWork, turn.now), taskOfWork(emptied)],
  };
}

/** A record that was merged owes nothing itself: its debts belong to the record that took its place. */
async function forward(context: SyncContext, turn: Turn): Promise<Commit> {
  const winner = await currentRecord(context, turn.record.value.id);
  const target = winner && (await context.ports.store.get(workCollection.at(winner.value.id)));
  if (target === undefined) throw contention(1);
  const forwarded = forwardMarks(turn.work.value, target.value, turn.now, 0);
  const all = new Map(
    Object.entries(turn.work.value.marks).map(([system, mark]): [SystemId, MarkOutcome] => [
      system as SystemId,
      { kind: 'served', seq: mark.seq, reason: ServedReason.forwarded },
    ]),
  );
  const emptied = settleMarks(turn.work.value, all, turn.now);
  return {
    reason: ServedReason.forwarded,
    writes: [
      set(workCollection.at(target.value.recordId), forwarded, target.version),
      set(workCollection.at(turn.record.value.id), emptied, turn.work.version),
    ],
    tasks: [taskOfWork(forwarded, turn.now)],
  };
}
