import { z } from 'zod';
import { Capability } from '#shared/model/capabilities.ts';
import { guards, heldRecords, type Guard, type HeldRecord } from '#shared/model/guard.ts';
import { toInstant } from '#shared/model/instant.ts';
import { records } from '#shared/model/record.ts';
import { countedBy } from '#shared/workflows/mass-guard/close-guards.ts';
import type { ApiContext } from '../context.ts';
import { sightOf } from '../masking.ts';
import { PAGE_QUERY, readPage } from '../page.ts';
import { planContextOf } from '../plan-start.ts';
import { notFound } from '../problem.ts';
import { titleOf } from '../record-title.ts';
import { readRoute, type Route } from '../route.ts';
import { guardName, NOTHING } from '../schemas.ts';

const PageQuerySchema = z.strictObject(PAGE_QUERY);

/** Mass guards that were closed at least once, and what they hold. A guard that never stopped anything is none here. */
export const GUARD_ROUTES: readonly Route[] = [
  readRoute({
    path: '/guards',
    capability: Capability.readDiscrepancies,
    params: NOTHING,
    query: PageQuerySchema,
    async read(context, { query: { limit, cursor } }) {
      const page = await readPage<Guard, object>(context, {
        from: { from: guards.ref },
        limit,
        cursor,
        toRows: (found) => Promise.all(found.map(({ value }) => toGuardRow(context, value))),
      });
      return 'kind' in page ? page : { kind: 'found', body: page };
    },
  }),
  readRoute({
    path: '/guards/:key/held',
    capability: Capability.readDiscrepancies,
    params: z.strictObject({ key: guardName }),
    query: PageQuerySchema,
    async read(context, { params: { key }, query: { limit, cursor }, operator }) {
      const { store } = context.ports;
      if ((await store.get(guards.at(key))) === undefined) return notFound('guard', key);
      const { client } = await context.load();
      const page = await readPage<HeldRecord, object>(context, {
        from: { from: heldRecords.under(guards.at(key)) },
        limit,
        cursor,
        async toRows(found) {
          const held = await store.getAll(found.map(({ value }) => records.at(value.recordId)));
          return found.map(({ value: { recordId, since, heldAt, released } }, index) => {
            const record = held[index]?.value;
            const policy = client.entities.find(({ type }) => type === record?.type);
            const isKnown = record !== undefined && policy !== undefined;
            const title = isKnown ? titleOf(record, sightOf(operator.role, policy)) : recordId;
            return { recordId, type: record?.type ?? null, title, since, heldAt, released };
          });
        },
      });
      return 'kind' in page ? page : { kind: 'found', body: page };
    },
  }),
];

async function toGuardRow(context: ApiContext, guard: Guard): Promise<object> {
  const { ports } = context;
  const now = ports.clock.now();
  const { key, subject, closedUntil, closedAt, total, limit } = guard;
  const [counted, held] = await Promise.all([
    countedBy(await planContextOf(context), key, now),
    ports.store.count({ from: heldRecords.under(guards.at(key)) }),
  ]);
  return {
    key,
    ...subject,
    isClosed: closedUntil > toInstant(now),
    closedAt,
    closedUntil,
    /** What was counted when it was closed last, and the most that would have passed. */
    total,
    limit,
    /** What is counted of the window that ends now. */
    counted,
    /** Records that wait for somebody to let them pass, or are on their way since. */
    held,
  };
}
