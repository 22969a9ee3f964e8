import { invalidArgument } from '#shared/errors/faults.ts';
import type { StoredValue } from '#shared/model/document.ts';
import type { Transform } from '#shared/ports/document-store.ts';
import type { StoredFields } from './document-event.ts';
import { decodeValue, encodeValue, isPlainMap } from './document-values.ts';
import { type FieldPath, parseFieldPath } from './field-path.ts';

/** One field of an update, with its value already checked and copied. */
export interface FieldChange {
  /** The path as the caller wrote it. */
  readonly name: string;
  readonly path: FieldPath;
  readonly change:
    | { readonly kind: 'value'; readonly json: string }
    | { readonly kind: 'increment'; readonly by: number }
    | { readonly kind: 'arrayUnion'; readonly elements: readonly string[] }
    | { readonly kind: 'serverTime' }
    | { readonly kind: 'deleteField' };
}

type MutableFields = Record<string, StoredValue>;

/**
 * Reads the fields of an `update`.
 *
 * @throws ConcordError invalid_argument for no field at all, malformed paths, a path within another, and
 *   values that cannot be stored.
 */
export function prepareFieldChanges(fields: Readonly<Record<string, unknown>>): readonly FieldChange[] {
  const changes = Object.entries(fields).map(([name, value]) => {
    const path = parseFieldPath(name);
    return { name, path, change: isTransform(value) ? toChange(value, name) : valueChange(value) };
  });
  if (changes.length === 0) throw invalidArgument('An update must name at least one field.');
  checkOverlaps(changes);
  return changes;
}

/**
 * Applies changes to `fields` in place, a fresh copy of the document, and returns what increments and server
 * times came to. A parent that is no map is replaced by one, as Firestore does.
 */
export function applyFieldChanges(
  fields: StoredFields,
  changes: readonly FieldChange[],
  now: number,
): Readonly<Record<string, StoredValue>> {
  const transformed: Record<string, StoredValue> = {};
  for (const { name, path, change } of changes) {
    if (change.kind === 'deleteField') {
      deleteAt(fields, path);
      continue;
    }
    const parent = openParent(fields, path);
    const field = path.at(-1) ?? '';
    const value = computed(parent[field], change, now);
    parent[field] = value;
    if (change.kind === 'increment' || change.kind === 'serverTime') transformed[name] = value;
  }
  return transformed;
}

function isTransform(value: unknown): value is Transform {
  if (!isPlainMap(value)) return false;
  const { transform } = value;
  return (
    transform === 'increment' ||
    transform === 'arrayUnion' ||
    transform === 'serverTime' ||
    transform === 'deleteField'
  );
}

function toChange(value: Transform, name: string): FieldChange['change'] {
  switch (value.transform) {
    case 'increment':
      if (!Number.isFinite(value.by))
        throw invalidArgument(`The increment of '${name}' is no finite number.`);
      return { kind: 'increment', by: value.by };
    case 'arrayUnion':
      return { kind: 'arrayUnion', elements: value.elements.map((element) => elementJson(element, name)) };
    case 'serverTime':
    case 'deleteField':
      return { kind: value.transform };
  }
}

function valueChange(value: unknown): FieldChange['change'] {
  return { kind: 'value', json: encodeValue(value) };
}

function elementJson(element: StoredValue, name: string): string {
  if (Array.isArray(element))
    throw invalidArgument(`The union of '${name}' holds an array directly within an array.`);
  return encodeValue(element);
}

function computed(
  current: StoredValue | undefined,
  change: Exclude<FieldChange['change'], { kind: 'deleteField' }>,
  now: number,
): StoredValue {
  switch (change.kind) {
    case 'value':
      return decodeValue(change.json);
    case 'increment':
      return (typeof current === 'number' ? current : 0) + change.by;
    case 'arrayUnion':
      return union(Array.isArray(current) ? (current as readonly StoredValue[]) : [], change.elements);
    case 'serverTime':
      return new Date(now);
  }
}

/** Adds what is not there yet, in the order given. Equal is what reads the same when written. */
function union(current: readonly StoredValue[], elements: readonly string[]): readonly StoredValue[] {
  const present = new Set(current.map(encodeValue));
  const added = elements.filter((json) => !present.has(json) && present.add(json));
  return [...current, ...added.map(decodeValue)];
}

function openParent(fields: StoredFields, path: FieldPath): MutableFields {
  let place: MutableFields = fields;
  for (const segment of path.slice(0, -1)) {
    const next = place[segment];
    const below: MutableFields = isPlainMap(next) ? next : {};
    place[segment] = below;
    place = below;
  }
  return place;
}

function deleteAt(fields: StoredFields, path: FieldPath): void {
  let place: unknown = fields;
  for (const segment of path.slice(0, -1)) {
    if (!isPlainMap(place)) return;
    place = place[segment];
  }
  if (isPlainMap(place)) delete place[path.at(-1) ?? ''];
}

function checkOverlaps(changes: readonly FieldChange[]): void {
  if (changes.length < 2) return;
  const whole = new Set<string>();
  for (const { path, name } of changes) {
    const key = JSON.stringify(path);
    if (whole.has(key)) throw invalidArgument(`The update names field '${name}' twice.`);
    whole.add(key);
  }
  for (const { path, name } of changes) {
    for (let length = 1; length < path.length; length += 1) {
      if (whole.has(JSON.stringify(path.slice(0, length)))) {
        throw invalidArgument(`The update names field '${name}' and a field that contains it.`);
      }
    }
  }
}
