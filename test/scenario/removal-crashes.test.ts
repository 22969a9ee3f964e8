import { describe, expect, test } from 'vitest';
import { guardCounters } from '#shared/model/guard.ts';
import { createCrashingPorts } from '#test/support/crashing-ports.ts';
import { HUBSPOT, linkedCustomer, onlyRecord, SHOPIFY } from '#test/support/customers.ts';
import { losing, presenceIn, removalsIn } from '#test/support/losses.ts';
import { createWorld, type World } from '#test/support/mesh-world.ts';

/** A loss is looked at again after a minute, so that the watchdog need not run for long. */
const client = losing('propagate', { lossSettleMs: 60_000 });

interface Crash {
  readonly at: number;
  readonly when: 'before' | 'after';
}

/** The losses that guards have counted. */
async function counted(world: World): Promise<readonly (readonly [string, number])[]> {
  const counters = await world.all(guardCounters);
  return counters.flatMap(({ counts }) =>
    Object.entries(counts)
      .filter(([key]) => key.endsWith(':losses'))
      .flatMap(([key, parts]) => Object.values(parts).map((count) => [key, count] as const)),
  );
}

/** Somebody deletes the object of one system, and the mesh dies at one port call of what follows. Names the calls. */
async function play(
  lost: 'hubspot' | 'shopify',
  fault: 'none' | 'lost_answer',
  crash: Crash | null,
): Promise<readonly string[]> {
  const ports = createCrashingPorts();
  const { wrapPorts, wrapDeliver, wrapIngest } = ports;
  const world = await createWorld({ client, wrapPorts, wrapDeliver, wrapIngest });
  const { contactId, customerId } = await linkedCustomer(world);
  // Each system was written to before: what a connector prepares once is another story.
  await world.shopify.control.edit('customers', customerId, { phone: '+12025550123' });
  await world.settle();
  ports.arm(crash?.at ?? null, crash?.when ?? 'before');

  const [at, type, id] =
    lost === 'hubspot'
      ? ([world.hubspot, 'contacts', contactId] as const)
      : ([world.shopify, 'customers', customerId] as const);
  const other = lost === 'hubspot' ? world.shopify : world.hubspot;
  const path = lost === 'hubspot' ? 'customerDelete' : 'DELETE /crm/objects';
  if (fault === 'lost_answer') await other.control.fault({ kind: 'timeout-after-effect', count: 1, path });
  await at.control.remove(type, id);
  await world.settle();
  const trace = [...ports.trace()];
  // The watchdog finds what a death has left.
  await world.runFor(5 * 60_000);
  await world.settle();

  expect(await removalsIn(world)).toEqual([lost === 'hubspot' ? customerId : contactId]);
  const record = await onlyRecord(world);
  const [gone, removed] = lost === 'hubspot' ? [HUBSPOT, SHOPIFY] : [SHOPIFY, HUBSPOT];
  expect(presenceIn(record, gone)).toMatchObject({ verdict: 'excluded', cause: 'gone' });
  expect(presenceIn(record, removed)).toMatchObject({ verdict: 'excluded', cause: 'removed_by_us' });
  expect(record.writeSets).toEqual({});
  expect(await counted(world)).toEqual([[`customer:${lost}:losses`, 1]]);
  const owed = (await world.work()).filter((work) => work.wakeAt !== null);
  expect(owed, 'debts that nobody served').toEqual([]);
  await world.close();
  return trace;
}

describe.each([
  ['a customer', 'shopify', 'none'],
  ['a contact, and the answer to its removal elsewhere is lost,', 'hubspot', 'lost_answer'],
] as const)('%s that somebody deletes', (_title, lost, fault) => {
  test('is removed elsewhere once and counted once, when the process dies before or after any one port call', async () => {
    const undisturbed = await play(lost, fault, null);
    expect(undisturbed.length).toBeGreaterThan(30);

    for (const [at, call] of undisturbed.entries()) {
      for (const when of ['before', 'after'] as const) {
        await play(lost, fault, { at, when }).catch((error: unknown) => {
          throw new Error(`died ${when} call ${at} (${call})`, { cause: error });
        });
      }
    }
  }, 240_000);
});
