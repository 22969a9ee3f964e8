import type { VendorCall } from '#shared/errors/vendor-faults.ts';
import type { NativeId } from '#shared/model/ids.ts';
import type { JsonValue } from '#shared/model/json.ts';
import type { ObservationMethod } from '#shared/model/vocabulary.ts';
import type { Clock } from '#shared/ports/clock.ts';
import type {
  BatchReadResult,
  EntityMapping,
  FindRequest,
  FindResult,
  ReadResult,
  SystemReader,
} from '../connector.ts';
import { mappingOf, representationOf } from '../native-fields.ts';
import { idsOfBatch } from '../read-batch.ts';
import { SHOPIFY, shopifyCapabilities } from './capabilities.ts';
import type { ShopifyClient } from './client.ts';
import { parseCustomer, parseCustomerId } from './customer.ts';
import { misshapen } from './errors.ts';
import { listIds } from './list-ids.ts';
import { findCustomers, OWN_ID_KEY, OWN_ID_NAMESPACE, READ_CUSTOMER, READ_CUSTOMERS } from './operations.ts';

export interface ShopifyReaderDependencies {
  readonly client: ShopifyClient;
  readonly clock: Clock;
  readonly mappings: readonly EntityMapping[];
}

/** Fields of `CustomerIdentifierInput`, by the natural key they hold. */
const IDENTIFIERS: ReadonlyMap<string, string> = new Map([['email', 'emailAddress']]);

/** Each identifier costs a point or two of the bucket; a record has rarely more than a handful. */
const MAX_KEYS = 50;

/** Exact reads by id or unique key only: the search index lags. */
export function createShopifyReader(dependencies: ShopifyReaderDependencies): SystemReader {
  const { client, mappings } = dependencies;
  return {
    capabilities: shopifyCapabilities,
    mapping: (type) => mappingOf(mappings, type),

    read: (type, nativeId) => readCustomer(dependencies, mappingOf(mappings, type), nativeId, 'read'),

    readMany: async (type, nativeIds) =>
      readCustomers(dependencies, mappingOf(mappings, type), idsOfBatch(nativeIds, shopifyCapabilities)),

    listIds: async (type, after) => listIds(client, mappingOf(mappings, type), after),

    async find(request: FindRequest): Promise<FindResult> {
      const { type, ownId } = request;
      mappingOf(mappings, type);
      const identifiers = identifiersOf(request);
      if (identifiers.length === 0) return { status: 'none' };
      const call: VendorCall = {
        system: SHOPIFY,
        action: 'find',
        subject: `${type} of ${ownId ?? 'no record'}`,
        writes: false,
      };
      const variables = Object.fromEntries(
        identifiers.map((identifier, index) => [`by${index}`, identifier]),
      );
      const data = await client.run(call, findCustomers(identifiers.length), variables);
      const found = identifiers.map((_, index) => parseCustomerId(call, data[`by${index}`]));

      const own = ownId === null ? null : (found.shift() ?? null);
      if (own !== null) return { status: 'own', nativeId: own };
      const nativeIds = [...new Set(found.filter((nativeId) => nativeId !== null))];
      return nativeIds.length === 0 ? { status: 'none' } : { status: 'match', nativeIds };
    },
  };
}

/** Our own id first, where one is asked for, then the natural keys. */
function identifiersOf({ ownId, keys }: FindRequest): readonly JsonValue[] {
  const natural = keys.slice(0, MAX_KEYS).flatMap(({ key, value }): readonly JsonValue[] => {
    const name = IDENTIFIERS.get(key);
    return name === undefined || value === '' ? [] : [{ [name]: value }];
  });
  if (ownId === null) return natural;
  return [{ customId: { namespace: OWN_ID_NAMESPACE, key: OWN_ID_KEY, value: ownId } }, ...natural];
}

/** Reads one customer by its id. An answer under another id is a merge, never a representation (M16). */
export async function readCustomer(
  { client, clock }: ShopifyReaderDependencies,
  mapping: EntityMapping,
  nativeId: NativeId,
  method: Extract<ObservationMethod, 'read' | 'read_back'>,
): Promise<ReadResult> {
  const action = method === 'read' ? 'read' : 'read back';
  const call: VendorCall = { system: SHOPIFY, action, subject: `${mapping.type} ${nativeId}`, writes: false };
  const observedAtMs = clock.now();
  const { content, answeredAt } = await client.ask(call, READ_CUSTOMER, { id: nativeId });
  const { customer } = content;
  if (customer === undefined) throw misshapen(call);
  if (customer === null) return { status: 'gone' };
  const found = parseCustomer(call, customer);
  if (found.nativeId !== nativeId) return { status: 'foreign', answeredId: found.nativeId };
  return {
    status: 'found',
    representation: representationOf(mapping, found, observedAtMs, method),
    answeredAt,
  };
}

/** Reads several customers at once. Shopify answers in the order of the ids, so each answer is known by its place. */
async function readCustomers(
  { client, clock }: ShopifyReaderDependencies,
  mapping: EntityMapping,
  nativeIds: readonly NativeId[],
): Promise<ReadonlyMap<NativeId, BatchReadResult>> {
  if (nativeIds.length === 0) return new Map();
  const subject = `${nativeIds.length} of ${mapping.type}`;
  const call: VendorCall = { system: SHOPIFY, action: 'read many', subject, writes: false };
  const observedAtMs = clock.now();
  const { nodes } = await client.run(call, READ_CUSTOMERS, { ids: [...nativeIds] });
  if (!Array.isArray(nodes) || nodes.length !== nativeIds.length) throw misshapen(call);
  return new Map(
    nativeIds.map((nativeId, place): [NativeId, BatchReadResult] => {
      const node: unknown = nodes[place];
      if (node === null || isOfAnotherType(node)) return [nativeId, { status: 'missing' }];
      const found = parseCustomer(call, node);
      if (found.nativeId !== nativeId) return [nativeId, { status: 'foreign', answeredId: found.nativeId }];
      return [
        nativeId,
        { status: 'found', representation: representationOf(mapping, found, observedAtMs, 'read') },
      ];
    }),
  );
}

/** An id of something else, as a person may have linked it: none of what is asked of a customer is said of it. */
function isOfAnotherType(node: unknown): boolean {
  return typeof node === 'object' && node !== null && Object.keys(node).length === 0;
}
