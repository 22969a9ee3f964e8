/** Groups exist, have members, and their members can be judged as one value wherever they are held. */
import { ABSENT } from '#shared/model/field-value.ts';
import type { FieldPath, SystemId } from '#shared/model/ids.ts';
import { initialLifecycle, lifecycleStates } from '../lifecycle.ts';
import type { FieldPolicy, GroupPolicy, PlainRule } from '../policy.ts';
import {
  declaredRules,
  distinct,
  holdersOf,
  mappedField,
  mappersOf,
  rulesIn,
  speakersOf,
  type PolicyFacts,
} from './facts.ts';
import type { Counterexample, Edit, Finding } from './finding.ts';
import { everyField, unheard } from './examples.ts';
import { found, listed } from './report.ts';
import { edit, opening, word } from './scene.ts';
import { twoValues } from './samples.ts';

export function checkGroups(facts: PolicyFacts): readonly Finding[] {
  const groups = facts.policy.groups ?? [];
  return [
    ...unknownGroups(facts),
    ...groups.flatMap((group) => {
      const members = membersOf(facts, group.id);
      if (members.length === 0) return [empty(facts, group)];
      const isCompared = members.some((field) =>
        declaredRules(facts.policy, field).some(({ kind }) => kind !== 'ignored'),
      );
      const oneValue = notOneValue(facts, group, members);
      // What is not compared cannot be torn.
      if (!isCompared) return oneValue;
      return [
        ...oneValue,
        ...tornAcrossSystems(facts, group, members),
        ...tornAcrossDimensions(facts, group, members),
        ...tornInApply(facts, group, members),
      ];
    }),
  ];
}

function membersOf({ policy }: PolicyFacts, id: string): readonly FieldPolicy[] {
  return policy.fields.filter(({ rule }) => rule.kind === 'group' && rule.group === id);
}

function unknownGroups(facts: PolicyFacts): readonly Finding[] {
  const known = (facts.policy.groups ?? []).map(({ id }) => id);
  return facts.policy.fields.flatMap(({ path, rule }) => {
    if (rule.kind !== 'group' || known.includes(rule.group)) return [];
    return [
      found(facts, {
        code: 'group_unknown',
        paths: [path],
        message: `${path} moves with the group ${rule.group}, which the policy does not declare, so that no rule decides it. Declare the group or correct its name.`,
        counterexample: unheard(facts, path),
      }),
    ];
  });
}

function empty(facts: PolicyFacts, { id }: GroupPolicy): Finding {
  return found(facts, {
    code: 'group_empty',
    paths: [id as FieldPath],
    message: `No field moves with the group ${id}, so that its rule decides nothing. Name it in the rules of its members or remove it.`,
    counterexample: { edits: everyField(facts), promise: { kind: 'applied', name: id } },
  });
}

/** A value that we compute is one value, not several; a group that bears a field's name takes that field in. */
function notOneValue(
  facts: PolicyFacts,
  group: GroupPolicy,
  members: readonly FieldPolicy[],
): readonly Finding[] {
  const paths = members.map(({ path }) => path);
  const taken = facts.policy.fields.find(
    ({ path, rule }) => path === group.id && !(rule.kind === 'group' && rule.group === group.id),
  );
  if (taken !== undefined) {
    const [rule] = declaredRules(facts.policy, taken);
    return [
      found(facts, {
        code: 'group_not_one_value',
        paths: [taken.path, ...paths],
        message: `The group ${group.id} bears the name of a field that is none of its members, and takes it in. Give the group a name of its own.`,
        counterexample: alone(facts, taken.path, rule, paths),
      }),
    ];
  }
  const derived = members
    .flatMap((field) => declaredRules(facts.policy, field))
    .find(({ kind }) => kind === 'derived');
  if (derived === undefined || members.length < 2) return [];
  const [first] = paths;
  return first === undefined
    ? []
    : [
        found(facts, {
          code: 'group_not_one_value',
          paths,
          message: `The group ${group.id} is derived, but one derivation gives one value and not ${members.length}. Derive each field by itself.`,
          counterexample: unheard(facts, paths.at(-1) ?? first, derived),
        }),
      ];
}

/** A field is said by its authority while the members of the group have nothing to say. */
function alone(
  facts: PolicyFacts,
  path: FieldPath,
  rule: PlainRule | undefined,
  members: readonly FieldPath[],
): Counterexample {
  const example = unheard(facts, path, rule);
  const speaker = rule === undefined ? null : word(facts, path, rule).speaker;
  const [system] = holdersOf(facts).filter((one) => one !== speaker);
  const moved =
    system === undefined ? [] : members.filter((one) => mappedField(facts, system, one) !== undefined);
  const stirred = moved.map((one) => [one, twoValues(facts, one)[1]] as const);
  if (system === undefined || stirred.length === 0) return example;
  return { ...example, edits: [...example.edits, edit(facts, system, Object.fromEntries(stirred))] };
}

