import { contentHash } from '#shared/model/hash.ts';
import { toInstant } from '#shared/model/instant.ts';
import type { ChangeEvent } from '#shared/model/source-event.ts';
import type { FoundChange } from '../delivery-events.ts';
import type { Notification } from './webhook-notification.ts';

/** Of two signals with one vendor time the one further to the left counts: it is the safer to look at. */
const PRECEDENCE: readonly ChangeEvent['change'][] = ['deleted', 'merged', 'restored', 'created', 'changed'];

/**
 * Joins a delivery's notifications by object: HubSpot sends one per property, in any order and more than
 * once. A group without any vendor time among its members has none (M1: such an event always counts).
 */
export function groupByObject(notifications: readonly Notification[]): readonly FoundChange[] {
  const groups = Map.groupBy(notifications, ({ type, nativeId }) => `${type} ${nativeId}`);
  return [...groups.values()]
    .flatMap(apartFromBirth)
    .flatMap(apartAtOneTime)
    .flatMap((group) => {
      const [first] = group;
      return first === undefined ? [] : [joined(first, group)];
    });
}

/**
 * One property that changed twice at one time is told as two events: one of them may be the echo of our own write,
 * and the other one is somebody's edit (M9).
 */
function apartAtOneTime(group: readonly Notification[]): readonly (readonly Notification[])[] {
  const facts = [...new Map(group.map((notification) => [notification.key, notification])).values()];
  const perFact = Map.groupBy(facts.toSorted(byKey), ({ property, occurredAt, key }) =>
    property === null ? key : JSON.stringify([property, occurredAt]),
  );
  const most = Math.max(0, ...[...perFact.values()].map(({ length }) => length));
  return Array.from({ length: most }, (_, nth) => [...perFact.values()].flatMap((same) => same[nth] ?? []));
}

function byKey(a: Notification, b: Notification): number {
  return a.key < b.key ? -1 : 1;
}

/**
 * What was changed since an object was born is told apart from its birth, which explains no later change (M9).
 * HubSpot sends a birth and the properties that it set as one, and later edits in the same delivery.
 */
function apartFromBirth(group: readonly Notification[]): readonly (readonly Notification[])[] {
  const births = group.filter(({ change }) => change === 'created');
  if (births.length === 0) return [group];
  const bornAt = Math.max(...births.map(({ occurredAt }) => occurredAt ?? Number.NEGATIVE_INFINITY));
  const since = group.filter(
    ({ change, occurredAt }) => change === 'changed' && (occurredAt === null || occurredAt > bornAt),
  );
  return [group.filter((notification) => !since.includes(notification)), since];
}

function joined(first: Notification, group: readonly Notification[]): FoundChange {
  const { type, nativeId } = first;
  const keys = [...new Set(group.map(({ key }) => key))].toSorted();
  return {
    dedupeKey: `hubspot-${contentHash([type, nativeId, keys])}`,
    type,
    nativeId,
    change: changeOf(group),
    occurredAt: latestOf(group),
    fields: fieldsOf(group),
  };
}

/** The latest thing that happened to the object as a whole, else `changed`. */
function changeOf(group: readonly Notification[]): ChangeEvent['change'] {
  const [latest] = group
    .filter(({ change }) => change !== 'changed')
    .toSorted(
      (a, b) =>
        (b.occurredAt ?? 0) - (a.occurredAt ?? 0) ||
        PRECEDENCE.indexOf(a.change) - PRECEDENCE.indexOf(b.change),
    );
  return latest?.change ?? 'changed';
}

function latestOf(group: readonly Notification[]): string | null {
  const times = group.map(({ occurredAt }) => occurredAt);
  const known = times.filter((time) => time !== null);
  return known.length < times.length ? null : toInstant(Math.max(...known));
}

/** Names of the changed properties; null as soon as one notification speaks of the object as a whole. */
function fieldsOf(group: readonly Notification[]): string[] | null {
  const named = group.map(({ property }) => property);
  if (named.includes(null)) return null;
  return [...new Set(named.filter((property) => property !== null))].toSorted();
}
