import { describe, expect, test } from 'vitest';
import {
  errorLines,
  expectAgreement,
  lastWrites,
  linkedCustomer,
  onlyRecord,
  SHOPIFY,
  writesSince,
} from '#test/support/customers.ts';
import { createWorld } from '#test/support/mesh-world.ts';
import { pause, resume } from '#test/support/switches.ts';

const MINUTE_MS = 60_000;
/** Within this time whatever waits for a paused system looks again. */
const AFTER_RESUMING_MS = 6 * MINUTE_MS;

describe('a paused system', () => {
  test('is not written to, and gets everything once it is resumed', async () => {
    const world = await createWorld();
    const { contactId } = await linkedCustomer(world);
    await pause(world, SHOPIFY);
    const before = await lastWrites(world);

    await world.hubspot.control.edit('contacts', contactId, { firstname: 'Bea' });
    await world.hubspot.control.create('contacts', {
      email: 'ben@example.com',
      firstname: 'Ben',
      lastname: 'Roy',
    });
    await world.runFor(60 * MINUTE_MS);
    const whilePaused = await writesSince(world, before);
    const waiting = (await world.records()).map(({ verdicts }) => verdicts);
    await resume(world, SHOPIFY);
    await world.runFor(AFTER_RESUMING_MS);

    expect(whilePaused.shopify).toEqual([]);
    expect(JSON.stringify(waiting)).toContain('system_paused');
    expect((await writesSince(world, before)).shopify).toHaveLength(2);
    await expectAgreement(world);
    expect(errorLines(world)).toEqual([]);
    await world.close();
  });

  test('is still listened to: what people change there flows to the others', async () => {
    const world = await createWorld();
    const { customerId } = await linkedCustomer(world);
    await pause(world, SHOPIFY);

    await world.shopify.control.edit('customers', customerId, { note: 'collects in store' });
    await world.settle();

    await expectAgreement(world);
    await world.close();
  });

  test.each([50, 150, 250, 350, 450])(
    'gets at most the write that was on its way when it was paused %i ms after an edit',
    async (afterMs) => {
      const world = await createWorld({ latencyMs: 100 });
      const { contactId } = await linkedCustomer(world);
      const before = await lastWrites(world);

      await world.hubspot.control.edit('contacts', contactId, { firstname: 'Bea' });
      await world.runFor(afterMs);
      await pause(world, SHOPIFY);
      const atPause = (await writesSince(world, before)).shopify.length;
      await world.hubspot.control.edit('contacts', contactId, { lastname: 'Lopes' });
      await world.runFor(30 * MINUTE_MS);
      const whilePaused = (await writesSince(world, before)).shopify;
      await resume(world, SHOPIFY);
      await world.runFor(AFTER_RESUMING_MS);

      expect(whilePaused.length - atPause).toBeLessThanOrEqual(1);
      expect(JSON.stringify(whilePaused)).not.toContain('Lopes');
      await expectAgreement(world);
      expect((await onlyRecord(world)).verdicts).toMatchObject({ profile: { verdict: 'in_sync' } });
      await world.close();
    },
  );

  test('gets the last of several values only', async () => {
    const world = await createWorld();
    const { contactId } = await linkedCustomer(world);
    await pause(world, SHOPIFY);
    const before = await lastWrites(world);

    for (const name of ['Bea', 'Cea', 'Dea']) {
      await world.hubspot.control.edit('contacts', contactId, { firstname: name });
      await world.runFor(10 * MINUTE_MS);
    }
    await resume(world, SHOPIFY);
    await world.runFor(AFTER_RESUMING_MS);

    const { shopify } = await writesSince(world, before);
    expect(shopify.map(({ fields }) => JSON.stringify(fields))).toEqual([expect.stringContaining('Dea')]);
    await world.close();
  });
});