/** A system that lacks a member holds nothing of the group that could be compared. */
function tornAcrossSystems(
  facts: PolicyFacts,
  { id }: GroupPolicy,
  members: readonly FieldPolicy[],
): readonly Finding[] {
  const paths = members.map(({ path }) => path);
  const holders = distinct(paths.flatMap((path) => mappersOf(facts, path)));
  return holders.flatMap((system) => {
    const missing = paths.filter((path) => mappedField(facts, system, path) === undefined);
    const [held] = paths.filter((path) => !missing.includes(path));
    if (missing.length === 0 || held === undefined) return [];
    return [
      found(facts, {
        code: 'group_torn',
        paths: missing,
        systems: [system],
        message: `${system} holds ${held} of the group ${id} and not ${listed(missing)}, so that the group is never known there as a whole. Map ${listed(missing)} in ${system}, or take ${listed(missing)} out of the group.`,
        counterexample: wholeGroup(facts, members, system, held),
      }),
    ];
  });
}

/** The whole group is said by whoever may; it has to arrive where a part of it is held. */
function wholeGroup(
  facts: PolicyFacts,
  members: readonly FieldPolicy[],
  torn: SystemId,
  held: FieldPath,
): Counterexample {
  const { edits, speaker } = sayingAll(facts, members, torn);
  const target = speaker === torn ? mappersOf(facts, held).find((system) => system !== torn) : torn;
  const value = twoValues(facts, held)[0];
  return {
    edits,
    promise:
      target === undefined
        ? { kind: 'holds', path: held, value }
        : { kind: 'says', sayings: [{ system: target, path: held, value }] },
  };
}

/** A record comes into being, and every member of its group is said at once by whoever may. */
function sayingAll(
  facts: PolicyFacts,
  members: readonly FieldPolicy[],
  not?: SystemId,
  before: readonly Edit[] = [],
): { readonly edits: readonly Edit[]; readonly speaker: SystemId | null } {
  const [field] = members;
  const states = [initialLifecycle(facts.policy), ...lifecycleStates(facts.policy)];
  const compared = states.flatMap((state) => {
    const rules = field === undefined ? [] : rulesIn(facts.policy, field, state);
    return rules.filter(({ kind }) => kind !== 'ignored').map((rule) => ({ state, rule }));
  });
  const [first] = compared;
  if (field === undefined || first === undefined)
    return { edits: [...opening(facts, undefined, undefined), ...before], speaker: null };
  const { state, rule } = first;
  const { speaker } = word(facts, field.path, rule, undefined, not);
  const values = Object.fromEntries(members.map(({ path }) => [path, twoValues(facts, path)[0]]));
  const systems =
    rule.kind === 'agree' ? speakersOf(facts, field.path, rule) : speaker === null ? [] : [speaker];
  const said =
    speaker === null
      ? members.flatMap(({ path }) => word(facts, path, rule).edits)
      : systems.map((system) => edit(facts, system, values));
  return { edits: [...opening(facts, speaker ?? undefined, state), ...before, ...said], speaker };
}

/** What moves as one is switched and checked as one. */
function tornAcrossDimensions(
  facts: PolicyFacts,
  { id }: GroupPolicy,
  members: readonly FieldPolicy[],
): readonly Finding[] {
  const [first] = members;
  const other = members.find(({ dimension }) => dimension !== first?.dimension);
  if (first === undefined || other === undefined) return [];
  return [
    found(facts, {
      code: 'group_torn',
      paths: [first.path, other.path],
      message: `${first.path} and ${other.path} move together with the group ${id} and stand in different dimensions, ${first.dimension} and ${other.dimension}. Put all members into one dimension.`,
      counterexample: {
        edits: sayingAll(facts, members, undefined, [{ kind: 'observe', dimension: other.dimension }]).edits,
        promise: { kind: 'holds', path: other.path, value: ABSENT },
      },
    }),
  ];
}

/** A member that waits for an operator, in a group that does not, or the other way round. */
function tornInApply(
  facts: PolicyFacts,
  { id, apply }: GroupPolicy,
  members: readonly FieldPolicy[],
): readonly Finding[] {
  const other = members.find((field) => field.apply !== apply);
  if (other === undefined) return [];
  const value = apply === 'auto' ? ABSENT : twoValues(facts, other.path)[0];
  return [
    found(facts, {
      code: 'group_torn',
      paths: [other.path],
      message: `${other.path} says "${other.apply}" and its group ${id} says "${apply}". Members move as the group does: say the same.`,
      counterexample: {
        edits: sayingAll(facts, members).edits,
        promise: { kind: 'holds', path: other.path, value },
      },
    }),
  ];
}
