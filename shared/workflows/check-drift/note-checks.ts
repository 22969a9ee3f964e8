/**
 * Notes on `work` what a completed comparison was worth: when each dimension was verified, how, and when it is due
 * again. Pure, and never a write of its own: whoever compared writes `work` anyway.
 */
import { cadenceOf } from '#shared/authority/check-policy.ts';
import type { EntityPolicy } from '#shared/authority/policy.ts';
import { policyHash } from '#shared/authority/rules.ts';
import { changesPerDay, countChange } from '#shared/drift/change-rate.ts';
import { CHECK_BANDS, checkBand, nextCheckAt } from '#shared/drift/check-schedule.ts';
import { recordValue } from '#shared/drift/record-value.ts';
import { fieldOf, sameValue } from '#shared/model/field-value.ts';
import type { Dimension, SystemId } from '#shared/model/ids.ts';
import { toEpochMs } from '#shared/model/instant.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import type { Check, WorkDocument } from '#shared/model/work.ts';

/** A comparison as it is noted. */
export interface ComparedRecord {
  readonly policy: EntityPolicy;
  /** The record as it was judged, its verdicts with the oldest observation that each compared. */
  readonly record: RecordDocument;
  /** Value of `historyCount` under which the judgement stands. */
  readonly recordVersion: number;
  /** Dimensions in which something changed, and whether a webhook had told of it. */
  readonly changed: ReadonlyMap<Dimension, { readonly isTold: boolean }>;
  /** Our time, epoch milliseconds. */
  readonly now: number;
}

/**
 * The work document with the comparison noted. A dimension that it did not see as a whole, because a system was never
 * read or none holds the record, is verified no more (M7); what is to be looked at for it is owed by others.
 */
export function withChecks(work: WorkDocument, compared: ComparedRecord): WorkDocument {
  const { policy, record, recordVersion, changed, now } = compared;
  if (record.state !== 'active') return { ...work, checks: {}, checkDueAt: null };
  const value = recordValue(policy, record);
  const hash = rulesHash(policy);
  const checks: Record<Dimension, Check> = { ...work.checks };
  const changes = { ...work.changes };
  for (const [key, { verifiedAt }] of Object.entries(record.verdicts)) {
    const dimension = key as Dimension;
    const change = changed.get(dimension);
    const comparison = { isChanged: change !== undefined, isTold: change?.isTold ?? false };
    changes[dimension] = countChange(changes[dimension], comparison, now);
    if (verifiedAt === null) {
      delete checks[dimension];
      continue;
    }
    const urgency = { value, changesPerDay: changesPerDay(changes[dimension], now) };
    const nextDueAt = nextCheckAt(cadenceOf(policy, dimension), urgency, toEpochMs(verifiedAt));
    checks[dimension] = { verifiedAt, method: 'read', nextDueAt, recordVersion, policyHash: hash };
  }
  const bands = Object.values(changes).map((count) =>
    checkBand({ value, changesPerDay: changesPerDay(count, now) }),
  );
  return {
    ...work,
    checks,
    changes,
    value,
    checkDueAt: earliest(checks),
    checkBand: Math.min(CHECK_BANDS - 1, ...bands),
  };
}

const hashes = new WeakMap<EntityPolicy, string>();

/** Hash of the rules that a comparison followed. A policy never changes, so that each is hashed once. */
export function rulesHash(policy: EntityPolicy): string {
  const hash = hashes.get(policy) ?? policyHash(policy);
  hashes.set(policy, hash);
  return hash;
}

/** Dimensions in which a system said something else than before, first sight apart; told if a webhook spoke of it. */
export function changesBetween(
  policy: EntityPolicy,
  before: RecordDocument,
  after: RecordDocument,
  isToldOf: (system: SystemId) => boolean,
): ReadonlyMap<Dimension, { readonly isTold: boolean }> {
  const changed = new Map<Dimension, { readonly isTold: boolean }>();
  const note = (dimension: Dimension, system: SystemId) =>
    changed.set(dimension, { isTold: isToldOf(system) || changed.get(dimension)?.isTold === true });
  for (const key of Object.keys(after.links)) {
    const system = key as SystemId;
    const [was, is] = [before.representations[system], after.representations[system]];
    if (before.links[system] !== undefined && before.links[system].state !== after.links[system]?.state)
      note(policy.presenceDimension, system);
    if (was === undefined || is === undefined || was.nativeId !== is.nativeId) continue;
    for (const { path, dimension } of policy.fields)
      if (!sameValue(fieldOf(was.fields, path), fieldOf(is.fields, path))) note(dimension, system);
  }
  return changed;
}

function earliest(checks: WorkDocument['checks']): number | null {
  const times = Object.values(checks).map(({ nextDueAt }) => nextDueAt);
  return times.length === 0 ? null : Math.min(...times);
}
