import { expect, test } from 'vitest';
import { plans } from '#shared/model/plan.ts';
import { askConsole } from '#test/support/console-client.ts';
import { createCrashingPorts } from '#test/support/crashing-ports.ts';
import { expectAgreement, lastWrites, linkedCustomer, writesSince } from '#test/support/customers.ts';
import { createWorld } from '#test/support/mesh-world.ts';
import { applying, itemsOf, previewed } from '#test/support/operator-plans.ts';

/** What a mesh does for somebody's call, by its port calls. Its watchdog's later rounds are none of it. */
interface Played {
  readonly trace: readonly string[];
}

/** Somebody previews and applies a plan for a customer that both sides changed, while the mesh dies at one port call. */
async function play(crash: { at: number; when: 'before' | 'after' } | null): Promise<Played> {
  const ports = createCrashingPorts();
  const { wrapPorts, wrapDeliver, wrapIngest } = ports;
  const world = await createWorld({ wrapPorts, wrapDeliver, wrapIngest });
  const { contactId, customerId, record } = await linkedCustomer(world);
  // The first write to a system prepares it; that is not what this is about.
  await world.shopify.control.edit('customers', customerId, { note: 'collects in store' });
  await world.settle();
  await Promise.all([
    world.hubspot.control.edit('contacts', contactId, { phone: '+12025550111' }),
    world.shopify.control.edit('customers', customerId, { phone: '+12025550122' }),
  ]);
  await world.settle();
  const before = await lastWrites(world);
  const plan = await previewed(world, {
    selection: { recordIds: [record.id] },
    direction: { kind: 'from', system: 'shopify' },
  });
  ports.arm(crash?.at ?? null, crash?.when ?? 'before');

  // A console that dies gives no answer, so nobody waits for one.
  void applying(world, plan);
  // Without the watchdog, a plan whose run was forgotten would look for it in vain.
  if (crash === null) await world.settle();
  const trace = [...ports.trace()];
  await world.runFor(3 * 60_000);
  // Whoever got no answer asks again.
  expect(await applying(world, plan)).toMatchObject({ status: 202, body: { operationId: plan.id } });
  await world.settle();
  await world.runFor(2 * 60_000);

  const { hubspot, shopify } = await writesSince(world, before);
  expect(hubspot.map(({ fields }) => fields)).toMatchObject([{ phone: '+12025550122' }]);
  expect(shopify).toEqual([]);
  await expectAgreement(world);
  expect(await itemsOf(world, plan)).toMatchObject([{ status: 'applied' }]);
  expect(await world.all(plans)).toMatchObject([{ state: 'applied', wakeAt: null }]);
  expect((await world.runs()).filter(({ workflow }) => workflow === 'apply-plan')).toHaveLength(1);
  const owed = (await world.work()).filter((work) => work.wakeAt !== null);
  expect(owed, 'debts that nobody served').toEqual([]);
  await world.close();
  return { trace };
}

test.each(['before', 'after'] as const)(
  'a plan is applied once, whole, when the process dies %s any one port call',
  async (when) => {
    const undisturbed = await play(null);
    expect(undisturbed.trace.length).toBeGreaterThan(15);

    for (let at = 0; at < undisturbed.trace.length; at += 1) {
      await play({ at, when }).catch((error: unknown) => {
        throw new Error(`died ${when} call ${at} (${undisturbed.trace[at]})`, { cause: error });
      });
    }
  },
);

test('a preview comes about when the process dies before or after any one port call', async () => {
  async function preview(crash: { at: number; when: 'before' | 'after' } | null): Promise<Played> {
    const ports = createCrashingPorts();
    const { wrapPorts, wrapDeliver, wrapIngest } = ports;
    const world = await createWorld({ wrapPorts, wrapDeliver, wrapIngest });
    const { contactId, customerId } = await linkedCustomer(world);
    await Promise.all([
      world.hubspot.control.edit('contacts', contactId, { phone: '+12025550111' }),
      world.shopify.control.edit('customers', customerId, { phone: '+12025550122' }),
    ]);
    await world.settle();
    const before = await lastWrites(world);
    ports.arm(crash?.at ?? null, crash?.when ?? 'before');

    const body = {
      selection: { query: { type: 'customer' } },
      direction: { kind: 'from', system: 'shopify' },
    };
    const headers = { 'idempotency-key': 'key-of-the-dialog' };
    void askConsole(world, 'POST', '/plans', { body, headers });
    await world.settle();
    const trace = [...ports.trace()];
    await world.runFor(3 * 60_000);
    // Whoever got no answer asks again, under the same key.
    const { body: asked } = await askConsole(world, 'POST', '/plans', { body, headers });
    await world.step();

    const stored = await world.all(plans);
    expect(stored).toMatchObject([{ id: asked['id'], totals: { examined: 1, items: 1 }, wakeAt: null }]);
    expect(await itemsOf(world, stored[0] ?? { id: '' })).toHaveLength(1);
    expect(await writesSince(world, before)).toEqual({ hubspot: [], shopify: [] });
    await world.close();
    return { trace };
  }

  const undisturbed = await preview(null);
  for (let at = 0; at < undisturbed.trace.length; at += 1) {
    for (const when of ['before', 'after'] as const) {
      await preview({ at, when }).catch((error: unknown) => {
        throw new Error(`died ${when} call ${at} (${undisturbed.trace[at]})`, { cause: error });
      });
    }
  }
});
