import type { EntityPolicy } from '#shared/authority/policy.ts';
import { unsettledSystems } from '#shared/drift/unsettled.ts';
import type { Prompt } from '#shared/model/discrepancy.ts';
import type { Evidence } from '#shared/model/evidence.ts';
import { CONCORD, type EntityType, type SystemId } from '#shared/model/ids.ts';
import type { Instant } from '#shared/model/instant.ts';
import { isBeingWritten, type RecordDocument } from '#shared/model/record.ts';
import { higherLane, ServedReason, type Lane } from '#shared/model/vocabulary.ts';
import type { Mark, WorkDocument } from '#shared/model/work.ts';
import type { Snapshot } from '#shared/ports/document-store.ts';
import { changesBetween, type ComparedRecord } from '../check-drift/note-checks.ts';
import { mappingOf, readerOf, type SyncContext } from './context.ts';
import { withDenial, withRepresentation } from './facts.ts';
import type { Seen } from './look.ts';
import { mergeEvidence, type MarkOutcome } from './marks.ts';
import { signsOf, type SystemSigns } from './signs.ts';

/** One round of a pass: the documents as read, and what the systems were seen to say. */
export interface Turn {
  readonly record: Snapshot<RecordDocument>;
  readonly work: Snapshot<WorkDocument>;
  readonly seen: ReadonlyMap<SystemId, Seen>;
  readonly at: Instant;
  readonly now: number;
}

/**
 * The record with everything that was seen folded in. A look began after what it is folded into had been stored, so
 * that it is the newer of the two, whatever the clocks of two instances make of it; the vendor's clock still counts.
 */
export function afterLooks(turn: Turn): RecordDocument {
  let record = turn.record.value;
  for (const [system, { look }] of turn.seen) {
    if (look.status === 'found') {
      const observedAt = notBefore(record, system, look.representation.observedAt);
      record = withRepresentation(record, system, { ...look.representation, observedAt });
    }
    if (look.status === 'gone' || look.status === 'foreign') {
      const answeredId = look.status === 'foreign' ? look.answeredId : undefined;
      const deniedAt = notBefore(record, system, look.observedAt);
      record = withDenial(record, system, { state: look.status, deniedAt, answeredId });
    }
  }
  return record;
}

/** Our time of a look, and no earlier than what was known of the system when it began. */
function notBefore(record: RecordDocument, system: SystemId, observedAt: Instant): Instant {
  const known = [record.representations[system]?.observedAt, record.links[system]?.deniedAt];
  return known.reduce<Instant>((latest, time) => (time != null && time > latest ? time : latest), observedAt);
}

/** P1: each looked-at mark is served or kept, at the seq it had before the vendor was asked. */
export function outcomesOf(turn: Turn, reason: ServedReason): ReadonlyMap<SystemId, MarkOutcome> {
  return new Map(
    [...turn.seen].map(([system, { look, seq }]): [SystemId, MarkOutcome] => {
      switch (look.status) {
        case 'failed':
        case 'stale':
          return [system, look.outcome];
        case 'gone':
          return [system, { kind: 'served', seq, reason: ServedReason.gone }];
        case 'foreign': // P3
          return [system, { kind: 'served', seq, reason: ServedReason.foreignAnswer }];
        case 'found':
        case 'compare':
          return [system, { kind: 'served', seq, reason }];
      }
    }),
  );
}

/** When each system was last observed, this turn included. */
export function observedAtAfter(turn: Turn): Readonly<Record<SystemId, Instant>> {
  const seen = [...turn.seen].flatMap(([system, { look }]): [SystemId, Instant][] => {
    if (look.status === 'found') return [[system, look.representation.observedAt]];
    return look.status === 'gone' || look.status === 'foreign' ? [[system, look.observedAt]] : [];
  });
  return { ...turn.work.value.observedAt, ...Object.fromEntries(seen) };
}

/** What explains moves, per system looked at. */
export function signsSeen(context: SyncContext, turn: Turn): ReadonlyMap<SystemId, SystemSigns> {
  const deferred = Object.keys(turn.work.value.deferred) as SystemId[];
  return signsOfAll(context, turn.record.value.type, turn.work.value, [...turn.seen.keys(), ...deferred]);
}

