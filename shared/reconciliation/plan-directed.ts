/**
 * Plans one record in a direction that an operator chose: what would be decided, what would be written for it, and
 * what stands in the way. Pure (M13). It is the one planner for one record or 100,000: a preview stores what it says,
 * and applying asks it again and goes on only if it says the same.
 *
 * G1 Whose word counts is the policy's to say unless the direction says otherwise; that somebody had to be asked first
 *    stands in nobody's way here, for this is the asking.
 * G2 What is decided about a field becomes what holds true, and the base of every value it weighed (section 7). Who
 *    then differs is written to. A field that is not decided is not written.
 * G3 A field in an open run's write set is left alone, and so is a system to which a run is writing (M3).
 * G4 What cannot be decided comes back with a reason from a closed list (M8). The plan of a settled record is empty.
 */
import { lifecycleOf } from '#shared/authority/lifecycle.ts';
import { unitsOf } from '#shared/authority/rules.ts';
import type { EntityPolicy } from '#shared/authority/policy.ts';
import { compareRecord, type CompareResult } from '#shared/drift/compare.ts';
import { presencePath } from '#shared/drift/presence.ts';
import type { CompareInput } from '#shared/drift/stand.ts';
import { fieldOf, sameValue, type FieldValue } from '#shared/model/field-value.ts';
import { CONCORD, type FieldPath, type SystemId } from '#shared/model/ids.ts';
import type { Instant } from '#shared/model/instant.ts';
import type { PlanDirection } from '#shared/model/plan.ts';
import type { GoldenValue, RecordDocument } from '#shared/model/record.ts';
import type { Base } from '#shared/model/representation.ts';
import { CauseCode } from '#shared/model/vocabulary.ts';
import { asDecided } from './decided-policy.ts';
import { decideLosses } from './decide-losses.ts';
import { decideRecord, movesGolden } from './decide-record.ts';
import type { DirectedInput, DirectedPlan } from './directed-plan.ts';
import { ownedDecisions } from './owned-decisions.ts';
import { planWrites } from './plan-writes.ts';
import type { BlockedPart, Decision } from './plan-item.ts';
import {
  chooseUnit,
  forWholeUnits,
  hasConsequence,
  ownersWords,
  isNamed,
  type DecidedUnit,
  type UnitChoice,
} from './unit-choice.ts';

/** Plans one record. */
export function planDirected(request: DirectedInput): DirectedPlan {
  const stopped = blockOfRecord(request.record);
  if (stopped !== null) return { decisions: [], operations: [], blocked: [stopped], record: request.record };
  const plan = planDecided(request);
  // What is said of a loss and cannot be done is not noted either: it is blocked, and the rest goes on without it.
  const vain = vainDecisions(plan);
  if (vain.length === 0) return plan;
  const others = Object.entries(request.direction.overrides).filter(([path]) => !vain.includes(path));
  const overrides = Object.fromEntries(others);
  const rest = planDecided({ ...request, direction: { ...request.direction, overrides } });
  const why = plan.blocked.filter(
    ({ system, path }) =>
      (path !== null && vain.includes(path)) ||
      (path === null && system !== null && vain.includes(presencePath(system))),
  );
  const isSaid = (part: BlockedPart) =>
    why.some(({ system, path }) => part.system === system && part.path === path);
  return { ...rest, blocked: [...why, ...rest.blocked.filter((part) => !isSaid(part))] };
}

/** Paths of losses of which something was said that comes to no operation. */
function vainDecisions({ decisions, operations }: DirectedPlan): readonly string[] {
  return decisions
    .filter(
      ({ kind, path }) =>
        (kind === 'carry' || kind === 'recreate') &&
        !operations.some(({ lost }) => lost !== undefined && presencePath(lost) === path),
    )
    .map(({ path }) => path);
}

