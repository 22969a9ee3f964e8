/**
 * Builds the edits of a counterexample: how people bring a record into being, into a state of its life, and how an
 * authority says something. Values are chosen so that the systems concerned can hold them.
 */
import { CLEARED, fieldOf, valueOf, type FieldValue, type FieldValues } from '#shared/model/field-value.ts';
import type { FieldPath, SystemId } from '#shared/model/ids.ts';
import type { JsonValue } from '#shared/model/json.ts';
import { derive, type Derivation } from '../derivations.ts';
import { initialLifecycle, lifecycleStates } from '../lifecycle.ts';
import type { LifecycleState, PlainRule } from '../policy.ts';
import {
  fieldPolicy,
  holdersOf,
  mappedField,
  mappersOf,
  rulesIn,
  speakersOf,
  type PolicyFacts,
} from './facts.ts';
import type { Edit } from './finding.ts';
import { twoValues } from './samples.ts';

/** Texts that a natural key may be made of. */
const KEY_TEXTS = ['ana@example.com', '+12025550101', 'A-1001'] as const;

/** A native field that identifies an object, with a value that does, and the natural keys it gives. */
export interface IdentifyingField {
  readonly path: FieldPath;
  readonly native: string;
  readonly value: JsonValue;
  readonly keys: readonly string[];
}

/** Fields from which a system takes natural keys, found by trying each alone. */
export function identifyingFields({ mappings }: PolicyFacts, system: SystemId): readonly IdentifyingField[] {
  const mapping = mappings[system];
  return (mapping?.fields ?? []).flatMap(({ path, native, to }) => {
    for (const text of KEY_TEXTS) {
      const value = to(valueOf(text));
      const keys = mapping?.keys({ [native]: value }).map(({ key }) => key) ?? [];
      if (keys.length > 0) return [{ path, native, value, keys }];
    }
    return [];
  });
}

/** A person makes the record's object in a system, with what identifies it and these values. */
export function create(facts: PolicyFacts, system: SystemId, values: FieldValues = {}): Edit {
  const identity = identifyingFields(facts, system)
    .slice(0, 1)
    .map(({ native, value }) => [native, value] as const);
  // No vendor makes an object of nothing.
  const [some] =
    identity.length > 0 || Object.keys(values).length > 0 ? [] : (facts.mappings[system]?.fields ?? []);
  const fallback: FieldValues = some === undefined ? {} : { [some.path]: twoValues(facts, some.path)[0] };
  return {
    kind: 'create',
    system,
    object: facts.mappings[system]?.object ?? facts.policy.type,
    fields: { ...Object.fromEntries(identity), ...nativeOf(facts, system, { ...fallback, ...values }) },
  };
}

/** A person changes the record's object in a system. */
export function edit(facts: PolicyFacts, system: SystemId, values: FieldValues): Edit {
  const object = facts.mappings[system]?.object ?? facts.policy.type;
  return { kind: 'edit', system, object, fields: nativeOf(facts, system, values) };
}

function nativeOf(
  facts: PolicyFacts,
  system: SystemId,
  values: FieldValues,
): Readonly<Record<string, JsonValue>> {
  return Object.fromEntries(
    (Object.keys(values) as FieldPath[]).flatMap((path) => {
      const mapped = mappedField(facts, system, path);
      return mapped === undefined ? [] : [[mapped.native, mapped.to(fieldOf(values, path))] as const];
    }),
  );
}

/** The record comes into being in one system, and wherever else it is not required, and enters a state of its life. */
export function opening(
  facts: PolicyFacts,
  first: SystemId | undefined,
  state: LifecycleState | undefined,
  values: FieldValues = {},
): readonly Edit[] {
  const holders = holdersOf(facts);
  const start = first !== undefined && holders.includes(first) ? first : holders[0];
  if (start === undefined) return [];
  const others = holders.filter((system) => system !== start && facts.policy.presence[system] !== 'required');
  return [
    create(facts, start, values),
    ...others.map((system) => create(facts, system, values)),
    ...(state === undefined ? [] : entering(facts, state)),
  ];
}

