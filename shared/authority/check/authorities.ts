/** Whoever a rule gives the word to holds the type, maps the field, and is named once. */
import { CLEARED } from '#shared/model/field-value.ts';
import type { FieldPath, SystemId } from '#shared/model/ids.ts';
import { CONCORD } from '#shared/model/ids.ts';
import type { LifecycleState, PlainRule } from '../policy.ts';
import { authoritiesOf, isOurs } from '../rules.ts';
import {
  distinct,
  fieldPolicy,
  holdersOf,
  mappedField,
  mappersOf,
  rulingsOf,
  type PolicyFacts,
} from './facts.ts';
import type { Counterexample, Finding } from './finding.ts';
import { everyField } from './examples.ts';
import { found, listed } from './report.ts';
import { create, edit, opening } from './scene.ts';
import { twoValues } from './samples.ts';

export function checkAuthorities(facts: PolicyFacts): readonly Finding[] {
  return rulesOfFields(facts).flatMap((one) => [
    ...missing(facts, one),
    ...repeated(facts, one),
    ...withoutRecord(facts, one),
    ...unmapped(facts, one),
  ]);
}

interface RuleOfField {
  readonly path: FieldPath;
  readonly rule: PlainRule;
  readonly states: readonly LifecycleState[];
}

/** Every rule of every field once, with the states in which it holds. */
function rulesOfFields(facts: PolicyFacts): readonly RuleOfField[] {
  const grouped = Map.groupBy(rulingsOf(facts), ({ field, rule }) => `${field.path} ${JSON.stringify(rule)}`);
  return [...grouped.values()].flatMap((rulings) => {
    const [first] = rulings;
    if (first === undefined) return [];
    return [{ path: first.field.path, rule: first.rule, states: rulings.map(({ state }) => state) }];
  });
}

function missing(facts: PolicyFacts, { path, rule, states }: RuleOfField): readonly Finding[] {
  if (rule.kind === 'ignored' || authoritiesOf(rule).length > 0) return [];
  return [
    found(facts, {
      code: 'authorities_missing',
      paths: [path],
      states,
      message: `The rule "${rule.kind}" of ${path} names no system, and whoever is there would speak for the field. Name those who may set it.`,
      counterexample: unentitled(facts, path, states[0]),
    }),
  ];
}

function repeated(facts: PolicyFacts, { path, rule, states }: RuleOfField): readonly Finding[] {
  const named = authoritiesOf(rule);
  const twice = distinct(named.filter((system, index) => named.indexOf(system) !== index));
  const [system] = twice;
  if (system === undefined) return [];
  return [
    found(facts, {
      code: 'authority_repeated',
      paths: [path],
      systems: twice,
      states,
      message: `The rule "${rule.kind}" of ${path} names ${listed(twice)} more than once, probably in place of another system. Name each system once.`,
      counterexample: {
        edits: everyField(facts),
        promise: { kind: 'applied', name: `${path}: ${rule.kind}(${distinct(named).join(', ')})` },
      },
    }),
  ];
}

/** An authority that holds no record of the type at all. */
function withoutRecord(facts: PolicyFacts, { path, rule, states }: RuleOfField): readonly Finding[] {
  const holders = holdersOf(facts);
  const away = authoritiesOf(rule).filter((system) => system !== CONCORD && !holders.includes(system));
  const [system] = away;
  if (system === undefined) return [];
  const isNobody = authoritiesOf(rule).every((one) => away.includes(one));
  return [
    found(facts, {
      code: 'authority_without_record',
      paths: [path],
      systems: away,
      states,
      message: `${listed(away)} may set ${path} and holds no ${facts.policy.type}: nobody will ever hear it. Declare its presence and its mapping, or give the field to a system that holds the record.`,
      counterexample:
        isNobody && mappersOf(facts, path).length > 1
          ? unentitled(facts, path, states[0])
          : { ...unentitled(facts, path, states[0]), promise: saysSomething(facts, system, path) },
    }),
  ];
}

/** An authority that holds the record and not this field of it. */
function unmapped(facts: PolicyFacts, { path, rule, states }: RuleOfField): readonly Finding[] {
  if (isOurs(rule)) return [];
  const holders = holdersOf(facts);
  const mute = distinct(authoritiesOf(rule)).filter(
    (system) => holders.includes(system) && mappedField(facts, system, path) === undefined,
  );
  const [system] = mute;
  if (system === undefined) return [];
  const isNobody = distinct(authoritiesOf(rule)).every((one) => mute.includes(one));
  return [
    found(facts, {
      code: 'authority_unmapped',
      paths: [path],
      systems: mute,
      states,
      message: `${listed(mute)} may set ${path} and has no native field for it, so that its word is never read. Map ${path} in ${listed(mute)}, or give the field to a system that maps it.`,
      counterexample: isNobody
        ? unchangeable(facts, path, states[0])
        : { ...unchangeable(facts, path, states[0]), promise: saysSomething(facts, system, path) },
    }),
  ];
}

function saysSomething(facts: PolicyFacts, system: SystemId, path: FieldPath): Counterexample['promise'] {
  return { kind: 'says', sayings: [{ system, path, value: twoValues(facts, path)[0] }] };
}

/** Somebody who may not set the field says something, and another system must not hear of it. */
function unentitled(facts: PolicyFacts, path: FieldPath, state: LifecycleState | undefined): Counterexample {
  const [speaker, other] = mappersOf(facts, path);
  const [value] = twoValues(facts, path);
  const edits = [
    ...opening(facts, speaker, state),
    ...(speaker === undefined ? [] : [edit(facts, speaker, { [path]: value })]),
  ];
  if (speaker === undefined || other === undefined) return { edits, promise: { kind: 'compared', path } };
  return { edits, promise: { kind: 'says', sayings: [{ system: other, path, value: CLEARED }] } };
}

/** The field has a value, and nobody's change of it counts. */
function unchangeable(
  facts: PolicyFacts,
  path: FieldPath,
  state: LifecycleState | undefined,
): Counterexample {
  const [speaker] = mappersOf(facts, path);
  const [first, second] = twoValues(facts, path);
  if (speaker === undefined || fieldPolicy(facts, path) === undefined)
    return { edits: opening(facts, undefined, state), promise: { kind: 'compared', path } };
  const [, ...rest] = opening(facts, speaker, state);
  return {
    edits: [create(facts, speaker, { [path]: first }), ...rest, edit(facts, speaker, { [path]: second })],
    promise: { kind: 'says', sayings: [{ system: speaker, path, value: second }] },
  };
}
