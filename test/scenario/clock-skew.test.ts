import { afterEach, describe, expect, test } from 'vitest';
import type { Ports } from '#shared/ports/ports.ts';
import { errorLines, HUBSPOT, linkedCustomer, onlyRecord } from '#test/support/customers.ts';
import { createWorld, type World } from '#test/support/mesh-world.ts';

/** Within the skew that instances may have. */
const AHEAD_MS = 1_500;
/** A full second of Shopify's clock begins. */
const MINUTE_ONE = Date.parse('2026-11-20T09:01:00.000Z');

let world: World;
let skewMs = 0;

afterEach(async () => {
  expect(errorLines(world)).toEqual([]);
  await world.close();
});

/** A world in which the executor's instances have clocks that are ahead by `skewMs`. */
function createSkewedWorld(): Promise<World> {
  skewMs = 0;
  const wrapPorts = (ports: Ports, name: string): Ports =>
    name === 'step-executor' ? { ...ports, clock: { now: () => ports.clock.now() + skewMs } } : ports;
  return createWorld({ wrapPorts, latencyMs: 20 });
}

describe('an instance whose clock is behind that of the one before believes what it sees', () => {
  test('of an edit in the very second of our own write (M4, M7)', async () => {
    world = await createSkewedWorld();
    const { contactId, customerId } = await linkedCustomer(world);
    world.clock.advanceTo(MINUTE_ONE);
    world.shopify.twin.gate(async ({ body }) => {
      if (body.includes('customerUpdate')) skewMs = AHEAD_MS;
    });
    await world.hubspot.control.edit('contacts', contactId, { firstname: 'Anna' });
    await world.settle(500);
    expect((await world.runs()).every(({ wakeAt }) => wakeAt === null)).toBe(true);
    world.shopify.twin.gate(null);
    skewMs = 0;

    await world.shopify.control.edit('customers', customerId, { note: 'collects in store' });
    expect(await world.shopify.control.get('customers', customerId)).toMatchObject({
      updatedAt: '2026-11-20T09:01:00Z',
    });
    await world.settle();

    expect(await world.hubspot.control.get('contacts', contactId)).toMatchObject({
      customer_note: 'collects in store',
    });
  });

  test('of a contact that was restored as soon as it was removed (M10)', async () => {
    world = await createSkewedWorld();
    const { contactId } = await linkedCustomer(world);
    skewMs = AHEAD_MS;
    await world.hubspot.control.remove('contacts', contactId);
    await world.settle(500);
    expect((await onlyRecord(world)).links[HUBSPOT]?.state).toBe('gone');
    skewMs = 0;

    await world.hubspot.control.act('contacts', contactId, 'restore');
    await world.settle();

    expect((await onlyRecord(world)).links[HUBSPOT]?.state).toBe('active');
  });
});
