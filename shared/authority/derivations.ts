import { ABSENT, CLEARED, valueOf, type FieldValue } from '#shared/model/field-value.ts';
import type { FieldPath } from '#shared/model/ids.ts';
import { canonicalJson, type JsonValue } from '#shared/model/json.ts';

/**
 * How a derived field comes from others. A closed list of pure functions, named as data, so that a policy stays
 * hashable and a checker can follow what feeds what.
 */
export type Derivation =
  /** The texts of the inputs that have one, one after the other. Cleared when none has. */
  | { readonly fn: 'join'; readonly inputs: readonly FieldPath[]; readonly separator: string }
  /** The first input that has a value. Cleared when none has. */
  | { readonly fn: 'first'; readonly inputs: readonly FieldPath[] }
  /** What a table says of the input's text, else its fallback. */
  | {
      readonly fn: 'lookup';
      readonly inputs: readonly [FieldPath];
      readonly table: Readonly<Record<string, JsonValue>>;
      readonly otherwise: JsonValue | null;
    };

/**
 * Computes a derived value. `absent` as long as nothing is known of any input: what nobody has said yet derives
 * nothing (C2).
 */
export function derive(derivation: Derivation, valueAt: (path: FieldPath) => FieldValue): FieldValue {
  const inputs = derivation.inputs.map(valueAt);
  if (inputs.every(({ state }) => state === 'absent')) return ABSENT;
  const values = inputs.flatMap((input) => (input.state === 'value' ? [input.value] : []));
  const [first] = values;
  switch (derivation.fn) {
    case 'join':
      return values.length === 0 ? CLEARED : valueOf(values.map(textOf).join(derivation.separator));
    case 'first':
      return first === undefined ? CLEARED : valueOf(first);
    case 'lookup': {
      const found = first === undefined ? undefined : derivation.table[textOf(first)];
      const value = found ?? derivation.otherwise;
      return value === null ? CLEARED : valueOf(value);
    }
  }
}

/** Text as it is, everything else as JSON. */
function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : canonicalJson(value);
}
