import { describe, expect, test } from 'vitest';
import { Dimension } from '#shared/model/ids.ts';
import { CADENCE, checkedClient } from '#test/support/checked-client.ts';
import { createCrashingPorts, type CrashingPorts } from '#test/support/crashing-ports.ts';
import { errorLines, lastWrites, linkedCustomer, onlyRecord, writesSince } from '#test/support/customers.ts';
import { createWorld } from '#test/support/mesh-world.ts';

const PROFILE = Dimension('profile');

interface Death {
  readonly at: number;
  readonly when: 'before' | 'after';
}

/** An edit that only a check can find is made shortly before the check is due, and the mesh dies while it looks. */
async function play(death: Death | null): Promise<CrashingPorts> {
  const ports = createCrashingPorts();
  const { wrapPorts, wrapDeliver, wrapIngest } = ports;
  const world = await createWorld({
    client: checkedClient(),
    // What ticks beside the checker would only add calls that have nothing to do with it.
    wrapPorts: (given, name) => (name === 'watchdog' || name === 'poller' ? given : wrapPorts(given)),
    wrapDeliver,
    wrapIngest,
  });
  const { customerId } = await linkedCustomer(world);
  const before = await lastWrites(world);
  const dueAt = Math.min(...(await world.work()).map(({ checkDueAt }) => checkDueAt ?? Infinity));
  await world.runFor(dueAt - world.clock.now() - 1);
  const edit = { phone: '+12025550177' };
  await world.shopify.control.edit('customers', customerId, edit, { silent: true, keepModified: true });
  ports.arm(death?.at ?? null, death?.when ?? 'before');

  await world.runFor(2 * 60_000);
  const looked = ports.trace().slice();
  await world.runFor(CADENCE.targetMs - CADENCE.maxMs);
  await world.settle();

  expect((await onlyRecord(world)).verdicts[PROFILE]?.verdict).toBe('soft_drift');
  expect(await writesSince(world, before)).toEqual({ hubspot: [], shopify: [] });
  const owed = (await world.work()).filter((work) => work.wakeAt !== null && work.wakeAt < world.clock.now());
  expect(owed, 'debts that nobody served').toEqual([]);
  expect(errorLines(world)).toEqual([]);
  await world.close();
  return { ...ports, trace: () => looked, calls: () => looked.length };
}

describe('a check', () => {
  test('finds what there is to find within the target, wherever the process dies while it looks', async () => {
    const undisturbed = await play(null);
    const trace = undisturbed.trace();
    // The checker's own look-ups for what is due repeat each minute: each is as good as the first.
    const interesting = trace.flatMap((name, at) =>
      name === 'store.query' && trace[at - 1] === name ? [] : [at],
    );
    expect(trace).toContain('http.send');
    expect(trace).toContain('tasks.enqueue');

    for (const at of interesting) {
      for (const when of ['before', 'after'] as const) {
        await play({ at, when }).catch((error: unknown) => {
          throw new Error(`died ${when} call ${at} (${trace[at]})`, { cause: error });
        });
      }
    }
  });
});
