import { afterEach, describe, expect, test } from 'vitest';
import { Dimension } from '#shared/model/ids.ts';
import { freshnessOf } from '#shared/drift/freshness.ts';
import { toEpochMs } from '#shared/model/instant.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import type { Check, WorkDocument } from '#shared/model/work.ts';
import { CADENCE, checkedClient, MINUTE_MS } from '#test/support/checked-client.ts';
import {
  ANA,
  errorLines,
  lastWrites,
  linkedCustomer,
  onlyRecord,
  SHOPIFY,
  HUBSPOT,
  writesSince,
} from '#test/support/customers.ts';
import { createWorld, type World, type WorldOptions } from '#test/support/mesh-world.ts';

const PROFILE = Dimension('profile');
const IDENTITY = Dimension('identity');
const SILENTLY = { silent: true, keepModified: true };
const HUBSPOT_BATCH = 'POST /crm/objects/2026-09/contacts/batch/read';

let world: World;

afterEach(async () => {
  expect(errorLines(world)).toEqual([]);
  await world.close();
});

async function checkedWorld(options: WorldOptions = {}): Promise<World> {
  world = await createWorld({ client: checkedClient(), ...options });
  return world;
}

async function onlyWork(): Promise<WorkDocument> {
  const owing = (await world.work()).filter(({ checkDueAt }) => checkDueAt !== null);
  expect(owing).toHaveLength(1);
  return owing[0] as WorkDocument;
}

async function checkOf(dimension: Dimension): Promise<Check> {
  const check = (await onlyWork()).checks[dimension];
  if (check === undefined) throw new Error(`The dimension ${dimension} was never checked.`);
  return check;
}

async function freshness(dimension: Dimension): Promise<string> {
  return freshnessOf(world.clock.now() - toEpochMs((await checkOf(dimension)).verifiedAt), CADENCE);
}

/** Batch reads that each vendor has answered or refused. */
async function batchReads(): Promise<{ readonly hubspot: number; readonly shopify: number }> {
  const [hubspot, shopify] = await Promise.all([
    world.hubspot.control.stats(),
    world.shopify.control.stats(),
  ]);
  return { hubspot: hubspot.calls[HUBSPOT_BATCH] ?? 0, shopify: shopify.calls['query nodes'] ?? 0 };
}

function verdictOf(record: RecordDocument, dimension: Dimension): string | undefined {
  return record.verdicts[dimension]?.verdict;
}

/** Runs the world minute by minute until something holds, and tells how long that took. */
async function timeUntil(holds: () => Promise<boolean>, mostMs: number): Promise<number> {
  const startedAt = world.clock.now();
  while (!(await holds())) {
    if (world.clock.now() - startedAt > mostMs) throw new Error('It did not come about in time.');
    await world.runFor(MINUTE_MS);
  }
  return world.clock.now() - startedAt;
}

describe('an edit that no webhook and no poll tells of', () => {
  test("is found within the dimension's target, explained by nothing, and written nowhere (M9)", async () => {
    await checkedWorld({ polls: true });
    const { customerId } = await linkedCustomer(world);
    await world.runFor(10 * MINUTE_MS);
    const before = await lastWrites(world);
    await world.shopify.control.edit('customers', customerId, { phone: '+12025550177' }, SILENTLY);

    const foundAfterMs = await timeUntil(
      async () => verdictOf(await onlyRecord(world), PROFILE) === 'soft_drift',
      CADENCE.targetMs,
    );
    await world.runFor(CADENCE.targetMs);

    expect(foundAfterMs).toBeLessThanOrEqual(CADENCE.targetMs);
    expect((await onlyRecord(world)).verdicts[PROFILE]).toMatchObject({
      verdict: 'soft_drift',
      cause: 'move_unexplained',
    });
    expect(await writesSince(world, before)).toEqual({ hubspot: [], shopify: [] });
  });

  test('closes only when a later check has seen that both sides agree again', async () => {
    await checkedWorld();
    const { customerId } = await linkedCustomer(world);
    await world.shopify.control.edit('customers', customerId, { phone: '+12025550177' }, SILENTLY);
    await timeUntil(
      async () => verdictOf(await onlyRecord(world), PROFILE) === 'soft_drift',
      CADENCE.targetMs,
    );
    await world.settle();

    await world.shopify.control.edit('customers', customerId, { phone: ANA.phone }, SILENTLY);
    await world.settle(MINUTE_MS);
    const unseen = verdictOf(await onlyRecord(world), PROFILE);
    await world.runFor(CADENCE.targetMs);

    expect([unseen, verdictOf(await onlyRecord(world), PROFILE)]).toEqual(['soft_drift', 'in_sync']);
  });

  test('on the side that owns the field waits for an operator as well, for nobody knows who did it', async () => {
    await checkedWorld();
    const { contactId } = await linkedCustomer(world);
    const before = await lastWrites(world);

    await world.hubspot.control.edit('contacts', contactId, { firstname: 'Anna' }, SILENTLY);
    await world.runFor(CADENCE.targetMs + CADENCE.maxMs);

    expect(verdictOf(await onlyRecord(world), PROFILE)).toBe('soft_drift');
    expect(await writesSince(world, before)).toEqual({ hubspot: [], shopify: [] });
  });

  test('raises the rate at which the record is looked at', async () => {
    await checkedWorld();
    const { customerId } = await linkedCustomer(world);
    const calm = await checkOf(PROFILE);

    for (const phone of ['+12025550171', '+12025550172', '+12025550173']) {
      await world.shopify.control.edit('customers', customerId, { phone }, SILENTLY);
      await world.runFor(CADENCE.targetMs);
    }
    const restless = await checkOf(PROFILE);
    const identity = await checkOf(IDENTITY);

    const intervalOf = (check: Check) => check.nextDueAt - toEpochMs(check.verifiedAt);
    expect(intervalOf(restless)).toBeLessThan(intervalOf(calm));
    expect(intervalOf(identity)).toBe(CADENCE.maxMs);
    expect((await onlyWork()).changes[PROFILE]).toMatchObject({ since: expect.any(Number) as number });
    expect((await onlyWork()).changes[PROFILE]?.untold).toBeCloseTo(3, 1);
  });
});

