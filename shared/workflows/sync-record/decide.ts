/**
 * Decides what a turn of a pass comes to, and builds its one commit: `work` always, the record with its history
 * only when its substance changed, and a run when something is to be written.
 */
import { isDeepStrictEqual } from 'node:util';
import { contention, newerRelease } from '#shared/errors/faults.ts';
import type { EntityPolicy } from '#shared/authority/policy.ts';
import { earliest } from '#shared/drift/unit-outcome.ts';
import type { Candidate } from '#shared/model/discrepancy.ts';
import { crosswalkRef, type Crosswalk } from '#shared/model/identity-documents.ts';
import { CONCORD, type SystemId } from '#shared/model/ids.ts';
import { records, type RecordDocument } from '#shared/model/record.ts';
import { listingOf } from '#shared/model/record-listing.ts';
import type { Representation } from '#shared/model/representation.ts';
import { ServedReason } from '#shared/model/vocabulary.ts';
import { controlRef } from '#shared/model/settings.ts';
import { work as workCollection, type WorkDocument } from '#shared/model/work.ts';
import { workflowRuns } from '#shared/engine/run.ts';
import { create, set, update, type Write } from '#shared/ports/document-store.ts';
import type { Task } from '#shared/ports/task-queue.ts';
import type { Operation } from '#shared/reconciliation/operation.ts';
import { removalGuards } from '#shared/reconciliation/mass-guard.ts';
import { withChecks } from '../check-drift/note-checks.ts';
import { countedChanges, countWrites } from '../mass-guard/count-changes.ts';
import { holdWrites, releasesOf } from '../mass-guard/hold-records.ts';
import { pastGuards } from '../mass-guard/close-guards.ts';
import {
  explanationTime,
  lossSettleMsOf,
  policyOf,
  readerOf,
  removalKinds,
  writableFields,
  type SyncContext,
} from './context.ts';
import { controlAt } from './control.ts';
import { closeDiscrepancies, trackDiscrepancies } from './discrepancies.ts';
import { differsInSubstance, withHistory, type HistoryNote } from './facts.ts';
import {
  ambiguousVerdicts,
  candidatesOf,
  claimWrites,
  currentRecord,
  findClaims,
  findCreator,
  matchRecord,
  releaseClaims,
  withClaims,
  type KeyClaims,
} from './identify.ts';
import { survivingRecords } from './merged-objects.ts';
import { judge, type JudgeInput, type Judgement } from './judge.ts';
import { forwardMarks, linkRecords, type LinkRequest } from './link-records.ts';
import { withLossesSeen, withLossLooks } from './losses.ts';
import { settleMarks, withComparisonAt, withRecheck, type MarkOutcome } from './marks.ts';
import { openRun } from './open-run.ts';
import { ownValuesOf } from './own-values.ts';
import {
  afterLooks,
  comparedIn,
  deferredAfter,
  laneOf,
  observedAtAfter,
  outcomesOf,
  promptOf,
  ownWriteTimes,
  ownWritesAfter,
  signsSeen,
  stillOwed,
  type Turn,
} from './turn.ts';
import { sightsAfter } from './sights-after.ts';
import { taskOfRun, taskOfWork } from './wake.ts';

/** What a turn comes to: committed as one, then the tasks. */
export interface Commit {
  readonly writes: readonly Write[];
  readonly tasks: readonly (Task | undefined)[];
  readonly reason: ServedReason;
}

/** Decides what one turn's looks come to. Reads what identity needs, and writes nothing. */
export async function decide(context: SyncContext, turn: Turn): Promise<Commit> {
  if (turn.record.value.state === 'merged') return forward(context, turn);
  const policy = policyOf(context, turn.record.value.type);
  const looked = withLossesSeen(afterLooks(turn), turn, lossSettleMsOf(context));
  const claims = await findClaims(context, looked);
  if (looked.state === 'active') return decideActive(context, turn, policy, looked, claims);
  return decideProvisional(context, turn, policy, looked, claims);
}

