import { EntityType } from '#shared/model/ids.ts';

/** What an object of a notification is to us. */
export type ObjectOfTopic =
  | { readonly status: 'mapped'; readonly type: EntityType }
  | { readonly status: 'unmapped' }
  | { readonly status: 'unknown' };

/** Canonical entity type by the prefix of HubSpot's legacy topics; null for objects without a mapping. */
const BY_PREFIX: ReadonlyMap<string, EntityType | null> = new Map([
  ['contact', EntityType('customer')],
  ['company', null],
  ['deal', null],
  ['ticket', null],
  ['product', null],
  ['line_item', null],
  ['conversation', null],
]);

/** Prefix by object type id, for the generic topics `object.*`. */
const BY_OBJECT_TYPE_ID: ReadonlyMap<string, string> = new Map([
  ['0-1', 'contact'],
  ['0-2', 'company'],
  ['0-3', 'deal'],
  ['0-5', 'ticket'],
  ['0-7', 'product'],
  ['0-8', 'line_item'],
]);

/** Object types, ours and HubSpot's: `0-123` orders, `2-…` a portal's custom objects. */
const OBJECT_TYPE_ID = /^\d+-\d+$/;

/** Tells what a topic's prefix, or for `object` the object type id beside it, stands for. */
export function objectOf(prefix: string, objectTypeId: string | undefined): ObjectOfTopic {
  if (prefix === 'object') {
    if (objectTypeId === undefined || !OBJECT_TYPE_ID.test(objectTypeId)) return { status: 'unknown' };
    const name = BY_OBJECT_TYPE_ID.get(objectTypeId);
    return name === undefined ? { status: 'unmapped' } : objectOf(name, undefined);
  }
  const type = BY_PREFIX.get(prefix);
  if (type === undefined) return { status: 'unknown' };
  return type === null ? { status: 'unmapped' } : { status: 'mapped', type };
}