describe('a record that nobody touches', () => {
  test('stays fresh by one batch read of each system for each interval, and by one write of `work`', async () => {
    await checkedWorld();
    const { record } = await linkedCustomer(world);
    const atFirst = await batchReads();

    await world.runFor(10 * CADENCE.maxMs);

    const { hubspot, shopify } = await batchReads();
    expect(hubspot - atFirst.hubspot).toBeGreaterThanOrEqual(9);
    expect(hubspot - atFirst.hubspot).toBeLessThanOrEqual(10);
    expect(shopify - atFirst.shopify).toBe(hubspot - atFirst.hubspot);
    expect(await freshness(PROFILE)).toBe('fresh');
    expect((await world.history(record)).length).toBe(record.historyCount);
  });

  test('is asked about in no system that told of it a moment ago', async () => {
    await checkedWorld();
    const { customerId } = await linkedCustomer(world);
    await world.runFor(CADENCE.maxMs - 2 * MINUTE_MS);
    await world.shopify.control.edit('customers', customerId, { tags: ['vip'] });
    await world.settle(MINUTE_MS);
    const before = await batchReads();

    await world.runFor(5 * MINUTE_MS);

    const after = await batchReads();
    expect([after.hubspot - before.hubspot, after.shopify - before.shopify]).toEqual([1, 0]);
  });
});

describe('an object that is gone without a word', () => {
  test('is only suspected by the batch, and gone once a read by its id has said so (M10)', async () => {
    await checkedWorld();
    const { customerId } = await linkedCustomer(world);
    const reads = async () => (await world.shopify.control.stats()).calls['query customer'] ?? 0;
    const readBefore = await reads();
    await world.shopify.control.remove('customers', customerId, { silent: true });

    await world.runFor(CADENCE.targetMs);

    const record = await onlyRecord(world);
    expect(record.links[SHOPIFY]?.state).toBe('gone');
    // The second read is the one that confirms the loss.
    expect((await reads()) - readBefore).toBe(2);
    expect(record.links[HUBSPOT]?.state).toBe('active');
  });

  test('is looked at again after that, and found when it is back', async () => {
    await checkedWorld();
    const { contactId } = await linkedCustomer(world);
    await world.hubspot.control.remove('contacts', contactId, { silent: true });
    await world.runFor(CADENCE.targetMs);
    expect((await onlyRecord(world)).links[HUBSPOT]?.state).toBe('gone');

    await world.hubspot.control.act('contacts', contactId, 'restore', {}, { silent: true });
    await world.runFor(CADENCE.targetMs);

    expect((await onlyRecord(world)).links[HUBSPOT]?.state).toBe('active');
  });

  test('from every system is looked for at the pace of its checks, and no faster', async () => {
    await checkedWorld();
    const { contactId, customerId } = await linkedCustomer(world);
    await world.hubspot.control.remove('contacts', contactId, { silent: true });
    await world.shopify.control.remove('customers', customerId, { silent: true });
    await world.runFor(CADENCE.targetMs);
    const [before, served] = [await batchReads(), (await onlyWork()).served];

    await world.runFor(10 * CADENCE.maxMs);

    const after = await batchReads();
    // Two losses have made it a restless record.
    const check = await checkOf(IDENTITY);
    const most = (10 * CADENCE.maxMs) / (check.nextDueAt - toEpochMs(check.verifiedAt)) + 3;
    expect(Object.values((await onlyRecord(world)).links).map(({ state }) => state)).toEqual([
      'gone',
      'gone',
    ]);
    expect(after.hubspot - before.hubspot).toBeLessThanOrEqual(most);
    expect(after.shopify - before.shopify).toBeLessThanOrEqual(most);
    expect(await freshness(IDENTITY)).toBe('fresh');
    expect((await onlyWork()).served).toEqual(served);
  });

  test('because it was merged away, is foreign and no representation (M16)', async () => {
    await checkedWorld();
    const { contactId } = await linkedCustomer(world);
    const other = await world.hubspot.control.create(
      'contacts',
      { email: 'b@example.com' },
      { silent: true },
    );
    await world.hubspot.control.act('contacts', other.id, 'merge', { with: contactId }, { silent: true });

    await world.runFor(CADENCE.targetMs);

    const record = (await world.records()).find(({ links }) => links[HUBSPOT]?.nativeId === contactId);
    expect(record?.links[HUBSPOT]?.state).not.toBe('active');
  });
});

