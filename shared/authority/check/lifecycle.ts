/**
 * The lifecycle decides the rules of all other fields, so it is judged before them: what says it is read under one
 * rule in every state, and nothing that says it depends on what it decides.
 */
import { sameValue, valueOf } from '#shared/model/field-value.ts';
import type { FieldPath } from '#shared/model/ids.ts';
import { canonicalJson, type JsonValue } from '#shared/model/json.ts';
import { canonicalForm } from '../equality.ts';
import type { LifecyclePolicy, LifecycleState, PlainRule } from '../policy.ts';
import { checkedInputs, derivationsOf } from './derivations.ts';
import {
  declaredRules,
  distinct,
  fieldPolicy,
  mappersOf,
  rulesIn,
  speakersOf,
  type PolicyFacts,
} from './facts.ts';
import type { Counterexample, Edit, Finding } from './finding.ts';
import { unheard } from './examples.ts';
import { found, listed } from './report.ts';
import { edit, opening, word } from './scene.ts';

export function checkLifecycle(facts: PolicyFacts): readonly Finding[] {
  const { lifecycle } = facts.policy;
  if (lifecycle === undefined) return [];
  return [
    ...unknownInitial(facts, lifecycle),
    ...ambiguous(facts, lifecycle),
    ...unreadable(facts, lifecycle),
    ...unreachable(facts, lifecycle),
    ...varying(facts, lifecycle),
    ...circular(facts, lifecycle),
  ];
}

function unknownInitial(facts: PolicyFacts, { states, initial }: LifecyclePolicy): readonly Finding[] {
  if (Object.hasOwn(states, initial)) return [];
  const known = Object.keys(states);
  return [
    found(facts, {
      code: 'initial_state_unknown',
      states: [initial],
      message: `A record begins as ${initial}, which is none of its states (${listed(known)}), so that no case speaks of it. Let it begin in one of them.`,
      counterexample: {
        edits: opening(facts, undefined, undefined),
        promise: { kind: 'state', oneOf: known },
      },
    }),
  ];
}

/** A value that means two states: the first of them is taken. */
function ambiguous(facts: PolicyFacts, { field, states }: LifecyclePolicy): readonly Finding[] {
  const meanings = Map.groupBy(
    Object.entries(states).flatMap(([state, values]) => values.map((value) => ({ state, value }))),
    ({ value }) => canonicalJson(value),
  );
  return [...meanings.values()].flatMap((several) => {
    const named = distinct(several.map(({ state }) => state));
    const [second] = named.slice(1);
    const [one] = several;
    if (second === undefined || one === undefined) return [];
    return [
      found(facts, {
        code: 'state_ambiguous',
        paths: [field],
        states: named,
        message: `${field} says ${JSON.stringify(one.value)} for ${listed(named)} alike. Let each value mean one state.`,
        counterexample: {
          edits: saying(facts, field, one.value),
          promise: { kind: 'state', oneOf: [second] },
        },
      }),
    ];
  });
}

/** Nobody can say in which state a record is. */
function unreadable(facts: PolicyFacts, { field, initial, states }: LifecyclePolicy): readonly Finding[] {
  const policy = fieldPolicy(facts, field);
  const rules = policy === undefined ? [] : declaredRules(facts.policy, policy);
  const isRead = rules.some(({ kind }) => kind !== 'ignored');
  const other = Object.keys(states).find((state) => state !== initial && (states[state]?.length ?? 0) > 0);
  if ((isRead && mappersOf(facts, field).length > 0) || rules.some(isSaidByUs) || other === undefined)
    return [];
  return [
    found(facts, {
      code: 'lifecycle_unreadable',
      paths: [field],
      message: `The lifecycle is read from ${field}, which ${policy === undefined ? 'the policy does not declare' : 'nobody may set'}, so that a record stays ${initial} for ever. Name a field that is compared.`,
      counterexample: {
        edits: saying(facts, field, states[other]?.[0] ?? null),
        promise: { kind: 'state', oneOf: [other] },
      },
    }),
  ];
}

function isSaidByUs({ kind }: { readonly kind: string }): boolean {
  return kind === 'operator' || kind === 'derived';
}

/** A state that no value leads to: it has none, or its values are never held in that form. */
function unreachable(facts: PolicyFacts, { field, states, initial }: LifecyclePolicy): readonly Finding[] {
  const policy = fieldPolicy(facts, field);
  return Object.entries(states).flatMap(([state, values]) => {
    const isHeld = (value: JsonValue): boolean =>
      policy === undefined || sameValue(canonicalForm(facts.policy, policy, valueOf(value)), valueOf(value));
    const strange = values.filter((value) => !isHeld(value));
    if (strange.length === 0 && (values.length > 0 || state === initial)) return [];
    const [value] = strange;
    const reason =
      value === undefined
        ? 'no value of its field means it'
        : `${JSON.stringify(value)} is held as ${JSON.stringify(formOf(facts, field, value))}`;
    return [
      found(facts, {
        code: 'state_unreachable',
        paths: [field],
        states: [state],
        message: `No record ever becomes ${state} by that: ${reason}. List the values in the form in which they are compared.`,
        counterexample: {
          edits: value === undefined ? opening(facts, undefined, undefined) : saying(facts, field, value),
          promise: { kind: 'state', oneOf: [state] },
        },
      }),
    ];
  });
}

function formOf(facts: PolicyFacts, path: FieldPath, value: JsonValue): JsonValue {
  const policy = fieldPolicy(facts, path);
  const form = policy === undefined ? undefined : canonicalForm(facts.policy, policy, valueOf(value));
  return form?.state === 'value' ? form.value : null;
}