async function decideProvisional(
  context: SyncContext,
  turn: Turn,
  policy: EntityPolicy,
  looked: RecordDocument,
  claims: KeyClaims,
): Promise<Commit> {
  const [first] = Object.entries(looked.representations) as [SystemId, Representation][];
  if (first === undefined) return commitOf(context, turn, { reason: ServedReason.noChange, record: looked });
  const [system, representation] = first;
  const newcomer = { system, nativeId: representation.nativeId, freeKeys: claims.free };
  const creator = await findCreator(context, looked, system, representation, claims.taken);
  if (creator !== undefined)
    return link(context, turn, { ...newcomer, winner: creator, evidence: 'created_by_us' });
  const match = await matchRecord(context, system, claims);
  switch (match.status) {
    case 'link':
      return link(context, turn, {
        ...newcomer,
        winner: match.winner,
        evidence: [...new Set(claims.taken.map(({ key }) => key.key))].join('+'),
      });
    case 'ambiguous':
      return commitOf(context, turn, {
        reason: ServedReason.ambiguousMatch,
        record: { ...looked, verdicts: ambiguousVerdicts(policy, system, turn.at) },
        waitsForKey: true,
        candidates: candidatesOf(claims),
      });
    case 'new': {
      const crosswalk = update<Crosswalk>(crosswalkRef(system, looked.type, representation.nativeId), {
        state: 'active',
      });
      return decideActive(context, turn, policy, { ...looked, state: 'active' }, claims, [crosswalk]);
    }
  }
}

async function decideActive(
  context: SyncContext,
  turn: Turn,
  policy: EntityPolicy,
  looked: RecordDocument,
  claims: KeyClaims,
  extra: readonly Write[] = [],
): Promise<Commit> {
  const signs = signsSeen(context, turn);
  const asked: JudgeInput = {
    policy,
    record: withClaims(looked, claims.free),
    before: turn.record.value,
    signs: Object.fromEntries([...signs].map(([system, { signs: list }]) => [system, list])),
    writable: writableFields(context, policy),
    removal: removalKinds(context, policy),
    released: await releasesOf(context, looked),
    takenKeys: claims.taken.map(({ key }) => key),
    observedAt: observedAtAfter(turn),
    ownWritesAt: ownWriteTimes(turn.work.value),
    owed: stillOwed(turn),
    ownValues: await ownValuesOf(context, policy, looked.id),
    ...explanationTime(context),
    at: turn.at,
  };
  const judgement = await judgeUnderControl(context, asked, turn.now);
  const opened = openedRun(context, turn, policy, judgement);
  const released = releaseClaims(opened.record);
  return commitOf(context, turn, {
    reason: judgement.reason,
    record: released.record,
    notes: judgement.notes,
    writes: [...extra, ...claimWrites(looked, claims.free, turn.at), ...released.writes, ...opened.writes],
    tasks: opened.tasks,
    ownWrites: ownWritesAfter(turn.work.value, signs),
    waitsForKey: claims.taken.length > 0,
    candidates: candidatesOf(claims),
    recompareAt: judgement.recompareAt,
    operations: judgement.operations,
  });
}

/** Judges under what operators have switched, which is read only where it can make a difference. */
async function judgeUnderControl(context: SyncContext, asked: JudgeInput, now: number): Promise<Judgement> {
  const free = judge(asked);
  if (free.isInert) return free;
  const stored = await context.ports.store.get(controlRef);
  const control = controlAt(context, stored?.value, now);
  const judged = judge({ ...asked, ...control });
  // M10: what nobody can take back is counted to the last before it is planned.
  const past = await pastGuards(context, removalGuards(judged.operations), now);
  if (past.length === 0) return judged;
  return judge({ ...asked, ...control, closedGuards: [...control.closedGuards, ...past] });
}

interface Opened {
  readonly record: RecordDocument;
  readonly writes: readonly Write[];
  readonly tasks: readonly (Task | undefined)[];
}

function openedRun(context: SyncContext, turn: Turn, policy: EntityPolicy, judgement: Judgement): Opened {
  const { operations } = judgement;
  const cause = operations[0]?.fields[0]?.cause;
  if (cause === undefined) return { record: judgement.record, writes: [], tasks: [] };
  const { run, record } = openRun({
    record: judgement.record,
    policy,
    operations,
    lane: laneOf(turn),
    cause,
    release: context.release,
    at: turn.at,
  });
  return {
    record,
    writes: [create(workflowRuns.at(run.id), run)],
    tasks: [taskOfRun(run)],
  };
}

/** What a turn that is not about another record comes to. */
interface Decision {
  readonly reason: ServedReason;
  readonly record: RecordDocument;
  readonly notes?: readonly HistoryNote[];
  readonly writes?: readonly Write[];
  readonly tasks?: readonly (Task | undefined)[];
  readonly ownWrites?: WorkDocument['ownWrites'];
  /** Records that hold natural keys of this one. */
  readonly candidates?: readonly Candidate[];
  /** A natural key belongs to another record, which may give it up. */
  readonly waitsForKey?: boolean;
  /** Epoch milliseconds at which time alone changes how the record stands; null for never. */
  readonly recompareAt?: number | null;
  /** What a run that was opened is to write. */
  readonly operations?: readonly Operation[];
}

