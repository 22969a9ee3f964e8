import { z } from 'zod';
import { contentHash } from '#shared/model/hash.ts';
import type { ChangeEvent, UnhandledEvent } from '#shared/model/source-event.ts';
import { DigitsSchema } from '../native-id.ts';
import { objectOf } from './object-types.ts';

/** What one notification says about one object. */
export interface Notification {
  readonly type: string;
  readonly nativeId: string;
  readonly change: ChangeEvent['change'];
  /** Epoch milliseconds, null when HubSpot gave none. */
  readonly occurredAt: number | null;
  /** Property that changed, null when it speaks of the object as a whole. */
  readonly property: string | null;
  /** Equal for every delivery of the same notification. */
  readonly key: string;
}

export interface Unhandled {
  readonly topic: string;
  readonly reason: UnhandledEvent['reason'];
  readonly key: string;
}

export type ReadNotification =
  | { readonly status: 'handled'; readonly notifications: readonly Notification[] }
  | ({ readonly status: 'unhandled' } & Unhandled)
  | { readonly status: 'unreadable' };

const MAX_TIME_MS = 8_640_000_000_000_000;

/** Fields that do not apply are left out or null. */
function ifGiven<Value>(schema: z.ZodType<Value>) {
  return schema.nullish().transform((value) => value ?? undefined);
}

const NotificationSchema = z.object({
  subscriptionType: ifGiven(z.string()),
  /** Some samples of the documentation carry it in place of `subscriptionType`. */
  eventType: ifGiven(z.string()),
  portalId: ifGiven(DigitsSchema),
  eventId: ifGiven(DigitsSchema),
  objectId: ifGiven(DigitsSchema),
  objectTypeId: ifGiven(z.string()),
  occurredAt: ifGiven(z.number().int().min(0).max(MAX_TIME_MS)),
  propertyName: ifGiven(z.string().min(1)),
  primaryObjectId: ifGiven(DigitsSchema),
  mergedObjectIds: ifGiven(z.array(DigitsSchema)),
  newObjectId: ifGiven(DigitsSchema),
  fromObjectId: ifGiven(DigitsSchema),
  toObjectId: ifGiven(DigitsSchema),
});
type RawNotification = z.infer<typeof NotificationSchema>;

/** Reads one element of a delivery. */
export function readNotification(element: unknown): ReadNotification {
  const parsed = NotificationSchema.safeParse(element);
  if (!parsed.success) return { status: 'unreadable' };
  const raw = parsed.data;
  const topic = raw.subscriptionType ?? raw.eventType;
  if (topic === undefined) return { status: 'unreadable' };

  const key = keyOf(topic, raw);
  const [prefix = '', verb = ''] = topic.split('.', 2);
  const object = objectOf(prefix, raw.objectTypeId);
  if (object.status === 'unknown' || !VERBS.has(verb))
    return { status: 'unhandled', topic, reason: 'unknown_topic', key };
  // Links between objects are no mapped fields of either end.
  if (object.status === 'unmapped' || verb === 'associationChange') {
    return { status: 'unhandled', topic, reason: 'unmapped_object', key };
  }
  const notifications =
    verb === 'merge' ? mergeOf(object.type, raw, key) : changeOf(object.type, verb, raw, key);
  return notifications.length === 0 ? { status: 'unreadable' } : { status: 'handled', notifications };
}

const VERBS: ReadonlyMap<string, ChangeEvent['change'] | null> = new Map([
  ['creation', 'created'],
  ['propertyChange', 'changed'],
  ['deletion', 'deleted'],
  ['privacyDeletion', 'deleted'],
  ['restore', 'restored'],
  ['merge', null],
  ['associationChange', null],
]);

function changeOf(type: string, verb: string, raw: RawNotification, key: string): readonly Notification[] {
  const change = VERBS.get(verb);
  if (raw.objectId === undefined || change === undefined || change === null) return [];
  const property = verb === 'propertyChange' ? (raw.propertyName ?? null) : null;
  return [{ type, nativeId: raw.objectId, change, occurredAt: raw.occurredAt ?? null, property, key }];
}

/**
 * A merge of contacts or companies makes a new id; both former ids then answer with the survivor (M16).
 * Where HubSpot names no new id, the primary one survives.
 */
function mergeOf(type: string, raw: RawNotification, key: string): readonly Notification[] {
  const primary = raw.primaryObjectId ?? raw.objectId;
  const survivor = raw.newObjectId ?? primary;
  if (primary === undefined || survivor === undefined) return [];
  const losers = new Set([primary, ...(raw.mergedObjectIds ?? [])]);
  losers.delete(survivor);
  const common = { type, occurredAt: raw.occurredAt ?? null, property: null, key };
  return [
    ...[...losers].map((nativeId): Notification => ({ ...common, nativeId, change: 'merged' })),
    { ...common, nativeId: survivor, change: 'changed' },
  ];
}

/**
 * `eventId` alone is not unique and `attemptNumber` counts deliveries, so the key is built from what the
 * notification says.
 */
function keyOf(topic: string, raw: RawNotification): string {
  return contentHash([
    topic,
    raw.portalId,
    raw.eventId,
    raw.objectTypeId,
    raw.objectId,
    raw.occurredAt,
    raw.propertyName,
    raw.primaryObjectId,
    raw.mergedObjectIds,
    raw.newObjectId,
    raw.fromObjectId,
    raw.toObjectId,
  ]);
}
