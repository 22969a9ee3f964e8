/**
 * What a plan's direction says about one unit, before the policy is asked. Pure (M13).
 */
import { isOurs, type Unit } from '#shared/authority/rules.ts';
import type { CompareResult } from '#shared/drift/compare.ts';
import {
  isGolden,
  standsOf,
  systemsInFlight,
  unreadAuthorities,
  withoutTolerated,
  type CompareInput,
  type Stand,
} from '#shared/drift/stand.ts';
import { canonicalUnit, isAbsent, mapUnit, sameUnit } from '#shared/drift/unit-values.ts';
import type { FieldValues } from '#shared/model/field-value.ts';
import type { FieldPath, SystemId } from '#shared/model/ids.ts';
import type { Override, PlanDirection } from '#shared/model/plan.ts';
import { CauseCode } from '#shared/model/vocabulary.ts';
import type { BlockReason } from './plan-item.ts';

/** What becomes of one unit. */
export type UnitChoice =
  /** The policy decides, as it does in a pass. */
  | { readonly kind: 'policy' }
  /** It is none of the plan's business. */
  | { readonly kind: 'left' }
  | { readonly kind: 'blocked'; readonly reason: BlockReason; readonly systems: readonly SystemId[] }
  | { readonly kind: 'decided'; readonly decided: DecidedUnit }
  | { readonly kind: 'tolerated'; readonly stands: readonly Stand[]; readonly held: FieldValues }
  | { readonly kind: 'held'; readonly stands: readonly Stand[]; readonly held: FieldValues };

/** A unit whose value somebody has chosen. */
export interface DecidedUnit {
  readonly unit: Unit;
  readonly word: 'system' | 'golden' | 'person';
  readonly system: SystemId | null;
  /** What held true before, and what does afterwards. */
  readonly held: FieldValues;
  readonly values: FieldValues;
  readonly stands: readonly Stand[];
  /** Those among the stands that have to be told. */
  readonly behind: readonly Stand[];
}

/** Overrides of a unit: of the field itself, or of members of the group. */
function overridesOf({ overrides }: PlanDirection, unit: Unit): readonly (readonly [FieldPath, Override])[] {
  return unit.fields.flatMap(({ path }) => {
    const override = overrides[path];
    return override === undefined ? [] : [[path, override] as const];
  });
}

const ABOUT_SYNC: readonly Override['kind'][] = ['tolerate', 'hold', 'lift'];

/** The direction with what it tells sync about one member of a group told about all: what moves together stays so. */
export function forWholeUnits(direction: PlanDirection, units: readonly Unit[]): PlanDirection {
  const whole = units.flatMap((unit) => {
    const [first] = overridesOf(direction, unit);
    if (first === undefined || !ABOUT_SYNC.includes(first[1].kind)) return [];
    return unit.fields.map(({ path }) => [path, first[1]] as const);
  });
  return { ...direction, overrides: { ...Object.fromEntries(whole), ...direction.overrides } };
}

/** Whether an override changes what holds true of the unit, and so takes away what stood in its way. */
export function isNamed(direction: PlanDirection, unit: Unit): boolean {
  return overridesOf(direction, unit).some(([, { kind }]) => ['from', 'golden', 'value'].includes(kind));
}

/** What the direction says about a unit. */
export function chooseUnit(input: CompareInput, unit: Unit, direction: PlanDirection): UnitChoice {
  const overrides = overridesOf(direction, unit);
  const [first] = overrides;
  if (first === undefined || first[1].kind === 'lift') return byDefault(input, unit, direction);
  const { rule } = unit;
  if (rule === null) return blocked(CauseCode.ruleMissing);
  if (rule.kind === 'ignored') return blocked('not_decidable');
  const [, override] = first;
  if (overrides.some(([, { kind }]) => kind !== override.kind)) return blocked('not_decidable');
  const held = mapUnit(unit, (path) => input.record.golden[path]?.value);
  const stands = standsOf(input, unit);
  if (stands.length === 0) return blocked('not_known');
  switch (override.kind) {
    case 'carry':
    case 'unlink':
    case 'recreate':
      return blocked('not_decidable');
    case 'tolerate':
    case 'hold':
      return { kind: override.kind === 'hold' ? 'held' : 'tolerated', stands, held };
    case 'from':
      return decidable(input, unit) ?? fromSystem(input, unit, stands, held, override.system, 'not_known');
    case 'golden':
      if (isAbsent(unit, held)) return blocked('not_known');
      return (
        decidable(input, unit) ??
        decided(input, { unit, word: 'golden', system: null, held, values: held, stands })
      );
    case 'value': {
      const said = new Map(
        overrides.map(([path, one]) => [path, one.kind === 'value' ? one.value : undefined]),
      );
      const values = canonicalUnit(
        input.policy,
        unit,
        mapUnit(unit, (path) => said.get(path) ?? held[path]),
      );
      if (isAbsent(unit, values)) return blocked('not_known');
      return (
        decidable(input, unit) ?? decided(input, { unit, word: 'person', system: null, held, values, stands })
      );
    }
  }
}

