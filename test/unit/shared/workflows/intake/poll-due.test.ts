import { describe, expect, test } from 'vitest';
import type { ChangeFeed } from '#shared/connectors/change-feed.ts';
import { unavailable } from '#shared/errors/faults.ts';
import { vendorRateLimited, vendorUnavailable } from '#shared/errors/vendor-faults.ts';
import { hubspotCustomer } from '#shared/connectors/hubspot/mappers/customer.ts';
import { shopifyCustomer } from '#shared/connectors/shopify/mappers/customer.ts';
import { budgetRef, windowStart } from '#shared/model/budget.ts';
import { EntityType, SystemId } from '#shared/model/ids.ts';
import { cursorRef, cursors, pollScheduleRef, schedules } from '#shared/model/poll-documents.ts';
import { update } from '#shared/ports/document-store.ts';
import { drawCalls } from '#shared/workflows/draw-calls.ts';
import { pollDue } from '#shared/workflows/intake/poll-due.ts';
import type { PollContext } from '#shared/workflows/intake/poll-streams.ts';
import { changed, createPollSetup, START, TARGET, type PollSetup } from '#test/support/polling.ts';

const MINUTE_MS = 60_000;

const tick = ({ context, clock }: PollSetup): Promise<number> => pollDue(context, clock.now());
const all = ({ store }: PollSetup, collection: typeof cursors | typeof schedules) =>
  store.count({ from: collection.ref });

describe('a tick', () => {
  test('polls what has no schedule yet, and then what is due', async () => {
    const setup = createPollSetup({ everyMs: 2 * MINUTE_MS });

    expect(await tick(setup)).toBe(1);
    setup.clock.advance(MINUTE_MS);
    expect(await tick(setup)).toBe(0);
    setup.clock.advance(MINUTE_MS);
    expect(await tick(setup)).toBe(1);

    expect(setup.asked).toHaveLength(2);
  });

  test('that comes a little early takes what its time is due to', async () => {
    const setup = createPollSetup({ everyMs: MINUTE_MS });
    await tick(setup);

    setup.clock.advance(MINUTE_MS - 4_000);

    expect(await tick(setup)).toBe(1);
  });

  test('leaves alone what is paused, and nothing is lost of it', async () => {
    const setup = createPollSetup();
    await tick(setup);
    await setup.store.commit([update(pollScheduleRef(TARGET), { isPaused: true })]);
    setup.clock.advance(10 * MINUTE_MS);
    expect(await tick(setup)).toBe(0);

    await setup.store.commit([update(pollScheduleRef(TARGET), { isPaused: false })]);
    setup.answer({ changed: [changed('1', -5 * MINUTE_MS)] });
    expect(await tick(setup)).toBe(1);

    expect(setup.published).toHaveLength(1);
  });

  test('asks for no more pages than a minute may take, and goes on with the next', async () => {
    const setup = createPollSetup({ everyMs: MINUTE_MS }, { pagesPerMinute: 3 });
    const page = { continuation: 'more' };
    setup.answer(page, page, page, page, {});

    await tick(setup);
    expect(setup.asked).toHaveLength(3);
    await tick(setup);

    expect(setup.asked).toHaveLength(5);
  });

  test('asks for no page that might end after the next tick began', async () => {
    const setup = createPollSetup();
    const slow = async () => {
      setup.clock.advance(15_000);
      return { continuation: 'more' };
    };
    setup.answer(slow, slow, slow, slow, slow);

    await tick(setup);

    expect(setup.asked).toHaveLength(3);
  });

  test('of a client that has nothing polled does nothing', async () => {
    const setup = createPollSetup();

    const polled = await pollDue({ ...setup.context, client: { mappings: {} } }, START);

    expect(polled).toBe(0);
    expect(await all(setup, schedules)).toBe(0);
  });

  test('of two at once both end, and the stream has one schedule and one cursor', async () => {
    const setup = createPollSetup();

    await Promise.all([tick(setup), tick(setup)]);

    expect([await all(setup, schedules), await all(setup, cursors)]).toEqual([1, 1]);
  });
});

