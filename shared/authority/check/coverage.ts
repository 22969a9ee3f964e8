/** Every field that is mapped has exactly one rule in every state of the lifecycle: none without, none with two. */
import type { FieldPath } from '#shared/model/ids.ts';
import { lifecycleStates } from '../lifecycle.ts';
import type { FieldPolicy, LifecycleRule, LifecycleState, PlainRule } from '../policy.ts';
import { declaredRules, distinct, holdersOf, mappersOf, rulesIn, type PolicyFacts } from './facts.ts';
import type { Counterexample, Finding } from './finding.ts';
import { unheard } from './examples.ts';
import { found, listed } from './report.ts';
import { edit, opening } from './scene.ts';
import { twoValues } from './samples.ts';

export function checkCoverage(facts: PolicyFacts): readonly Finding[] {
  return [
    ...withoutPolicy(facts),
    ...declaredTwice(facts),
    ...gapsAndOverlaps(facts),
    ...unknownStates(facts),
  ];
}

function withoutPolicy(facts: PolicyFacts): readonly Finding[] {
  const known = new Set(facts.policy.fields.map(({ path }) => path));
  const holders = holdersOf(facts);
  const mapped = holders.flatMap((system) => facts.mappings[system]?.fields.map(({ path }) => path) ?? []);
  return distinct(mapped)
    .filter((path) => !known.has(path))
    .map((path) => {
      const systems = mappersOf(facts, path);
      const [first] = systems;
      const says = first === undefined ? [] : [edit(facts, first, { [path]: twoValues(facts, path)[0] })];
      return found(facts, {
        code: 'field_without_policy',
        paths: [path],
        systems,
        message: `${listed(systems)} map ${path}, and no rule says who may set it. Add a field for it to the policy, or "ignored" with a reason.`,
        counterexample: {
          edits: [...opening(facts, first, undefined), ...says],
          promise: { kind: 'compared', path },
        },
      });
    });
}

function declaredTwice(facts: PolicyFacts): readonly Finding[] {
  const byPath = Map.groupBy(facts.policy.fields, ({ path }) => path);
  return [...byPath]
    .filter(([, fields]) => fields.length > 1)
    .map(([path, [first]]) =>
      found(facts, {
        code: 'field_declared_twice',
        paths: [path],
        message: `The policy declares ${path} more than once, so that no rule decides it. Keep one of them.`,
        counterexample: unheard(facts, path, first && declaredRules(facts.policy, first)[0]),
      }),
    );
}

function gapsAndOverlaps(facts: PolicyFacts): readonly Finding[] {
  const { policy } = facts;
  return policy.fields.flatMap((field) => {
    if (isOfUnknownGroup(facts, field)) return [];
    const counts = lifecycleStates(policy).map((state) => [state, rulesIn(policy, field, state)] as const);
    const missing = counts.filter(([, rules]) => rules.length === 0);
    const several = counts.filter(([, rules]) => rules.length > 1);
    return [
      ...(missing.length === 0
        ? []
        : [
            gap(
              facts,
              field,
              missing.map(([state]) => state),
            ),
          ]),
      ...(several.length === 0 ? [] : [overlap(facts, field, several)]),
    ];
  });
}

function isOfUnknownGroup({ policy }: PolicyFacts, { rule }: FieldPolicy): boolean {
  return rule.kind === 'group' && !(policy.groups ?? []).some(({ id }) => id === rule.group);
}

function gap(facts: PolicyFacts, field: FieldPolicy, states: readonly LifecycleState[]): Finding {
  const [state] = states;
  const elsewhere = declaredRules(facts.policy, field);
  return found(facts, {
    code: 'rule_missing',
    paths: [field.path],
    states,
    message: `Nobody may set ${field.path} while a record is ${listed(states)}: no case of its rule names ${states.length === 1 ? 'that state' : 'those states'}. Add the missing case.`,
    counterexample: unheard(
      facts,
      field.path,
      elsewhere.find(({ kind }) => kind !== 'ignored'),
      state,
    ),
  });
}

function overlap(
  facts: PolicyFacts,
  field: FieldPolicy,
  several: readonly (readonly [LifecycleState, readonly PlainRule[]])[],
): Finding {
  const states = several.map(([state]) => state);
  const [[state, rules] = ['', []]] = several;
  return found(facts, {
    code: 'rules_overlap',
    paths: [field.path],
    states,
    message: `${field.path} has more than one rule while a record is ${listed(states)}, so that none of them decides. Let each state stand in one case, and declare each group once.`,
    counterexample: unheard(
      facts,
      field.path,
      rules.find(({ kind }) => kind !== 'ignored'),
      state,
    ),
  });
}

/** Cases that name a state which no record can be in. */
function unknownStates(facts: PolicyFacts): readonly Finding[] {
  const { policy } = facts;
  const known = lifecycleStates(policy);
  const named = [
    ...policy.fields.map(({ path, rule }) => [path, rule] as const),
    ...(policy.groups ?? []).map(({ id, rule }) => [id as FieldPath, rule] as const),
  ];
  return named.flatMap(([path, rule]) => {
    const strange = rule.kind === 'by_lifecycle' ? strangeStates(rule, known) : [];
    if (strange.length === 0) return [];
    return [
      found(facts, {
        code: 'state_unknown',
        paths: [path],
        states: strange,
        message: `The rule of ${path} speaks of ${listed(strange)}, which the lifecycle does not know (${listed(known)}). Correct the name or declare the state.`,
        counterexample: {
          edits: sayState(facts, strange[0] ?? ''),
          promise: { kind: 'state', oneOf: strange },
        },
      }),
    ];
  });
}

function strangeStates(rule: LifecycleRule, known: readonly LifecycleState[]): readonly LifecycleState[] {
  return distinct(rule.cases.flatMap((one) => one.while).filter((state) => !known.includes(state)));
}

/** Somebody writes the very word of an unknown state into the field that says the lifecycle. */
function sayState(facts: PolicyFacts, state: LifecycleState): Counterexample['edits'] {
  const path = facts.policy.lifecycle?.field;
  const [system] = path === undefined ? [] : mappersOf(facts, path);
  if (path === undefined || system === undefined) return opening(facts, undefined, undefined);
  return [
    ...opening(facts, system, undefined),
    edit(facts, system, { [path]: { state: 'value', value: state } }),
  ];
}
