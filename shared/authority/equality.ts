import { CLEARED, sameValue, valueOf, type FieldValue } from '#shared/model/field-value.ts';
import type { EntityPolicy, FieldPolicy } from './policy.ts';
import { normalise } from './normalisers.ts';

/** The one form in which a field's values are compared and flow: "compared as E.164". Empty text is `cleared`. */
export function canonicalForm(policy: EntityPolicy, field: FieldPolicy, value: FieldValue): FieldValue {
  if (value.state !== 'value') return value;
  const form = normalise(field.normaliser, value.value, { region: policy.region });
  return form === '' ? CLEARED : valueOf(form);
}

/** Whether two values mean the same under the field's normaliser. */
export function equalUnder(policy: EntityPolicy, field: FieldPolicy, a: FieldValue, b: FieldValue): boolean {
  return sameValue(a, b) || sameValue(canonicalForm(policy, field, a), canonicalForm(policy, field, b));
}
