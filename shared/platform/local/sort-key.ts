import type { StoredValue } from '#shared/model/document.ts';
import { invalidArgument } from '#shared/errors/faults.ts';
import { TIME_KEY, encodeValue } from './document-values.ts';
import type { FieldPath } from './field-path.ts';

/**
 * Every stored value has one sort key, a number or a text, and SQLite's own order of these is Firestore's
 * order of the values: null, false, true, numbers, timestamps, strings, arrays, maps. Numbers are their own
 * key; null and booleans lie below the least storable number; texts bear a letter for their type. SQLite
 * compares text by its UTF-8 bytes, as Firestore does. Arrays and maps are equal when they should be, but
 * among themselves sort by their JSON.
 */
export type SortKey = string | number;

/** No key lies below it. */
export const LEAST_KEY = -1.2e308;
const NULL_KEY = LEAST_KEY;
const FALSE_KEY = -1.1e308;
const TRUE_KEY = -1.05e308;
const LEAST_NUMBER = -1e300;
/** Makes every time since the year 1 a positive number of 15 digits. */
const TIME_OFFSET_MS = 62_135_596_800_000;

/** The key of a value, as SQLite computes it from the stored text. */
export function sortKey(value: StoredValue): SortKey {
  switch (typeof value) {
    case 'string':
      encodeValue(value);
      return `b${value}`;
    case 'number':
      encodeValue(value);
      return value;
    case 'boolean':
      return value ? TRUE_KEY : FALSE_KEY;
    default:
      return objectKey(value);
  }
}

/** Keys of the same type as `key` lie from `least` on and before `end`; undefined where the type has no order. */
export function typeBounds(
  value: StoredValue,
): { readonly least: SortKey; readonly end: SortKey } | undefined {
  switch (typeof value) {
    case 'string':
      return { least: 'b', end: 'c' };
    case 'number':
      return { least: LEAST_NUMBER, end: '' };
    case 'boolean':
      return { least: FALSE_KEY, end: LEAST_NUMBER };
    default:
      return value instanceof Date ? { least: 'a', end: 'b' } : undefined;
  }
}

/** SQL for the key of a field of the table's `body`; NULL where the document lacks the field. */
export function sortKeySql(path: FieldPath): string {
  const field = jsonPath(path);
  const time = jsonPath([...path, TIME_KEY]);
  return (
    `CASE json_type(body, ${field}) WHEN 'text' THEN 'b' || json_extract(body, ${field})` +
    ` WHEN 'integer' THEN json_extract(body, ${field}) WHEN 'real' THEN json_extract(body, ${field})` +
    ` WHEN 'object' THEN CASE json_type(body, ${time}) WHEN 'integer'` +
    ` THEN printf('a%015d', json_extract(body, ${time}) + ${TIME_OFFSET_MS}) ELSE 'd' || json_extract(body, ${field}) END` +
    ` WHEN 'array' THEN 'c' || json_extract(body, ${field})` +
    ` WHEN 'null' THEN ${NULL_KEY} WHEN 'false' THEN ${FALSE_KEY} WHEN 'true' THEN ${TRUE_KEY} END`
  );
}

/** SQL that is true when the array at `path` holds an element with the key that is bound. */
export function arrayContainsSql(path: FieldPath): string {
  const field = jsonPath(path);
  return (
    `json_type(body, ${field}) = 'array' AND EXISTS (SELECT 1 FROM json_each(body, ${field}) AS element` +
    ` WHERE CASE element.type WHEN 'text' THEN 'b' || element.value WHEN 'integer' THEN element.value` +
    ` WHEN 'real' THEN element.value WHEN 'null' THEN ${NULL_KEY} WHEN 'false' THEN ${FALSE_KEY}` +
    ` WHEN 'true' THEN ${TRUE_KEY} ELSE 'd' || element.value END = ?)`
  );
}

/** The parameter for `arrayContainsSql`. */
export function elementKey(value: StoredValue): SortKey {
  return value instanceof Date ? `d${encodeValue(value)}` : sortKey(value);
}

function objectKey(value: Exclude<StoredValue, string | number | boolean>): SortKey {
  if (value === null) return NULL_KEY;
  if (value === undefined) throw invalidArgument('A query compares with undefined.');
  if (!(value instanceof Date)) return `${Array.isArray(value) ? 'c' : 'd'}${encodeValue(value)}`;
  encodeValue(value);
  return `a${String(value.getTime() + TIME_OFFSET_MS).padStart(15, '0')}`;
}

function jsonPath(path: FieldPath): string {
  const labels = path.map((segment) => {
    // SQLite compares a quoted label with the text in the document, escapes included.
    if (JSON.stringify(segment) !== `"${segment}"`) {
      throw invalidArgument(`Field '${segment.slice(0, 100)}' cannot be queried: its name needs escapes.`);
    }
    return `."${segment}"`;
  });
  return `'$${labels.join('').replaceAll("'", "''")}'`;
}
