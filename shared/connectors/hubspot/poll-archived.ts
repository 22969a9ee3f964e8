import { z } from 'zod';
import type { VendorCall } from '#shared/errors/vendor-faults.ts';
import { NativeId } from '#shared/model/ids.ts';
import { parseInstant } from '#shared/model/instant.ts';
import type { ChangedObject, ChangePage, ChangeRequest } from '../change-feed.ts';
import type { EntityMapping } from '../connector.ts';
import { parseContinuation } from '../continuation.ts';
import { HUBSPOT } from './capabilities.ts';
import type { HubspotClient } from './client.ts';
import { misshapen } from './errors.ts';
import { objectsPath } from './objects.ts';

/** HubSpot's longest page of a list. */
const LIST_PAGE = 100;

const PlaceSchema = z.object({ afterId: z.string().regex(/^\d+$/) });

const ListSchema = z.object({
  results: z.array(
    z.object({
      id: z.string().regex(/^\d+$/),
      archivedAt: z.string().nullish(),
      updatedAt: z.string().nullish(),
    }),
  ),
  paging: z.object({ next: z.object({ after: z.string().regex(/^\d+$/) }).optional() }).nullish(),
});

/**
 * Lists one page of the recycle bin. HubSpot keeps it in the order of ids and knows no filter by time, so that
 * each list goes through all of it, which is what was deleted within 90 days; older ones are dropped here. Its
 * `after` is an id and no place, so nothing is passed over when objects come and go.
 */
export async function listArchived(
  client: HubspotClient,
  mapping: EntityMapping,
  { since, continuation }: ChangeRequest,
): Promise<ChangePage> {
  const call: VendorCall = { system: HUBSPOT, action: 'list archived', subject: mapping.type, writes: false };
  const after = continuation === null ? null : parseContinuation(PlaceSchema, continuation).afterId;
  const result = await client.call(call, {
    method: 'GET',
    path: objectsPath(mapping.object),
    query: { archived: 'true', limit: String(LIST_PAGE), ...(after === null ? {} : { after }) },
  });
  const parsed = ListSchema.safeParse(result.status === 'ok' ? result.body : undefined);
  if (!parsed.success) throw misshapen(call);
  const { results, paging } = parsed.data;
  const changed = results.map(({ id, archivedAt, updatedAt }): ChangedObject => {
    const at = parseInstant(archivedAt ?? updatedAt ?? '');
    if (at === undefined) throw misshapen(call);
    return { nativeId: NativeId(id), change: 'deleted', at, replaces: [] };
  });
  const next = paging?.next?.after;
  // A list that does not move on would never end.
  if (next !== undefined && after !== null && BigInt(next) <= BigInt(after)) throw misshapen(call);
  return {
    changed: changed.filter(({ at }) => since === null || at >= since),
    continuation: next === undefined ? null : JSON.stringify({ afterId: next }),
    answeredAt: result.status === 'ok' ? result.answeredAt : null,
  };
}