/** The one commit of a pass: `work` always, the record with its history only when its substance changed. */
async function commitOf(context: SyncContext, turn: Turn, decision: Decision): Promise<Commit> {
  const { reason, record, waitsForKey = false, recompareAt = null } = decision;
  const outcomes = outcomesOf(turn, reason);
  const served = settleMarks(turn.work.value, outcomes, turn.now);
  const attempts = turn.work.value.marks[CONCORD]?.attempts ?? 0;
  const looking = withLossLooks(served, record, lossSettleMsOf(context), turn.now);
  const waiting = waitsForKey ? withRecheck(looking, attempts, turn.now) : looking;
  const ownWrites = decision.ownWrites ?? turn.work.value.ownWrites;
  const tracked = await trackDiscrepancies(context, {
    record: decision.record,
    signs: deferredAfter(turn, policyOf(context, decision.record.type), decision.record),
    ownWrites,
    candidates: [...(decision.candidates ?? []), ...(await survivingRecords(context, decision.record))],
    prompt: promptOf(turn),
    at: turn.at,
  });
  const settled = withComparisonAt(waiting, earliest(recompareAt, tracked.wakeAt), turn.now);
  const history = withHistory(tracked.record, decision.notes ?? [], turn.at);
  const listing = listingOf(history.record);
  const isChanged =
    differsInSubstance(turn.record.value, history.record) || isListedOtherwise(turn.record.value, listing);
  const kept = isChanged ? history.record : turn.record.value;
  const policy = policyOf(context, kept.type);
  const owing: WorkDocument = {
    ...settled,
    deferred: deferredAfter(turn, policy, kept),
    observedAt: observedAtAfter(turn),
    sights: sightsAfter(turn, policy, kept),
    ownWrites,
  };
  const work = withChecks(owing, comparedIn(turn, policy, record, kept.historyCount));
  const recordWrites = isChanged
    ? [
        set(
          records.at(record.id),
          { ...history.record, listing, release: context.release },
          turn.record.version,
        ),
        ...history.writes,
      ]
    : [];
  const before = turn.record.value;
  const counted = countedChanges(before, record, decision.operations ?? []);
  const reasons = [...outcomes.values()].map((outcome) => outcome.reason);
  return {
    reason: reasons.includes(reason) ? reason : (reasons[0] ?? reason),
    writes: [
      ...recordWrites,
      ...(decision.writes ?? []),
      ...tracked.writes,
      ...(await countWrites(context, record.id, counted, turn.now)),
      ...holdWrites(before, record, turn.at),
      set(workCollection.at(record.id), work, turn.work.version),
    ],
    tasks: [...(decision.tasks ?? []), taskOfWork(work, turn.now)],
  };
}

/** Identity decisions change who holds a record, and leave its lists to the next pass. */
function isListedOtherwise({ listing }: RecordDocument, as: readonly string[]): boolean {
  return listing !== undefined && !isDeepStrictEqual(listing, as);
}

async function link(
  context: SyncContext,
  turn: Turn,
  linking: Pick<LinkRequest, 'system' | 'nativeId' | 'winner' | 'freeKeys' | 'evidence'>,
): Promise<Commit> {
  const { id: winnerId, release } = linking.winner.value;
  if (release > context.release) throw newerRelease(`Record ${winnerId}`, release, context.release); // M6
  const winnerWork = await context.ports.store.get(workCollection.at(winnerId));
  if (winnerWork === undefined) throw contention(1);
  const linked = linkRecords({
    ...linking,
    loser: turn.record,
    loserWork: turn.work,
    winnerWork,
    at: turn.at,
    now: turn.now,
    resolutionMs: readerOf(context, linking.system).capabilities.timeResolutionMs,
  });
  const emptied = settleMarks(turn.work.value, outcomesOf(turn, ServedReason.linked), turn.now);
  const merge = { kind: 'merge', id: winnerId } as const;
  return {
    reason: ServedReason.linked,
    writes: [
      ...linked.writes,
      ...(await closeDiscrepancies(context, turn.record.value, merge, turn.at)),
      set(workCollection.at(turn.record.value.id), emptied, turn.work.version),
    ],
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
