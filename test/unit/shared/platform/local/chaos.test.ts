import { describe, expect, test } from 'vitest';
import { createChaos } from '#shared/platform/local/chaos.ts';
import { InstanceCrash } from '#shared/platform/local/instance-crash.ts';
import type { Delivery } from '#shared/ports/delivery.ts';
import type { Ports } from '#shared/ports/ports.ts';
import { createSeededRandom } from '#test/support/seeded-ids.ts';

const delivery: Delivery = {
  target: 'orchestrator',
  method: 'POST',
  path: '/',
  headers: {},
  body: new Uint8Array(0),
};

/** Ports of which only the bus is used; what reaches it is kept. */
function portsWithBus(published: string[]): Ports {
  const bus = {
    async publish(topic: string): Promise<readonly string[]> {
      published.push(topic);
      return ['1'];
    },
  };
  return { bus, clock: { now: () => 7 } } as unknown as Ports;
}

describe('the chaos switch', () => {
  test('crashes an instance before a call, which then has no effect', async () => {
    const published: string[] = [];
    const chaos = createChaos({ random: () => 0, rates: { crashBefore: 1 } });
    const { bus } = chaos.wrap(portsWithBus(published), 'orchestrator');

    await expect(bus.publish('source-events', [])).rejects.toBeInstanceOf(InstanceCrash);

    expect(published).toEqual([]);
  });

  test('crashes an instance after a call, which then has had its effect', async () => {
    const published: string[] = [];
    const chaos = createChaos({ random: () => 0, rates: { crashAfter: 1 } });
    const { bus } = chaos.wrap(portsWithBus(published), 'orchestrator');

    await expect(bus.publish('source-events', [])).rejects.toMatchObject({ name: 'InstanceCrash' });

    expect(published).toEqual(['source-events']);
    expect(chaos.report().crashes).toBe(1);
  });

  test.each([
    ['failBefore', []],
    ['failAfter', ['source-events']],
  ] as const)('fails a call as unavailable, %s', async (rate, effect) => {
    const published: string[] = [];
    const chaos = createChaos({ random: () => 0, rates: { [rate]: 1 } });

    await expect(
      chaos.wrap(portsWithBus(published), 'orchestrator').bus.publish('source-events', []),
    ).rejects.toMatchObject({
      code: 'unavailable',
    });

    expect(published).toEqual(effect);
  });

  test('loses the answer of an instance that crashed, even when its handler caught the crash', async () => {
    const chaos = createChaos({ random: () => 0, rates: { crashBefore: 1 } });
    const { bus } = chaos.wrap(portsWithBus([]), 'orchestrator');
    const deliver = chaos.wrapDeliver(async () => {
      await bus.publish('source-events', []).catch(() => undefined);
      return { status: 200 };
    });

    await expect(deliver(delivery)).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('leaves the answers of other functions alone', async () => {
    const chaos = createChaos({ random: () => 0, rates: { crashBefore: 1 } });
    const { bus } = chaos.wrap(portsWithBus([]), 'watchdog');
    const deliver = chaos.wrapDeliver(async () => {
      await bus.publish('source-events', []).catch(() => undefined);
      return { status: 200 };
    });

    await expect(deliver(delivery)).resolves.toEqual({ status: 200 });
  });

  test('delivers twice', async () => {
    let arrived = 0;
    const chaos = createChaos({ random: () => 0, rates: { duplicate: 1 } });
    const deliver = chaos.wrapDeliver(async () => ({ status: 200 + (arrived += 1) }));

    await expect(deliver(delivery)).resolves.toEqual({ status: 201 });

    expect(arrived).toBe(2);
  });

  test('loses a delivery now and lets a copy arrive late', async () => {
    const arrived: string[] = [];
    const chaos = createChaos({ random: () => 0.7, rates: { delay: 0.8 } });
    const deliver = chaos.wrapDeliver(async ({ path }) => {
      arrived.push(path);
      return { status: 200 };
    });

    await expect(deliver({ ...delivery, path: '/late' })).rejects.toMatchObject({ code: 'unavailable' });
    expect(arrived).toEqual([]);
    await chaos.flush();

    expect(arrived).toEqual(['/late']);
  });

  test('lets later deliveries overtake an earlier one', async () => {
    const arrived: string[] = [];
    const random = createSeededRandom(3);
    const chaos = createChaos({ random, rates: { reorder: 0.5 } });
    const deliver = chaos.wrapDeliver(async ({ path }) => {
      arrived.push(path);
      return { status: 200 };
    });
    const paths = Array.from({ length: 20 }, (_value, index) => `/${index}`);

    await Promise.all(paths.map((path) => deliver({ ...delivery, path })));

    expect(arrived).not.toEqual(paths);
    expect(arrived.toSorted()).toEqual(paths.toSorted());
  });

  test('does nothing at all without rates', async () => {
    const published: string[] = [];
    const chaos = createChaos({ random: () => 0, rates: {} });
    const ports = chaos.wrap(portsWithBus(published), 'orchestrator');
    const deliver = chaos.wrapDeliver(async () => ({ status: 204 }));

    await expect(ports.bus.publish('source-events', [])).resolves.toEqual(['1']);
    await expect(deliver(delivery)).resolves.toEqual({ status: 204 });

    expect(ports.clock.now()).toBe(7);
    expect(Object.values(chaos.report())).toEqual([0, 0, 0, 0, 0]);
  });
});
