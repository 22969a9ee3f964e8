import type { ControlRecords, ControlResult, FlatRecord, Loudness } from '../core/control.ts';
import type { HubspotError } from './hubspot-error.ts';
import type { Author, DeskResult, RecordDesk } from './record-desk.ts';
import type { HubspotRecord, RecordStore } from './record-store.ts';

/** One object type as a person works with it in HubSpot's UI: `{id, ...properties}`. */
export function hubspotControlRecords(
  store: RecordStore,
  desk: RecordDesk,
  sourceId: string,
): ControlRecords {
  const by = (loudness: Loudness): Author => ({
    actor: 'person',
    source: { sourceType: 'CRM_UI', sourceId },
    loudness,
  });

  const onRecord = (id: string, act: (record: HubspotRecord) => ControlResult): ControlResult => {
    const record = store.find(id);
    return record === null ? notThere(store, id) : act(record);
  };
  const onLive = (id: string, act: (record: HubspotRecord) => ControlResult): ControlResult =>
    onRecord(id, (record) => (record.archivedAt === null ? act(record) : notThere(store, id)));

  return {
    list: () => [...store.all()].filter((record) => record.archivedAt === null).map(flat),
    get(id) {
      const record = store.find(id);
      return record === null || record.archivedAt !== null ? null : flat(record);
    },
    create(fields, loudness) {
      const {
        id,
        hs_object_id: objectId = id,
        createdate,
        [store.type.modifiedProperty]: modified,
        ...properties
      } = fields;
      const createdAt = timeOf(createdate);
      const updatedAt = timeOf(modified);
      if (
        id !== undefined &&
        (typeof id !== 'string' || !/^[1-9]\d{0,15}$/.test(id) || store.find(id) !== null)
      ) {
        return refuse(400, 'id is left out, or a free id: digits in text.');
      }
      if (objectId !== id) return refuse(400, 'hs_object_id is left out, or equal to id.');
      if (createdAt === undefined || updatedAt === undefined)
        return refuse(400, `createdate and ${store.type.modifiedProperty} are ISO times.`);
      return settled(desk.create(properties, by(loudness), { id: id ?? null, createdAt, updatedAt }));
    },
    update: (id, { hs_object_id: objectId, ...fields }, loudness) =>
      onLive(id, (record) =>
        objectId === undefined || objectId === record.id
          ? settled(desk.update(record, fields, by(loudness)))
          : refuse(400, 'hs_object_id cannot be changed.'),
      ),
    remove: (id, loudness) =>
      onLive(id, (record) => {
        desk.archive(record, by(loudness));
        return { record: flat(record) };
      }),
    acts: {
      restore: (id, _fields, loudness) =>
        onRecord(id, (record) => {
          if (record.archivedAt === null)
            return refuse(409, `${store.type.label} ${id} is not in the recycle bin.`);
          return settled(desk.restore(record, by(loudness)));
        }),
      merge(id, { with: other }, loudness) {
        if (typeof other !== 'string')
          return refuse(400, 'Send {"with": "<id of the record that is merged in>"}.');
        return onLive(id, () => onLive(other, () => settled(desk.merge(id, other, by(loudness)))));
      },
      'privacy-delete': (id, _fields, loudness) =>
        onRecord(id, (record) => {
          const last = flat(record);
          desk.erase(record, by(loudness));
          return { record: last };
        }),
    },
  };
}

function flat(record: HubspotRecord): FlatRecord {
  return { id: record.id, ...Object.fromEntries([...record.values].toSorted()) };
}

/** Null when none was given, undefined when it cannot be read. */
function timeOf(value: unknown): number | null | undefined {
  if (value === undefined) return null;
  const epochMs = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(epochMs) ? undefined : epochMs;
}

function settled(result: DeskResult): ControlResult {
  return result.status === 'done' ? { record: flat(result.record) } : asRefusal(result.error);
}

function asRefusal(error: HubspotError): ControlResult {
  const status = error.status === 404 || error.status === 409 ? error.status : 400;
  return refuse(status, error.message);
}

function notThere(store: RecordStore, id: string): ControlResult {
  return refuse(404, `There is no ${store.type.label} ${id}.`);
}

function refuse(status: 400 | 404 | 409, message: string): ControlResult {
  return { refused: { status, message } };
}
