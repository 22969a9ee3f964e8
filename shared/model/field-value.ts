import { canonicalJson, type JsonValue } from './json.ts';
import type { FieldPath } from './ids.ts';

/**
 * What one system says about one field. `absent` (not known, not mapped) and `cleared` (known to be
 * empty) differ in the type system and on the wire: only `cleared` may be written to another system.
 */
export type FieldValue =
  | { readonly state: 'absent' }
  | { readonly state: 'cleared' }
  | { readonly state: 'value'; readonly value: JsonValue };

export type FieldValues = Readonly<Record<FieldPath, FieldValue>>;

export const ABSENT: FieldValue = Object.freeze({ state: 'absent' });
export const CLEARED: FieldValue = Object.freeze({ state: 'cleared' });

export function valueOf(value: JsonValue): FieldValue {
  return { state: 'value', value };
}

/** The value of a field, `absent` when the map does not mention it. */
export function fieldOf(fields: FieldValues | undefined, path: FieldPath): FieldValue {
  return fields?.[path] ?? ABSENT;
}

/** Equal state and, for values, equal content. No normalisation happens here. */
export function sameValue(a: FieldValue, b: FieldValue): boolean {
  if (a.state !== b.state) return false;
  if (a.state !== 'value' || b.state !== 'value') return true;
  return a.value === b.value || canonicalJson(a.value) === canonicalJson(b.value);
}
