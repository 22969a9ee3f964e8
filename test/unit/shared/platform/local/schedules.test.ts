import { afterEach, describe, expect, test } from 'vitest';
import { type LocalSchedules, createLocalSchedules } from '#shared/platform/local/schedules.ts';
import type { ScheduleTopology } from '#shared/ports/topology.ts';
import {
  type LocalDeliverySetup,
  advancePumps,
  createLocalDeliverySetup,
} from '#test/support/local-delivery-setup.ts';

const watchdog: ScheduleTopology = {
  name: 'watchdog-minute',
  target: 'watchdog',
  path: '/tick',
  everyMs: 60_000,
};

let setup: LocalDeliverySetup;
let schedules: LocalSchedules;

afterEach(() => setup.close());

function start(): void {
  setup = createLocalDeliverySetup();
  schedules = createLocalSchedules({ ...setup.options(), schedules: [watchdog] });
}

async function restart(): Promise<void> {
  await setup.reopen();
  schedules = createLocalSchedules({ ...setup.options(), schedules: [watchdog] });
}

function advance(byMs: number): Promise<void> {
  return advancePumps(setup.clock, () => [schedules.pump], byMs);
}

describe('a schedule', () => {
  test('fires at once when it is new, and then once per period', async () => {
    start();
    const startedAt = setup.clock.now();

    await advance(180_000);

    const times = setup.recorder.received.map(({ headers }) =>
      Date.parse(headers['x-cloudscheduler-scheduletime'] ?? ''),
    );
    expect(times).toEqual([0, 60_000, 120_000, 180_000].map((after) => startedAt + after));
  });

  test('arrives as a call of Cloud Scheduler with a token for its function', async () => {
    start();

    await advance(0);

    const [delivery] = setup.recorder.received;
    expect(delivery).toMatchObject({ target: 'watchdog', method: 'POST', path: '/tick' });
    expect(delivery?.headers).toMatchObject({
      'x-cloudscheduler': 'true',
      'x-cloudscheduler-jobname': 'watchdog-minute',
    });
    const token = delivery?.headers['authorization']?.replace('Bearer ', '') ?? '';
    const caller = await setup.identity.verify(token, 'https://watchdog.concord.local');
    expect(caller.email).toMatch(/^invoke-watchdog@/);
  });

  test('keeps its rhythm over a restart', async () => {
    start();
    await advance(0);
    await advance(30_000);

    await restart();
    await advance(29_999);
    expect(setup.recorder.received).toHaveLength(1);
    await advance(1);

    expect(setup.recorder.received).toHaveLength(2);
  });

  test('fires once for all the periods that passed while nobody ran it', async () => {
    start();
    await advance(0);
    setup.clock.advance(10 * 60_000 + 5_000);

    await restart();
    await advance(0);
    expect(setup.recorder.received).toHaveLength(2);
    await advance(55_000);

    expect(setup.recorder.received).toHaveLength(3);
  });

  test('that fails waits for its next time', async () => {
    start();
    setup.recorder.answerWith(() => 500);

    await advance(59_999);

    expect(setup.recorder.received).toHaveLength(1);
  });

  test('does not fire while it is still running', async () => {
    start();
    const running = Promise.withResolvers<number>();
    setup.recorder.answerWith(() => running.promise);
    const { pump } = schedules;
    const { started } = await pump.dispatchDue(setup.clock.now());

    setup.clock.advance(120_000);
    await pump.dispatchDue(setup.clock.now());
    expect(setup.recorder.received).toHaveLength(1);

    running.resolve(200);
    await Promise.all(started);
    await advance(60_000);
    expect(setup.recorder.received).toHaveLength(2);
  });
});
