/**
 * How a record stands, as it is told to people. What is stored is the last comparison; what has happened since decides
 * how much of it may still be said (M7).
 */
import { cadenceOf } from '#shared/authority/check-policy.ts';
import type { EntityPolicy } from '#shared/authority/policy.ts';
import { changesPerDay, webhookLoss } from '#shared/drift/change-rate.ts';
import { confidenceOf, type Confidence } from '#shared/drift/confidence.ts';
import { freshnessOf, type Freshness } from '#shared/drift/freshness.ts';
import { CONCORD, type Dimension, type SystemId } from '#shared/model/ids.ts';
import { toEpochMs, toInstant, type Instant } from '#shared/model/instant.ts';
import type { DimensionVerdict, RecordDocument } from '#shared/model/record.ts';
import { CauseCode, Verdict, VERDICT_ORDER, type ObservationMethod } from '#shared/model/vocabulary.ts';
import type { WorkDocument } from '#shared/model/work.ts';

/** One dimension of a record. */
export interface DimensionStanding {
  readonly dimension: Dimension;
  readonly verdict: Verdict;
  readonly cause: CauseCode;
  /** The oldest observation compared; null when nothing was. */
  readonly verifiedAt: Instant | null;
  readonly freshness: {
    readonly state: Freshness;
    /** Milliseconds since the oldest observation compared; null when nothing was. */
    readonly ageMs: number | null;
    readonly targetMs: number;
  };
  /** Null while nothing was compared: there is nothing to rely on. */
  readonly confidence: Reliance | null;
  /** How it was observed; null when nothing was compared. */
  readonly method: ObservationMethod | null;
  readonly nextCheckAt: Instant | null;
}

/** A confidence as it is told. Rounded: it falls with every millisecond, and differs once a person would see it. */
interface Reliance extends Pick<Confidence, 'level' | 'inputs' | 'limitedBy'> {
  /** 0 to 1. */
  readonly value: number;
}

/** How every dimension of a record stands at `now`, epoch milliseconds. Those never compared are said to be so. */
export function standingsOf(
  policy: EntityPolicy,
  record: RecordDocument,
  work: WorkDocument | undefined,
  now: number,
): readonly DimensionStanding[] {
  const dimensions = new Set([policy.presenceDimension, ...policy.fields.map(({ dimension }) => dimension)]);
  const pending = pendingSystems(work, now);
  return [...dimensions].map((dimension) => {
    const judged = shown(record.verdicts[dimension], pending.length > 0);
    const verifiedAt = verifiedAtOf(record, work, dimension);
    const check = work?.checks[dimension];
    const cadence = cadenceOf(policy, dimension);
    const age = ageMs(verifiedAt, now);
    return {
      dimension,
      ...judged,
      verifiedAt,
      freshness: { state: freshnessOf(age, cadence), ageMs: age, targetMs: cadence.targetMs },
      confidence: verifiedAt === null ? null : reliance(policy, record, work, { dimension, verifiedAt, now }),
      method: verifiedAt === null ? null : methodOf(work, dimension),
      nextCheckAt: check === undefined ? null : toInstant(check.nextDueAt),
    };
  });
}

/** The worst of several standings, `unchecked` for none. */
export function worstOf(standings: readonly DimensionStanding[]): Verdict {
  const rank = (verdict: Verdict): number => VERDICT_ORDER.indexOf(verdict);
  return standings.reduce<Verdict>(
    (worst, { verdict }) => (rank(verdict) > rank(worst) ? verdict : worst),
    standings.length === 0 ? Verdict.unchecked : Verdict.excluded,
  );
}

/**
 * Systems that are owed a look, and `concord` while something of our own was not compared yet. What only waits for
 * somebody else, or for a time to come, is not pending: its verdict says what it waits for.
 */
export function pendingSystems(work: WorkDocument | undefined, now: number): readonly SystemId[] {
  return Object.entries(work?.marks ?? {}).flatMap(([system, mark]) =>
    system === CONCORD && (mark.attempts > 0 || mark.notBefore > now) ? [] : [system as SystemId],
  );
}

/** What may still be said of a stored verdict. */
function shown(
  stored: DimensionVerdict | undefined,
  isPending: boolean,
): Pick<DimensionStanding, 'verdict' | 'cause'> {
  const { verdict, cause } = stored ?? { verdict: Verdict.unchecked, cause: CauseCode.neverCompared };
  const saysNothing: readonly Verdict[] = [Verdict.unchecked, Verdict.excluded, Verdict.undetermined];
  return isPending && !saysNothing.includes(verdict)
    ? { verdict: Verdict.undetermined, cause: CauseCode.changePending } // M7
    : { verdict, cause };
}

/** A look that found nothing new writes `work` alone: it counts while the record is still what it had compared. */
function verifiedAtOf(
  { verdicts, historyCount }: RecordDocument,
  work: WorkDocument | undefined,
  dimension: Dimension,
): Instant | null {
  const stored = verdicts[dimension]?.verifiedAt ?? null;
  const check = work?.checks[dimension];
  if (check === undefined || check.recordVersion !== historyCount) return stored;
  return stored === null || check.verifiedAt > stored ? check.verifiedAt : stored;
}

interface Verified {
  readonly dimension: Dimension;
  readonly verifiedAt: Instant;
  readonly now: number;
}

function reliance(
  policy: EntityPolicy,
  { links }: RecordDocument,
  work: WorkDocument | undefined,
  { dimension, verifiedAt, now }: Verified,
): Reliance {
  const count = work?.changes[dimension];
  const active = Object.values(links).filter(({ state }) => state === 'active');
  const { score, level, inputs, limitedBy } = confidenceOf({
    ageMs: Math.max(0, now - toEpochMs(verifiedAt)),
    cadence: cadenceOf(policy, dimension),
    method: methodOf(work, dimension),
    identity: active.map(({ evidence }) => evidence),
    changesPerDay: changesPerDay(count, now),
    webhookLoss: webhookLoss(count === undefined ? [] : [count]),
  });
  return {
    level,
    value: rounded(score),
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([input, worth]) => [input, rounded(worth)]),
    ) as Reliance['inputs'],
    limitedBy,
  };
}

/** A pass reads by id, and so do checks. */
function methodOf(work: WorkDocument | undefined, dimension: Dimension): ObservationMethod {
  return work?.checks[dimension]?.method ?? 'read';
}

function rounded(share: number): number {
  return Math.round(share * 100) / 100;
}

function ageMs(verifiedAt: Instant | null, now: number): number | null {
  return verifiedAt === null ? null : Math.max(0, now - toEpochMs(verifiedAt));
}
