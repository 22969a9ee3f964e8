import { describe, expect, test } from 'vitest';
import { invalidArgument, invalidConfiguration } from '#shared/errors/faults.ts';
import {
  vendorProtocol,
  vendorRateLimited,
  vendorRejected,
  vendorUnavailable,
  type VendorCall,
} from '#shared/errors/vendor-faults.ts';
import { crosswalkRef, type Crosswalk } from '#shared/model/identity-documents.ts';
import { NativeId, RecordId } from '#shared/model/ids.ts';
import { cursorRef, pollScheduleRef, type ScheduleDocument } from '#shared/model/poll-documents.ts';
import { create } from '#shared/ports/document-store.ts';
import { pollChanges, type PollOutcome } from '#shared/workflows/intake/poll-changes.ts';
import {
  ago,
  changed,
  createPollSetup,
  onlyStream,
  START,
  TARGET,
  type PollSetup,
} from '#test/support/polling.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;
const CALL: VendorCall = { system: 'hubspot', action: 'list changed', subject: 'customer', writes: false };

async function schedule({ store }: PollSetup): Promise<void> {
  const due: ScheduleDocument = { function: 'poller', nextDueAt: START, isPaused: false };
  await store.commit([create(pollScheduleRef(TARGET), due)]);
}

/** A setup whose stream has a schedule. */
async function scheduled(): Promise<PollSetup> {
  const setup = createPollSetup();
  await schedule(setup);
  return setup;
}

function poll(setup: PollSetup, pages = 10): Promise<PollOutcome> {
  let left = pages;
  return pollChanges(setup.context, onlyStream(setup), {
    now: setup.clock.now(),
    takePage: async () => (left -= 1) >= 0,
    closeMinute: async () => undefined,
  });
}

const cursorOf = async ({ store }: PollSetup) => (await store.get(cursorRef(TARGET)))?.value;
const nextDueAt = async ({ store }: PollSetup) => (await store.get(pollScheduleRef(TARGET)))?.value.nextDueAt;
const idsOf = ({ published }: PollSetup) => published.map(({ nativeId }) => nativeId);

describe('a first poll', () => {
  test('begins at the beginning of time and covers all up to the settle delay', async () => {
    const setup = await scheduled();
    setup.answer({ changed: [changed('1', 3 * DAY_MS), changed('2', MINUTE_MS)] });

    expect(await poll(setup)).toBe('ended');

    expect(setup.asked).toMatchObject([{ since: null, until: null, continuation: null }]);
    expect(idsOf(setup)).toEqual(['1', '2']);
    expect(await cursorOf(setup)).toMatchObject({
      watermark: ago(30 * SECOND_MS),
      coverage: [{ from: null, to: ago(30 * SECOND_MS) }],
      open: null,
      lastPollAt: ago(0),
    });
    expect(await nextDueAt(setup)).toBe(START + MINUTE_MS);
  });

  test('lets history wait behind what people change now', async () => {
    const setup = await scheduled();
    setup.answer({ changed: [changed('1', DAY_MS + 1), changed('2', DAY_MS)] });

    await poll(setup);

    expect(setup.published.map(({ lane }) => lane)).toEqual(['background', 'live']);
  });
});

test('an event of a poll names the object, its time, and no field (M4)', async () => {
  const setup = await scheduled();
  setup.answer({ changed: [changed('1', MINUTE_MS)] });

  await poll(setup);

  expect(setup.published).toEqual([
    {
      kind: 'change',
      system: 'hubspot',
      dedupeKey: `poll:customer:1:changed:${ago(MINUTE_MS)}`,
      receivedAt: ago(0),
      type: 'customer',
      nativeId: '1',
      change: 'changed',
      occurredAt: ago(MINUTE_MS),
      fields: null,
      lane: 'live',
      source: 'poll',
    },
  ]);
});