/** Signs of several systems; the pseudo-system has none. */
export function signsOfAll(
  context: SyncContext,
  type: EntityType,
  work: WorkDocument,
  systems: readonly SystemId[],
): ReadonlyMap<SystemId, SystemSigns> {
  return new Map(
    systems
      .filter((system) => system !== CONCORD)
      .map((system) => {
        const { timeResolutionMs } = readerOf(context, system).capabilities;
        return [system, signsOf(work, system, mappingOf(context, system, type), timeResolutionMs)];
      }),
  );
}

/** Systems that owe a look which this turn does not settle. */
export function stillOwed(turn: Turn): readonly SystemId[] {
  const outcomes = outcomesOf(turn, ServedReason.noChange);
  return (Object.entries(turn.work.value.marks) as [SystemId, Mark][]).flatMap(([system, mark]) => {
    const outcome = outcomes.get(system);
    return outcome?.kind === 'served' && outcome.seq === mark.seq ? [] : [system];
  });
}

/** Own writes with the echoes that this turn has recognised. */
export function ownWritesAfter(
  work: WorkDocument,
  signs: ReadonlyMap<SystemId, SystemSigns>,
): WorkDocument['ownWrites'] {
  const noted = [...signs].filter(([, { ownWrites }]) => ownWrites.length > 0);
  return {
    ...work.ownWrites,
    ...Object.fromEntries(noted.map(([system, { ownWrites }]) => [system, ownWrites])),
  };
}

/** What the comparison of this turn is worth as a check of each dimension of which it saw every system (M7). */
export function comparedIn(
  turn: Turn,
  policy: EntityPolicy,
  record: RecordDocument,
  recordVersion: number,
): ComparedRecord {
  const { marks } = turn.work.value;
  const isToldOf = (system: SystemId) =>
    marks[system]?.evidence.some(({ source }) => source === 'webhook' || source === 'created') === true;
  return {
    policy,
    record,
    recordVersion,
    changed: changesBetween(policy, turn.record.value, record, isToldOf),
    now: turn.now,
  };
}

/** What prompted this turn: the latest event among the marks that it serves, else nothing but a check. */
export function promptOf({ work, seen }: Turn): Prompt {
  const events = [...seen.keys()].flatMap((system) => work.value.marks[system]?.evidence ?? []);
  const id = events.findLast(({ eventKey }) => eventKey !== null)?.eventKey ?? null;
  return id === null ? { kind: 'check', id } : { kind: 'event', id };
}

/** The most urgent lane among the debts being served. */
export function laneOf(turn: Turn): Lane {
  return [...turn.seen.keys()]
    .map((system) => turn.work.value.marks[system]?.lane ?? 'live')
    .reduce((a, b) => higherLane(a, b), 'background');
}

/** Evidence to keep for later: what earlier turns kept and what this one has served, as far as it may still explain. */
export function deferredAfter(
  turn: Turn,
  policy: EntityPolicy,
  record: RecordDocument,
): WorkDocument['deferred'] {
  const { work } = turn;
  const served = [...turn.seen.keys()].map((system) => {
    // A recognised echo never explains anything, and must not lose its name when evidence is folded.
    const echoes = work.value.ownWrites[system]?.map(({ echoKey }) => echoKey) ?? [];
    const isNoEcho = ({ eventKey }: Evidence) => eventKey === null || !echoes.includes(eventKey);
    const kept = (work.value.deferred[system] ?? []).filter(isNoEcho);
    return [
      system,
      mergeEvidence(kept, (work.value.marks[system]?.evidence ?? []).filter(isNoEcho)),
    ] as const;
  });
  // What the run that this turn may open will write cannot have its echo yet.
  const isBusy = isBeingWritten(turn.record.value);
  return stillExplaining(policy, record, isBusy, { ...work.value.deferred, ...Object.fromEntries(served) });
}

/**
 * All evidence while a run holds fields of the record, for one of the events may be the echo of what it writes; else
 * what concerns systems whose difference is not settled.
 */
export function stillExplaining(
  policy: EntityPolicy,
  record: RecordDocument,
  isBusy: boolean,
  evidence: WorkDocument['deferred'],
): WorkDocument['deferred'] {
  const unsettled = unsettledSystems(policy, record);
  const kept = Object.entries(evidence).filter(
    ([system, list]) => list.length > 0 && (isBusy || unsettled.has(system as SystemId)),
  );
  return Object.fromEntries(kept);
}

/** Vendor times of our own writes, per system. */
export function ownWriteTimes(work: WorkDocument): Readonly<Record<SystemId, readonly Instant[]>> {
  return Object.fromEntries(
    Object.entries(work.ownWrites).map(([system, writes]) => [system, writes.map(({ at }) => at)]),
  );
}