describe('a system that cannot be read', () => {
  test('leaves checks stale and never green, and they recover with it (M7)', async () => {
    await checkedWorld();
    await linkedCustomer(world);
    const verified = await checkOf(PROFILE);
    await world.shopify.control.fault({ kind: '500' });

    await world.runFor(3 * CADENCE.targetMs);
    const during = await checkOf(PROFILE);
    const freshnessDuring = await freshness(PROFILE);
    const asked = await batchReads();
    await world.shopify.control.clearFaults();
    await world.runFor(2 * CADENCE.targetMs);

    expect(during.verifiedAt).toBe(verified.verifiedAt);
    expect(freshnessDuring).toBe('stale');
    expect(asked.shopify).toBeLessThan(20);
    expect(await freshness(PROFILE)).toBe('fresh');
  });

  test('does not keep the drift of another system from being found', async () => {
    await checkedWorld();
    const { contactId } = await linkedCustomer(world);
    await world.shopify.control.fault({ kind: '429' });
    await world.hubspot.control.edit('contacts', contactId, { firstname: 'Anna' }, SILENTLY);

    await world.runFor(CADENCE.targetMs);

    expect(verdictOf(await onlyRecord(world), PROFILE)).toBe('soft_drift');
  });
});

describe('many records that nobody touches', () => {
  const CUSTOMERS = 210;

  async function seeded(options: WorldOptions = {}): Promise<void> {
    await checkedWorld({ logLevel: 'error', ...options });
    for (let number = 0; number < CUSTOMERS; number += 1)
      await world.hubspot.control.create('contacts', { email: `customer-${number}@example.com` });
    await world.settle();
  }

  test('are checked a hundred at a time, and no vendor is written to', async () => {
    await seeded();
    const [before, written] = [await batchReads(), await lastWrites(world)];

    await world.runFor(CADENCE.targetMs);

    const after = await batchReads();
    const stale = (await world.work()).flatMap(({ checks }) =>
      Object.values(checks).filter(
        (check) => world.clock.now() - toEpochMs(check.verifiedAt) > CADENCE.targetMs,
      ),
    );
    expect(stale).toEqual([]);
    // Records fall due over a few ticks, so that some batches are not full.
    expect(after.hubspot - before.hubspot).toBeLessThanOrEqual(3 + 4);
    expect(after.shopify - before.shopify).toBeLessThanOrEqual(3 + 4);
    expect(await writesSince(world, written)).toEqual({ hubspot: [], shopify: [] });
  });

  test('are checked as far as the budget goes, minute by minute, and never further', async () => {
    const budget = { operator: 0, live: 0, background: 1 };
    await seeded({ client: checkedClient({ callBudgets: { [HUBSPOT]: budget, [SHOPIFY]: budget } }) });
    const perMinute: number[] = [];
    const before = await batchReads();

    let last = before.hubspot;
    for (let minute = 0; minute < CADENCE.targetMs / MINUTE_MS; minute += 1) {
      await world.runFor(MINUTE_MS);
      const { hubspot } = await batchReads();
      perMinute.push(hubspot - last);
      last = hubspot;
    }

    expect(Math.max(...perMinute)).toBe(1);
    expect(perMinute.reduce((sum, calls) => sum + calls, 0)).toBeGreaterThanOrEqual(3);
    const checked = (await world.work()).filter(({ checkDueAt }) => (checkDueAt ?? 0) > world.clock.now());
    expect(checked).toHaveLength(CUSTOMERS);
  });
});