describe('a next poll', () => {
  test('begins an overlap below the watermark and publishes what it has not published', async () => {
    const setup = await scheduled();
    setup.answer({ changed: [changed('1', 10 * SECOND_MS)] });
    await poll(setup);
    setup.clock.advance(MINUTE_MS);

    // The index has shown the second one late; the first one has changed since.
    setup.answer({
      changed: [changed('2', 20 * SECOND_MS), changed('1', 10 * SECOND_MS), changed('1', -30 * SECOND_MS)],
    });
    await poll(setup);

    expect(setup.asked[1]).toMatchObject({ since: ago(30 * SECOND_MS + 2 * MINUTE_MS) });
    expect(setup.published.map(({ nativeId, occurredAt }) => [nativeId, occurredAt])).toEqual([
      ['1', ago(10 * SECOND_MS)],
      ['2', ago(20 * SECOND_MS)],
      ['1', ago(-30 * SECOND_MS)],
    ]);
    expect((await cursorOf(setup))?.coverage).toEqual([{ from: null, to: ago(-30 * SECOND_MS) }]);
  });

  test("never moves the watermark back, whatever the vendor's clock says", async () => {
    const setup = await scheduled();
    await poll(setup);

    setup.answer({ answeredAt: ago(DAY_MS) });
    await poll(setup);

    expect((await cursorOf(setup))?.watermark).toBe(ago(30 * SECOND_MS));
  });

  test("takes the vendor's clock for its bound, and ours only when the vendor tells none", async () => {
    const behind = await scheduled();
    const untold = await scheduled();
    behind.answer({ answeredAt: ago(10 * MINUTE_MS) });
    untold.answer({ answeredAt: null });

    await Promise.all([poll(behind), poll(untold)]);

    expect((await cursorOf(behind))?.watermark).toBe(ago(10 * MINUTE_MS + 30 * SECOND_MS));
    expect((await cursorOf(untold))?.watermark).toBe(ago(30 * SECOND_MS));
  });
});

describe('a change of which the tick goes on, by the clock of a vendor that writes whole seconds', () => {
  test('is left to the next poll, for a later edit of the same second is listed just like it', async () => {
    const setup = createPollSetup({ everyMs: MINUTE_MS }, { timeResolutionMs: SECOND_MS });
    await schedule(setup);
    const [over, going] = [changed('1', SECOND_MS), changed('2', 0)];
    setup.answer({ changed: [over, going] });
    await poll(setup);
    const told = idsOf(setup);
    const { recent } = (await cursorOf(setup)) ?? {};

    setup.clock.advance(MINUTE_MS);
    setup.answer({ changed: [over, going] });
    await poll(setup);

    expect(told).toEqual(['1']);
    expect(recent).toEqual([`${ago(SECOND_MS)} 1`]);
    expect(idsOf(setup)).toEqual(['1', '2']);
    expect(setup.asked.at(-1)?.since).toBe(ago(2 * MINUTE_MS + 30 * SECOND_MS));
  });
});

describe('a poll of several pages', () => {
  test('goes on from tick to tick under the bound of its first page, and moves the watermark at its end', async () => {
    const setup = await scheduled();
    setup.answer(
      { changed: [changed('1', DAY_MS)], continuation: 'two' },
      { changed: [changed('2', DAY_MS)], continuation: 'three' },
    );

    expect(await poll(setup, 2)).toBe('open');
    expect(await cursorOf(setup)).toMatchObject({
      watermark: null,
      coverage: [],
      open: { since: null, until: ago(0), continuation: 'three' },
    });
    expect(await nextDueAt(setup)).toBe(START);
    setup.clock.advance(MINUTE_MS);
    setup.answer({ changed: [changed('3', DAY_MS)] });

    expect(await poll(setup)).toBe('ended');
    expect(setup.asked.map(({ until, continuation }) => [until, continuation])).toEqual([
      [null, null],
      [ago(0), 'two'],
      [ago(0), 'three'],
    ]);
    expect(idsOf(setup)).toEqual(['1', '2', '3']);
    expect((await cursorOf(setup))?.watermark).toBe(ago(30 * SECOND_MS));
  });

  test('begins anew when the vendor refuses to go on, and not when it is only away', async () => {
    for (const [failure, isKept] of [
      [vendorRejected(CALL, 400), false],
      [vendorProtocol(CALL, 'no list'), false],
      [invalidArgument('Not ours.'), false],
      [vendorUnavailable(CALL, 503), true],
    ] as const) {
      const setup = await scheduled();
      setup.answer({ continuation: 'two' }, failure);

      expect(await poll(setup)).toBe('failed');

      expect((await cursorOf(setup))?.open !== null).toBe(isKept);
      expect(await cursorOf(setup)).toMatchObject({ failures: 1, failure: failure.code, watermark: null });
    }
  });
});

