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

/** A boolean that the vendor writes as the words `true` and `false`. */
export function booleanWordField(path: string, native: string): FieldMapping {
  return {
    path: FieldPath(path),
    native,
    from: fromBoolean,
    to: (value) => (value.state === 'value' ? textOf(value.value, '') : ''),
  };
}

/** A boolean that the vendor cannot leave open: `cleared` is written as false. */
export function booleanField(path: string, native: string): FieldMapping {
  return {
    path: FieldPath(path),
    native,
    from: fromBoolean,
    to: (value) => value.state === 'value' && (value.value === true || value.value === 'true'),
  };
}

function fromBoolean(native: JsonValue | undefined): FieldValue {
  if (isEmpty(native)) return CLEARED;
  if (native === true || native === 'true') return valueOf(true);
  if (native === false || native === 'false') return valueOf(false);
  // A word that is no boolean stays visible as it is, and is refused by whoever cannot hold it.
  return valueOf(native);
}

function isEmpty(native: JsonValue | undefined): native is null | undefined | '' {
  return native === undefined || native === null || native === '';
}

function textOf(value: JsonValue, empty: '' | null): JsonValue {
  if (value === null || value === '') return empty;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