describe('the budget that polls share with checks', () => {
  const more = { continuation: 'more' };
  const drawnOf = async ({ store, clock }: PollSetup) =>
    (await store.get(budgetRef(TARGET.system, windowStart(clock.now()))))?.value.background;

  test('bounds the pages of a minute, and what was not granted is listed in the next', async () => {
    const setup = createPollSetup({ everyMs: MINUTE_MS }, { backgroundCallsPerMinute: 3 });
    setup.answer(more, more, { changed: [changed('1', 1)] });

    await tick(setup);
    // One call of the three is left to checks.
    expect(setup.asked).toHaveLength(2);
    await tick(setup);
    expect(setup.asked).toHaveLength(2);
    setup.clock.advance(MINUTE_MS);
    await tick(setup);

    expect(setup.published.map(({ nativeId }) => nativeId)).toEqual(['1']);
    expect((await setup.store.get(cursorRef(TARGET)))?.value).toMatchObject({ open: null, failures: 0 });
  });

  test('that a client declares holds instead of what the connector allows', async () => {
    const setup = createPollSetup({ everyMs: MINUTE_MS }, { backgroundCallsPerMinute: 3 });
    const callBudgets = { [TARGET.system]: { operator: 4, live: 0, background: 6 } };
    setup.answer(more, more, more, more, more, more, more, more);

    await pollDue({ ...setup.context, client: { ...setup.context.client, callBudgets } }, START);

    expect(setup.asked).toHaveLength(5);
  });

  test('that checks have spent leaves the poll as it was, due at the next tick', async () => {
    const setup = createPollSetup({ everyMs: MINUTE_MS }, { backgroundCallsPerMinute: 3 });
    const { store, clock } = setup;
    const budget = { operator: 0, live: 0, background: 3 };
    await drawCalls(store, { system: TARGET.system, lane: 'background', budget, now: clock.now() }, 3);

    expect(await tick(setup)).toBe(1);
    expect(setup.asked).toEqual([]);
    expect(await setup.store.get(cursorRef(TARGET))).toBeUndefined();

    setup.clock.advance(MINUTE_MS);
    expect(await tick(setup)).toBe(1);
    expect(setup.asked).toHaveLength(1);
  });

  test('is closed to everybody for the minute in which the vendor said that there were too many calls', async () => {
    const setup = createPollSetup();
    const refused = vendorRateLimited(
      { system: 'hubspot', action: 'list', subject: 'customer', writes: false },
      5_000,
    );
    setup.answer(refused);

    await tick(setup);
    setup.clock.advance(10_000);
    await tick(setup);

    expect(setup.asked).toHaveLength(1);
    expect(await drawnOf(setup)).toBeGreaterThanOrEqual(100);
    setup.clock.advance(MINUTE_MS);
    await tick(setup);
    expect(setup.asked).toHaveLength(2);
  });

  test('is drawn from for each page that is asked for, and for nothing else', async () => {
    const setup = createPollSetup();
    setup.answer(more, more, {});

    await tick(setup);
    await tick(setup);

    expect([setup.asked.length, await drawnOf(setup)]).toEqual([3, 3]);
  });
});

test('a bin that is longer than a minute can list keeps no other type of the system from being polled', async () => {
  const setup = createPollSetup({ everyMs: MINUTE_MS }, { backgroundCallsPerMinute: 10 });
  const [hubspot, company] = [SystemId('hubspot'), EntityType('company')];
  const asked: string[] = [];
  const changes: ChangeFeed = {
    streams: {
      modified: { lagMs: 0, pagesPerMinute: 100, tellsMerges: false },
      archived: { lagMs: 0, pagesPerMinute: 100, tellsMerges: false },
    },
    async list({ type, stream }) {
      asked.push(`${type} ${stream}`);
      return { changed: [], continuation: stream === 'archived' ? 'on and on' : null, answeredAt: null };
    },
  };
  const connector = setup.context.connectors.get(hubspot);
  if (connector === undefined) throw new Error('Nothing is polled.');
  const context: PollContext = {
    ...setup.context,
    client: {
      ...setup.context.client,
      mappings: { [hubspot]: [hubspotCustomer, { ...hubspotCustomer, type: company }] },
    },
    connectors: new Map([[hubspot, { ...connector, changes }]]),
  };

  await pollDue(context, START);

  expect(asked.slice(0, 3)).toEqual(['customer modified', 'company modified', 'customer archived']);
  expect(asked.length).toBeLessThanOrEqual(10);
});

describe('one system in trouble', () => {
  /** Two systems, of which HubSpot answers as the setup is told. */
  function withShop(setup: PollSetup, shop: PollSetup): PollContext {
    const [hubspot, shopify] = [SystemId('hubspot'), SystemId('shopify')];
    const feedOf = ({ context }: PollSetup) => [...context.connectors.values()][0];
    return {
      ...setup.context,
      client: {
        mappings: { [hubspot]: [hubspotCustomer], [shopify]: [shopifyCustomer] },
        polling: { [hubspot]: { everyMs: MINUTE_MS }, [shopify]: { everyMs: MINUTE_MS } },
      },
      connectors: new Map(
        [[hubspot, feedOf(setup)] as const, [shopify, feedOf(shop)] as const].flatMap(
          ([system, connector]) => (connector === undefined ? [] : [[system, connector]]),
        ),
      ),
    };
  }

  test('does not keep the others from being polled', async () => {
    const [setup, shop] = [createPollSetup(), createPollSetup()];
    setup.answer(
      vendorUnavailable({ system: 'hubspot', action: 'list', subject: 'customer', writes: false }, 503),
    );
    shop.answer({ changed: [changed('1', 1)] });

    expect(await pollDue(withShop(setup, shop), START)).toBe(2);

    expect(setup.published.map(({ system }) => system)).toEqual(['shopify']);
  });

  test('that is ours is told once every system had its turn', async () => {
    const [setup, shop] = [createPollSetup(), createPollSetup()];
    setup.answer(async () => {
      throw unavailable('The store');
    });
    shop.answer(async () => {
      throw new Error('A defect of ours.');
    });

    await expect(pollDue(withShop(setup, shop), START)).rejects.toThrow('A defect of ours.');
    expect([setup.asked.length, shop.asked.length]).toEqual([1, 1]);
  });
});