/** A lifecycle that names its own authority: the rule of the initial state is the one that is asked. */
function varying(facts: PolicyFacts, { field, initial, states }: LifecyclePolicy): readonly Finding[] {
  const policy = fieldPolicy(facts, field);
  if (policy === undefined) return [];
  const rules = Object.keys(states).flatMap((state) =>
    rulesIn(facts.policy, policy, state)
      .slice(0, 1)
      .map((rule) => ({ state, rule })),
  );
  const first = rules.find(({ state }) => state === initial);
  const others = rules.filter(({ rule }) => first !== undefined && !sameRule(rule, first.rule));
  const [other] = others;
  if (first === undefined || other === undefined) return [];
  const target = Object.keys(states).find(
    (state) => state !== other.state && (states[state]?.length ?? 0) > 0,
  );
  const value = states[target ?? initial]?.[0];
  const example = unheard(facts, field, other.rule, other.state);
  const said = word(facts, field, other.rule, value === undefined ? undefined : valueOf(value));
  return [
    found(facts, {
      code: 'lifecycle_rule_varies',
      paths: [field],
      states: others.map(({ state }) => state),
      message: `${field} says in which state a record is, and its own rule changes with the state. Give it one rule for all states.`,
      counterexample: {
        edits: [...opening(facts, said.speaker ?? undefined, other.state), ...said.edits],
        promise: target === undefined ? example.promise : { kind: 'state', oneOf: [target] },
      },
    }),
  ];
}

/** The lifecycle is derived from a field whose rule the lifecycle decides. */
function circular(facts: PolicyFacts, { field, initial }: LifecyclePolicy): readonly Finding[] {
  const turning = checkedInputs(facts, field).filter((path) => variesByState(facts, path));
  const [turned] = turning;
  if (turned === undefined) return [];
  return [
    found(facts, {
      code: 'lifecycle_feeds_itself',
      paths: [field, ...turning],
      message: `${field} says in which state a record is and is derived from ${listed(turning)}, whose rule changes with the state: who says it may lose the word by it. Give ${listed(turning)} one rule for all states.`,
      counterexample: noWayBack(facts, turned) ?? {
        edits: opening(facts, undefined, undefined),
        promise: { kind: 'state', oneOf: [initial] },
      },
    }),
  ];
}

function variesByState({ policy }: PolicyFacts, path: FieldPath): boolean {
  const field = policy.fields.find((one) => one.path === path);
  const rules = field === undefined ? [] : declaredRules(policy, field);
  const [first] = rules;
  return first !== undefined && rules.some((rule) => !sameRule(rule, first));
}

/** Whoever may say the field moves the record on by it, and has then no say in it any more. */
function noWayBack(facts: PolicyFacts, path: FieldPath): Counterexample | undefined {
  const { policy } = facts;
  const field = fieldPolicy(facts, path);
  const known = Object.keys(policy.lifecycle?.states ?? {});
  const rules = known.flatMap((state) => {
    const [rule] = field === undefined ? [] : rulesIn(policy, field, state);
    const value = inputOf(facts, path, state);
    if (rule === undefined || value === undefined) return [];
    const speakers = speakersOf(facts, path, rule);
    // Where several must agree, none of them says anything alone.
    return [{ state, value, speakers: rule.kind === 'agree' && speakers.length > 1 ? [] : speakers }];
  });
  for (const from of rules.filter(({ state }) => state === policy.lifecycle?.initial).concat(rules)) {
    for (const to of rules) {
      const speaker = from.speakers.find((system) => !to.speakers.includes(system));
      if (speaker === undefined) continue;
      return {
        edits: [
          ...opening(facts, speaker, from.state === policy.lifecycle?.initial ? undefined : from.state),
          edit(facts, speaker, { [path]: valueOf(to.value) }),
          edit(facts, speaker, { [path]: valueOf(from.value) }),
        ],
        promise: { kind: 'state', oneOf: [from.state] },
      };
    }
  }
  return undefined;
}

/** The value of an input from which the table of the lifecycle makes a state. */
function inputOf(facts: PolicyFacts, path: FieldPath, state: LifecycleState): string | undefined {
  const { lifecycle } = facts.policy;
  const means = lifecycle?.states[state] ?? [];
  const tables = lifecycle === undefined ? [] : derivationsOf(facts, lifecycle.field);
  for (const derivation of tables) {
    if (derivation.inputs[0] !== path) continue;
    if (derivation.fn !== 'lookup') return means.find((value) => typeof value === 'string');
    const entry = Object.entries(derivation.table).find(([, value]) => means.includes(value));
    if (entry !== undefined) return entry[0];
  }
  return undefined;
}

function saying(facts: PolicyFacts, path: FieldPath, value: JsonValue): readonly Edit[] {
  const field = fieldPolicy(facts, path);
  const rule = field && declaredRules(facts.policy, field)[0];
  if (rule !== undefined && rule.kind !== 'ignored') {
    const said = word(facts, path, rule, valueOf(value));
    return [...opening(facts, said.speaker ?? undefined, undefined), ...said.edits];
  }
  const [system] = mappersOf(facts, path);
  const edits = system === undefined ? [] : [edit(facts, system, { [path]: valueOf(value) })];
  return [...opening(facts, system, undefined), ...edits];
}

/** Whether two rules give the word to the same. */
function sameRule(a: PlainRule, b: PlainRule): boolean {
  return canonicalJson(a) === canonicalJson(b);
}
