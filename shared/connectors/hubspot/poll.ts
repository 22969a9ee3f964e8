/**
 * Lists changed objects by search, page by page, without ever paging inside a query: each page is a query of its
 * own, begun at the last time seen. HubSpot's `after` is a place in the results, and an object that is edited
 * leaves its place, so that the next page would begin one object too late; it also ends at 10,000 results.
 *
 * - P1: The last time on a page may go on behind it, so its objects are left to the next page, which begins there.
 * - P2: A page of one single time makes no progress by time: the objects of that time are listed by id, and then
 *   what comes after it.
 * - P3: Every page is strictly further in (time, id) than the one before and a list has an upper bound, so it ends
 *   whatever is edited meanwhile.
 */
import { z } from 'zod';
import type { VendorCall } from '#shared/errors/vendor-faults.ts';
import { NativeId } from '#shared/model/ids.ts';
import { parseInstant, toEpochMs, type Instant } from '#shared/model/instant.ts';
import type { JsonValue } from '#shared/model/json.ts';
import type { ChangedObject, ChangePage, ChangeRequest } from '../change-feed.ts';
import type { EntityMapping } from '../connector.ts';
import { parseContinuation } from '../continuation.ts';
import { HUBSPOT } from './capabilities.ts';
import type { HubspotClient } from './client.ts';
import { misshapen } from './errors.ts';
import { modifiedPropertyOf, searchPath } from './objects.ts';

/** HubSpot's longest page of a search. */
export const SEARCH_PAGE = 200;

const MERGED_IDS_PROPERTY = 'hs_merged_object_ids';

const InstantSchema = z.string().transform((text, context) => {
  const instant = parseInstant(text);
  if (instant === undefined) context.addIssue({ code: 'custom', message: 'no instant' });
  return instant as Instant;
});

/** From a time on, after a time, or inside one time by id. */
const PlaceSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('from'), at: InstantSchema }),
  z.object({ kind: z.literal('after'), at: InstantSchema }),
  z.object({ kind: z.literal('within'), at: InstantSchema, afterId: z.string().regex(/^\d*$/) }),
]);
type Place = z.infer<typeof PlaceSchema>;

const SearchSchema = z.object({
  results: z.array(
    z.object({
      id: z.string().regex(/^\d+$/),
      properties: z.record(z.string(), z.string().nullable()),
    }),
  ),
  paging: z.object({ next: z.object({ after: z.string() }).optional() }).nullish(),
});

interface Page {
  readonly rows: readonly ChangedObject[];
  /** Whether the query has more results than the page. */
  readonly hasMore: boolean;
  readonly answeredAt: Instant | null;
}

export interface ModifiedListing {
  readonly client: HubspotClient;
  readonly mapping: EntityMapping;
  /** Rows of a page. */
  readonly pageSize: number;
}

/** Lists one page of objects by their modified time. */
export async function listModified(listing: ModifiedListing, request: ChangeRequest): Promise<ChangePage> {
  const place = placeOf(request);
  const { rows, hasMore, answeredAt } = await search(listing, place, request.until);
  if (place?.kind === 'within') {
    const last = rows.at(-1);
    const next: Place =
      hasMore && last !== undefined ? { ...place, afterId: last.nativeId } : { kind: 'after', at: place.at };
    return { changed: rows, continuation: JSON.stringify(next), answeredAt };
  }
  const [first, last] = [rows[0], rows.at(-1)];
  if (!hasMore || first === undefined || last === undefined)
    return { changed: rows, continuation: null, answeredAt };
  // P2
  if (first.at === last.at) {
    return { changed: [], continuation: JSON.stringify(within(last.at)), answeredAt };
  }
  // P1
  const next: Place = { kind: 'from', at: last.at };
  return {
    changed: rows.filter(({ at }) => at !== last.at),
    continuation: JSON.stringify(next),
    answeredAt,
  };
}

function within(at: Instant): Place {
  return { kind: 'within', at, afterId: '' };
}

function placeOf({ since, continuation }: ChangeRequest): Place | null {
  if (continuation !== null) return parseContinuation(PlaceSchema, continuation);
  return since === null ? null : { kind: 'from', at: since };
}

async function search(
  { client, mapping, pageSize }: ModifiedListing,
  place: Place | null,
  until: Instant | null,
): Promise<Page> {
  const modified = modifiedPropertyOf(mapping.object);
  const call: VendorCall = { system: HUBSPOT, action: 'list changed', subject: mapping.type, writes: false };
  const sortedBy = place?.kind === 'within' ? 'hs_object_id' : modified;
  const result = await client.call(call, {
    method: 'POST',
    path: searchPath(mapping.object),
    body: {
      filterGroups: [{ filters: filtersOf(modified, place, until) }],
      sorts: [{ propertyName: sortedBy, direction: 'ASCENDING' }],
      properties: [modified, MERGED_IDS_PROPERTY],
      limit: pageSize,
    },
  });
  const parsed = SearchSchema.safeParse(result.status === 'ok' ? result.body : undefined);
  if (!parsed.success) throw misshapen(call);
  const { results, paging } = parsed.data;
  const rows = results.map(({ id, properties }) => {
    const at = parseInstant(properties[modified] ?? '');
    if (at === undefined) throw misshapen(call);
    const replaces = mergedIds(properties[MERGED_IDS_PROPERTY]);
    return { nativeId: NativeId(id), change: 'changed' as const, at, replaces };
  });
  const hasMore = paging?.next !== undefined;
  // What is not in the order that was asked for would be passed over unseen.
  if (!isAscending(rows, place) || (hasMore && rows.length === 0)) throw misshapen(call);
  return { rows, hasMore, answeredAt: result.status === 'ok' ? result.answeredAt : null };
}

function filtersOf(modified: string, place: Place | null, until: Instant | null): readonly JsonValue[] {
  const filter = (operator: string, value: string, propertyName = modified): JsonValue => ({
    propertyName,
    operator,
    value,
  });
  if (place?.kind === 'within') {
    const later = place.afterId === '' ? [] : [filter('GT', place.afterId, 'hs_object_id')];
    return [filter('EQ', msOf(place.at)), ...later];
  }
  const lower = place === null ? [] : [filter(place.kind === 'from' ? 'GTE' : 'GT', msOf(place.at))];
  return [...lower, ...(until === null ? [] : [filter('LTE', msOf(until))])];
}

/** HubSpot compares times as epoch milliseconds in text. */
function msOf(instant: Instant): string {
  return String(toEpochMs(instant));
}

function isAscending(rows: readonly ChangedObject[], place: Place | null): boolean {
  return rows.every((row, index) => {
    const before = rows[index - 1];
    if (before === undefined) return true;
    return place?.kind === 'within' ? BigInt(row.nativeId) > BigInt(before.nativeId) : row.at >= before.at;
  });
}

/** `hs_merged_object_ids` is one text with semicolons; HubSpot documents no form, so anything else is passed over. */
function mergedIds(text: string | null | undefined): readonly NativeId[] {
  return (text ?? '')
    .split(';')
    .map((id) => id.trim())
    .filter((id) => /^\d+$/.test(id))
    .map(NativeId);
}
