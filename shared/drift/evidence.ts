import { toEpochMs, type Instant } from '#shared/model/instant.ts';
import type { FieldPath } from '#shared/model/ids.ts';
import type { Base } from '#shared/model/representation.ts';

/** Evidence in canonical terms: a sign that somebody moved a field in a system. */
export interface Sign {
  readonly source: 'webhook' | 'poll' | 'modified_time' | 'operator' | 'created';
  /** Vendor's time, null when unknown. */
  readonly at: Instant | null;
  /** Null when the sign speaks of the record as a whole. */
  readonly paths: readonly FieldPath[] | null;
  readonly eventKey: string | null;
  /** Taken for the echo of our own write; explains nothing (M9). */
  readonly isEcho: boolean;
}

/** A field that may have left its base, and all that could explain it. */
export interface Departure {
  readonly path: FieldPath;
  readonly base: Base | undefined;
  /** The system's modified time of what was seen. */
  readonly modifiedAt: Instant | null;
  readonly signs: readonly Sign[];
  /** Vendor times of our own writes there. */
  readonly ownWritesAt: readonly Instant[];
  /** Whether an open run may write to the system: its traces are not known for ours yet. */
  readonly isBeingWritten: boolean;
}

/**
 * Finds what explains that a field left its base: a sign not older than the base that names the field or
 * names none, and that our own write does not account for. A later vendor modified time is a sign as well.
 * Explained is a property of the difference, so a sign that arrives after the read counts the same. While we are
 * writing there, only what names the field explains it: anything else may be the trace of our own write (M9).
 */
export function explanationOf(departure: Departure): Sign | undefined {
  const { path, base, modifiedAt, signs, ownWritesAt, isBeingWritten } = departure;
  const baseMs = base?.modifiedAt == null ? Number.NEGATIVE_INFINITY : toEpochMs(base.modifiedAt);
  const named = signs.filter(
    (sign) =>
      !sign.isEcho &&
      !isBirthOf(sign, base) &&
      (sign.paths?.includes(path) ?? !isBeingWritten) &&
      (sign.at === null || toEpochMs(sign.at) >= baseMs),
  );
  const latest = latestOf(named);
  if (latest !== undefined) return latest;
  // A base of unknown time is older than anything; then a modified time says nothing.
  const isDated = base === undefined || base.modifiedAt !== null;
  if (!isDated || isBeingWritten || modifiedAt === null || ownWritesAt.includes(modifiedAt)) return undefined;
  if (toEpochMs(modifiedAt) <= baseMs) return undefined;
  return { source: 'modified_time', at: modifiedAt, paths: null, eventKey: null, isEcho: false };
}

/** The sign of the state that stands now: the last by the vendor's time, an undated one only for want of others. */
function latestOf(signs: readonly Sign[]): Sign | undefined {
  const timeOf = ({ at }: Sign) => (at === null ? Number.NEGATIVE_INFINITY : toEpochMs(at));
  return signs.reduce<Sign | undefined>(
    (latest, sign) => (latest === undefined || timeOf(sign) > timeOf(latest) ? sign : latest),
    undefined,
  );
}

/** That an object came to be explains what it was born with, not what it turned into since. */
function isBirthOf(sign: Sign, base: Base | undefined): boolean {
  return sign.source === 'created' && sign.paths === null && base !== undefined;
}
