import { NativeId, type EntityType } from '#shared/model/ids.ts';
import type { ObservationMethod } from '#shared/model/vocabulary.ts';
import type { VendorCall } from '#shared/errors/vendor-faults.ts';
import type { Clock } from '#shared/ports/clock.ts';
import type {
  BatchReadResult,
  EntityMapping,
  FindRequest,
  FindResult,
  ReadResult,
  SystemReader,
} from '../connector.ts';
import { mappingOf, representationOf, type NativeObject } from '../native-fields.ts';
import { parseOwnId } from '../own-id.ts';
import { idsOfBatch } from '../read-batch.ts';
import { HUBSPOT, hubspotCapabilities } from './capabilities.ts';
import type { HubspotClient } from './client.ts';
import { isMissing, misshapen } from './errors.ts';
import { listIds } from './list-ids.ts';
import {
  batchReadPath,
  HubspotBatchSchema,
  HubspotObjectSchema,
  modifiedPropertyOf,
  objectsPath,
  OWN_ID_PROPERTY,
  type HubspotObject,
} from './objects.ts';

export interface HubspotReaderDependencies {
  readonly client: HubspotClient;
  readonly clock: Clock;
  readonly mappings: readonly EntityMapping[];
}

/** Properties by which HubSpot finds one object exactly, by the natural key they hold. */
const ID_PROPERTIES: ReadonlyMap<string, string> = new Map([['email', 'email']]);

/** Exact reads only: HubSpot's search lags behind its own writes. */
export function createHubspotReader({ client, clock, mappings }: HubspotReaderDependencies): SystemReader {
  async function byIdProperty(
    type: EntityType,
    idProperty: string,
    value: string,
  ): Promise<HubspotObject | undefined> {
    const { object } = mappingOf(mappings, type);
    const call: VendorCall = {
      system: HUBSPOT,
      action: 'find',
      subject: `a ${type} by ${idProperty}`,
      writes: false,
    };
    const result = await client.call(
      call,
      { method: 'GET', path: objectsPath(object, value), query: { idProperty, properties: OWN_ID_PROPERTY } },
      { missing: isMissing },
    );
    return result.status === 'ok' ? parseObject(call, result.body) : undefined;
  }

  return {
    capabilities: hubspotCapabilities,
    mapping: (type) => mappingOf(mappings, type),

    async read(type, nativeId) {
      const found = await readObject(
        { client, clock, mapping: mappingOf(mappings, type) },
        nativeId,
        'read',
        'read',
      );
      if (found.status !== 'found') return found;
      const { representation, answeredAt } = found;
      return { status: 'found', representation, answeredAt };
    },

    readMany: async (type, nativeIds) =>
      readObjects(
        { client, clock, mapping: mappingOf(mappings, type) },
        idsOfBatch(nativeIds, hubspotCapabilities),
      ),

    listIds: async (type, after) => listIds(client, mappingOf(mappings, type), after),

    async find(request: FindRequest): Promise<FindResult> {
      if (request.ownId !== null) {
        const own = await byIdProperty(request.type, OWN_ID_PROPERTY, request.ownId);
        if (own !== undefined && own.archived !== true && own.properties[OWN_ID_PROPERTY] === request.ownId) {
          return { status: 'own', nativeId: NativeId(own.id) };
        }
      }
      const nativeIds = new Set<NativeId>();
      for (const { key, value } of request.keys) {
        const idProperty = ID_PROPERTIES.get(key);
        if (idProperty === undefined || value === '') continue;
        const found = await byIdProperty(request.type, idProperty, value);
        if (found !== undefined && found.archived !== true) nativeIds.add(NativeId(found.id));
      }
      return nativeIds.size === 0 ? { status: 'none' } : { status: 'match', nativeIds: [...nativeIds] };
    },
  };
}

export interface ObjectRead {
  readonly client: HubspotClient;
  readonly clock: Clock;
  readonly mapping: EntityMapping;
  /** Properties whose former values are wanted too. */
  readonly withHistory?: readonly string[];
}

