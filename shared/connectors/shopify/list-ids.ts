import { z } from 'zod';
import type { VendorCall } from '#shared/errors/vendor-faults.ts';
import type { NativeId } from '#shared/model/ids.ts';
import type { EntityMapping, IdPage } from '../connector.ts';
import { parseContinuation } from '../continuation.ts';
import { SHOPIFY } from './capabilities.ts';
import type { ShopifyClient } from './client.ts';
import { misshapen } from './errors.ts';
import { customerIdOf } from './native-id.ts';
import { LIST_CUSTOMERS } from './operations.ts';

/** Shopify's longest page. */
const LIST_PAGE = 250;

const PlaceSchema = z.object({ fromId: z.string().regex(/^\d+$/) });

const ConnectionSchema = z.object({
  nodes: z.array(z.object({ id: z.string() })),
  pageInfo: z.object({ hasNextPage: z.boolean() }),
});

/**
 * Lists one page of customers in the order of their ids. Each page is a query of its own that begins after the last id
 * of the one before, because Shopify ends the pages of one query at 25,000 objects.
 */
export async function listIds(
  client: ShopifyClient,
  mapping: EntityMapping,
  after: string | null,
): Promise<IdPage> {
  const call: VendorCall = { system: SHOPIFY, action: 'list', subject: mapping.type, writes: false };
  const fromId = after === null ? '1' : parseContinuation(PlaceSchema, after).fromId;
  const { customers } = await client.run(call, LIST_CUSTOMERS, {
    first: LIST_PAGE,
    after: null,
    query: `id:>=${fromId}`,
    sortKey: 'ID',
    reverse: false,
  });
  const parsed = ConnectionSchema.safeParse(customers);
  if (!parsed.success) throw misshapen(call);
  const { nodes, pageInfo } = parsed.data;
  const nativeIds = nodes.map(({ id }) => {
    const nativeId = customerIdOf(id);
    if (nativeId === undefined) throw misshapen(call);
    return nativeId;
  });
  if (!pageInfo.hasNextPage) return { nativeIds, after: null };
  const last = nativeIds.at(-1);
  // A list that goes on without moving on would never end.
  if (last === undefined || digitsOf(last) < BigInt(fromId)) throw misshapen(call);
  return { nativeIds, after: JSON.stringify({ fromId: String(digitsOf(last) + 1n) }) };
}

function digitsOf(nativeId: NativeId): bigint {
  return BigInt(nativeId.slice(nativeId.lastIndexOf('/') + 1));
}
