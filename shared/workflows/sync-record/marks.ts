/**
 * Marks: what is owed for a record, per system. Pure. Upholds M1:
 *
 * - an event rewrites its system's mark with a higher seq and the more urgent lane, unless the mark already
 *   stands for something clearly later by the vendor's clock, and is no less urgent;
 * - a pass takes a mark away only at the seq it had before the vendor was asked;
 * - a system that could not be read keeps its mark, with a time of its own before which it is left alone;
 * - whoever leaves marks behind bumps `wakeSeq`, so that the next task has a fresh name.
 */
import type { Evidence } from '#shared/model/evidence.ts';
import { RECHECK, retryDelayMs } from '#shared/engine/retry-policy.ts';
import { CONCORD, type SystemId } from '#shared/model/ids.ts';
import { toEpochMs, toInstant, type Instant } from '#shared/model/instant.ts';
import { higherLane, LANES, ServedReason, type Lane } from '#shared/model/vocabulary.ts';
import { EVIDENCE_KEPT, SERVED_KEPT, type Mark, type WorkDocument } from '#shared/model/work.ts';

export interface Hint {
  readonly system: SystemId;
  readonly vendorTime: Instant | null;
  readonly lane: Lane;
  readonly evidence: readonly Evidence[];
}

export interface Marked {
  readonly work: WorkDocument;
  /** False when a mark that stands for something later covers the hint. */
  readonly isRewritten: boolean;
  /** False when a task that serves the debt is certainly on its way. */
  readonly needsTask: boolean;
}

/**
 * Adds a debt to a work document. A system that could not be read is left alone until it is due again; a comparison
 * bothers nobody, so it is due at once although an earlier one was put off.
 */
export function addMark(work: WorkDocument, hint: Hint, resolutionMs: number, now: number): Marked {
  const existing = work.marks[hint.system];
  const evidence = mergeEvidence(existing?.evidence ?? [], hint.evidence);
  const isCovered =
    existing !== undefined &&
    higherLane(existing.lane, hint.lane) === existing.lane &&
    isClearlyOlder(hint.vendorTime, existing.vendorTime, resolutionMs);
  if (isCovered) {
    const covered = { ...existing, evidence };
    return { work: withMark(work, hint.system, covered), isRewritten: false, needsTask: false };
  }
  const mark: Mark = {
    seq: (work.seqs[hint.system] ?? 0) + 1,
    vendorTime: laterOf(existing?.vendorTime ?? null, hint.vendorTime),
    lane: existing === undefined ? hint.lane : higherLane(existing.lane, hint.lane),
    notBefore:
      hint.system !== CONCORD && isPutOff(existing)
        ? existing.notBefore
        : Math.min(existing?.notBefore ?? now, now),
    attempts: existing?.attempts ?? 0,
    staleReads: 0,
    evidence,
  };
  const marked = withMark({ ...work, seqs: { ...work.seqs, [hint.system]: mark.seq } }, hint.system, mark);
  const isScheduled = existing?.lane === mark.lane && existing.notBefore === mark.notBefore;
  return {
    work: { ...marked, wakeAt: wakeAtOf(marked), wakeSeq: work.wakeSeq + 1 },
    isRewritten: true,
    needsTask: !isScheduled && !hasDueDebt(work, mark.lane, now),
  };
}

/** A system that failed us is left alone for a time; a look that is only meant for later is taken at once. */
function isPutOff(mark: Mark | undefined): mark is Mark {
  return mark !== undefined && mark.attempts > 0;
}

/** Systems that may be looked at now. */
export function dueSystems(work: WorkDocument, now: number): readonly SystemId[] {
  return Object.entries(work.marks)
    .filter(([, mark]) => mark.notBefore <= now)
    .map(([system]) => system as SystemId);
}

/** What a pass made of the mark it had read. */
export type MarkOutcome =
  | { readonly kind: 'served'; readonly seq: number; readonly reason: ServedReason }
  | {
      readonly kind: 'kept';
      readonly seq: number;
      readonly reason: ServedReason;
      readonly notBefore: number;
    };

/** Settles marks against the work document as it now is, which may hold newer marks than the pass had read. */
export function settleMarks(
  work: WorkDocument,
  outcomes: ReadonlyMap<SystemId, MarkOutcome>,
  now: number,
): WorkDocument {
  const marks: Record<SystemId, Mark> = { ...work.marks };
  const served = [...work.served];
  for (const [system, outcome] of outcomes) {
    const mark = marks[system];
    served.push({ system, seq: outcome.seq, at: toInstant(now), reason: outcome.reason });
    if (mark === undefined) continue;
    if (outcome.kind === 'kept') {
      const staleReads = mark.staleReads + (outcome.reason === ServedReason.staleRead ? 1 : 0);
      marks[system] = { ...mark, notBefore: outcome.notBefore, attempts: mark.attempts + 1, staleReads };
    } else if (mark.seq === outcome.seq) {
      delete marks[system];
    } else {
      marks[system] = { ...mark, notBefore: now, attempts: 0, staleReads: 0 };
    }
  }
  return rescheduled({ ...work, marks, served: served.slice(-SERVED_KEPT) });
}

/**
 * Owes another comparison later, for what only somebody else can settle: each time later, and not for ever.
 *
 * @param attempts comparisons that were in vain so far.
 */
