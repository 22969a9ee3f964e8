/**
 * Somebody deletes thousands of contacts at once: none of it reaches the shop before one plan of all that the mass guard
 * holds was approved, and all of it does once that plan is applied (M10). In virtual time, over the console's own API.
 */
import { lossGuardKey } from '#shared/model/guard.ts';
import { EntityType, SystemId } from '#shared/model/ids.ts';
import { client as demo } from '#shared/clients/demo/client.ts';
import { askConsole } from '#test/support/console-client.ts';
import { createWorld, type World } from '#test/support/mesh-world.ts';
import type { Soak, SoakResult } from './soak.ts';

const HUBSPOT = SystemId('hubspot');
const SHOPIFY = SystemId('shopify');
const LOSS_SETTLE_MS = 10 * 60_000;
const WINDOW_MS = 60 * 60_000;
const GUARD = lossGuardKey(EntityType('customer'), HUBSPOT);

const client = {
  ...demo,
  entities: demo.entities.map((policy) => ({
    ...policy,
    onLoss: { [HUBSPOT]: 'propagate' as const, [SHOPIFY]: 'propagate' as const },
  })),
  lossSettleMs: LOSS_SETTLE_MS,
};

/** Deletes so many contacts and counts what follows. */
export const massDelete: Soak = {
  name: 'mass-delete',
  async run({ isQuick }) {
    const count = isQuick ? 60 : 5_000;
    const world = await createWorld({ client });
    try {
      return await deleteAll(world, count);
    } finally {
      await world.close();
    }
  },
};

async function deleteAll(world: World, count: number): Promise<SoakResult> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const fields = { email: `customer-${index}@example.com`, firstname: `Name ${index}` };
    ids.push((await world.hubspot.control.create('contacts', fields)).id);
    if (index % 100 === 99) await world.settle();
  }
  await world.settle();
  const stored = (await world.shopify.control.list('customers')).length;

  const startedAt = performance.now();
  for (const id of ids) await world.hubspot.control.remove('contacts', id);
  await world.runFor(LOSS_SETTLE_MS * 3);
  await world.runFor(WINDOW_MS * 3);
  const heldAt = performance.now();
  const held = await told(world, 'GET', '/guards');

  const asked = await told(world, 'POST', '/plans', { kind: 'mass', selection: { guard: GUARD } });
  const path = `/plans/${String(asked['id'])}`;
  let plan = asked;
  while (plan['state'] === 'building') {
    await world.step();
    plan = await told(world, 'GET', path);
  }
  const builtAt = performance.now();
  const { hash, totals } = plan as { readonly hash: string; readonly totals: { readonly items: number } };
  const removalsBefore = await removals(world);
  const said = { hash, reason: 'they were test customers', confirmText: String(totals.items) };
  const { status: unapproved } = await askConsole(world, 'POST', `${path}/apply`, { body: said });
  await told(world, 'POST', `${path}/approve`, { hash }, 'ada:admin');
  await told(world, 'POST', `${path}/apply`, said);
  await world.settle();
  const appliedAt = performance.now();
  const operation = await told(world, 'GET', `/operations/${String(asked['id'])}`);
  const removalsAfter = await removals(world);
  const isMet =
    stored === count &&
    Object.keys(removalsBefore).length === 0 &&
    unapproved === 423 &&
    totals.items === count &&
    removalsAfter['accepted'] === count &&
    operation['state'] === 'applied';
  return {
    soak: 'mass-delete',
    deleted: count,
    guards: held['items'],
    planned: totals.items,
    removalsBeforeApproval: removalsBefore,
    approvals: 1,
    removals: removalsAfter,
    operation: operation['state'],
    secondsUntilHeld: seconds(startedAt, heldAt),
    secondsToPlan: seconds(heldAt, builtAt),
    secondsToApply: seconds(builtAt, appliedAt),
    verdict: isMet ? 'met' : 'missed',
  };
}

async function told(
  world: World,
  method: string,
  path: string,
  body?: object,
  as: `${string}:${'operator' | 'admin'}` = 'olga:operator',
): Promise<Readonly<Record<string, unknown>>> {
  const answer = await askConsole(world, method, path, { as, ...(body === undefined ? {} : { body }) });
  if (answer.status >= 400) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** Removals that the shop was sent, by what it said: whoever is asked for thousands at once puts some of them off. */
async function removals(world: World): Promise<Readonly<Record<string, number>>> {
  const writes = await world.shopify.control.writes();
  const sent = writes.filter(({ path }) => path === 'customerDelete');
  const byOutcome = [...Map.groupBy(sent, ({ outcome }) => outcome)];
  return Object.fromEntries(byOutcome.map(([outcome, list]) => [outcome, list.length]));
}

function seconds(from: number, to: number): number {
  return Math.round((to - from) / 100) / 10;
}
