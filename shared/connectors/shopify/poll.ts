/**
 * Lists changed customers. Shopify compares a customer's `updated_at` by whole days, so a list in rising order
 * would read the whole day anew with every poll. There are two ways instead:
 *
 * - newest first, by cursor, until a customer is older than what is asked for. An edit moves a customer to the
 *   front, past which the list has come, with a time that belongs to the next poll.
 * - by id, for what goes far back: each query begins after the last id, so an edit moves nothing and no query is
 *   paged through, which Shopify ends at 25,000 objects. A list that is too long for the first way goes on in the
 *   second.
 *
 * The order is the index's and the times are the customers' own, so that they may disagree for as long as the index
 * lags; nothing is concluded from the order but where to stop.
 */
import { z } from 'zod';
import type { VendorCall } from '#shared/errors/vendor-faults.ts';
import { parseInstant, toEpochMs, toInstant, type Instant } from '#shared/model/instant.ts';
import type { ChangedObject, ChangePage, ChangeRequest } from '../change-feed.ts';
import { parseContinuation } from '../continuation.ts';
import { SHOPIFY, shopifyCapabilities } from './capabilities.ts';
import type { ShopifyClient } from './client.ts';
import { misshapen } from './errors.ts';
import { customerIdOf } from './native-id.ts';
import { LIST_CUSTOMERS } from './operations.ts';

const HOUR_MS = 60 * 60_000;

const PlaceSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('newest'), cursor: z.string().nullable(), listed: z.number().int() }),
  z.object({ kind: z.literal('ids'), fromId: z.string().regex(/^\d+$/), to: z.string().nullable() }),
]);
type Place = z.infer<typeof PlaceSchema>;

const ConnectionSchema = z.object({
  nodes: z.array(z.object({ id: z.string(), updatedAt: z.string() })),
  pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
});
type Connection = z.infer<typeof ConnectionSchema>;

export interface CustomerListing {
  readonly client: ShopifyClient;
  /** Our clock, epoch milliseconds: chooses a way, decides nothing. */
  readonly now: () => number;
  /** Rows of a page. */
  readonly pageSize: number;
  /** Rows after which a list by cursor goes on by id. */
  readonly longestByCursor: number;
}

/** Lists one page of customers by their modified time. */
export async function listCustomers(listing: CustomerListing, request: ChangeRequest): Promise<ChangePage> {
  const place = placeOf(listing, request);
  const since = request.since === null ? null : tickOf(request.since);
  const call: VendorCall = { system: SHOPIFY, action: 'list changed', subject: request.type, writes: false };
  const { content, answeredAt } = await listing.client.ask(call, LIST_CUSTOMERS, {
    first: listing.pageSize,
    after: place.kind === 'newest' ? place.cursor : null,
    query: queryOf(place, since),
    sortKey: place.kind === 'newest' ? 'UPDATED_AT' : 'ID',
    reverse: place.kind === 'newest',
  });
  const parsed = ConnectionSchema.safeParse(content['customers']);
  if (!parsed.success) throw misshapen(call);
  const rows = rowsOf(call, parsed.data);
  const next = isOver(call, place, parsed.data, rows, since)
    ? null
    : nextOf(listing, place, parsed.data, rows);
  return {
    changed: rows.filter(({ at }) => since === null || at >= since),
    continuation: next === null ? null : JSON.stringify(next),
    answeredAt,
  };
}

function placeOf({ now }: CustomerListing, { since, continuation }: ChangeRequest): Place {
  if (continuation !== null) return parseContinuation(PlaceSchema, continuation);
  // Far back there is more than the tail of one day, and the way by id costs the rest of that day only.
  const isFarBack = since === null || now() - toEpochMs(since) > HOUR_MS;
  return isFarBack ? { kind: 'ids', fromId: '1', to: null } : { kind: 'newest', cursor: null, listed: 0 };
}

/** Shopify's times are whole seconds, so what changed later within that second carries an earlier time. */
function tickOf(since: Instant): Instant {
  const { timeResolutionMs } = shopifyCapabilities;
  return toInstant(Math.floor(toEpochMs(since) / timeResolutionMs) * timeResolutionMs);
}

/** Times stand in quotes: without them Shopify ignores all but the day. */
function queryOf(place: Place, since: Instant | null): string {
  const terms = since === null ? [] : [`updated_at:>='${since}'`];
  if (place.kind === 'newest') return terms.join(' AND ');
  const upTo = place.to === null ? [] : [`updated_at:<='${place.to}'`];
  return [...terms, ...upTo, `id:>=${place.fromId}`].join(' AND ');
}

function rowsOf(call: VendorCall, { nodes }: Connection): readonly ChangedObject[] {
  return nodes.map(({ id, updatedAt }) => {
    const nativeId = customerIdOf(id);
    const at = parseInstant(updatedAt);
    if (nativeId === undefined || at === undefined) throw misshapen(call);
    return { nativeId, change: 'changed', at, replaces: [] };
  });
}

function isOver(
  call: VendorCall,
  place: Place,
  { pageInfo }: Connection,
  rows: readonly ChangedObject[],
  since: Instant | null,
): boolean {
  if (!pageInfo.hasNextPage) return true;
  const last = rows.at(-1);
  // A list that says it goes on and gives nothing to go on from would never end.
  if (last === undefined || pageInfo.endCursor === null) throw misshapen(call);
  if (place.kind === 'ids') {
    if (digitsOf(last) < BigInt(place.fromId)) throw misshapen(call);
    return false;
  }
  return since !== null && last.at < since;
}

function nextOf(
  { longestByCursor }: CustomerListing,
  place: Place,
  { pageInfo }: Connection,
  rows: readonly ChangedObject[],
): Place {
  const last = rows.at(-1) as ChangedObject;
  if (place.kind === 'ids') return { ...place, fromId: String(digitsOf(last) + 1n) };
  const listed = place.listed + rows.length;
  return listed < longestByCursor
    ? { kind: 'newest', cursor: pageInfo.endCursor, listed }
    : { kind: 'ids', fromId: '1', to: last.at };
}

function digitsOf({ nativeId }: ChangedObject): bigint {
  return BigInt(nativeId.slice(nativeId.lastIndexOf('/') + 1));
}
