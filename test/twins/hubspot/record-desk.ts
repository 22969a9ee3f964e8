import { toInstant } from '#shared/model/instant.ts';

import type { Loudness } from '../core/control.ts';
import type { HubspotEvent } from './webhooks.ts';
import { invalid, missing, type HubspotError } from './hubspot-error.ts';
import { checkValues, type Actor, type CheckedValues } from './property-values.ts';
import { splitList, type HubspotRecord, type RecordStore, type Source } from './record-store.ts';

/** Who acts, and how loudly. */
export interface Author {
  readonly actor: Actor;
  readonly source: Source;
  readonly loudness: Loudness;
}

export type DeskResult =
  | { readonly status: 'done'; readonly record: HubspotRecord; readonly values: CheckedValues }
  | { readonly status: 'refused'; readonly error: HubspotError };

export interface DeskOptions {
  readonly store: RecordStore;
  readonly now: () => number;
  /** Sends an event to every subscription that wants it. */
  readonly emit: (event: HubspotEvent) => void;
  /** Property changes that are subscribed. */
  readonly isSubscribed: (property: string) => boolean;
}

/** What a record brings along instead of getting it from HubSpot; the control side alone can say so. */
export interface Given {
  readonly id: string | null;
  readonly createdAt: number | null;
  readonly updatedAt: number | null;
}

/** Creates, changes and removes records the way HubSpot does, with history, modified time and events. */
export interface RecordDesk {
  create(properties: unknown, author: Author, given?: Given): DeskResult;
  update(record: HubspotRecord, properties: unknown, author: Author): DeskResult;
  archive(record: HubspotRecord, author: Author): void;
  restore(record: HubspotRecord, author: Author): DeskResult;
  merge(primaryId: string, otherId: string, author: Author): DeskResult;
  erase(record: HubspotRecord, author: Author): void;
}

const NOTHING_GIVEN: Given = { id: null, createdAt: null, updatedAt: null };
const UNCHANGED: CheckedValues = new Map();

