import { CLEARED, valueOf, type FieldValue } from '#shared/model/field-value.ts';
import { FieldPath } from '#shared/model/ids.ts';
import type { JsonValue } from '#shared/model/json.ts';
import type { FieldMapping } from './connector.ts';

/** A text field. Missing, null and empty text are `cleared`; `cleared` is written as `empty`. */
export function textField(path: string, native: string, empty: '' | null): FieldMapping {
  return {
    path: FieldPath(path),
    native,
    from: (value) =>
      isEmpty(value) ? CLEARED : valueOf(typeof value === 'string' ? value : JSON.stringify(value)),
    to: (value) => (value.state === 'value' ? textOf(value.value, empty) : empty),
  };
}

/**
 * A flag that is set or not. Vendors cannot leave it open, or take false and empty for the same, so that
 * both read as `cleared`: a customer nobody ever called tax exempt does not differ from one who is not.
 *
 * @param words how the vendor writes set and not set.
 */
export function flagField(
  path: string,
  native: string,
  words: readonly [set: JsonValue, unset: JsonValue],
): FieldMapping {
  return {
    path: FieldPath(path),
    native,
    from: fromFlag,
    to: (value) =>
      value.state === 'value' && (value.value === true || value.value === 'true') ? words[0] : words[1],
  };
}

function fromFlag(native: JsonValue | undefined): FieldValue {
  if (isEmpty(native) || native === false || native === 'false') return CLEARED;
  // A word that is no boolean stays visible as it is, and is refused by whoever cannot hold it.
  return native === true || native === 'true' ? valueOf(true) : valueOf(native);
}

function isEmpty(native: JsonValue | undefined): native is null | undefined | '' {
  return native === undefined || native === null || native === '';
}

function textOf(value: JsonValue, empty: '' | null): JsonValue {
  if (value === null || value === '') return empty;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
