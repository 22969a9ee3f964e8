import { contentHash } from '#shared/model/hash.ts';
import { invalidArgument, invalidConfiguration } from '#shared/errors/faults.ts';
import { ABSENT, type FieldValue, type FieldValues } from '#shared/model/field-value.ts';
import type { EntityType, FieldPath, NativeId, RecordId } from '#shared/model/ids.ts';
import { parseInstant, toInstant } from '#shared/model/instant.ts';
import type { JsonValue } from '#shared/model/json.ts';
import type { Representation } from '#shared/model/representation.ts';
import type { ObservationMethod } from '#shared/model/vocabulary.ts';
import type { EntityMapping, FieldMapping } from './connector.ts';

/** A vendor's object, flat, under the names the mapping uses. */
export type NativeFields = Readonly<Record<string, JsonValue | undefined>>;

export interface NativeObject {
  readonly nativeId: NativeId;
  readonly native: NativeFields;
  /** Vendor's modified time as it wrote it, null when it gave none. */
  readonly modified: string | null;
  readonly ownId: RecordId | null;
  /**
   * `some`: a name that is missing says nothing about its field, as in the answer to a partial write.
   * @default 'all'
   */
  readonly covers?: 'all' | 'some';
}

/** Finds the mapping of a type. @throws ConcordError `invalid_argument` when the system holds none of it. */
export function mappingOf(mappings: readonly EntityMapping[], type: EntityType): EntityMapping {
  const mapping = mappings.find((candidate) => candidate.type === type);
  if (mapping === undefined) throw invalidArgument(`No mapping is declared for entity type ${type}.`);
  return mapping;
}

/**
 * States what a system says about a record. The version joins the vendor's modified time with a hash of
 * the mapped content, because two changes may share one modified time: equal versions mean equal content.
 */
export function representationOf(
  mapping: EntityMapping,
  found: NativeObject,
  observedAtMs: number,
  method: ObservationMethod,
): Representation {
  const fields: FieldValues = Object.fromEntries(
    mapping.fields.map((field): [FieldPath, FieldValue] => [field.path, fieldValueOf(field, found)]),
  );
  return {
    nativeId: found.nativeId,
    fields,
    keys: mapping.keys(found.native),
    ownId: found.ownId,
    version: `${found.modified ?? ''}#${contentHash(fields)}`,
    modifiedAt: found.modified === null ? null : (parseInstant(found.modified) ?? null),
    observedAt: toInstant(observedAtMs),
    method,
  };
}

function fieldValueOf(field: FieldMapping, { native, covers = 'all' }: NativeObject): FieldValue {
  if (covers === 'some' && !Object.hasOwn(native, field.native)) return ABSENT;
  return field.from(native[field.native]);
}

/**
 * The vendor's form of the values to write. `absent` is left out: it says nothing about the field.
 * @throws ConcordError `invalid_argument` for a field the mapping does not know, rather than drop it.
 */
export function toNative(mapping: EntityMapping, fields: FieldValues): Readonly<Record<string, JsonValue>> {
  const native: Record<string, JsonValue> = {};
  for (const [path, value] of Object.entries(fields)) {
    if (value.state === 'absent') continue;
    const field = fieldMappingOf(mapping, path as FieldPath);
    native[field.native] = field.to(value);
  }
  return native;
}

export function fieldMappingOf(mapping: EntityMapping, path: FieldPath): FieldMapping {
  const field = mapping.fields.find((candidate) => candidate.path === path);
  if (field === undefined) throw invalidArgument(`The mapping of ${mapping.type} has no field ${path}.`);
  return field;
}

/** @throws ConcordError `invalid_configuration` when two mappings claim one type. */
export function checkMappings(system: string, mappings: readonly EntityMapping[]): void {
  const types = mappings.map((mapping) => mapping.type);
  if (new Set(types).size !== types.length) {
    throw invalidConfiguration(`The ${system} connector was given two mappings of one entity type.`);
  }
}
