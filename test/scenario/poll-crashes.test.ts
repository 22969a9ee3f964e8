import { expect, test } from 'vitest';
import { cursorRef, cursors } from '#shared/model/poll-documents.ts';
import { createCrashingPorts, type CrashingPorts } from '#test/support/crashing-ports.ts';
import {
  expectAgreement,
  HUBSPOT,
  lastWrites,
  linkedCustomer,
  writesSince,
} from '#test/support/customers.ts';
import { createWorld } from '#test/support/mesh-world.ts';
import { EntityType } from '#shared/model/ids.ts';

const MINUTE_MS = 60_000;
const SILENT = { silent: true } as const;

/** A silent edit in each system and a silent deletion, found by a poller that dies once. */
async function play(crash: { at: number; when: 'before' | 'after' } | null): Promise<CrashingPorts> {
  const ports = createCrashingPorts();
  const { wrapPorts, wrapDeliver } = ports;
  const world = await createWorld({
    polls: true,
    wrapPorts: (plain, name) => (name === 'poller' ? wrapPorts(plain) : plain),
    wrapDeliver,
  });
  const ana = await linkedCustomer(world);
  const ben = await linkedCustomer(world, { email: 'ben@example.com', firstname: 'Ben' });
  const joan = await linkedCustomer(world, { email: 'joan@example.com', firstname: 'Joan' });
  await world.runFor(14 * MINUTE_MS + 30_000);
  const before = await lastWrites(world);
  await world.hubspot.control.edit('contacts', ana.contactId, { phone: '+12025550199' }, SILENT);
  await world.shopify.control.edit('customers', ben.customerId, { note: 'collects in store' }, SILENT);
  await world.hubspot.control.remove('contacts', joan.contactId, SILENT);

  // Calls are counted for this tick alone, in which all three streams are polled.
  ports.arm(crash?.at ?? null, crash?.when ?? 'before');
  await world.runFor(MINUTE_MS);
  const counted = {
    ...ports,
    calls: (
      (calls) => () =>
        calls
    )(ports.calls()),
    trace: () => trace,
  };
  const trace = [...ports.trace()];
  await world.runFor(20 * MINUTE_MS);

  const { hubspot, shopify } = await writesSince(world, before);
  expect(shopify.map((write) => write.path)).toEqual(['customerUpdate']);
  expect(hubspot).toHaveLength(1);
  const records = await world.records();
  const denied = records.filter(({ links }) => links[HUBSPOT]?.deniedAt !== null);
  expect(denied.map(({ id }) => id)).toEqual([joan.record.id]);
  await world.shopify.control.remove('customers', joan.customerId, SILENT);
  await expectAgreement(world);
  for (const cursor of await world.all(cursors)) expect(cursor).toMatchObject({ open: null, failures: 0 });
  expect(
    (await world.store.get(cursorRef({ system: HUBSPOT, type: EntityType('customer'), stream: 'modified' })))
      ?.value.coverage,
  ).toHaveLength(1);
  await world.close();
  return counted;
}

test('a poll finds the same, once, when the process dies before or after any one of its port calls (M1)', async () => {
  const undisturbed = await play(null);
  const calls = undisturbed.calls();
  expect(calls).toBeGreaterThan(10);

  for (let at = 0; at < calls; at += 1) {
    for (const when of ['before', 'after'] as const) {
      await play({ at, when }).catch((error: unknown) => {
        throw new Error(`died ${when} call ${at} (${undisturbed.trace()[at]})`, { cause: error });
      });
    }
  }
});
