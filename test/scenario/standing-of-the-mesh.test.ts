import { afterEach, describe, expect, test } from 'vitest';
import { toInstant } from '#shared/model/instant.ts';
import { askConsole } from '#test/support/console-client.ts';
import { checkedClient, CADENCE } from '#test/support/checked-client.ts';
import { linkedCustomer } from '#test/support/customers.ts';
import { createWorld, type World, type WorldOptions } from '#test/support/mesh-world.ts';

const MINUTE_MS = 60_000;

let world: World;

afterEach(async () => {
  await world.close();
});

async function runningWorld(options: WorldOptions = {}): Promise<void> {
  world = await createWorld({ polls: true, latencyMs: 250, logLevel: 'error', ...options });
  await world.runFor(2 * MINUTE_MS);
}

async function ask(path: string): Promise<Readonly<Record<string, unknown>>> {
  const { status, body } = await askConsole(world, 'GET', path, { as: 'vera:viewer' });
  expect(status).toBe(200);
  return body;
}

describe('a system', () => {
  test('tells how far its polls have come, what they cover, and what is left of its budget', async () => {
    await runningWorld();
    await world.runFor(10 * MINUTE_MS);

    const { polling, budget } = await ask('/systems/hubspot');

    expect(polling).toMatchObject([
      { stream: 'modified', coverage: [{ from: null }], failures: 0, failure: null, paused: null },
      { stream: 'archived', coverage: [{ from: null }] },
    ]);
    const [modified] = polling as readonly { readonly watermark: string; readonly lagMs: number }[];
    expect(modified?.lagMs).toBe(world.clock.now() - Date.parse(modified?.watermark ?? ''));
    expect(modified?.lagMs).toBeLessThan(3 * MINUTE_MS);
    expect(budget).toMatchObject({ system: 'hubspot', callsPerMinute: 120 });
  });

  test('that cannot be listed says since when, how often it was tried, and with what result', async () => {
    await runningWorld();
    const watermark = ((await ask('/systems/hubspot'))['polling'] as readonly object[])[0];
    await world.hubspot.control.fault({ kind: '500', path: '/search' });

    await world.runFor(20 * MINUTE_MS);

    const [modified] = (await ask('/systems/hubspot'))['polling'] as readonly Record<string, unknown>[];
    expect(modified).toMatchObject({ failure: 'vendor_unavailable' });
    expect(modified?.['failures']).toBeGreaterThan(2);
    expect(modified?.['lagMs']).toBeGreaterThan(20 * MINUTE_MS);
    expect(watermark).toMatchObject({ watermark: modified?.['watermark'] });
  });

  test('says in sentences what it can and cannot promise', async () => {
    await runningWorld({ polls: false });

    expect((await ask('/systems/hubspot'))['promises']).toEqual([
      'What is removed there can be restored by a person for a time.',
      'A value that somebody set just before our write is seen in its history afterwards.',
      'Its times tell edits apart to the millisecond.',
    ]);
    expect((await ask('/systems/shopify'))['promises']).toEqual([
      'What is removed there is gone for good.',
      'A value that somebody sets in the moment before our write is overwritten unseen.',
      'Its times do not tell apart edits within a second.',
    ]);
  });
});

describe('the health of the mesh', () => {
  test('is green while everything comes about in time, and counts what waits for people by class', async () => {
    await runningWorld({ client: checkedClient() });
    const { contactId, customerId } = await linkedCustomer(world);
    await world.runFor(5 * MINUTE_MS);
    const before = await ask('/health');
    const both = { silent: true, keepModified: true };
    await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550111' }, both);
    await world.shopify.control.edit('customers', customerId, { phone: '+12025550122' }, both);

    await world.runFor(CADENCE.targetMs);

    expect(before).toMatchObject({
      overall: { state: 'operational', reasons: [] },
      cycles: { overdue: 0, paused: 0 },
      checks: { overdue: 0 },
      discrepancies: { hard_conflict: 0, missing: 0, soft_drift: 0, undetermined: 0 },
    });
    expect((await ask('/health'))['discrepancies']).toMatchObject({ hard_conflict: 1, soft_drift: 0 });
  });

  test('is degraded once nothing ticks any more, and says so', async () => {
    await runningWorld();

    world.clock.advanceTo(world.clock.now() + 10 * MINUTE_MS);

    const health = await ask('/health');
    expect(health['overall']).toMatchObject({
      state: expect.stringMatching(/degraded|down/),
      reasons: expect.arrayContaining(['schedules_overdue']),
    });
    expect(health['cycles']).toMatchObject({ overdue: 5 });
  });

  test('is degraded by checks that a system has kept waiting for hours', async () => {
    await runningWorld({ client: checkedClient({ polling: {} }) });
    await linkedCustomer(world);

    // Whoever checks has stopped, and the checks fall due.
    world.clock.advanceTo(world.clock.now() + CADENCE.maxMs + 2 * 60 * MINUTE_MS);

    const { checks, overall } = await ask('/health');
    expect(overall).toMatchObject({ reasons: expect.arrayContaining(['checks_overdue']) });
    expect(checks).toMatchObject({ due: 1, overdue: 1 });
    const oldest = (checks as { readonly oldestDueAt: string }).oldestDueAt;
    expect(oldest < toInstant(world.clock.now() - 60 * MINUTE_MS)).toBe(true);
  });
});

test('a record is not sent again to who has it while only its age has moved', async () => {
  await runningWorld();
  const { record } = await linkedCustomer(world);
  const first = await askConsole(world, 'GET', `/records/${record.id}`);
  world.clock.advanceTo(world.clock.now() + 1_000);

  const again = await askConsole(world, 'GET', `/records/${record.id}`, {
    headers: { 'if-none-match': first.headers['etag'] },
  });

  expect([first.status, again.status]).toEqual([200, 304]);
});