function planDecided(request: DirectedInput): DirectedPlan {
  const direction = forWholeUnits(request.direction, unitsOf(request.policy, request.record.lifecycle));
  const losses = decideLosses(request);
  const input: DirectedInput = { ...request, direction, record: losses.record };
  const record = withoutObstacles(input);
  const asked: CompareInput = { ...input, policy: asDecided(input.policy), record, signs: {} };
  const units = unitsOf(asked.policy, record.lifecycle);
  const directed = new Map(units.map((unit) => [unit.id, chooseUnit(asked, unit, direction)]));
  const first = comparedWith(input, asked, directed);
  // What the policy alone would not settle, its owner may.
  const words = ownersWords(asked, units, directed, first.comparison);
  const choices = words.size === 0 ? directed : new Map([...directed, ...words]);
  const { decided, overlaid, comparison } = words.size === 0 ? first : comparedWith(input, asked, choices);
  const owned = ownedDecisions({ ...overlaid, comparison, direction, choices, decided });
  const decisions = [
    ...losses.decisions,
    ...liftsOf(input),
    ...[...choices.values()].flatMap(marksOf),
    ...decided.flatMap(decisionsOf),
    ...owned.decisions,
  ];
  const voided = [
    ...units
      .filter((unit) => isNamed(direction, unit))
      .flatMap((unit) => unit.fields.map(({ path }) => path)),
    ...decisions.filter(movesGolden).map(({ path }) => path),
  ];
  const { overrides } = direction;
  const { by, at } = input;
  const after = settled(input.policy, decideRecord(record, { decisions, overrides, voided, by, at }));
  const written = planWrites(
    input,
    { ...comparison, golden: after.golden, lifecycle: after.lifecycle },
    { record: after, decided, owned, losses },
  );
  return {
    decisions,
    operations: written.operations,
    blocked: [...losses.blocked, ...blocksOf(choices), ...owned.blocked, ...written.blocked],
    record: after,
  };
}

interface Compared {
  readonly decided: readonly DecidedUnit[];
  readonly overlaid: CompareInput;
  readonly comparison: CompareResult;
}

/** Compares the record as it will be once what was chosen is decided and written. */
function comparedWith(
  input: DirectedInput,
  asked: CompareInput,
  choices: ReadonlyMap<FieldPath, UnitChoice>,
): Compared {
  const decided = [...choices.values()]
    .flatMap((choice) => (choice.kind === 'decided' ? [choice.decided] : []))
    .filter((one) => hasConsequence(asked, one) || isNamedWithObstacle(input, one));
  const overlaid = { ...asked, record: withDecided(asked.record, decided, input.at) };
  return { decided, overlaid, comparison: compareRecord(overlaid) };
}

/** In the state of its life that follows from what now holds true. */
function settled(policy: EntityPolicy, record: RecordDocument): RecordDocument {
  return { ...record, lifecycle: lifecycleOf(policy, (path) => record.golden[path]?.value) };
}

/** Why nothing at all is decided about a record; null when it may be. */
export function blockOfRecord({ state, links, verdicts }: RecordDocument): BlockedPart | null {
  if (state === 'merged') return { system: null, path: null, reason: 'unknown_record' };
  if (state === 'provisional') {
    const isAmbiguous = Object.values(verdicts).some(({ cause }) => cause === CauseCode.ambiguousMatch);
    return { system: null, path: null, reason: isAmbiguous ? CauseCode.ambiguousMatch : 'not_identified' };
  }
  const foreign = Object.entries(links).find(([, link]) => link.state === 'foreign');
  if (foreign === undefined) return null;
  return { system: foreign[0] as SystemId, path: null, reason: CauseCode.foreignAnswer }; // M16
}

/** What operators said about a field before gives way to what they say now. */
function withoutObstacles({ record, policy, direction }: DirectedInput): RecordDocument {
  const named = unitsOf(policy, record.lifecycle).filter((unit) => isNamed(direction, unit));
  const paths: readonly FieldPath[] = named.flatMap((unit) => unit.fields.map(({ path }) => path));
  const lifted = liftedPaths(record, direction, paths);
  return {
    ...record,
    holds: omit(record.holds, lifted),
    tolerances: omitEach(record.tolerances, paths),
    refusals: omitEach(record.refusals, paths),
    swallowed: omitEach(record.swallowed, paths),
  };
}

function liftedPaths(
  { holds }: RecordDocument,
  { overrides }: PlanDirection,
  named: readonly FieldPath[],
): readonly FieldPath[] {
  const held = Object.keys(holds) as FieldPath[];
  return held.filter((path) => overrides[path]?.kind === 'lift' || named.includes(path));
}

function liftsOf({ record, policy, direction }: DirectedInput): readonly Decision[] {
  const units = unitsOf(policy, record.lifecycle);
  const named = units.filter((unit) => isNamed(direction, unit));
  const paths = named.flatMap((unit) => unit.fields.map(({ path }) => path));
  return liftedPaths(record, direction, paths).map((path) => {
    const value = fieldOf(valuesOf(record.golden), path);
    const rule = units.find((unit) => unit.fields.some((field) => field.path === path))?.name.id ?? 'none';
    return { kind: 'lift', path, before: value, value, system: null, weighed: {}, rule };
  });
}

