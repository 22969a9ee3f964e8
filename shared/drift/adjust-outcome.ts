/**
 * What changes the outcome of a comparison afterwards: keys that others hold, values that we overwrote unseen, and what
 * people have said about a difference. Pure (M13).
 */
import { equalUnder } from '#shared/authority/equality.ts';
import type { Unit } from '#shared/authority/rules.ts';
import { fieldOf, valueOf, type FieldValues } from '#shared/model/field-value.ts';
import { CauseCode, Verdict } from '#shared/model/vocabulary.ts';
import { systemsOf } from './choose.ts';
import type { CompareInput, Stand } from './stand.ts';
import { earliest, judged, type UnitOutcome } from './unit-outcome.ts';

/** Whether a value is a natural key of another record: then somebody must decide who is who before it holds (M16). */
export function isTakenKey(input: CompareInput, unit: Unit, values: FieldValues): boolean {
  return unit.fields.some((field) =>
    (input.takenKeys ?? []).some(
      ({ key, value }) =>
        key === field.path && equalUnder(input.policy, field, fieldOf(values, field.path), valueOf(value)),
    ),
  );
}

/** An authority's value that we overwrote unseen is a conflict until the field moves again (M5). */
export function withSwallowed(
  input: CompareInput,
  unit: Unit,
  stands: readonly Stand[],
  outcome: UnitOutcome,
): UnitOutcome {
  if (outcome.accepted.length > 0 || outcome.verdict.verdict === Verdict.hardConflict) return outcome;
  const swallowed = stands.filter(
    ({ system, isAuthority }) =>
      isAuthority && unit.fields.some(({ path }) => input.record.swallowed[system]?.[path] !== undefined),
  );
  if (swallowed.length === 0) return outcome;
  const conflict = judged(unit, Verdict.hardConflict, CauseCode.swallowedValue, systemsOf(swallowed));
  return { ...conflict, bases: outcome.bases };
}

/** A hold stops sync until the source says something new (C9). */
export function withHold(input: CompareInput, unit: Unit, outcome: UnitOutcome): UnitOutcome {
  const isHeld = unit.fields.some(({ path }) => input.record.holds[path] !== undefined);
  const hasNothingToHold = outcome.verdict.verdict !== Verdict.softDrift;
  if (!isHeld || outcome.liftsHold || hasNothingToHold) return outcome;
  return { ...judged(unit, Verdict.excluded, CauseCode.held, outcome.verdict.systems) };
}

/** Differences that somebody has accepted are shown as such while there is no other one (C9). */
export function withTolerated(
  unit: Unit,
  tolerated: readonly Stand[],
  until: number | null,
  outcome: UnitOutcome,
): UnitOutcome {
  if (tolerated.length === 0) return outcome;
  const shown: readonly Verdict[] = [Verdict.inSync, Verdict.excluded];
  const verdict = shown.includes(outcome.verdict.verdict)
    ? judged(unit, Verdict.excluded, CauseCode.tolerated, systemsOf(tolerated)).verdict
    : outcome.verdict;
  return { ...outcome, verdict, recompareAt: earliest(outcome.recompareAt, until) };
}
