import { toInstant } from '#shared/model/instant.ts';

import type { HubspotObjectType, PropertyDefinition } from './object-type.ts';

/** One version of a property value, newest first in a record's history. */
export interface HistoryEntry {
  readonly value: string;
  readonly timestamp: string;
  readonly sourceType: string;
  readonly sourceId: string;
}

/** Who makes a change. */
export interface Source {
  readonly sourceType: 'INTEGRATION' | 'CRM_UI';
  readonly sourceId: string;
}

export interface HubspotRecord {
  readonly id: string;
  /** Values only; a cleared property is not in it. */
  readonly values: Map<string, string>;
  readonly history: Map<string, HistoryEntry[]>;
  readonly createdAt: number;
  updatedAt: number;
  archivedAt: number | null;
  /** What the search index saw, oldest first. */
  readonly indexed: IndexedVersion[];
}

export interface IndexedVersion {
  readonly at: number;
  /** Null: not there (archived). */
  readonly values: ReadonlyMap<string, string> | null;
}

/** Everything HubSpot stores of one object type, with its unique indexes. */
export interface RecordStore {
  readonly type: HubspotObjectType;
  readonly definitions: Map<string, PropertyDefinition>;
  /** Resolves merged-away ids to the record they became part of. */
  find(id: string): HubspotRecord | null;
  findByUnique(property: string, value: string): HubspotRecord | null;
  all(): IterableIterator<HubspotRecord>;
  insert(id: string | null, at: number): HubspotRecord;
  /** Sets or clears (`''`) one property; false when it held that value already. */
  setValue(record: HubspotRecord, property: string, value: string, source: Source, at: number): boolean;
  /** Moves the modified time. */
  touch(record: HubspotRecord, at: number): void;
  archive(record: HubspotRecord, at: number): void;
  restore(record: HubspotRecord): void;
  /** Removes a record for good; `into` makes its id an alias of another. */
  purge(record: HubspotRecord, into: HubspotRecord | null): void;
  /** Notes the present state for the search index. */
  index(record: HubspotRecord, at: number): void;
  clear(): void;
}

const FIRST_ID = 151_000_000_001;
const ID_STEP = 7;
const INDEXED_VERSIONS = 20;

/** Creates an empty store of one object type. */
export function createRecordStore(type: HubspotObjectType): RecordStore {
  const records = new Map<string, HubspotRecord>();
  const aliases = new Map<string, string>();
  const unique = new Map<string, Map<string, string>>();
  const definitions = new Map<string, PropertyDefinition>();
  let nextId = FIRST_ID;

  function clear(): void {
    records.clear();
    aliases.clear();
    unique.clear();
    definitions.clear();
    for (const definition of type.properties) definitions.set(definition.name, definition);
    nextId = FIRST_ID;
  }
  clear();

  /** Unique values that a record holds: of unique properties, and of the key property with its aliases. */
  function claims(record: HubspotRecord, property: string): readonly string[] {
    const key = type.keyProperty;
    const value = record.values.get(property) ?? '';
    if (key !== null && (property === key.name || property === key.additional)) {
      return splitList(value).map((part) => part.toLowerCase());
    }
    return value !== '' && definitions.get(property)?.hasUniqueValue === true ? [value] : [];
  }

  const indexNameOf = (property: string): string =>
    property === type.keyProperty?.additional ? (type.keyProperty?.name ?? property) : property;

  function claim(record: HubspotRecord, property: string): void {
    for (const value of claims(record, property)) {
      const name = indexNameOf(property);
      const values = unique.get(name) ?? new Map<string, string>();
      unique.set(name, values);
      if (!values.has(value)) values.set(value, record.id);
    }
  }

  function release(record: HubspotRecord, property: string): void {
    for (const value of claims(record, property)) {
      const values = unique.get(indexNameOf(property));
      if (values?.get(value) === record.id) values.delete(value);
    }
  }

  const releaseAll = (record: HubspotRecord): void => {
    for (const property of record.values.keys()) release(record, property);
  };
  const claimAll = (record: HubspotRecord): void => {
    for (const property of record.values.keys()) claim(record, property);
  };

  function remember(record: HubspotRecord, property: string, entry: HistoryEntry): void {
    const entries = record.history.get(property) ?? [];
    entries.unshift(entry);
    entries.length = Math.min(entries.length, type.historyLength);
    record.history.set(property, entries);
  }

  return {
    type,
    definitions,
    find(id) {
      let current = id;
      // A chain of merges is as long as there were merges of that line.
      for (let hops = 0; hops <= aliases.size; hops += 1) {
        const next = aliases.get(current);
        if (next === undefined) break;
        current = next;
      }
      return records.get(current) ?? null;
    },
    findByUnique(property, value) {
      if (property === 'hs_object_id') return records.get(value) ?? null;
      const wanted = property === type.keyProperty?.name ? value.trim().toLowerCase() : value;
      const id = unique.get(property)?.get(wanted);
      return id === undefined ? null : (records.get(id) ?? null);
    },
    all: () => records.values(),
    insert(givenId, at) {
      const id = givenId ?? String(nextId);
      if (givenId === null) nextId += ID_STEP;
      else nextId = Math.max(nextId, Number(givenId) + ID_STEP);
      const record: HubspotRecord = {
        id,
        values: new Map(),
        history: new Map(),
        createdAt: at,
        updatedAt: at,
        archivedAt: null,
        indexed: [],
      };
      record.values.set('hs_object_id', id);
      record.values.set('createdate', toInstant(at));
      record.values.set(type.modifiedProperty, toInstant(at));
      records.set(id, record);
      return record;
    },
    setValue(record, property, value, source, at) {
      if ((record.values.get(property) ?? '') === value) return false;
      release(record, property);
      if (value === '') record.values.delete(property);
      else record.values.set(property, value);
      if (record.archivedAt === null) claim(record, property);
      remember(record, property, { value, timestamp: toInstant(at), ...source });
      return true;
    },
    touch(record, at) {
      record.updatedAt = at;
      record.values.set(type.modifiedProperty, toInstant(at));
    },
    archive(record, at) {
      releaseAll(record);
      record.archivedAt = at;
    },
    restore(record) {
      record.archivedAt = null;
      claimAll(record);
    },
    purge(record, into) {
      releaseAll(record);
      records.delete(record.id);
      if (into !== null) {
        aliases.set(record.id, into.id);
        claimAll(into);
      }
    },
    index(record, at) {
      record.indexed.push({ at, values: record.archivedAt === null ? new Map(record.values) : null });
      if (record.indexed.length > INDEXED_VERSIONS) record.indexed.shift();
    },
    clear,
  };
}

/** The parts of a `;`-separated value. */
export function splitList(value: string): readonly string[] {
  return value
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