export type ObjectReadResult =
  | (Required<Extract<ReadResult, { status: 'found' }>> & { readonly object: HubspotObject })
  | Exclude<ReadResult, { status: 'found' }>;

/** Reads one object by its id. An answer under another id is a merge, never a representation (M16). */
export async function readObject(
  { client, clock, mapping, withHistory = [] }: ObjectRead,
  nativeId: NativeId,
  action: string,
  method: ObservationMethod,
): Promise<ObjectReadResult> {
  const call: VendorCall = { system: HUBSPOT, action, subject: `${mapping.type} ${nativeId}`, writes: false };
  const properties = [...new Set(propertiesOf(mapping))].join(',');
  const query =
    withHistory.length === 0 ? { properties } : { properties, propertiesWithHistory: withHistory.join(',') };
  const observedAtMs = clock.now();
  const result = await client.call(
    call,
    { method: 'GET', path: objectsPath(mapping.object, nativeId), query },
    { missing: isMissing },
  );
  if (result.status === 'expected') return { status: 'gone' };

  const object = parseObject(call, result.body);
  if (object.id !== nativeId) return { status: 'foreign', answeredId: NativeId(object.id) };
  if (object.archived === true) return { status: 'gone' };
  const representation = representationOf(mapping, nativeObjectOf(mapping, object), observedAtMs, method);
  return { status: 'found', representation, object, answeredAt: result.answeredAt };
}

/**
 * Reads several objects at once. Rows come in any order and are known by their ids alone: an id without a row of its
 * own is missing, also when a row came under an id that nobody asked for, which a read by id will show as a merge (M16).
 */
async function readObjects(
  { client, clock, mapping }: Omit<ObjectRead, 'withHistory'>,
  nativeIds: readonly NativeId[],
): Promise<ReadonlyMap<NativeId, BatchReadResult>> {
  if (nativeIds.length === 0) return new Map();
  const subject = `${nativeIds.length} of ${mapping.type}`;
  const call: VendorCall = { system: HUBSPOT, action: 'read many', subject, writes: false };
  const observedAtMs = clock.now();
  const result = await client.call(call, {
    method: 'POST',
    path: batchReadPath(mapping.object),
    body: { inputs: nativeIds.map((id) => ({ id })), properties: [...new Set(propertiesOf(mapping))] },
  });
  const parsed = HubspotBatchSchema.safeParse(result.status === 'ok' ? result.body : undefined);
  if (!parsed.success) throw misshapen(call);
  const rows = new Map(parsed.data.results.map((object) => [object.id, object]));
  return new Map(
    nativeIds.map((nativeId): [NativeId, BatchReadResult] => {
      const object = rows.get(nativeId);
      if (object === undefined || object.archived === true) return [nativeId, { status: 'missing' }];
      const representation = representationOf(mapping, nativeObjectOf(mapping, object), observedAtMs, 'read');
      return [nativeId, { status: 'found', representation }];
    }),
  );
}

/** The object under the names the mapping uses. */
export function nativeObjectOf(mapping: EntityMapping, object: HubspotObject): NativeObject {
  const modified = object.properties[modifiedPropertyOf(mapping.object)] ?? object.updatedAt ?? null;
  const ownId = parseOwnId(object.properties[OWN_ID_PROPERTY]);
  return { nativeId: NativeId(object.id), native: object.properties, modified, ownId };
}

/** Reads HubSpot's form of an object. @throws ConcordError `vendor_protocol` for anything else. */
export function parseObject(call: VendorCall, body: unknown): HubspotObject {
  const parsed = HubspotObjectSchema.safeParse(body);
  if (!parsed.success) throw misshapen(call);
  return parsed.data;
}

/** What is read: a mapping's fields, the aliases its natural keys come from, our own id, and the modified time. */
function propertiesOf(mapping: EntityMapping): readonly string[] {
  const fields = mapping.fields.map(({ native }) => native);
  const aliases = mapping.object === 'contacts' ? ['email', 'hs_additional_emails'] : [];
  return [...fields, ...aliases, OWN_ID_PROPERTY, modifiedPropertyOf(mapping.object)];
}
