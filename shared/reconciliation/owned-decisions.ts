/**
 * What the policy itself decides about the units that a direction leaves to it: what a pass would have accepted, had
 * nobody had to be asked. Pure (M13).
 */
import { unitsOf, type Unit } from '#shared/authority/rules.ts';
import type { CompareResult } from '#shared/drift/compare.ts';
import type { Difference } from '#shared/drift/unit-outcome.ts';
import { standsOf, withoutTolerated, type CompareInput, type Stand } from '#shared/drift/stand.ts';
import { mapUnit, sameUnit } from '#shared/drift/unit-values.ts';
import { fieldOf, sameValue, type FieldValues } from '#shared/model/field-value.ts';
import type { FieldPath } from '#shared/model/ids.ts';
import type { PlanDirection } from '#shared/model/plan.ts';
import { CauseCode, Verdict } from '#shared/model/vocabulary.ts';
import type { BlockedPart, Decision } from './plan-item.ts';
import type { DecidedUnit, UnitChoice } from './unit-choice.ts';

export interface OwnedInput extends CompareInput {
  /** Under the policy as decided, with everything in place that the direction has decided. */
  readonly comparison: CompareResult;
  readonly direction: PlanDirection;
  readonly choices: ReadonlyMap<FieldPath, UnitChoice>;
  readonly decided: readonly DecidedUnit[];
}

export interface Owned {
  readonly decisions: readonly Decision[];
  readonly differences: readonly Difference[];
  readonly blocked: readonly BlockedPart[];
}

/** Verdicts that say nobody can settle it without being told how. */
const UNDECIDED: readonly Verdict[] = [Verdict.hardConflict, Verdict.undetermined];

/** What follows from policy for the units that the direction leaves to it, and for what derives from decided ones. */
export function ownedDecisions(input: OwnedInput): Owned {
  const { comparison } = input;
  const units = unitsOf(input.policy, comparison.lifecycle).filter((unit) => isLeftToPolicy(input, unit));
  const differencesOf = Map.groupBy(comparison.differences, ({ unit }) => unit.id);
  const decisions: Decision[] = [];
  const differences: Difference[] = [];
  const blocked: BlockedPart[] = [];
  for (const unit of units) {
    const obstacle = obstacleOf(comparison, unit);
    if (obstacle !== null) {
      blocked.push(...obstacle);
      continue;
    }
    const different = differencesOf.get(unit.id) ?? [];
    const made = decisionsOf(input, unit, different);
    decisions.push(...made);
    if (made.length > 0) differences.push(...different);
  }
  return { decisions, differences, blocked };
}

function isLeftToPolicy({ choices, decided }: OwnedInput, unit: Unit): boolean {
  const choice = choices.get(unit.id);
  if (choice?.kind === 'policy') return true;
  const { rule } = unit;
  if (choice?.kind !== 'left' || rule?.kind !== 'derived') return false;
  return decided.some((one) => one.unit.fields.some(({ path }) => rule.from.inputs.includes(path)));
}

/** What keeps anybody from deciding about the unit; null for nothing. */
function obstacleOf({ verdicts }: CompareResult, unit: Unit): readonly BlockedPart[] | null {
  const [{ path }] = unit.fields;
  const stands = verdicts.get(path);
  if (stands === undefined) return [];
  const { verdict, cause } = stands;
  const isInTheWay = UNDECIDED.includes(verdict) || cause === CauseCode.inFlight || cause === CauseCode.held;
  if (!isInTheWay) return null;
  const systems = stands.systems.length === 0 ? [null] : stands.systems;
  return systems.map((system) => ({ system, path: unit.id, reason: cause }));
}

function decisionsOf(input: OwnedInput, unit: Unit, different: readonly Difference[]): readonly Decision[] {
  const { comparison, record, policy } = input;
  const held = mapUnit(unit, (path) => record.golden[path]?.value);
  const values = mapUnit(unit, (path) => comparison.golden[path]?.value);
  const hasMoved = unit.fields.some(({ path }) => !sameValue(fieldOf(held, path), fieldOf(values, path)));
  const isAccepted = hasMoved && !sameUnit(policy, unit, held, values);
  if (!hasMoved && different.length === 0 && !hasNewBase(input, unit)) return [];
  const { counted } = withoutTolerated(input, unit, standsOf(input, unit), values);
  const isFirst = unit.fields.every(({ path }) => fieldOf(held, path).state === 'absent');
  const kind = isAccepted && (different.length > 0 || !isFirst) ? 'adopt' : 'baseline';
  return unit.fields.map(({ path }) => ({
    kind: isAccepted || different.length === 0 ? kind : 'revert',
    path,
    before: fieldOf(held, path),
    value: fieldOf(isAccepted || isFirst ? values : held, path),
    system: isAccepted ? (comparison.golden[path]?.cause.system ?? null) : null,
    weighed: weighedBy(counted, path),
    rule: unit.name.id,
  }));
}

/** Whether something is accepted of a system that was not accepted before. */
function hasNewBase({ comparison, record }: OwnedInput, unit: Unit): boolean {
  return Object.entries(comparison.bases).some(([system, bases]) =>
    unit.fields.some(({ path }) => {
      const [was, is] = [record.bases[system as keyof typeof record.bases]?.[path], bases[path]];
      return is !== undefined && (was === undefined || !sameValue(was.value, is.value));
    }),
  );
}

function weighedBy(stands: readonly Stand[], path: FieldPath): FieldValues {
  return Object.fromEntries(stands.map((stand) => [stand.system, fieldOf(stand.current, path)]));
}
