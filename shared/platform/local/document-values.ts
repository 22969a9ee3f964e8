import { invalidArgument } from '#shared/errors/faults.ts';
import type { StoredValue } from '#shared/model/document.ts';
import type { StoredFields } from './document-event.ts';
import type { Exemptions } from './document-rules.ts';
import { checkFieldName } from './field-path.ts';

/** What a document or a value costs against Firestore's limits. */
export interface Measure {
  /** Bytes by Firestore's published rules, without the document's name. */
  bytes: number;
  /** Entries in automatic single-field indexes. */
  indexEntries: number;
}

const MAX_DEPTH = 20;
const MAP_OVERHEAD_BYTES = 32;
/** Beyond it lie the sort keys of null and booleans. */
const MAX_MAGNITUDE = 1e300;
const MIN_TIME_MS = Date.parse('0001-01-01T00:00:00.000Z');
const MAX_TIME_MS = Date.parse('9999-12-31T23:59:59.999Z');

/** A timestamp inside a stored body. No field may bear such a name, so it cannot be mistaken for data. */
export const TIME_KEY = '__time__';
const TIME_MARK = `"${TIME_KEY}":`;

/**
 * Writes a map as JSON with sorted keys, so that equal documents give equal text, and measures it on the way.
 *
 * @throws ConcordError invalid_argument for everything that Firestore refuses, and for what does not survive
 *   JSON: NaN, infinite numbers, `undefined`, functions, class instances, arrays in arrays, more than 20 levels.
 */
export function encodeFields(fields: object, exemptions: Exemptions | undefined, measure: Measure): string {
  const encoder = new Encoder(measure);
  if (!isPlainMap(fields)) throw invalidArgument('A document must be a plain object.');
  return encoder.map(fields, 0, exemptions);
}

/** Writes one value as it would stand in a document. */
export function encodeValue(value: unknown): string {
  return new Encoder({ bytes: 0, indexEntries: 0 }).value(value, 1, undefined, false);
}

/** Reads what `encodeFields` wrote. */
export function decodeFields(text: string): StoredFields {
  return decodeValue(text) as StoredFields;
}

/** Reads what `encodeValue` wrote. */
export function decodeValue(text: string): StoredValue {
  const value = JSON.parse(text) as StoredValue;
  return text.includes(TIME_MARK) ? reviveTimes(value) : value;
}

