import { afterEach, expect, test } from 'vitest';
import { windowStart } from '#shared/model/budget.ts';
import { toEpochMs } from '#shared/model/instant.ts';
import { cursors } from '#shared/model/poll-documents.ts';
import { CADENCE, checkedClient, MINUTE_MS } from '#test/support/checked-client.ts';
import { HUBSPOT, SHOPIFY } from '#test/support/customers.ts';
import { createWorld, type Side, type World } from '#test/support/mesh-world.ts';

const CUSTOMERS = 210;

let world: World;

afterEach(async () => {
  await world.close();
});

/** Many customers that both systems hold, polled and checked on little: three calls a minute to each system. */
async function narrowWorld(): Promise<void> {
  const budget = { operator: 0, live: 0, background: 3 };
  const callBudgets = { [HUBSPOT]: budget, [SHOPIFY]: budget };
  world = await createWorld({ polls: true, logLevel: 'error', client: checkedClient({ callBudgets }) });
  for (let number = 0; number < CUSTOMERS; number += 1)
    await world.hubspot.control.create('contacts', { email: `customer-${number}@example.com` });
  await world.runFor(30 * MINUTE_MS);
  await world.runFor(windowStart(world.clock.now()) + MINUTE_MS - world.clock.now());
}

async function callsOf({ control }: Side): Promise<number> {
  return Object.values((await control.stats()).calls).reduce((sum, calls) => sum + calls, 0);
}

/** Calls of each minute to one system. */
async function perMinute(side: Side, minutes: number): Promise<readonly number[]> {
  const calls: number[] = [];
  let last = await callsOf(side);
  for (let minute = 0; minute < minutes; minute += 1) {
    await world.runFor(MINUTE_MS);
    const now = await callsOf(side);
    calls.push(now - last);
    last = now;
  }
  return calls;
}

test('polls and checks together make no more calls a minute than a system allows them, and both come about', async () => {
  await narrowWorld();

  const calls = await perMinute(world.hubspot, CADENCE.targetMs / MINUTE_MS);

  expect(Math.max(...calls)).toBeLessThanOrEqual(3);
  const now = world.clock.now();
  const verified = (await world.work()).flatMap(({ checks }) =>
    Object.values(checks).map(({ verifiedAt }) => now - toEpochMs(verifiedAt)),
  );
  expect(Math.max(...verified)).toBeLessThanOrEqual(CADENCE.targetMs);
  for (const { lastPollAt, stream } of await world.all(cursors))
    expect(now - Date.parse(lastPollAt ?? '')).toBeLessThanOrEqual(
      (stream === 'archived' ? 17 : 2) * MINUTE_MS,
    );
});
