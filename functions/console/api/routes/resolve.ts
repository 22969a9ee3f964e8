import { z } from 'zod';
import type { ClientDefinition } from '#shared/clients/client-definition.ts';
import { Capability, type Role } from '#shared/model/capabilities.ts';
import { NativeId } from '#shared/model/ids.ts';
import { toInstant } from '#shared/model/instant.ts';
import { looksForNativeId, looksForText, lookUp, type Look } from '../look-up.ts';
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

/** Leads from any id or natural key to its record, for links in the systems' own pages. Nothing found says where it was looked for. */
export const RESOLVE_ROUTES: readonly Route[] = [
  readRoute({
    path: '/resolve',
    capability: Capability.readRecords,
    params: NOTHING,
    query: ResolveQuerySchema,
    async read(context, { query, operator }) {
      const { client } = await context.load();
      const looks = looksFor(client, operator.role, query);
      const found = await lookUp(context.ports.store, looks);
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

function looksFor(
  client: ClientDefinition,
  role: Role,
  { q, system, type, id }: ResolveQuery,
): readonly Look[] {
  if (q !== undefined) return looksForText(client, role, q, type);
  return system === undefined || id === undefined ? [] : looksForNativeId(client, system, id, type);
}
