import { expect } from 'vitest';
import type { ChangedObject, ChangeRequest } from '#shared/connectors/change-feed.ts';
import { NativeId } from '#shared/model/ids.ts';
import { toInstant } from '#shared/model/instant.ts';
import { ADA, failureOf, garbling } from './connector-acts.ts';
import type { ConnectorUnderTest, OpenConnector } from './connector-under-test.ts';
import type { ContractCase } from './contract-case.ts';

const MINUTE_MS = 60_000;
/** A list that is longer than this does not end. */
const MAX_PAGES = 50;

/** Follows a list to its end. `between` runs after each page but the last. */
async function listed(
  world: ConnectorUnderTest,
  asked: Partial<ChangeRequest> = {},
  between: (page: number) => Promise<void> = async () => undefined,
): Promise<readonly ChangedObject[]> {
  const { changes } = world.connector;
  const rows: ChangedObject[] = [];
  let request: ChangeRequest = {
    type: world.type,
    stream: 'modified',
    since: null,
    until: null,
    continuation: null,
    ...asked,
  };
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer = await changes.list(request);
    rows.push(...answer.changed);
    if (answer.continuation === null) return rows;
    request = {
      ...request,
      until: request.until ?? answer.answeredAt,
      continuation: answer.continuation,
    };
    // A vendor takes its time, and limits what it is asked within a second.
    world.advance(1_000);
    await between(page);
  }
  throw new Error('The list did not end.');
}

const idsOf = (rows: readonly ChangedObject[]): readonly NativeId[] => rows.map(({ nativeId }) => nativeId);