/** How a record gets into a state: whoever may say so says it. */
function entering(facts: PolicyFacts, state: LifecycleState): readonly Edit[] {
  const { lifecycle } = facts.policy;
  const [value] = lifecycle?.states[state] ?? [];
  if (lifecycle === undefined || value === undefined) return [];
  const rule = firstRule(facts, lifecycle.field, lifecycle.initial);
  return rule === undefined ? [] : word(facts, lifecycle.field, rule, valueOf(value)).edits;
}

/** The rule that holds for a field in a state, else in the first that has one; of several the first. */
export function firstRule(
  facts: PolicyFacts,
  path: FieldPath,
  state?: LifecycleState,
): PlainRule | undefined {
  const field = fieldPolicy(facts, path);
  const states =
    state === undefined ? [initialLifecycle(facts.policy), ...lifecycleStates(facts.policy)] : [state];
  return field && states.flatMap((one) => rulesIn(facts.policy, field, one))[0];
}

/** An authority says something: the edits that do so, the value, and the system where it was said, if it was in one. */
export interface Word {
  readonly edits: readonly Edit[];
  readonly value: FieldValue;
  readonly speaker: SystemId | null;
}

/** How a value is said by whoever may say it under the rule. @param value of which, else a readable one. */
export function word(
  facts: PolicyFacts,
  path: FieldPath,
  rule: PlainRule,
  value?: FieldValue,
  not?: SystemId,
): Word {
  const said = value ?? twoValues(facts, path)[0];
  switch (rule.kind) {
    case 'operator':
      return { edits: [{ kind: 'set', path, value: said }], value: said, speaker: null };
    case 'derived':
      return derivedWord(facts, rule.from, value);
    case 'agree':
      return everybody(facts, path, speakersOf(facts, path, rule), said);
    case 'owner':
    case 'latest':
    case 'ignored': {
      const able = speakersOf(facts, path, rule);
      const speaker = [...able.filter((one) => one !== not), ...able, ...mappersOf(facts, path)][0];
      return everybody(facts, path, speaker === undefined ? [] : [speaker], said);
    }
  }
}

function everybody(
  facts: PolicyFacts,
  path: FieldPath,
  systems: readonly SystemId[],
  value: FieldValue,
): Word {
  const edits = systems.map((system) => edit(facts, system, { [path]: value }));
  return { edits, value, speaker: systems[0] ?? null };
}

/** What is derived is said by saying its inputs. */
function derivedWord(facts: PolicyFacts, derivation: Derivation, wanted: FieldValue | undefined): Word {
  const chosen = new Map<FieldPath, FieldValue>();
  const edits = derivation.inputs.flatMap((input) => {
    const rule = firstRule(facts, input);
    // A circle of derivations has nobody who could say anything.
    if (rule === undefined || rule.kind === 'derived') return [];
    const said = word(facts, input, rule, inputFor(facts, input, derivation, wanted));
    chosen.set(input, said.value);
    return said.edits;
  });
  return { edits, value: derive(derivation, (path) => chosen.get(path) ?? CLEARED), speaker: null };
}

/** The input of a table that gives the wanted value. An address or a number is readable as it is. */
function inputFor(
  facts: PolicyFacts,
  input: FieldPath,
  derivation: Derivation,
  wanted: FieldValue | undefined,
): FieldValue | undefined {
  const normaliser = fieldPolicy(facts, input)?.normaliser;
  if (derivation.fn !== 'lookup' || normaliser === 'email' || normaliser === 'phone') return undefined;
  const entries = Object.entries(derivation.table);
  const found =
    entries.find(([, value]) => wanted?.state === 'value' && value === wanted.value) ?? entries[0];
  return found && valueOf(found[0]);
}
