import { describe, expect, test } from 'vitest';
import { budgetRef, budgets, windowStart } from '#shared/model/budget.ts';
import { backgroundDraw, closeWindow, drawCalls, type CallDraw } from '#shared/workflows/draw-calls.ts';
import { aContext } from '#test/support/builders/contexts.ts';
import { HUBSPOT, SHOPIFY } from '#test/support/builders/policies.ts';
import { NOW } from '#test/support/builders/work.ts';

const budget = { operator: 0, live: 0, background: 10 };
const draw: CallDraw = { system: HUBSPOT, lane: 'background', budget, now: NOW };

async function drawn(store: ReturnType<typeof aContext>['store'], now = NOW): Promise<unknown> {
  return (await store.get(budgetRef(HUBSPOT, windowStart(now))))?.value.background;
}

describe('calls are drawn', () => {
  test('as far as the minute has any, and what was not granted is not counted', async () => {
    const { store } = aContext();

    const granted = [
      await drawCalls(store, draw, 7),
      await drawCalls(store, draw, 7),
      await drawCalls(store, draw, 1),
    ];

    expect(granted).toEqual([7, 3, 0]);
    expect(await drawn(store)).toBe(10);
  });

  test('anew in the next minute, and for each system apart', async () => {
    const { store } = aContext();
    await drawCalls(store, draw, 10);

    expect(await drawCalls(store, { ...draw, now: NOW + 60_000 }, 10)).toBe(10);
    expect(await drawCalls(store, { ...draw, system: SHOPIFY }, 10)).toBe(10);
  });

  test('by many at once: together no more than there are', async () => {
    const { store } = aContext();

    const granted = await Promise.all(Array.from({ length: 20 }, () => drawCalls(store, draw, 1)));

    expect(granted.filter((calls) => calls === 1).length).toBeLessThanOrEqual(10);
    expect(granted.filter((calls) => calls === 1).length).toBeGreaterThan(0);
  });

  test('but for those that a draw leaves to others of its lane, who get them', async () => {
    const { store } = aContext();

    expect(await drawCalls(store, { ...draw, spared: 2 }, 10)).toBe(8);
    expect(await drawCalls(store, { ...draw, spared: 2 }, 1)).toBe(0);
    expect(await drawCalls(store, draw, 5)).toBe(2);
  });

  test('by two who both find no window yet', async () => {
    const { store } = aContext();
    let isHeldBack = true;
    const racing: typeof store = {
      ...store,
      commit: async (writes) => {
        // Somebody else opens the window between our look and our own opening.
        if (isHeldBack && writes[0]?.op === 'create') {
          isHeldBack = false;
          await drawCalls(store, draw, 4);
        }
        return store.commit(writes);
      },
    };

    expect(await drawCalls(racing, draw, 9)).toBe(6);
    expect(await drawn(store)).toBe(10);
  });

  test('not at all for nothing', async () => {
    const { store } = aContext();

    expect(await drawCalls(store, draw, 0)).toBe(0);
    expect(await store.count({ from: budgets.ref })).toBe(0);
  });

  test('no more in a minute in which the vendor said that there were too many', async () => {
    const { store } = aContext();
    await drawCalls(store, draw, 1);

    await closeWindow(store, draw);

    expect(await drawCalls(store, draw, 1)).toBe(0);
    expect(await drawCalls(store, { ...draw, lane: 'operator' }, 1)).toBe(0);
    expect(await drawCalls(store, { ...draw, now: NOW + 60_000 }, 1)).toBe(1);
  });
});

describe('a draw of the background lane', () => {
  const context = { ports: { clock: { now: () => NOW } }, client: {} };
  const capabilities = { system: HUBSPOT, backgroundCallsPerMinute: 7 };

  test('has what the connector allows, unless the client declares another budget', () => {
    const declared = { operator: 1, live: 2, background: 3 };

    expect(backgroundDraw(context, capabilities).budget).toEqual({ operator: 0, live: 0, background: 7 });
    expect(
      backgroundDraw({ ...context, client: { callBudgets: { [HUBSPOT]: declared } } }, capabilities),
    ).toEqual({ system: HUBSPOT, lane: 'background', budget: declared, now: NOW, spared: 0 });
  });

  test('leaves others half of the lane at most', () => {
    expect(backgroundDraw(context, capabilities, 2).spared).toBe(2);
    expect(backgroundDraw(context, capabilities, 20).spared).toBe(3);
  });
});
