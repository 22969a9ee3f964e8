import { z } from 'zod';
import type { VendorCall } from '#shared/errors/vendor-faults.ts';
import { NativeId } from '#shared/model/ids.ts';
import type { EntityMapping, IdPage } from '../connector.ts';
import { parseContinuation } from '../continuation.ts';
import { HUBSPOT } from './capabilities.ts';
import type { HubspotClient } from './client.ts';
import { misshapen } from './errors.ts';
import { objectsPath } from './objects.ts';

/** HubSpot's longest page of a list. */
const LIST_PAGE = 100;

const PlaceSchema = z.object({ afterId: z.string().regex(/^\d+$/) });

const ListSchema = z.object({
  results: z.array(z.object({ id: z.string().regex(/^\d+$/) })),
  paging: z.object({ next: z.object({ after: z.string().regex(/^\d+$/) }).optional() }).nullish(),
});

/**
 * Lists one page of objects in the order of their ids, by the list and not by the search, whose index lags. Its
 * `after` is an id and no place, so nothing is passed over when objects come and go.
 */
export async function listIds(
  client: HubspotClient,
  mapping: EntityMapping,
  after: string | null,
): Promise<IdPage> {
  const call: VendorCall = { system: HUBSPOT, action: 'list', subject: mapping.type, writes: false };
  const from = after === null ? null : parseContinuation(PlaceSchema, after).afterId;
  const result = await client.call(call, {
    method: 'GET',
    path: objectsPath(mapping.object),
    query: {
      limit: String(LIST_PAGE),
      properties: 'hs_object_id',
      ...(from === null ? {} : { after: from }),
    },
  });
  const parsed = ListSchema.safeParse(result.status === 'ok' ? result.body : undefined);
  if (!parsed.success) throw misshapen(call);
  const next = parsed.data.paging?.next?.after;
  // A list that does not move on would never end.
  if (next !== undefined && from !== null && BigInt(next) <= BigInt(from)) throw misshapen(call);
  return {
    nativeIds: parsed.data.results.map(({ id }) => NativeId(id)),
    after: next === undefined ? null : JSON.stringify({ afterId: next }),
  };
}
