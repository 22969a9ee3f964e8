import { z } from 'zod';
import type { ClientDefinition } from '#shared/clients/client-definition.ts';
import { Capability } from '#shared/model/capabilities.ts';
import { normalEmail } from '#shared/model/email.ts';
import { crosswalkRef, naturalKeyRef } from '#shared/model/identity-documents.ts';
import { NativeId, RecordId } from '#shared/model/ids.ts';
import { toInstant } from '#shared/model/instant.ts';
import { records } from '#shared/model/record.ts';
import type { DocumentStore } from '#shared/ports/document-store.ts';
import { rowsOfIds } from '../record-row.ts';
import { readRoute, type Route } from '../route.ts';
import { entityTypeName, NOTHING, systemName } from '../schemas.ts';

const ResolveQuerySchema = z
  .strictObject({
    /** Any id or natural key; `hubspot:501` asks one system only. */
    q: z.string().trim().min(3, 'must have 3 characters at least.').max(200).optional(),
    system: systemName.optional(),
    type: entityTypeName.optional(),
    id: z.string().min(1).max(200).transform(NativeId).optional(),
  })
  .refine(({ q, system, id }) => (q === undefined) !== (system === undefined || id === undefined), {
    message: 'give q, or system and id.',
  });

type ResolveQuery = z.output<typeof ResolveQuerySchema>;

/** One exact way to ask for a record. */
interface Look {
  readonly by: 'record_id' | 'native_id' | 'natural_key';
  readonly system: string | null;
  readonly type: string | null;
  readonly find: (store: DocumentStore) => Promise<RecordId | null>;
}

/** Shop windows name their records differently; a link from one of them must lead to one record or say where it looked. */
export const RESOLVE_ROUTES: readonly Route[] = [
  readRoute({
    path: '/resolve',
    capability: Capability.readRecords,
    params: NOTHING,
    query: ResolveQuerySchema,
    async read(context, { query, operator }) {
      const { client } = await context.load();
      const looks = looksFor(client, query);
      const found = await Promise.all(
        looks.map(async (look) => ({ look, recordId: await look.find(context.ports.store) })),
      );
      const ids = [...new Set(found.flatMap(({ recordId }) => recordId ?? []))];
      const rows = await rowsOfIds(context, client, operator.role, ids);
      return {
        kind: 'found',
        body: {
          matches: rows.map((row) => ({
            ...row,
            matchedBy: found.filter(({ recordId }) => recordId === row.id).map(({ look }) => told(look)),
            match: 'exact',
          })),
          searched: looks.map(told),
          asOf: toInstant(context.ports.clock.now()),
        },
      };
    },
  }),
];

function told({ by, system, type }: Look): object {
  return { by, system, type };
}

function looksFor(client: ClientDefinition, { q, system, type, id }: ResolveQuery): readonly Look[] {
  const types = client.entities
    .map((policy) => policy.type)
    .filter((one) => type === undefined || one === type);
  if (q === undefined) {
    return types.flatMap((one) =>
      system === undefined || id === undefined ? [] : [nativeLook(system, one, id)],
    );
  }
  const named = client.systems.find((one) => q.startsWith(`${one}:`));
  const text = named === undefined ? q : q.slice(named.length + 1);
  const systems = named === undefined ? client.systems : [named];
  return [
    ...(/^rec_\w{1,40}$/.test(q) ? [recordLook(RecordId(q))] : []),
    ...systems.flatMap((one) => types.map((entityType) => nativeLook(one, entityType, NativeId(text)))),
    ...(q.includes('@') ? types.map((entityType) => emailLook(entityType, q)) : []),
  ];
}

function recordLook(id: RecordId): Look {
  return {
    by: 'record_id',
    system: null,
    type: null,
    find: async (store) => (await store.get(records.at(id)))?.value.id ?? null,
  };
}

function nativeLook(
  system: Parameters<typeof crosswalkRef>[0],
  type: Parameters<typeof crosswalkRef>[1],
  id: NativeId,
): Look {
  return {
    by: 'native_id',
    system,
    type,
    find: async (store) => (await store.get(crosswalkRef(system, type, id)))?.value.recordId ?? null,
  };
}

function emailLook(type: Parameters<typeof naturalKeyRef>[0], text: string): Look {
  const key = { key: 'email', value: normalEmail(text) };
  return {
    by: 'natural_key',
    system: null,
    type,
    find: async (store) => (await store.get(naturalKeyRef(type, key)))?.value.recordId ?? null,
  };
}
