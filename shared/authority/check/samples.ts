/**
 * Representative values. A mapping is a pair of functions, so that nothing general can be proved of it: it is tried on
 * what trips mappings up.
 */
import { ABSENT, CLEARED, valueOf, type FieldValue } from '#shared/model/field-value.ts';
import type { FieldPath } from '#shared/model/ids.ts';
import { canonicalJson, type JsonValue } from '#shared/model/json.ts';
import { canonicalForm, equalUnder } from '../equality.ts';
import type { FieldPolicy } from '../policy.ts';
import {
  declaredRules,
  fieldPolicy,
  mappersOf,
  mappedField,
  type MappedField,
  type PolicyFacts,
} from './facts.ts';

/** Words, then what looks like something else than a word, then what is none. */
const SAMPLES: readonly JsonValue[] = [
  'Aster',
  'Briar Rose',
  'mixed CASE',
  'Größe ½',
  'one;two, three',
  'first line\nsecond line',
  '0',
  '007',
  '12.30',
  '-5',
  'true',
  'false',
  'yes',
  'null',
  '2026-11-21',
  '2026-11-21T10:15:30.000Z',
  'ana@example.com',
  '+12025550101',
  true,
  false,
  0,
  12.5,
  ['one', 'two'],
];

/** Preferred values by normaliser: what a vendor that checks its fields takes, and a reader understands. */
const READABLE: Readonly<Record<FieldPolicy['normaliser'], readonly JsonValue[]>> = {
  exact: ['Aster', 'Briar'],
  text: ['Aster', 'Briar'],
  email: ['aster@example.com', 'briar@example.com'],
  phone: ['+12025550111', '+12025550112'],
};

/** Values of which a policy speaks itself: what its lifecycle, its conditions and its tables name. */
function namedValues({ policy }: PolicyFacts, path: FieldPath): readonly JsonValue[] {
  const { lifecycle } = policy;
  const states = lifecycle?.field === path ? Object.values(lifecycle.states).flat() : [];
  const tables = policy.fields.flatMap((field) =>
    declaredRules(policy, field).flatMap((rule) => {
      if (rule.kind !== 'derived' || rule.from.fn !== 'lookup') return [];
      const outputs = [...Object.values(rule.from.table), rule.from.otherwise].filter(
        (value) => value !== null,
      );
      return [
        ...(rule.from.inputs[0] === path ? Object.keys(rule.from.table) : []),
        ...(field.path === path ? outputs : []),
      ];
    }),
  );
  return [...states, ...tables];
}

/** What a reader understands and a vendor takes: an address is an address, whatever a table says of it. */
function readableFor(facts: PolicyFacts, field: FieldPolicy): readonly JsonValue[] {
  const isFree = field.normaliser === 'text' || field.normaliser === 'exact';
  return [...(isFree ? namedValues(facts, field.path) : []), ...READABLE[field.normaliser]];
}

/** Values to try on a field, in the form in which they would be compared and flow. Emptiness is the last of them. */
export function samplesFor(facts: PolicyFacts, field: FieldPolicy): readonly FieldValue[] {
  const values = [...readableFor(facts, field), ...SAMPLES].map((value) =>
    canonicalForm(facts.policy, field, valueOf(value)),
  );
  const each = new Map(values.map((value) => [canonicalJson(value), value]));
  return [...each.values(), CLEARED];
}

/** What a system makes of a value: what it would say after it was given it. `absent` when its mapping fails. */
export function echoOf({ from, to }: MappedField, value: FieldValue): FieldValue {
  try {
    return from(to(value));
  } catch {
    return ABSENT;
  }
}

/** Whether a system that was given the value says it. */
export function holdsValue(
  facts: PolicyFacts,
  field: FieldPolicy,
  mapped: MappedField,
  value: FieldValue,
): boolean {
  return equalUnder(facts.policy, field, echoOf(mapped, value), value);
}

/** Two different values for the field that the systems which map it can hold, most readable first. */
export function twoValues(facts: PolicyFacts, path: FieldPath): readonly [FieldValue, FieldValue] {
  const field = fieldPolicy(facts, path);
  // Nothing is known of it: a number that is text as well is taken almost everywhere.
  if (field === undefined) return [valueOf('+12025550111'), valueOf('+12025550112')];
  const mapped = mappersOf(facts, path).flatMap((system) => mappedField(facts, system, path) ?? []);
  const candidates = samplesFor(facts, field);
  const held = candidates.filter((value) => mapped.every((one) => holdsValue(facts, field, one, value)));
  const usable = held.length > 0 ? held : candidates;
  const first = usable[0] ?? CLEARED;
  return [first, usable.find((value) => !equalUnder(facts.policy, field, value, first)) ?? CLEARED];
}
