import { expect, test } from 'vitest';
import { errorLines, lastWrites, linkedCustomer, onlyRecord, writesSince } from '#test/support/customers.ts';
import { createWorld } from '#test/support/mesh-world.ts';

/** Long enough for a look, a write and its read-back, and far shorter than a lease. */
const SOON_MS = 5_000;

test.each([0, 50, 100, 150, 200, 250, 300, 400])(
  'edits of one customer in both systems, %i ms apart, flow at once: neither run waits for a lease to end (L4)',
  async (apartMs) => {
    const world = await createWorld({ latencyMs: 100 });
    const { contactId, customerId } = await linkedCustomer(world);
    const before = await lastWrites(world);

    await world.shopify.control.edit('customers', customerId, { note: 'collects in store' });
    const second = world.clock
      .elapse(apartMs)
      .then(() => world.hubspot.control.edit('contacts', contactId, { firstname: 'Bea' }));
    await world.runFor(SOON_MS);
    await second;

    const { hubspot, shopify } = await writesSince(world, before);
    expect([...hubspot, ...shopify].map(({ outcome }) => outcome)).toEqual(['accepted', 'accepted']);
    expect((await onlyRecord(world)).verdicts).toMatchObject({ profile: { verdict: 'in_sync' } });
    expect((await world.runs()).filter(({ wakeAt }) => wakeAt !== null)).toEqual([]);
    expect(errorLines(world)).toEqual([]);
    await world.close();
  },
);
