import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DeliveryLane } from '#shared/platform/local/delivery-lane.ts';
import { DueHeap } from '#shared/platform/local/due-heap.ts';
import { backoffMs } from '#shared/platform/local/delivery-pump.ts';

describe('a heap of what becomes due', () => {
  test('gives everything back in order of time, equal times in order of arrival', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 100 }), (times) => {
        const heap = new DueHeap<{ readonly dueAt: number; readonly order: number }>();
        const entries = times.map((dueAt, order) => ({ dueAt, order }));

        for (const entry of entries) heap.add(entry);
        const taken = entries.map(() => heap.take());

        expect(taken).toEqual(entries.toSorted((a, b) => a.dueAt - b.dueAt || a.order - b.order));
        expect(heap.take()).toBeUndefined();
      }),
    );
  });
});

describe('the ready list of a lane', () => {
  const entry = (
    id: number,
    dueAt = 0,
  ): { readonly id: number; readonly dueAt: number; readonly attempts: number } => ({
    id,
    dueAt,
    attempts: 0,
  });

  test('holds a row once, whether it waits or is being delivered', () => {
    const lane = new DeliveryLane('a', 2);
    const first = entry(1);
    lane.add(first);
    lane.add(entry(1));

    expect(lane.takeAllDue(0)).toEqual([first]);
    lane.begin(first);
    lane.add(entry(1));

    expect(lane.waitingCount).toBe(0);
  });

  test('counts what waits and what is being delivered as undelivered', () => {
    const lane = new DeliveryLane('a', 2);
    const [first, later] = [entry(1), entry(2, 1_000)];
    lane.add(first);
    lane.add(later);
    lane.takeAllDue(0);
    lane.begin(first);
    expect(lane.undelivered).toBe(2);

    lane.end(1, undefined);

    expect(lane.undelivered).toBe(1);
  });

  test('forgets what was dropped while it was taken or being delivered', () => {
    const lane = new DeliveryLane('a', 2);
    const [inFlight, taken] = [entry(1), entry(2)];
    lane.add(inFlight);
    lane.add(taken);
    lane.takeAllDue(0);
    lane.begin(inFlight);

    lane.drop();
    lane.giveBack(taken);
    lane.end(1, { ...inFlight, attempts: 1 });

    expect(lane.begin(taken)).toBe(false);
    expect(lane.waitingCount).toBe(0);
    expect(lane.freeSlots).toBe(2);
    expect(lane.nextDueAt()).toBeNull();
  });

  test('tells when the next entry is due, unless it is paused', () => {
    const lane = new DeliveryLane('a', 1);
    lane.add(entry(1, 500));
    lane.add(entry(2, 300));

    expect(lane.nextDueAt()).toBe(300);
    lane.isPaused = true;
    expect(lane.nextDueAt()).toBeNull();
  });
});

describe('the wait after a failure', () => {
  test('doubles from its minimum to its maximum and stays finite', () => {
    const limits = { minMs: 100, maxMs: 1_000 };

    expect([1, 2, 3, 4, 5, 10_000].map((failures) => backoffMs(failures, limits))).toEqual([
      100, 200, 400, 800, 1_000, 1_000,
    ]);
  });
});
