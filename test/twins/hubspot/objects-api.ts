import { jsonAnswer, type Answer } from '../core/answer.ts';
import { invalid, missing, type HubspotError } from './hubspot-error.ts';
import { listParameter, presentRecord, presentWritten, type Selection } from './present-record.ts';
import type { Author, RecordDesk } from './record-desk.ts';
import type { HubspotRecord, RecordStore } from './record-store.ts';

/** One object type as its API works with it. */
export interface ObjectsContext {
  readonly store: RecordStore;
  readonly desk: RecordDesk;
  readonly author: Author;
}

/** Longest page of a list; shorter when history is asked for. */
const MAX_PAGE = 100;
const MAX_PAGE_WITH_HISTORY = 50;

/** Finds a record the way `idProperty` says: by id, by the key property, or by a property with unique values. */
export function findRecord(
  store: RecordStore,
  id: string,
  idProperty: string | null,
): HubspotRecord | null | HubspotError {
  if (idProperty === null || idProperty === 'hs_object_id') return store.find(id);
  const isKey = idProperty === store.type.keyProperty?.name;
  if (!isKey && store.definitions.get(idProperty)?.hasUniqueValue !== true) {
    return invalid(`${idProperty} is not a property with unique values`, { idProperty: [idProperty] });
  }
  return store.findByUnique(idProperty, id);
}

/** Answers `GET /{id}`. Archived records are found with `archived=true` alone. */
export function readOne(context: ObjectsContext, id: string, query: URLSearchParams): Answer | HubspotError {
  const { store } = context;
  const record = findRecord(store, id, query.get('idProperty'));
  if (record === null || !isRecord(record)) return record ?? missing();
  if ((record.archivedAt !== null) !== (query.get('archived') === 'true')) return missing();
  return jsonAnswer(200, presentRecord(store, record, selectionOf(query)));
}

/** Answers `GET` on the collection, in the order of ids. */
export function listPage(context: ObjectsContext, query: URLSearchParams): Answer | HubspotError {
  const { store } = context;
  const selection = selectionOf(query);
  const limit = Number(query.get('limit') ?? 10);
  const longest = selection.history.length > 0 ? MAX_PAGE_WITH_HISTORY : MAX_PAGE;
  if (!Number.isInteger(limit) || limit < 1 || limit > longest)
    return invalid(`limit must be from 1 to ${longest}`);
  const after = query.get('after') ?? '0';
  if (!/^\d+$/.test(after)) return invalid('after must be an id from an earlier page');
  const wantsArchived = query.get('archived') === 'true';
  const rest = [...store.all()]
    .filter((record) => (record.archivedAt !== null) === wantsArchived && Number(record.id) >= Number(after))
    .toSorted((a, b) => Number(a.id) - Number(b.id));
  const next = rest[limit];
  return jsonAnswer(200, {
    results: rest.slice(0, limit).map((record) => presentRecord(store, record, selection)),
    ...(next === undefined ? {} : { paging: { next: { after: next.id } } }),
  });
}

/** Answers `POST` on the collection. */
export function createOne(context: ObjectsContext, body: unknown): Answer | HubspotError {
  const properties = propertiesOf(body);
  if (properties === undefined) return invalid('Invalid input JSON: properties are missing');
  const result = context.desk.create(properties, context.author);
  if (result.status === 'refused') return result.error;
  return jsonAnswer(201, presentWritten(context.store, result.record, result.record.values.keys()), {
    outcomes: [{ id: result.record.id, accepted: true }],
  });
}

/** Answers `PATCH /{id}`. A merged-away id writes to the record that it became. */
export function updateOne(
  context: ObjectsContext,
  id: string,
  query: URLSearchParams,
  body: unknown,
): Answer | HubspotError {
  const record = findRecord(context.store, id, query.get('idProperty'));
  if (record === null || !isRecord(record)) return record ?? missing();
  if (record.archivedAt !== null) return missing();
  const properties = propertiesOf(body);
  if (properties === undefined) return invalid('Invalid input JSON: properties are missing');
  const result = context.desk.update(record, properties, context.author);
  if (result.status === 'refused') return result.error;
  return jsonAnswer(200, presentWritten(context.store, record, result.values.keys()), {
    outcomes: [{ id: record.id, accepted: true }],
  });
}

/** Answers `DELETE /{id}`: into the recycle bin. Deleting what is not there succeeds too. */
export function archiveOne(context: ObjectsContext, id: string): Answer {
  const record = context.store.find(id);
  const isThere = record !== null && record.archivedAt === null;
  if (isThere) context.desk.archive(record, context.author);
  return jsonAnswer(204, undefined, { outcomes: [{ id: record?.id ?? id, accepted: isThere }] });
}

/** Answers `POST /merge`. */
export function mergeTwo(context: ObjectsContext, body: unknown): Answer | HubspotError {
  const { primaryObjectId, objectIdToMerge } = asObject(body);
  if (typeof primaryObjectId !== 'string' || typeof objectIdToMerge !== 'string') {
    return invalid('Invalid input JSON: primaryObjectId and objectIdToMerge are ids in text');
  }
  const result = context.desk.merge(primaryObjectId, objectIdToMerge, context.author);
  if (result.status === 'refused') return result.error;
  return jsonAnswer(200, presentWritten(context.store, result.record, result.record.values.keys()), {
    outcomes: [{ id: result.record.id, accepted: true }],
  });
}

/** Answers `POST /gdpr-delete`: gone for good. */
export function eraseOne(context: ObjectsContext, body: unknown): Answer | HubspotError {
  const { objectId, idProperty } = asObject(body);
  if (typeof objectId !== 'string') return invalid('Invalid input JSON: objectId is an id in text');
  const record = findRecord(context.store, objectId, typeof idProperty === 'string' ? idProperty : null);
  if (record !== null && !isRecord(record)) return record;
  if (record !== null) context.desk.erase(record, context.author);
  return jsonAnswer(204, undefined, { outcomes: [{ id: record?.id ?? null, accepted: record !== null }] });
}

/** Tells a record from a refusal. */
export function isRecord(found: HubspotRecord | HubspotError): found is HubspotRecord {
  return 'values' in found;
}

/** A JSON value as an object; anything else as an empty one. */
export function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function propertiesOf(body: unknown): unknown {
  return asObject(body)['properties'];
}

function selectionOf(query: URLSearchParams): Selection {
  return {
    properties: listParameter(query, 'properties'),
    history: listParameter(query, 'propertiesWithHistory'),
  };
}
