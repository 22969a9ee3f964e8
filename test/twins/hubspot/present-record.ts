import { toInstant } from '#shared/model/instant.ts';

import type { HubspotRecord, RecordStore } from './record-store.ts';

/** Which properties an answer holds. */
export interface Selection {
  readonly properties: readonly string[];
  readonly history: readonly string[];
}

/** Splits a comma list of a query parameter, repeats included. */
export function listParameter(query: URLSearchParams, name: string): readonly string[] {
  return query
    .getAll(name)
    .flatMap((text) => text.split(','))
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/**
 * A record as answers show it. A requested property without a value comes as `null`; a name that is no
 * property is left out. The id is that of the record itself, also when it was asked for by a merged-away id.
 */
export function presentRecord(
  store: RecordStore,
  record: HubspotRecord,
  selection: Selection,
): Record<string, unknown> {
  const always = ['createdate', 'hs_object_id', store.type.modifiedProperty];
  const asked =
    selection.properties.length === 0 ? store.type.defaultProperties : [...always, ...selection.properties];
  const shown = [...new Set(asked)].filter((name) => store.definitions.has(name)).toSorted();
  const history = selection.history.filter((name) => store.definitions.has(name));
  return {
    id: record.id,
    properties: Object.fromEntries(shown.map((name) => [name, record.values.get(name) ?? null])),
    ...(history.length === 0
      ? {}
      : {
          propertiesWithHistory: Object.fromEntries(
            history.map((name) => [name, record.history.get(name) ?? []]),
          ),
        }),
    createdAt: record.values.get('createdate') ?? toInstant(record.createdAt),
    updatedAt: record.values.get(store.type.modifiedProperty) ?? toInstant(record.updatedAt),
    archived: record.archivedAt !== null,
    ...(record.archivedAt === null ? {} : { archivedAt: toInstant(record.archivedAt) }),
  };
}

/** A record as the answer to a write shows it: what was written beside the properties that every answer has. */
export function presentWritten(
  store: RecordStore,
  record: HubspotRecord,
  written: Iterable<string>,
): Record<string, unknown> {
  return presentRecord(store, record, { properties: ['hs_object_source', ...written], history: [] });
}
