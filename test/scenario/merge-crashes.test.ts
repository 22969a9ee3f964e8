import { expect, test } from 'vitest';
import { leases } from '#shared/engine/lease.ts';
import { RecordId, type RunId } from '#shared/model/ids.ts';
import { crosswalks } from '#shared/model/identity-documents.ts';
import type { Write } from '#shared/ports/document-store.ts';
import { askConsole, freshKey, type ConsoleAnswer } from '#test/support/console-client.ts';
import { createCrashingPorts, type CrashingPorts } from '#test/support/crashing-ports.ts';
import { ANA, errorLines, lastWrites, linkedCustomer, writesSince } from '#test/support/customers.ts';
import { createWorld, type World } from '#test/support/mesh-world.ts';

const BEN = Object.freeze({ email: 'ben@example.com', firstname: 'Ben', lastname: 'Okri' });

interface Two {
  readonly ana: Awaited<ReturnType<typeof linkedCustomer>>;
  readonly ben: Awaited<ReturnType<typeof linkedCustomer>>;
}

async function twoCustomers(world: World): Promise<Two> {
  return { ana: await linkedCustomer(world, ANA), ben: await linkedCustomer(world, BEN) };
}

function merge(
  world: Parameters<typeof askConsole>[0],
  { ana, ben }: Two,
  key: string,
): Promise<ConsoleAnswer> {
  return askConsole(world, 'POST', `/records/${ana.record.id}/merge`, {
    headers: { 'idempotency-key': key },
    body: { recordId: ben.record.id, acceptDuplicates: true, reason: 'one and the same person' },
  });
}

/** A person merges, and sends the same again for as long as there is no answer. */
async function mergeWhatever(world: World, ports: CrashingPorts, two: Two): Promise<ConsoleAnswer> {
  const key = freshKey();
  const call = ports.wrapIngest((request) => world.mesh.call('console', request));
  const desk = { mesh: { call: (_: string, request: Parameters<typeof call>[0]) => call(request) } };
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const answer = await merge(desk, two, key).catch(() => undefined);
    if (answer !== undefined && answer.status < 400) return answer;
    await world.runFor(130_000);
  }
  throw new Error('The merge was never answered.');
}

/** Plays the story, and tells the port calls that the merge and what followed from it took. */
async function play(crash: { at: number; when: 'before' | 'after' } | null): Promise<readonly string[]> {
  const ports = createCrashingPorts();
  const { wrapPorts, wrapDeliver, wrapIngest } = ports;
  const world = await createWorld({ wrapPorts, wrapDeliver, wrapIngest });
  const two = await twoCustomers(world);
  const before = await lastWrites(world);
  ports.arm(crash?.at ?? null, crash?.when ?? 'before');

  await mergeWhatever(world, ports, two);
  await world.settle();
  const calls = [...ports.trace()];
  await world.runFor(10 * 60_000);
  await world.settle();

  const records = await world.records();
  expect(records.find(({ id }) => id === two.ben.record.id)).toMatchObject({
    state: 'merged',
    mergedInto: two.ana.record.id,
  });
  expect(new Set((await world.all(crosswalks)).map(({ recordId }) => recordId))).toEqual(
    new Set([two.ana.record.id]),
  );
  const trail = await askConsole(world, 'GET', '/audit?action=decide_identity');
  expect(trail.body['items']).toHaveLength(1);
  expect(await writesSince(world, before)).toEqual({ hubspot: [], shopify: [] });
  expect((await world.work()).filter(({ wakeAt }) => wakeAt !== null)).toEqual([]);
  expect(errorLines(world)).toEqual([]);
  await world.close();
  return calls;
}

test('a merge happens once and whole when the process dies before or after any one port call (M1, M2, M16)', async () => {
  const calls = await play(null);
  expect(calls.length).toBeGreaterThan(6);

  for (let at = 0; at < calls.length; at += 1) {
    for (const when of ['before', 'after'] as const) {
      await play({ at, when }).catch((error: unknown) => {
        throw new Error(`died ${when} call ${at} (${calls[at]})`, { cause: error });
      });
    }
  }
});

test('a merge meets a lease that somebody takes between its look and its commit, and waits (M3, M16)', async () => {
  let taking: (() => Promise<void>) | null = null;
  const world = await createWorld({
    wrapPorts: (ports, functionName) => {
      if (functionName !== 'console') return ports;
      const commit = async (writes: readonly Write[]) => {
        const isMerge = writes.some(({ ref }) => ref.path.startsWith('leases/'));
        const take = isMerge ? taking : null;
        if (take !== null) taking = null;
        await take?.();
        return ports.store.commit(writes);
      };
      const store = new Proxy(ports.store, {
        get: (target, name, receiver) => (name === 'commit' ? commit : Reflect.get(target, name, receiver)),
      });
      return { ...ports, store };
    },
  });
  const two = await twoCustomers(world);
  const lease = { owner: 'somebody', runId: 'run_x' as RunId, expiresAt: world.clock.now() + 60_000 };
  taking = async () => {
    const ref = leases.at(RecordId(two.ben.record.id));
    await world.store.commit([{ op: 'set', ref, value: lease }]);
  };

  const answer = await merge(world, two, freshKey());

  expect(taking).toBeNull();
  expect(answer).toMatchObject({ status: 409, body: { retryAfter: 5 } });
  const ben = (await world.records()).find(({ id }) => id === two.ben.record.id);
  expect(ben).toEqual(two.ben.record);
  await world.close();
});