/** Promises of every connector's list of changes. The vendor behind it is a strict twin. */
export const changeFeedCases: readonly ContractCase<OpenConnector>[] = [
  {
    title:
      'a list names what changed since a time, with the time, and nothing that could be decided from (M4)',
    async run(open) {
      const world = await open();
      const early = await world.typeIn({ email: ADA });
      world.advance(10 * MINUTE_MS);
      const since = toInstant(world.now());
      const late = await world.typeIn({ email: 'grace@example.com', firstName: 'Grace' });
      world.advance(MINUTE_MS);

      const all = await listed(world);
      const recent = await listed(world, { since });

      expect(idsOf(all).toSorted()).toEqual([early, late].toSorted());
      expect(recent).toEqual([{ nativeId: late, change: 'changed', at: since, replaces: [] }]);
    },
  },
  {
    title: 'what changed at the very time a list begins at is listed, and what changed long ago is not',
    async run(open) {
      const world = await open();
      await world.typeIn({ email: ADA });
      world.advance(2 * 60 * MINUTE_MS);
      const at = toInstant(world.now());
      const edge = await world.typeIn({ email: 'grace@example.com' });
      world.advance(90 * MINUTE_MS);

      expect(idsOf(await listed(world, { since: at }))).toEqual([edge]);
    },
  },
  {
    title: "a list tells the vendor's clock, which is not ahead of it",
    async run(open) {
      const world = await open();

      const { answeredAt } = await world.connector.changes.list({
        type: world.type,
        stream: 'modified',
        since: null,
        until: null,
        continuation: null,
      });

      const behindMs = world.now() - Date.parse(answeredAt ?? '');
      expect(behindMs).toBeGreaterThanOrEqual(0);
      expect(behindMs).toBeLessThan(1_000);
    },
  },
  {
    title: 'an edit is listed again with its new time',
    async run(open) {
      const world = await open();
      const nativeId = await world.typeIn({ email: ADA });
      world.advance(5 * MINUTE_MS);
      await world.edit(nativeId, { firstName: 'Augusta' });

      const rows = await listed(world);

      expect(rows).toMatchObject([{ nativeId, at: toInstant(world.now()) }]);
    },
  },
  {
    title: 'more customers of one single time than a page holds are all listed',
    async run(open) {
      const world = await open();
      const typed: NativeId[] = [];
      for (let index = 0; index < 620; index += 1) {
        typed.push(await world.typeIn({ email: `person-${index}@example.com` }));
      }
      const since = toInstant(world.now());
      world.advance(MINUTE_MS);

      expect(idsOf(await listed(world)).toSorted()).toEqual(typed.toSorted());
      expect(idsOf(await listed(world, { since })).toSorted()).toEqual(typed.toSorted());
    },
  },
  {
    title: 'no customer is passed over because others are edited while the list is read',
    async run(open) {
      const world = await open();
      const typed: NativeId[] = [];
      const begun = toInstant(world.now());
      for (let index = 0; index < 620; index += 1) {
        world.advance(1_000);
        typed.push(await world.typeIn({ email: `person-${index}@example.com` }));
      }
      world.advance(MINUTE_MS);
      const until = toInstant(world.now());
      for (const since of [null, begun]) {
        const rows = await listed(world, { since, until }, async (page) => {
          world.advance(1_000);
          // From both ends, so that the objects shift whichever way a list goes.
          for (const place of [3 * page, 3 * page + 1, 619 - page]) {
            await world.edit(typed[place] as NativeId, { firstName: `edited ${world.now()}` });
          }
        });
        const later = await listed(world, { since: until });

        expect(typed.filter((id) => ![...idsOf(rows), ...idsOf(later)].includes(id))).toEqual([]);
      }
    },
  },
  {
    title: 'a customer that a person deleted is suspected, where the vendor lists what it archived (M10)',
    async run(open) {
      const world = await open();
      const early = await world.typeIn({ email: ADA });
      await world.remove(early);
      world.advance(10 * MINUTE_MS);
      const since = toInstant(world.now());
      const late = await world.typeIn({ email: 'grace@example.com' });
      await world.remove(late);
      const { changes } = world.connector;

      if (changes.streams.archived === undefined) {
        const failure = await failureOf(listed(world, { stream: 'archived' }));
        expect(failure.code).toBe('invalid_argument');
        return;
      }

      expect(await listed(world, { stream: 'archived', since })).toEqual([
        { nativeId: late, change: 'deleted', at: since, replaces: [] },
      ]);
      expect(idsOf(await listed(world, { stream: 'archived' })).toSorted()).toEqual([early, late].toSorted());
      expect(await listed(world)).toEqual([]);
    },
  },
  {
    title: 'the winner of a merge names who was merged into it, where the vendor tells (M16)',
    async run(open) {
      const world = await open();
      const winner = await world.typeIn({ email: ADA });
      const loser = await world.typeIn({ email: 'grace@example.com' });
      world.advance(MINUTE_MS);
      await world.merge(winner, loser);

      const rows = await listed(world);

      expect(rows).toHaveLength(1);
      const isTold = world.connector.changes.streams.modified?.tellsMerges;
      expect(rows[0]?.replaces.includes(loser)).toBe(isTold);
    },
  },
  {
    title: 'a change that the index does not show yet is listed once it does',
    async run(open) {
      const world = await open();
      const nativeId = await world.typeIn({ email: ADA });
      await world.control.fault({ kind: 'search-lag', ms: 20_000 });

      const early = await listed(world);
      world.advance(20_000);
      const late = await listed(world);

      expect(idsOf(early)).toEqual([]);
      expect(idsOf(late)).toEqual([nativeId]);
    },
  },
  {
    title: 'a list that meets the rate limit says how long to wait, and goes on where it was',
    async run(open) {
      const world = await open();
      const nativeId = await world.typeIn({ email: ADA });
      await world.control.fault({ kind: '429', count: 1 });

      const failure = await failureOf(listed(world));

      expect(failure).toMatchObject({ code: 'vendor_rate_limited', disposition: 'retry' });
      expect(failure.retryAfterMs).toBeGreaterThan(0);
      expect(idsOf(await listed(world))).toEqual([nativeId]);
    },
  },
  {
    title: 'an answer that is no list is no empty list (M10)',
    async run(open) {
      for (const body of ['', '<html>', '{}', '[1]', '{"data":', '{"data":{"customers":null}}']) {
        const world = await open({ through: garbling(body) });
        await world.typeIn({ email: ADA });

        const failure = await failureOf(listed(world));

        expect([failure.code, failure.disposition]).toEqual(['vendor_protocol', 'retry']);
      }
    },
  },
  {
    title: 'a continuation that the feed did not write is refused',
    async run(open) {
      const world = await open();

      const failure = await failureOf(listed(world, { continuation: '{"kind":"elsewhere"}' }));

      expect(failure.code).toBe('invalid_argument');
    },
  },
];
