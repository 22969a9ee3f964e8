import { z } from 'zod';
import { Capability } from '#shared/model/capabilities.ts';
import { discrepancies, type Discrepancy, type Grouping } from '#shared/model/discrepancy.ts';
import { toInstant } from '#shared/model/instant.ts';
import type { Query } from '#shared/ports/document-store.ts';
import type { ApiContext } from '../context.ts';
import { sentenceOf } from '../discrepancy-view.ts';
import { policyOf } from '../entity-policies.ts';
import { sightOf } from '../masking.ts';
import { readRoute, type Route } from '../route.ts';
import { NOTHING } from '../schemas.ts';

/** By what the queue is grouped, and the field that holds it. */
const FIELDS = {
  group: 'groupKey',
  cause: 'cause',
  type: 'type',
  dimension: 'dimension',
  class: 'class',
} as const satisfies Readonly<Record<string, Grouping>>;

const NAMES = Object.keys(FIELDS) as (keyof typeof FIELDS)[];

const GroupsQuerySchema = z.strictObject({
  by: z.enum(NAMES, { error: `must be one of ${NAMES.join(', ')}.` }).default('group'),
});

/** More groups than a person works through; what has so many kinds is better seen by cause. */
const MOST_GROUPS = 100;
const DAY_MS = 24 * 60 * 60_000;

export const DISCREPANCY_GROUP_ROUTES: readonly Route[] = [
  readRoute({
    path: '/discrepancies/groups',
    capability: Capability.readDiscrepancies,
    params: NOTHING,
    query: GroupsQuerySchema,
    async read(context, { query: { by }, operator }) {
      const { client } = await context.load();
      const now = context.ports.clock.now();
      const found = await readGroups(context, FIELDS[by], now);
      const items = found.groups
        .toSorted((a, b) => b.newest.severity - a.newest.severity || b.count - a.count)
        .map(({ key, count, openedLastDay, oldest, newest }) => {
          const sight = sightOf(operator.role, policyOf(client, newest.type));
          const { sentence, suggestions, family } = sentenceOf(newest, sight);
          return {
            key,
            count,
            /** Of these, how many came about within the last day. */
            openedLastDay,
            class: newest.class,
            cause: newest.cause,
            family,
            type: newest.type,
            dimension: newest.dimension,
            firstOpenedAt: oldest.openedAt,
            lastOpenedAt: newest.openedAt,
            suggestions,
            example: { recordId: newest.recordId, sentence },
          };
        });
      return { kind: 'found', body: { by, items, isComplete: found.isComplete, asOf: toInstant(now) } };
    },
  }),
];

interface Group {
  readonly key: string;
  readonly count: number;
  readonly openedLastDay: number;
  readonly oldest: Discrepancy;
  readonly newest: Discrepancy;
}

/** Skips from one group to the next, so that the cost grows with the number of groups and not of what is in them. */
async function readGroups(
  { ports: { store } }: ApiContext,
  field: Grouping,
  now: number,
): Promise<{ readonly groups: readonly Group[]; readonly isComplete: boolean }> {
  const groups: Group[] = [];
  let last: string | null = null;
  while (groups.length < MOST_GROUPS) {
    const where: NonNullable<Query<Discrepancy>['where']> = [
      ['isOpen', '==', true],
      ...(last === null ? [] : ([[field, '>', last]] as const)),
    ];
    const [next] = await store.query({ from: discrepancies.ref, where, orderBy: [[field, 'asc']], limit: 1 });
    if (next === undefined) return { groups, isComplete: true };
    last = next.value[field];
    groups.push(await readGroup(store, field, last, { fallback: next.value, now }));
  }
  return { groups, isComplete: false };
}

async function readGroup(
  store: ApiContext['ports']['store'],
  field: Grouping,
  key: string,
  { fallback, now }: { readonly fallback: Discrepancy; readonly now: number },
): Promise<Group> {
  const where = [
    ['isOpen', '==', true],
    [field, '==', key],
  ] as const;
  const ends = (direction: 'asc' | 'desc') =>
    store.query({ from: discrepancies.ref, where, orderBy: [['openedAt', direction]], limit: 1 });
  const [count, openedLastDay, [oldest], [newest]] = await Promise.all([
    store.count({ from: discrepancies.ref, where }),
    store.count({
      from: discrepancies.ref,
      where: [...where, ['openedAt', '>=', toInstant(now - DAY_MS)]],
    }),
    ends('asc'),
    ends('desc'),
  ]);
  return { key, count, openedLastDay, oldest: oldest?.value ?? fallback, newest: newest?.value ?? fallback };
}
