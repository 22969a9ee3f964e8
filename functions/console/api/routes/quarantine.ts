import { z } from 'zod';
import { Capability } from '#shared/model/capabilities.ts';
import { quarantine, type QuarantineDocument } from '#shared/model/intake-documents.ts';
import type { Query } from '#shared/ports/document-store.ts';
import { PAGE_QUERY, readPage } from '../page.ts';
import { readRoute, type Route } from '../route.ts';
import { NOTHING } from '../schemas.ts';

const KINDS = ['invalid_event', 'dead_letter'] as const satisfies readonly QuarantineDocument['kind'][];

/** What waits for an operator, the latest first. The bytes themselves are not told here. */
export const QUARANTINE_ROUTES: readonly Route[] = [
  readRoute({
    path: '/quarantine',
    capability: Capability.readQuarantine,
    params: NOTHING,
    query: z.strictObject({
      ...PAGE_QUERY,
      kind: z.enum(KINDS, { error: `must be one of ${KINDS.join(', ')}.` }).optional(),
    }),
    async read(context, { query: { kind, limit, cursor } }) {
      const where: NonNullable<Query<QuarantineDocument>['where']> =
        kind === undefined ? [] : [['kind', '==', kind]];
      const page = await readPage(context, {
        from: { from: quarantine.ref, where, orderBy: [['receivedAt', 'desc']] },
        limit,
        cursor,
        toRows: (found) =>
          found.map(({ ref, value }) => ({ id: ref.path.slice(ref.path.indexOf('/') + 1), ...value })),
      });
      return 'kind' in page ? page : { kind: 'found', body: page };
    },
  }),
];