/** Whether a value is a map in the sense of the store: neither an array nor a timestamp. */
export function isPlainMap(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function reviveTimes(value: StoredValue): StoredValue {
  if (typeof value !== 'object' || value === null) return value;
  const members = value as Record<string, StoredValue>;
  const time = members[TIME_KEY];
  if (typeof time === 'number') return new Date(time);
  for (const key in members) {
    const member = members[key];
    if (typeof member === 'object' && member !== null) members[key] = reviveTimes(member);
  }
  return value;
}

/** Field names repeat from document to document; each is checked and written once. */
interface KnownName {
  readonly json: string;
  readonly bytes: number;
}
const MAX_KNOWN_NAMES = 5_000;
const knownNames = new Map<string, KnownName>();

function nameOf(name: string): KnownName {
  const earlier = knownNames.get(name);
  if (earlier !== undefined) return earlier;
  checkFieldName(name);
  const fresh = { json: `${JSON.stringify(name)}:`, bytes: Buffer.byteLength(name) + 1 };
  if (knownNames.size >= MAX_KNOWN_NAMES) knownNames.clear();
  knownNames.set(name, fresh);
  return fresh;
}

class Encoder {
  readonly #measure: Measure;
  #field = '';

  constructor(measure: Measure) {
    this.#measure = measure;
  }

  value(value: unknown, depth: number, exemptions: Exemptions | undefined, isElement: boolean): string {
    switch (typeof value) {
      case 'string':
        return this.#string(value, exemptions);
      case 'number':
        return this.#number(value, exemptions);
      case 'boolean':
        this.#count(1, exemptions);
        return value ? 'true' : 'false';
      case 'object':
        return this.#object(value, depth, exemptions, isElement);
      default:
        throw this.#refused(`is of type ${typeof value}`);
    }
  }

  map(members: Record<string, unknown>, depth: number, exemptions: Exemptions | undefined): string {
    if (depth > MAX_DEPTH) throw this.#refused(`lies deeper than ${MAX_DEPTH} levels`);
    this.#measure.bytes += MAP_OVERHEAD_BYTES;
    let text = '';
    for (const key of sortedKeys(members)) {
      const name = nameOf(key);
      this.#measure.bytes += name.bytes;
      this.#field = key;
      const below = exemptions === 'all' || exemptions === undefined ? exemptions : exemptions.get(key);
      text += `${text === '' ? '' : ','}${name.json}${this.value(members[key], depth + 1, below, false)}`;
    }
    return `{${text}}`;
  }

  #object(
    value: object | null,
    depth: number,
    exemptions: Exemptions | undefined,
    isElement: boolean,
  ): string {
    if (value === null) {
      this.#count(1, exemptions);
      return 'null';
    }
    if (Array.isArray(value)) return this.#array(value, depth, exemptions, isElement);
    if (value instanceof Date) return this.#time(value.getTime(), exemptions);
    if (isPlainMap(value)) return this.map(value, depth, exemptions);
    throw this.#refused('is an instance of a class');
  }

  #array(
    elements: readonly unknown[],
    depth: number,
    exemptions: Exemptions | undefined,
    isElement: boolean,
  ): string {
    if (isElement) throw this.#refused('is an array directly within an array');
    if (depth > MAX_DEPTH) throw this.#refused(`lies deeper than ${MAX_DEPTH} levels`);
    const field = this.#field;
    let text = '';
    // Holes are visited too, and refused as undefined.
    for (let index = 0; index < elements.length; index += 1) {
      this.#field = field;
      text += `${index === 0 ? '' : ','}${this.value(elements[index], depth + 1, 'all', true)}`;
    }
    if (exemptions !== 'all') this.#measure.indexEntries += elements.length;
    return `[${text}]`;
  }

  #string(value: string, exemptions: Exemptions | undefined): string {
    if (!value.isWellFormed()) throw this.#refused('holds half a surrogate pair');
    this.#count(Buffer.byteLength(value) + 1, exemptions);
    return JSON.stringify(value);
  }

  #number(value: number, exemptions: Exemptions | undefined): string {
    if (!(Math.abs(value) <= MAX_MAGNITUDE)) throw this.#refused('is no finite number within 1e300');
    this.#count(8, exemptions);
    // SQLite would read the digits of a larger whole number as an exact integer, which the double is not.
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) return value.toExponential();
    return JSON.stringify(value);
  }

  #time(epochMs: number, exemptions: Exemptions | undefined): string {
    if (!(epochMs >= MIN_TIME_MS && epochMs <= MAX_TIME_MS))
      throw this.#refused('is no time of the years 1 to 9999');
    this.#count(8, exemptions);
    return `{${TIME_MARK}${epochMs}}`;
  }

  /** A scalar has an ascending and a descending entry. */
  #count(bytes: number, exemptions: Exemptions | undefined): void {
    this.#measure.bytes += bytes;
    if (exemptions !== 'all') this.#measure.indexEntries += 2;
  }

  #refused(reason: string): Error {
    return invalidArgument(`The value of field '${this.#field}' ${reason}; it cannot be stored.`);
  }
}

function sortedKeys(members: Record<string, unknown>): readonly string[] {
  const keys = Object.keys(members);
  for (let index = 1; index < keys.length; index += 1) {
    if ((keys[index] ?? '') < (keys[index - 1] ?? '')) return keys.toSorted(byCodeUnits);
  }
  return keys;
}

function byCodeUnits(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