/** A value that was refused or overwritten unseen before, and is chosen now, is decided although nothing else changes. */
function isNamedWithObstacle({ record, direction }: DirectedInput, { unit }: DecidedUnit): boolean {
  return (
    isNamed(direction, unit) &&
    unit.fields.some(({ path }) =>
      [record.swallowed, record.refusals].some((maps) =>
        Object.values(maps).some((noted) => noted[path] !== undefined),
      ),
    )
  );
}

/** The record as it will be once every system says what was decided: what follows from it is compared on that. */
function withDecided(record: RecordDocument, decided: readonly DecidedUnit[], at: Instant): RecordDocument {
  const golden: Record<FieldPath, GoldenValue> = { ...record.golden };
  const representations = { ...record.representations };
  const bases: Record<SystemId, Record<FieldPath, Base>> = { ...record.bases };
  for (const { unit, values, stands, system } of decided) {
    for (const { path } of unit.fields) {
      const value = fieldOf(values, path);
      const cause = { system: system ?? CONCORD, evidence: null, rule: unit.name.id, acceptedAt: at };
      golden[path] = { value, cause };
      for (const stand of stands) {
        const seen = representations[stand.system];
        if (seen === undefined) continue;
        representations[stand.system] = { ...seen, fields: { ...seen.fields, [path]: value } };
        bases[stand.system] = { ...bases[stand.system], [path]: { value, modifiedAt: seen.modifiedAt } };
      }
    }
  }
  return { ...record, golden, representations, bases };
}

function decisionsOf({ unit, word, system, held, values, stands, behind }: DecidedUnit): readonly Decision[] {
  return unit.fields.map(({ path }) => {
    const [before, value] = [fieldOf(held, path), fieldOf(values, path)];
    const kind = kindOf(word, before, value, behind.length > 0);
    const weighed = Object.fromEntries(stands.map((stand) => [stand.system, fieldOf(stand.current, path)]));
    return { kind, path, before, value, system, weighed, rule: unit.name.id };
  });
}

function kindOf(
  word: DecidedUnit['word'],
  before: FieldValue,
  value: FieldValue,
  isWritten: boolean,
): Decision['kind'] {
  if (word === 'golden') return 'revert';
  if (word === 'person') return 'set';
  if (before === value) return isWritten ? 'revert' : 'baseline';
  return before.state === 'absent' && !isWritten ? 'baseline' : 'adopt';
}

/** Decisions that change no value. */
function marksOf(choice: UnitChoice): readonly Decision[] {
  if (choice.kind !== 'tolerated' && choice.kind !== 'held') return [];
  const { stands, held } = choice;
  const kind = choice.kind === 'held' ? 'hold' : 'tolerate';
  return Object.keys(held).map((key) => {
    const path = key as FieldPath;
    const value = fieldOf(held, path);
    const different = stands.filter((stand) => !sameValue(fieldOf(stand.current, path), value));
    const weighed = Object.fromEntries(
      different.map((stand) => [stand.system, fieldOf(stand.current, path)]),
    );
    return { kind, path, before: value, value, system: null, weighed, rule: 'operator' };
  });
}

function blocksOf(choices: ReadonlyMap<FieldPath, UnitChoice>): readonly BlockedPart[] {
  return [...choices].flatMap(([path, choice]): readonly BlockedPart[] => {
    if (choice.kind !== 'blocked') return [];
    const systems = choice.systems.length === 0 ? [null] : choice.systems;
    return systems.map((system) => ({ system, path, reason: choice.reason }));
  });
}

function valuesOf(golden: RecordDocument['golden']): Readonly<Record<FieldPath, FieldValue>> {
  return Object.fromEntries(Object.entries(golden).map(([path, { value }]) => [path, value]));
}

function omit<T>(values: Readonly<Record<FieldPath, T>>, paths: readonly FieldPath[]): Record<FieldPath, T> {
  return Object.fromEntries(Object.entries(values).filter(([path]) => !paths.includes(path as FieldPath)));
}

function omitEach<T>(
  maps: Readonly<Record<SystemId, Readonly<Record<FieldPath, T>>>>,
  paths: readonly FieldPath[],
): Record<SystemId, Readonly<Record<FieldPath, T>>> {
  return Object.fromEntries(Object.entries(maps).map(([system, values]) => [system, omit(values, paths)]));
}
