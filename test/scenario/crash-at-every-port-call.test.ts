import { describe, expect, test } from 'vitest';
import { createCrashingPorts, type CrashingPorts } from '#test/support/crashing-ports.ts';
import {
  ANA,
  expectAgreement,
  lastWrites,
  linkedCustomer,
  onlyRecord,
  writesSince,
} from '#test/support/customers.ts';
import { createWorld, type World } from '#test/support/mesh-world.ts';

interface Story {
  readonly name: string;
  /** Brings the world to where the story begins. */
  prepare(world: World): Promise<unknown>;
  /** What somebody does. */
  act(world: World, prepared: never): Promise<unknown>;
  /** What must hold however the mesh died. */
  check(world: World, prepared: never): Promise<void>;
}

const STORIES: readonly Story[] = [
  {
    name: 'an edit in HubSpot',
    async prepare(world) {
      const linked = await linkedCustomer(world);
      return { ...linked, before: await lastWrites(world) };
    },
    act: (world, { contactId }: { contactId: string }) =>
      world.hubspot.control.edit('contacts', contactId, { phone: '+12025550199' }),
    async check(world, { before }: { before: { hubspot: number; shopify: number } }) {
      const { hubspot, shopify } = await writesSince(world, before);
      expect(shopify.map((write) => write.path)).toEqual(['customerUpdate']);
      expect(hubspot).toEqual([]);
    },
  },
  {
    name: 'a new contact in HubSpot',
    prepare: async () => undefined,
    act: (world) => world.hubspot.control.create('contacts', ANA),
    async check(world) {
      const created = (await world.shopify.control.writes()).filter(
        (write) => write.path === 'customerCreate',
      );
      expect(created.filter((write) => write.outcome === 'accepted')).toHaveLength(1);
      expect(Object.keys((await onlyRecord(world)).links).toSorted()).toEqual(['hubspot', 'shopify']);
    },
  },
  {
    name: 'a new customer in Shopify',
    prepare: async () => undefined,
    act: (world) => world.shopify.control.create('customers', { email: 'ben@example.com', firstName: 'Ben' }),
    async check(world) {
      expect(await world.hubspot.control.list('contacts')).toHaveLength(1);
      expect(Object.keys((await onlyRecord(world)).links).toSorted()).toEqual(['hubspot', 'shopify']);
    },
  },
];

interface Played {
  /** Port calls until the world was at rest: what ticks for ever afterwards is not counted. */
  readonly calls: number;
  readonly trace: ReturnType<CrashingPorts['trace']>;
}

async function play(story: Story, crash: { at: number; when: 'before' | 'after' } | null): Promise<Played> {
  const ports = createCrashingPorts();
  const { wrapPorts, wrapDeliver, wrapIngest } = ports;
  const world = await createWorld({ wrapPorts, wrapDeliver, wrapIngest });
  const prepared = (await story.prepare(world)) as never;
  ports.arm(crash?.at ?? null, crash?.when ?? 'before');

  await story.act(world, prepared);
  await world.settle();
  const calls = ports.calls();
  await world.runFor(10 * 60_000);
  await world.settle();

  await story.check(world, prepared);
  await expectAgreement(world);
  const owed = (await world.work()).filter((work) => work.wakeAt !== null);
  expect(owed, 'debts that nobody served').toEqual([]);
  await world.close();
  return { calls, trace: ports.trace() };
}

describe.each(STORIES)('$name', (story) => {
  test('ends the same, with one effect, when the process dies before or after any one port call', async () => {
    const { calls, trace } = await play(story, null);
    expect(calls).toBeGreaterThan(15);

    for (let at = 0; at < calls; at += 1) {
      for (const when of ['before', 'after'] as const) {
        await play(story, { at, when }).catch((error: unknown) => {
          throw new Error(`died ${when} call ${at} (${trace[at]})`, { cause: error });
        });
      }
    }
  });
});
