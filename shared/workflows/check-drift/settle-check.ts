/**
 * What the answers about one record come to. Pure.
 *
 * C1 Only what a system says exactly as it is stored confirms the stored verdict, for that verdict is a comparison of
 *    exactly this; it counts only under the record version and the rules under which it was made (M7).
 * C2 Anything else is a debt for the ordinary pass, which reads by id, judges and commits. A check says nothing of why
 *    something changed, so its mark carries no evidence (M9), and no absence is concluded from it (M10).
 * C3 What could not be read is put off and never verified.
 */
import { isDeepStrictEqual } from 'node:util';
import type { EntityPolicy } from '#shared/authority/policy.ts';
import { verifiedAt } from '#shared/drift/verified-at.ts';
import { CONCORD, type Dimension, type SystemId } from '#shared/model/ids.ts';
import { isBeingWritten, type Link, type RecordDocument } from '#shared/model/record.ts';
import type { Representation } from '#shared/model/representation.ts';
import { toEpochMs } from '#shared/model/instant.ts';
import type { Mark, WorkDocument } from '#shared/model/work.ts';
import { addMark } from '../sync-record/marks.ts';
import { rulesHash, withChecks } from './note-checks.ts';
import type { Answer } from './read-batches.ts';

/** A record as read before its systems were asked. */
export interface CheckedRecord {
  readonly policy: EntityPolicy;
  readonly record: RecordDocument;
  readonly work: WorkDocument;
  /** Our time, epoch milliseconds. */
  readonly now: number;
}

export type CheckOutcome =
  /** Everything that was read is as it was stored. */
  | { readonly status: 'confirmed'; readonly work: WorkDocument }
  /** Something differs, or has to be compared under other rules: the record owes a pass. */
  | { readonly status: 'marked'; readonly work: WorkDocument }
  /** Somebody else is at it, or a system could not be read: it is due again later. */
  | { readonly status: 'postponed'; readonly work: WorkDocument }
  /** There is nothing to write. */
  | { readonly status: 'untouched' };

const SHORTEST_WAIT_MS = 60_000;
const LONGEST_WAIT_MS = 60 * 60_000;

/** Whether a pass or a run is at the record: then its own comparison is the next check. */
export function isBusy({ record, work, now }: CheckedRecord): boolean {
  const owes = ([system, mark]: [string, Mark]) => system !== CONCORD || mark.notBefore <= now;
  return isBeingWritten(record) || Object.entries(work.marks).some(owes);
}

/** Makes the record due again after as long as it has been due already, so that waiting costs little. */
export function postponed(work: WorkDocument, now: number): WorkDocument {
  const dueAt = Math.min(now, ...Object.values(work.checks).map(({ nextDueAt }) => nextDueAt));
  const waitMs = Math.min(Math.max(now - dueAt, SHORTEST_WAIT_MS), LONGEST_WAIT_MS);
  return { ...work, checkDueAt: now + waitMs };
}

/** Systems of the record that are to be asked: those not observed in the later half of the interval that is due. */
export function systemsToRead({ record, work, now }: CheckedRecord): readonly SystemId[] {
  const spares = Object.values(work.checks)
    .filter(({ nextDueAt }) => nextDueAt <= now)
    .map((check) => (check.nextDueAt - toEpochMs(check.verifiedAt)) / 2);
  const spareMs = Math.min(...spares);
  return (Object.keys(record.links) as SystemId[]).filter((system) => {
    const observedAt = work.observedAt[system];
    return observedAt === undefined || now - toEpochMs(observedAt) >= spareMs;
  });
}

/** Settles a check. Nothing is concluded from a record at which somebody else is. */
export function settleCheck(checked: CheckedRecord, answers: ReadonlyMap<SystemId, Answer>): CheckOutcome {
  const { policy, record, work, now } = checked;
  const answered = [...answers].flatMap(([system, answer]) =>
    answer.status === 'answered' ? [{ system, ...answer }] : [],
  );
  const differing = answered.filter(({ system, result }) => !isAsStored(record, system, result));
  if (differing.length > 0)
    return marked(
      checked,
      differing.map(({ system }) => system),
    ); // C2
  const isFailed = [...answers.values()].some(({ status }) => status === 'failed');
  if (answered.length === 0)
    return isFailed ? { status: 'postponed', work: postponed(work, now) } : { status: 'untouched' };

  const seenAt = Object.fromEntries(answered.map(({ system, observedAt }) => [system, observedAt]));
  const observed = { ...work, observedAt: { ...work.observedAt, ...seenAt } };
  const verdicts = Object.fromEntries(
    Object.entries(record.verdicts).map(([dimension, verdict]) => {
      const oldest = verifiedAt({ policy, record, observedAt: observed.observedAt }, dimension as Dimension);
      return [dimension, { ...verdict, verifiedAt: oldest }];
    }),
  );
  const seen = { ...record, verdicts };
  if (!isJudgedAsItStands({ ...checked, record: seen }))
    return marked({ ...checked, work: observed }, [CONCORD]); // C1
  const noted = withChecks(observed, {
    policy,
    record: seen,
    recordVersion: record.historyCount,
    changed: new Map(),
    now,
  });
  return isFailed
    ? { status: 'postponed', work: postponed(noted, now) } // C3
    : { status: 'confirmed', work: noted };
}

function marked({ work, now }: CheckedRecord, systems: readonly SystemId[]): CheckOutcome {
  const owing = systems.reduce(
    (owed, system) =>
      addMark(owed, { system, vendorTime: null, lane: 'background', evidence: [] }, 0, now).work,
    work,
  );
  return { status: 'marked', work: postponed(owing, now) };
}

/** Whether the stored verdicts, as far as every system took part in them, are those of the record under today's rules. */
function isJudgedAsItStands({ policy, record, work }: CheckedRecord): boolean {
  const hash = rulesHash(policy);
  return Object.entries(record.verdicts).every(([dimension, verdict]) => {
    if (verdict.verifiedAt === null) return true;
    const check = work.checks[dimension as Dimension];
    return check?.recordVersion === record.historyCount && check.policyHash === hash;
  });
}

function isAsStored(
  record: RecordDocument,
  system: SystemId,
  result: Extract<Answer, { status: 'answered' }>['result'],
): boolean {
  const state: Link['state'] | undefined = record.links[system]?.state;
  if (state === 'gone') return result.status === 'missing';
  if (state === 'foreign') return result.status !== 'found';
  const stored = record.representations[system];
  return result.status === 'found' && stored !== undefined && saysTheSame(result.representation, stored);
}

/** Equal in everything that a verdict rests on; when and how it was observed is no part of that. */
function saysTheSame(seen: Representation, stored: Representation): boolean {
  return (
    seen.nativeId === stored.nativeId &&
    isDeepStrictEqual(seen.fields, stored.fields) &&
    isDeepStrictEqual(seen.keys, stored.keys)
  );
}