describe('a page counts only once its events are durable (M1)', () => {
  test.each(['before', 'after'] as const)(
    'a bus that fails %s it has them leaves the cursor where it was',
    async (when) => {
      const setup = await scheduled();
      await poll(setup);
      const before = await cursorOf(setup);
      const page = { changed: [changed('1', 1)] };
      setup.answer(page, page);
      setup.breakBus(when);

      await expect(poll(setup)).rejects.toThrow('The bus is away.');
      expect(await cursorOf(setup)).toEqual(before);
      await poll(setup);

      expect(new Set(setup.published.map(({ dedupeKey }) => dedupeKey)).size).toBe(1);
      expect(idsOf(setup)).toContain('1');
    },
  );

  test('of two pollers at once one loses the race, and nothing is skipped', async () => {
    const setup = await scheduled();
    await poll(setup);
    setup.answer(async () => {
      // The other one polls while this one waits for its page.
      setup.answer({ changed: [changed('1', 1)] });
      expect(await poll(setup)).toBe('ended');
      return { changed: [changed('1', 1), changed('2', 1)] };
    });

    expect(await poll(setup)).toBe('lost');

    expect(idsOf(setup)).toEqual(['1', '1', '2']);
    expect((await cursorOf(setup))?.recent).toEqual([`${ago(1)} 1`]);
    expect(new Set(setup.published.map(({ dedupeKey }) => dedupeKey)).size).toBe(2);
  });

  test('two first polls at once are no different', async () => {
    const setup = await scheduled();
    setup.answer(async () => {
      setup.answer({ changed: [changed('1', 1)] });
      await poll(setup);
      return { changed: [changed('1', 1)] };
    });

    expect(await poll(setup)).toBe('lost');
  });
});

describe('a vendor that gives no page', () => {
  test('because of its rate limit is asked again when it said, with nothing else changed', async () => {
    const setup = await scheduled();
    await poll(setup);
    const before = await cursorOf(setup);
    setup.answer(vendorRateLimited(CALL, 7_000));

    expect(await poll(setup)).toBe('rate_limited');

    expect(await cursorOf(setup)).toEqual(before);
    expect(await nextDueAt(setup)).toBe(START + 7_000);
    expect(setup.telemetry.lines.filter(({ event }) => event === 'poll.failed')).toEqual([]);
  });

  test('is asked less and less often, each failure is counted and said, and a success forgets them', async () => {
    const setup = await scheduled();
    const delays: number[] = [];
    for (let failure = 0; failure < 8; failure += 1) {
      setup.answer(vendorUnavailable(CALL, 503));
      await poll(setup);
      delays.push(((await nextDueAt(setup)) ?? 0) - START);
    }

    expect(delays[0]).toBeGreaterThanOrEqual(30 * SECOND_MS);
    expect(delays[5]).toBeGreaterThan(delays[0] ?? 0);
    expect(Math.max(...delays)).toBeLessThanOrEqual(30 * MINUTE_MS);
    expect(await cursorOf(setup)).toMatchObject({ failures: 8, watermark: null });
    expect(setup.telemetry.lines.filter(({ event }) => event === 'poll.failed')).toHaveLength(8);

    await poll(setup);
    expect(await cursorOf(setup)).toMatchObject({ failures: 0, failure: null });
  });

  test('because we are set up wrongly is no failure of the vendor', async () => {
    const setup = await scheduled();
    setup.answer(invalidConfiguration('No token.'));

    await expect(poll(setup)).rejects.toMatchObject({ code: 'invalid_configuration' });
    expect(await cursorOf(setup)).toBeUndefined();
  });
});

describe('what was archived or merged away', () => {
  async function know(setup: PollSetup, id: string, state: Crosswalk['state']): Promise<void> {
    const { system, type } = TARGET;
    const crosswalk: Crosswalk = {
      system,
      type,
      nativeId: NativeId(id),
      recordId: RecordId(`rec_${id}`),
      state,
      mergedIntoNativeId: null,
      formerRecordIds: [],
      evidence: 'first_seen',
      createdAt: ago(DAY_MS),
    };
    await setup.store.commit([create(crosswalkRef(system, type, NativeId(id)), crosswalk)]);
  }

  test('is suspected once where it is known, and not where nobody knows it (M10, M16)', async () => {
    const setup = await scheduled();
    await know(setup, '1', 'active');
    await know(setup, '2', 'provisional');
    await know(setup, '3', 'deleted');
    await know(setup, '5', 'active');
    setup.answer({
      changed: [
        changed('9', 1, { replaces: ['1', '2', '3', '4'].map(NativeId) }),
        changed('5', 1, { change: 'deleted' }),
        changed('6', 1, { change: 'deleted' }),
      ],
    });

    await poll(setup);

    expect(setup.published.map(({ nativeId, change }) => `${nativeId} ${change}`)).toEqual([
      '9 changed',
      '1 merged',
      '2 merged',
      '5 deleted',
    ]);
  });

  test('is the same fact however often its winner is edited', async () => {
    const setup = await scheduled();
    await know(setup, '1', 'active');
    const replaces = [NativeId('1')];
    setup.answer({ changed: [changed('9', 1_000, { replaces }), changed('9', 1, { replaces })] });

    await poll(setup);

    const merged = setup.published.filter(({ change }) => change === 'merged');
    expect(new Set(merged.map(({ dedupeKey }) => dedupeKey)).size).toBe(1);
    expect(merged.every(({ occurredAt }) => occurredAt === null)).toBe(true);
  });
});