/** Conflicts that are none for a field with one owner, once somebody has been asked: its word is the policy's. */
const SETTLED_BY_OWNER: readonly CauseCode[] = [CauseCode.firstLinkDiffers, CauseCode.movedWhileBehind];

/**
 * The owner's word for units that are left to the policy and that a comparison alone does not settle. A pass does not
 * take it by itself: it would overwrite what nobody has ever seen there.
 */
export function ownersWords(
  input: CompareInput,
  units: readonly Unit[],
  choices: ReadonlyMap<FieldPath, UnitChoice>,
  { verdicts }: Pick<CompareResult, 'verdicts'>,
): ReadonlyMap<FieldPath, UnitChoice> {
  return new Map(
    units.flatMap((unit): (readonly [FieldPath, UnitChoice])[] => {
      const { rule, id, fields } = unit;
      const verdict = verdicts.get(fields[0].path);
      if (rule?.kind !== 'owner' || choices.get(id)?.kind !== 'policy' || verdict === undefined) return [];
      const isHeld = fields.some(({ path }) => input.record.holds[path] !== undefined);
      if (isHeld || !SETTLED_BY_OWNER.includes(verdict.cause) || decidable(input, unit) !== null) return [];
      const held = mapUnit(unit, (path) => input.record.golden[path]?.value);
      const word = fromSystem(input, unit, standsOf(input, unit), held, rule.system, null);
      return word.kind === 'left' ? [] : [[id, word]];
    }),
  );
}

function byDefault(input: CompareInput, unit: Unit, direction: PlanDirection): UnitChoice {
  switch (direction.default.kind) {
    case 'by_owner':
      return { kind: 'policy' };
    case 'none':
      return { kind: 'left' };
    case 'from': {
      if (unit.rule === null || unit.rule.kind === 'ignored' || isOurs(unit.rule)) return { kind: 'left' };
      const obstacle = decidable(input, unit);
      if (obstacle !== null) return obstacle;
      const held = mapUnit(unit, (path) => input.record.golden[path]?.value);
      const choice = fromSystem(input, unit, standsOf(input, unit), held, direction.default.system, null);
      const isHeld = unit.fields.some(({ path }) => input.record.holds[path] !== undefined);
      return isHeld && choice.kind === 'decided' && hasConsequence(input, choice.decided)
        ? blocked(CauseCode.held)
        : choice;
    }
  }
}

/** Why nobody can decide about the unit now, whatever they would say; null when they can. */
function decidable(input: CompareInput, unit: Unit): Extract<UnitChoice, { kind: 'blocked' }> | null {
  if (isOurs(unit.rule)) return blocked('not_decidable');
  const busy = systemsInFlight(input.record, unit);
  if (busy.length > 0) return blocked(CauseCode.inFlight, busy);
  const unread = unreadAuthorities(input.record, unit);
  return unread.length > 0 ? blocked(CauseCode.unreadable, unread) : null;
}

function fromSystem(
  input: CompareInput,
  unit: Unit,
  stands: readonly Stand[],
  held: FieldValues,
  system: SystemId,
  otherwise: BlockReason | null,
): UnitChoice {
  const stand = stands.find((one) => one.system === system);
  if (stand === undefined) return otherwise === null ? { kind: 'left' } : blocked(otherwise, [system]);
  const values = canonicalUnit(input.policy, unit, stand.current);
  const isGolden = sameUnit(input.policy, unit, values, held);
  return decided(input, { unit, word: 'system', system, held, values: isGolden ? held : values, stands });
}

function decided(
  input: CompareInput,
  choice: Omit<DecidedUnit, 'behind'>,
): Extract<UnitChoice, { kind: 'decided' | 'blocked' }> {
  const { unit, values } = choice;
  const taken = (input.takenKeys ?? []).some(
    ({ key, value }) => values[key as FieldPath]?.state === 'value' && saysText(values, key, value),
  );
  if (taken) return blocked(CauseCode.keyTaken);
  const { counted: stands } = withoutTolerated(input, unit, choice.stands, values);
  const behind = stands.filter((stand) => !isGolden(input, unit, stand, values));
  return { kind: 'decided', decided: { ...choice, stands, behind } };
}

function saysText(values: FieldValues, key: string, text: string): boolean {
  const said = values[key as FieldPath];
  return said?.state === 'value' && said.value === text;
}

/** Whether the decision changes anything: what holds true, what was accepted of a system, or what one says. */
export function hasConsequence({ policy }: Pick<CompareInput, 'policy'>, choice: DecidedUnit): boolean {
  const { unit, held, values, stands, behind } = choice;
  if (behind.length > 0 || !sameUnit(policy, unit, held, values)) return true;
  return stands.some(({ base, moved }) => base === undefined || moved);
}

function blocked(
  reason: BlockReason,
  systems: readonly SystemId[] = [],
): Extract<UnitChoice, { kind: 'blocked' }> {
  return { kind: 'blocked', reason, systems };
}