/** Creates the desk of one object type. */
export function createRecordDesk(options: DeskOptions): RecordDesk {
  const { store, now, emit, isSubscribed } = options;
  const { type } = store;

  function event(
    author: Author,
    kind: string,
    record: HubspotRecord,
    more: Readonly<Record<string, unknown>>,
    at = now(),
  ): void {
    if (author.loudness.silent) return;
    emit({
      subscriptionType: `${type.eventPrefix}.${kind}`,
      objectId: Number(record.id),
      occurredAt: at,
      changeSource: author.source.sourceType,
      sourceId: author.source.sourceId,
      ...more,
    });
  }

  function write(record: HubspotRecord, values: CheckedValues, author: Author, at = now()): void {
    for (const [property, value] of values) {
      if (!store.setValue(record, property, value, author.source, at) || !isSubscribed(property)) continue;
      event(author, 'propertyChange', record, { propertyName: property, propertyValue: value }, at);
    }
    if (!author.loudness.keepModified) store.touch(record, at);
    store.index(record, now());
  }

  function create(properties: unknown, author: Author, given: Given): DeskResult {
    const checked = checkValues(store, properties, null, author.actor);
    if (checked.status === 'refused') return checked;
    // Events are never later than the modified time that the record shows.
    const at = given.updatedAt ?? now();
    const record = store.insert(given.id, given.createdAt ?? at);
    const values = new Map([...checked.values].filter(([, value]) => value !== ''));
    event(author, 'creation', record, { changeFlag: 'NEW' }, at);
    record.values.set('hs_object_source', author.source.sourceType);
    record.values.set('hs_object_source_id', author.source.sourceId);
    write(record, values, author, at);
    return { status: 'done', record, values };
  }

  function merge(primaryId: string, otherId: string, author: Author): DeskResult {
    const primary = store.find(primaryId);
    const other = store.find(otherId);
    if (primary === null || other === null || primary.archivedAt !== null || other.archivedAt !== null) {
      return { status: 'refused', error: missing() };
    }
    if (primary.id === other.id)
      return { status: 'refused', error: invalid('A record cannot be merged with itself') };
    const { values, moved } = mergedValues(primary, other);
    const at = now();
    const survivor = type.mergeMakesNewId ? store.insert(null, at) : primary;
    carryOver(primary, survivor);
    store.purge(other, survivor);
    if (survivor !== primary) store.purge(primary, survivor);
    for (const [property, value] of values) store.setValue(survivor, property, value, author.source, at);
    store.touch(survivor, author.loudness.keepModified ? primary.updatedAt : at);
    store.index(survivor, at);
    event(author, 'merge', survivor, {
      primaryObjectId: Number(primary.id),
      mergedObjectIds: [Number(other.id)],
      newObjectId: Number(survivor.id),
      numberOfPropertiesMoved: moved,
    });
    return { status: 'done', record: survivor, values };
  }

  function mergedValues(
    primary: HubspotRecord,
    other: HubspotRecord,
  ): { values: Map<string, string>; moved: number } {
    const values = new Map<string, string>();
    for (const [property, value] of primary.values) {
      if (store.definitions.get(property)?.readOnlyValue === false) values.set(property, value);
    }
    let moved = 0;
    for (const [property, value] of other.values) {
      const isOpen = store.definitions.get(property)?.readOnlyValue === false && !values.has(property);
      if (!isOpen || store.definitions.get(property)?.hasUniqueValue === true) continue;
      values.set(property, value);
      moved += 1;
    }
    const listed = (record: HubspotRecord, property: string): readonly string[] =>
      splitList(record.values.get(property) ?? '');
    const key = type.keyProperty;
    if (key !== null) {
      const all = [primary, other].flatMap((record) => [
        ...listed(record, key.name),
        ...listed(record, key.additional),
      ]);
      const further = [...new Set(all)].filter((value) => value !== values.get(key.name));
      if (further.length > 0) values.set(key.additional, further.join(';'));
    }
    const merged = [primary, other].flatMap((record) => [
      ...listed(record, 'hs_merged_object_ids'),
      record.id,
    ]);
    values.set('hs_merged_object_ids', [...new Set(merged)].join(';'));
    return { values, moved };
  }

  function carryOver(from: HubspotRecord, to: HubspotRecord): void {
    if (from === to) return;
    for (const [property, entries] of from.history) to.history.set(property, [...entries]);
    to.values.set('createdate', from.values.get('createdate') ?? toInstant(to.createdAt));
  }

  return {
    create: (properties, author, given) => create(properties, author, given ?? NOTHING_GIVEN),
    update(record, properties, author) {
      const checked = checkValues(store, properties, record, author.actor);
      if (checked.status === 'refused') return checked;
      write(record, checked.values, author);
      return { status: 'done', record, values: checked.values };
    },
    archive(record, author) {
      store.archive(record, now());
      store.index(record, now());
      event(author, 'deletion', record, { changeFlag: 'DELETED' });
    },
    restore(record, author) {
      const clash = [...record.values].find(([property, value]) => {
        const isUnique =
          property === type.keyProperty?.name || store.definitions.get(property)?.hasUniqueValue === true;
        const holder = isUnique && property !== 'hs_object_id' ? store.findByUnique(property, value) : null;
        return holder !== null && holder.id !== record.id;
      });
      if (clash !== undefined)
        return { status: 'refused', error: invalid(`Another record holds ${clash[0]} now`) };
      store.restore(record);
      if (!author.loudness.keepModified) store.touch(record, now());
      store.index(record, now());
      event(author, 'restore', record, { changeFlag: 'RESTORED' });
      return { status: 'done', record, values: UNCHANGED };
    },
    merge,
    erase(record, author) {
      store.purge(record, null);
      event(author, 'privacyDeletion', record, {});
      event(author, 'deletion', record, { changeFlag: 'DELETED' });
    },
  };
}
