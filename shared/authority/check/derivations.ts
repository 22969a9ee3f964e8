/** What is derived comes from something, and never from itself. */
import { CLEARED, valueOf, type FieldValue } from '#shared/model/field-value.ts';
import { FieldPath } from '#shared/model/ids.ts';
import { derive, type Derivation } from '../derivations.ts';
import {
  declaredRules,
  distinct,
  fieldPolicy,
  holdersOf,
  isSaid,
  mappersOf,
  type PolicyFacts,
} from './facts.ts';
import type { Counterexample, Finding } from './finding.ts';
import { found, listed } from './report.ts';
import { twoValues } from './samples.ts';
import { edit, firstRule, identifyingFields, opening, word } from './scene.ts';

export function checkDerivations(facts: PolicyFacts): readonly Finding[] {
  return [...inCircles(facts), ...withoutInput(facts)];
}

/** Every derivation that a field has in some state. */
export function derivationsOf(facts: PolicyFacts, path: FieldPath): readonly Derivation[] {
  const field = fieldPolicy(facts, path);
  const rules = field === undefined ? [] : declaredRules(facts.policy, field);
  return rules.flatMap((rule) => (rule.kind === 'derived' ? [rule.from] : []));
}

/** Fields from which a field is derived, directly and over other derived fields. It may be one of them itself. */
export function checkedInputs(facts: PolicyFacts, path: FieldPath): readonly FieldPath[] {
  const reached: FieldPath[] = [];
  const waiting = [path];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const inputs = derivationsOf(facts, next).flatMap((derivation) => derivation.inputs);
    const fresh = distinct(inputs).filter((input) => !reached.includes(input));
    reached.push(...fresh);
    waiting.push(...fresh);
  }
  return reached;
}

function inCircles(facts: PolicyFacts): readonly Finding[] {
  const circular = facts.policy.fields
    .map(({ path }) => path)
    .filter((path) => checkedInputs(facts, path).includes(path));
  const circles = Map.groupBy(distinct(circular), (path) =>
    checkedInputs(facts, path)
      .filter((other) => checkedInputs(facts, other).includes(path))
      .toSorted()
      .join(' '),
  );
  return [...circles.values()].map((paths) =>
    found(facts, {
      code: 'derivation_circular',
      paths,
      message: `${listed(paths)} ${paths.length === 1 ? 'is derived from itself' : 'are derived from each other'}, so that nobody ever says the first of them. Derive from fields that somebody sets.`,
      counterexample: circle(facts, paths),
    }),
  );
}

function circle(facts: PolicyFacts, paths: readonly FieldPath[]): Counterexample {
  const [path] = paths;
  const inputs = paths.flatMap((one) => derivationsOf(facts, one).flatMap((derivation) => derivation.inputs));
  // The first that counts: what comes after it says nothing while it does.
  const outside = distinct(inputs).find(
    (one) => !paths.includes(one) && fieldPolicy(facts, one) !== undefined,
  );
  const rule = outside && firstRule(facts, outside);
  if (path === undefined || outside === undefined || rule === undefined)
    return {
      edits: opening(facts, undefined, undefined),
      promise: { kind: 'compared', path: path ?? FieldPath('') },
    };
  // What identifies an object can be changed, and not be emptied.
  const after = identifies(facts, outside) ? twoValues(facts, outside)[1] : CLEARED;
  const said = word(facts, outside, rule);
  // Once in, a value feeds the circle for ever, even after its source says something else.
  return {
    edits: [
      ...opening(facts, said.speaker ?? undefined, undefined),
      ...said.edits,
      ...word(facts, outside, rule, after).edits,
    ],
    promise: { kind: 'holds', path, value: valueWithout(facts, paths, path, outside, after) },
  };
}

/** What a field would be derived to if its circle were not there, when one input says something and no other does. */
function valueWithout(
  facts: PolicyFacts,
  circle: readonly FieldPath[],
  path: FieldPath,
  said: FieldPath,
  value: FieldValue,
): FieldValue {
  if (path === said) return value;
  const key = holdersOf(facts)
    .flatMap((system) => identifyingFields(facts, system))
    .find((one) => one.path === path);
  if (key !== undefined) return valueOf(key.value);
  const [derivation] = derivationsOf(facts, path);
  if (derivation === undefined) return CLEARED;
  const inside = [...circle, path];
  return derive(derivation, (input) =>
    inside.includes(input) ? CLEARED : valueWithout(facts, inside, input, said, value),
  );
}

function identifies(facts: PolicyFacts, path: FieldPath): boolean {
  return holdersOf(facts).some((system) => identifyingFields(facts, system).some((one) => one.path === path));
}

function withoutInput(facts: PolicyFacts): readonly Finding[] {
  return facts.policy.fields.flatMap(({ path }) => {
    const derivations = derivationsOf(facts, path);
    const inputs = distinct(derivations.flatMap((derivation) => derivation.inputs));
    const mute = inputs.filter((input) => !isSaid(facts, input));
    const [first] = mute;
    if (derivations.every((derivation) => derivation.inputs.length > 0) && first === undefined) return [];
    return [
      found(facts, {
        code: 'derivation_without_input',
        paths: [path, ...mute],
        message:
          first === undefined
            ? `${path} is derived from nothing. Name the fields that it comes from.`
            : `${path} is derived from ${listed(mute)}, of which nobody ever says anything: ${mute.length === 1 ? 'it is' : 'they are'} not declared, not mapped or not compared. Derive from fields that somebody sets.`,
        counterexample: mutely(facts, path, first),
      }),
    ];
  });
}

function mutely(facts: PolicyFacts, path: FieldPath, input: FieldPath | undefined): Counterexample {
  const [system] = input === undefined ? [] : mappersOf(facts, input);
  const says =
    system === undefined || input === undefined
      ? []
      : [edit(facts, system, { [input]: { state: 'value', value: 'Aster' } })];
  return {
    edits: [...opening(facts, system, undefined), ...says],
    promise: { kind: 'compared', path: input ?? path },
  };
}
