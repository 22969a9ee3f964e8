import { z } from 'zod';
import { Capability } from '#shared/model/capabilities.ts';
import { crosswalks } from '#shared/model/identity-documents.ts';
import { toInstant } from '#shared/model/instant.ts';
import { events, quarantine, type EventDocument } from '#shared/model/intake-documents.ts';
import { controlRef } from '#shared/model/settings.ts';
import { EventReason } from '#shared/model/vocabulary.ts';
import { work as workCollection, type WorkDocument } from '#shared/model/work.ts';
import type { Query, Snapshot } from '#shared/ports/document-store.ts';
import { readBudgets } from '../budget-view.ts';
import type { ApiContext } from '../context.ts';
import { currentSettings, isOver } from '../control-settings.ts';
import { cycleView, lagOf } from '../cycle-view.ts';
import { readPolls, type Cycle } from '../cycles.ts';
import { PAGE_QUERY, readPage } from '../page.ts';
import { notFound } from '../problem.ts';
import { promisesOf } from '../promises.ts';
import { readRoute, type Route } from '../route.ts';
import { NOTHING, systemName } from '../schemas.ts';

const SystemParamsSchema = z.strictObject({ system: systemName });

const EventsQuerySchema = z.strictObject({
  ...PAGE_QUERY,
  reason: z
    .enum(Object.values(EventReason), { error: 'must be one of the event reasons in meta.' })
    .optional(),
});

const EventParamsSchema = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]*:[0-9a-f]{32}$/, 'must be the id of an event as its list gives it.'),
});

export const SYSTEM_ROUTES: readonly Route[] = [
  readRoute({
    path: '/systems/:system',
    capability: Capability.readSystems,
    params: SystemParamsSchema,
    query: NOTHING,
    async read(context, { params: { system } }) {
      const declared = await context.load();
      const { client, connectors } = declared;
      if (!client.systems.includes(system)) return notFound('system', system);
      const { store, clock } = context.ports;
      const [linked, waiting, [latest], control, polls, [budget]] = await Promise.all([
        store.count({
          from: crosswalks.ref,
          where: [
            ['system', '==', system],
            ['state', '==', 'active'],
          ],
        }),
        store.count({ from: quarantine.ref, where: [['system', '==', system]] }),
        store.query({
          from: events.ref,
          where: [['system', '==', system]],
          orderBy: [['receivedAt', 'desc']],
          limit: 1,
        }),
        store.get(controlRef),
        readPolls(store, declared, system),
        readBudgets(context, declared, [system]),
      ]);
      const { modes, pauses } = currentSettings(client, control?.value);
      const pause = pauses[system];
      const capabilities = connectors.get(system)?.reader.capabilities;
      const now = toInstant(clock.now());
      const polling = polls.map((poll) => pollView(poll, clock.now()));
      return {
        kind: 'found',
        body: {
          system,
          modes: { client: modes.client, system: modes.systems[system] ?? null },
          pause: pause === undefined || isOver(pause, now) ? null : pause,
          linked,
          quarantined: waiting,
          lastEventAt: latest?.value.receivedAt ?? null,
          capabilities: capabilities ?? null,
          promises: capabilities === undefined ? [] : promisesOf(capabilities),
          polling,
          budget: budget ?? null,
          asOf: now,
        },
      };
    },
  }),
  readRoute({
    path: '/systems/:system/events',
    capability: Capability.readSystems,
    params: SystemParamsSchema,
    query: EventsQuerySchema,
    async read(context, { params: { system }, query: { reason, limit, cursor } }) {
      const { client } = await context.load();
      if (!client.systems.includes(system)) return notFound('system', system);
      const where: NonNullable<Query<EventDocument>['where']> = [
        ['system', '==', system],
        ...(reason === undefined ? [] : ([['reason', '==', reason]] as const)),
      ];
      const page = await readPage(context, {
        from: { from: events.ref, where, orderBy: [['receivedAt', 'desc']] },
        limit,
        cursor,
        toRows: (found) => withOutcomes(context, found),
      });
      return 'kind' in page ? page : { kind: 'found', body: page };
    },
  }),
  readRoute({
    path: '/events/:id',
    capability: Capability.readSystems,
    params: EventParamsSchema,
    query: NOTHING,
    async read(context, { params }) {
      const found = await context.ports.store.get(events.at(params.id));
      if (found === undefined) return notFound('event', params.id);
      const [row] = await withOutcomes(context, [found]);
      return { kind: 'found', body: { ...row, asOf: toInstant(context.ports.clock.now()) } };
    },
  }),
];

/** One polled stream: how far behind it is, and which spans of vendor time it has covered. */
function pollView(poll: Extract<Cycle, { kind: 'poll' }>, now: number): object {
  const { cursor } = poll;
  return {
    ...cycleView(poll, now),
    watermark: cursor?.watermark ?? null,
    lagMs: lagOf(cursor, now),
    coverage: cursor?.coverage ?? [],
  };
}

/** Events with what became of them, as far as the records' work still knows: it keeps the last twenty. */
async function withOutcomes(
  { ports }: ApiContext,
  found: readonly Snapshot<EventDocument>[],
): Promise<readonly object[]> {
  const ids = [...new Set(found.flatMap(({ value }) => value.recordId ?? []))];
  const works = ids.length === 0 ? [] : await ports.store.getAll(ids.map((id) => workCollection.at(id)));
  const workOf = new Map(
    works.flatMap((one) => (one === undefined ? [] : [[one.value.recordId, one.value] as const])),
  );
  return found.map(({ ref, value: { expireAt, ...event } }) => ({
    id: ref.path.slice(ref.path.indexOf('/') + 1),
    ...event,
    keptUntil: toInstant(expireAt.getTime()),
    outcome: outcomeOf(event, event.recordId === null ? undefined : workOf.get(event.recordId)),
  }));
}

/** `pending`: nobody has looked yet. `unknown`: it was served too long ago for `work` to remember. */
function outcomeOf(
  { system, recordId, markSeq }: Omit<EventDocument, 'expireAt'>,
  work: WorkDocument | undefined,
): object {
  if (recordId === null || markSeq === null) return { status: 'no_mark' };
  const mark = work?.marks[system];
  const served = work?.served.findLast((one) => one.system === system && one.seq >= markSeq);
  if (served !== undefined) return { status: 'served', at: served.at, reason: served.reason };
  return { status: mark !== undefined && mark.seq >= markSeq ? 'pending' : 'unknown' };
}