export function withRecheck(work: WorkDocument, attempts: number, now: number): WorkDocument {
  if (attempts >= RECHECK.maxAttempts || work.marks[CONCORD] !== undefined) return work;
  const seq = (work.seqs[CONCORD] ?? 0) + 1;
  const mark: Mark = {
    seq,
    vendorTime: null,
    lane: 'background',
    notBefore: now + retryDelayMs(RECHECK, attempts + 1, work.recordId),
    attempts: attempts + 1,
    staleReads: 0,
    evidence: [],
  };
  const owing = {
    ...work,
    marks: { ...work.marks, [CONCORD]: mark },
    seqs: { ...work.seqs, [CONCORD]: seq },
  };
  return rescheduled(owing);
}

/** Longest time ahead for which a queue takes a task is 30 days; what is due later looks in between. */
const FARTHEST_MS = 25 * 24 * 60 * 60_000;

/**
 * Owes a comparison at the time given, when time alone changes how the record stands. A comparison that is owed
 * earlier anyway says so again.
 *
 * @param at epoch milliseconds; null for never.
 */
export function withComparisonAt(work: WorkDocument, at: number | null, now: number): WorkDocument {
  const existing = work.marks[CONCORD];
  const notBefore = Math.min(at ?? 0, now + FARTHEST_MS);
  if (at === null || (existing !== undefined && existing.notBefore <= notBefore)) return work;
  const seq = (work.seqs[CONCORD] ?? 0) + 1;
  const mark: Mark = {
    seq,
    vendorTime: null,
    lane: existing?.lane ?? 'background',
    notBefore,
    attempts: existing?.attempts ?? 0,
    staleReads: 0,
    evidence: existing?.evidence ?? [],
  };
  return rescheduled({ ...withMark(work, CONCORD, mark), seqs: { ...work.seqs, [CONCORD]: seq } });
}

/** Owes another look at a system at the time given, unless it is owed one already. */
export function withLookAt(work: WorkDocument, system: SystemId, at: number, now: number): WorkDocument {
  if (work.marks[system] !== undefined) return work;
  const seq = (work.seqs[system] ?? 0) + 1;
  const mark: Mark = {
    seq,
    vendorTime: null,
    lane: 'background',
    notBefore: Math.min(at, now + FARTHEST_MS),
    attempts: 0,
    staleReads: 0,
    evidence: [],
  };
  return rescheduled({ ...withMark(work, system, mark), seqs: { ...work.seqs, [system]: seq } });
}

/** Sets `wakeAt` to the earliest debt; with debts left, the next task gets a fresh name. */
function rescheduled(work: WorkDocument): WorkDocument {
  const wakeAt = wakeAtOf(work);
  return { ...work, wakeAt, wakeSeq: work.wakeSeq + (wakeAt === null ? 0 : 1), redrives: 0 };
}

function wakeAtOf(work: WorkDocument): number | null {
  const times = Object.values(work.marks).map((mark) => mark.notBefore);
  return times.length === 0 ? null : Math.min(...times);
}

function hasDueDebt(work: WorkDocument, lane: Lane, now: number): boolean {
  return Object.values(work.marks).some(
    (mark) => mark.notBefore <= now && LANES.indexOf(mark.lane) <= LANES.indexOf(lane),
  );
}

function withMark(work: WorkDocument, system: SystemId, mark: Mark): WorkDocument {
  return { ...work, marks: { ...work.marks, [system]: mark } };
}

function isClearlyOlder(time: Instant | null, than: Instant | null, resolutionMs: number): boolean {
  return time !== null && than !== null && toEpochMs(time) < toEpochMs(than) - resolutionMs;
}

function laterOf(a: Instant | null, b: Instant | null): Instant | null {
  if (a === null || b === null) return a ?? b;
  return a > b ? a : b;
}

/**
 * Keeps the newest evidence. The two oldest of too many become one, so that no field's sign is lost.
 */
export function mergeEvidence(kept: readonly Evidence[], added: readonly Evidence[]): readonly Evidence[] {
  const known = new Set(kept.map((one) => one.eventKey));
  const all = [...kept, ...added.filter((one) => one.eventKey === null || !known.has(one.eventKey))];
  if (all.length <= EVIDENCE_KEPT) return all;
  const [oldest, next, ...rest] = all;
  if (oldest === undefined || next === undefined) return all;
  return mergeEvidence([folded(oldest, next), ...rest], []);
}

/**
 * One that speaks of the fields of both at the later time, at none when either has none: such a sign always counts.
 * It stands for no single event any more, so it is nobody's echo. A birth gives way: it explains no later change, and
 * must not take the name of one.
 */
function folded(oldest: Evidence, next: Evidence): Evidence {
  if (isBirth(oldest)) return next;
  if (isBirth(next)) return oldest;
  const at = oldest.at === null || next.at === null ? null : laterOf(oldest.at, next.at);
  const isMerge = oldest.isMerge === true ? { isMerge: oldest.isMerge } : {};
  return { ...next, ...isMerge, at, fields: unionOf(oldest, next), eventKey: null };
}

function isBirth({ source, fields }: Evidence): boolean {
  return source === 'created' && fields === null;
}

function unionOf(a: Evidence, b: Evidence): readonly string[] | null {
  return a.fields === null || b.fields === null ? null : [...new Set([...a.fields, ...b.fields])];
}
