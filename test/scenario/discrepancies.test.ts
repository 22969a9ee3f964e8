import { afterEach, describe, expect, test } from 'vitest';
import { client as demo } from '#shared/clients/demo/client.ts';
import { discrepancies, type Discrepancy } from '#shared/model/discrepancy.ts';
import type { Mode } from '#shared/model/vocabulary.ts';
import { askConsole, type ConsoleAnswer } from '#test/support/console-client.ts';
import {
  ANA,
  errorLines,
  goldenOf,
  lastWrites,
  linkedCustomer,
  onlyRecord,
  writesSince,
} from '#test/support/customers.ts';
import { createWorld, type World } from '#test/support/mesh-world.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const SILENTLY = { silent: true, keepModified: true };
const BEN = Object.freeze({
  email: 'ben@example.com',
  firstname: 'Ben',
  lastname: 'Okri',
  phone: '+12025550110',
});

let world: World;

afterEach(async () => {
  expect(errorLines(world)).toEqual([]);
  await world.close();
});

function get(path: string): Promise<ConsoleAnswer> {
  return askConsole(world, 'GET', path);
}

function post(path: string, body: object = {}): Promise<ConsoleAnswer> {
  return askConsole(world, 'POST', path, { body });
}

async function items(path: string): Promise<readonly Record<string, unknown>[]> {
  const { status, body } = await get(path);
  expect(status).toBe(200);
  return body['items'] as readonly Record<string, unknown>[];
}

async function switchTo(mode: Mode): Promise<void> {
  const { headers } = await get('/settings');
  const answer = await askConsole(world, 'PATCH', '/settings', {
    as: 'ada:admin',
    headers: { 'if-match': headers['etag'] },
    body: { reason: 'a test of modes', modes: { client: mode } },
  });
  expect(answer.status).toBe(200);
}

async function check(recordId: string): Promise<void> {
  const answer = await post('/checks', { selection: { recordIds: [recordId] } });
  expect(answer.status).toBe(202);
  await world.settle(MINUTE_MS);
}

/** Both sides change the phone before the mesh has looked at either. */
async function conflictOf(
  { contactId, customerId }: { contactId: string; customerId: string },
  shopifyPhone = '+12025550122',
) {
  await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550111' });
  await world.shopify.control.edit('customers', customerId, { phone: shopifyPhone });
  await world.settle(MINUTE_MS);
}

/** Makes both sides say the same again. */
async function agreeOn(phone: string, { contactId, customerId }: { contactId: string; customerId: string }) {
  await world.hubspot.control.edit('contacts', contactId, { phone });
  await world.shopify.control.edit('customers', customerId, { phone });
  await world.settle(MINUTE_MS);
}

async function theOne(): Promise<Record<string, unknown>> {
  const open = await items('/discrepancies');
  expect(open).toHaveLength(1);
  return open[0] as Record<string, unknown>;
}

describe('a change on both sides', () => {
  test('is one open discrepancy that says what differs, who changed it and what to do', async () => {
    world = await createWorld();
    const ana = await linkedCustomer(world);
    expect(await items('/discrepancies')).toEqual([]);

    await conflictOf(ana);

    const found = await theOne();
    expect(found).toMatchObject({
      id: `${ana.record.id}:profile`,
      recordId: ana.record.id,
      class: 'hard_conflict',
      cause: 'both_moved',
      family: 'concurrent_edit',
      status: 'open',
      suggestions: ['choose_side', 'review_rule'],
      occurrences: 1,
      fields: [
        {
          path: 'phone',
          systems: ['hubspot', 'shopify'],
          values: {
            hubspot: { state: 'value', value: '+12025550111' },
            shopify: { state: 'value', value: '+12025550122' },
          },
          golden: { state: 'value', value: ANA.phone },
        },
      ],
    });
    expect(found['sentence']).toMatch(
      /^Phone: HubSpot says "\+12025550111", Shopify says "\+12025550122" and "\+12025550101" holds true; .* was changed at .*, by its own event; each was changed to something else .*; choose which side is right\.$/,
    );
    const { body } = await get(`/discrepancies/${String(found['id'])}`);
    const evidence = (body['cause'] as { evidence: readonly object[] }).evidence;
    expect(evidence.length).toBeGreaterThanOrEqual(2);
    expect(evidence[0]).toMatchObject({ kind: 'sign', source: 'webhook', eventKey: expect.any(String) });
  });

  test('is resolved by the comparison that finds agreement, and opened again under the same id with a count', async () => {
    world = await createWorld();
    const ana = await linkedCustomer(world);
    await conflictOf(ana);
    const first = await theOne();

    await agreeOn('+12025550133', ana);

    expect(await items('/discrepancies')).toEqual([]);
    const [resolved] = await items('/discrepancies?status=resolved');
    expect(resolved).toMatchObject({
      id: first['id'],
      resolvedAt: expect.any(String),
      resolvedBy: { kind: 'event', id: expect.any(String) },
    });
    await conflictOf(ana);
    const again = await get(`/discrepancies/${String(first['id'])}`);
    expect(again.body).toMatchObject({
      status: 'open',
      firstSeenAt: first['firstSeenAt'],
      resolvedAt: null,
      occurrences: { count: 2, last: [{ closedAt: expect.any(String) }, { closedAt: null }] },
    });
  });

  test('is in one group with its like, and counted', async () => {
    world = await createWorld();
    const ana = await linkedCustomer(world);
    const ben = await linkedCustomer(world, BEN);
    await conflictOf(ana);
    await conflictOf(ben, '+12025550123');
    await world.runFor(25 * HOUR_MS);

    const groups = await items('/discrepancies/groups');

    const key = 'both_moved:customer:phone:hubspot+shopify';
    expect(groups).toEqual([
      expect.objectContaining({
        key,
        count: 2,
        openedLastDay: 0,
        cause: 'both_moved',
        class: 'hard_conflict',
      }),
    ]);
    expect(await items(`/discrepancies?group=${encodeURIComponent(key)}`)).toHaveLength(2);
    for (const by of ['cause', 'type', 'dimension', 'class'])
      expect(await items(`/discrepancies/groups?by=${by}`)).toMatchObject([{ count: 2 }]);
    expect(await items('/discrepancies?class=missing')).toEqual([]);
    expect(await items('/discrepancies?cause=both_moved&type=customer&dimension=profile')).toHaveLength(2);
  });
});

describe('a person', () => {
  test('acknowledges a difference for as long as it is the same one', async () => {
    world = await createWorld();
    const ana = await linkedCustomer(world);
    await conflictOf(ana);
    const { id } = await theOne();

    const answer = await post(`/discrepancies/${String(id)}/acknowledge`, {
      reason: 'the client will call back',
    });
    await check(ana.record.id);

    expect(answer).toMatchObject({ status: 200, body: { status: 'acknowledged', acknowledgedBy: 'olga' } });
    expect(await theOne()).toMatchObject({ status: 'acknowledged', reason: 'the client will call back' });
    await world.shopify.control.edit('customers', ana.customerId, { phone: '+12025550155' });
    await world.settle(MINUTE_MS);
    expect(await theOne()).toMatchObject({ status: 'open', occurrences: 1 });
  });

  test('hides one until a time, which ends it without anybody doing anything', async () => {
    world = await createWorld();
    await conflictOf(await linkedCustomer(world));
    const { id } = await theOne();
    const until = new Date(world.clock.now() + 2 * HOUR_MS).toISOString();

    const answer = await post(`/discrepancies/${String(id)}/suppress`, {
      until,
      reason: 'after the migration',
    });
    await world.runFor(HOUR_MS);

    expect(answer).toMatchObject({ status: 200, body: { status: 'suppressed', suppressedUntil: until } });
    expect(await items('/discrepancies')).toEqual([]);
    expect(await items('/discrepancies?status=suppressed')).toMatchObject([
      { id, reason: 'after the migration' },
    ]);
    await world.runFor(HOUR_MS + MINUTE_MS);
    expect(await theOne()).toMatchObject({ id, status: 'open' });
  });

  test('still has it hidden when something else of the record is compared in between', async () => {
    world = await createWorld();
    const ana = await linkedCustomer(world);
    await conflictOf(ana);
    const { id } = await theOne();
    const until = new Date(world.clock.now() + 2 * HOUR_MS).toISOString();
    await post(`/discrepancies/${String(id)}/suppress`, { until, reason: 'after the migration' });

    await check(ana.record.id);
    await world.hubspot.control.edit('contacts', ana.contactId, { firstname: 'Anna' });
    await world.settle(MINUTE_MS);

    expect(await items('/discrepancies')).toEqual([]);
    await world.runFor(2 * HOUR_MS + MINUTE_MS);
    expect(await theOne()).toMatchObject({ id, status: 'open' });
  });

  test('takes back what was said, and assigns it; all of it is audited', async () => {
    world = await createWorld();
    await conflictOf(await linkedCustomer(world));
    const { id } = await theOne();
    await post(`/discrepancies/${String(id)}/acknowledge`);

    await post(`/discrepancies/${String(id)}/assign`, { assignee: 'ben' });
    const reopened = await post(`/discrepancies/${String(id)}/reopen`, { reason: 'not yet clear' });

    expect(reopened.body).toMatchObject({ status: 'open', assignee: 'ben' });
    expect(await items('/discrepancies?assignee=ben')).toHaveLength(1);
    const trail = await items('/audit?action=handle_discrepancy');
    expect(trail.map(({ targetId, reason }) => [targetId, reason])).toEqual([
      [id, 'not yet clear'],
      [id, null],
      [id, null],
    ]);
  });

  test('can NOT say anything of one that is resolved, nor hide one for ever', async () => {
    world = await createWorld();
    const ana = await linkedCustomer(world);
    await conflictOf(ana);
    const { id } = await theOne();
    const forEver = await post(`/discrepancies/${String(id)}/suppress`, {
      until: '2999-01-01T00:00:00.000Z',
      reason: 'never again',
    });
    await agreeOn('+12025550133', ana);

    const late = await post(`/discrepancies/${String(id)}/acknowledge`);

    expect(forEver).toMatchObject({ status: 400, body: { fields: { until: expect.any(String) } } });
    expect(late).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect(await post('/discrepancies/rec_x:profile/acknowledge')).toMatchObject({ status: 404 });
  });
});

describe('an edit that no event and no modified time tells of', () => {
  test('is said to be unexplained after the settle time alone, waits for somebody, and closes by a re-check', async () => {
    world = await createWorld();
    const ana = await linkedCustomer(world);
    const before = await lastWrites(world);
    await world.shopify.control.edit('customers', ana.customerId, { phone: '+12025550177' }, SILENTLY);

    await check(ana.record.id);

    expect((await onlyRecord(world)).verdicts).toMatchObject({ profile: { cause: 'awaiting_evidence' } });
    expect(await items('/discrepancies')).toEqual([]);
    await world.runFor(5 * MINUTE_MS);
    const found = await theOne();
    expect(found).toMatchObject({ class: 'soft_drift', cause: 'move_unexplained', family: 'unknown' });
    expect(found['sentence']).toContain('the cause is not established');
    const { body } = await get(`/discrepancies/${String(found['id'])}`);
    expect(body['cause']).toMatchObject({ evidence: [] });
    await world.runFor(3 * HOUR_MS);
    expect(await theOne()).toMatchObject({ status: 'open', occurrences: 1 });
    expect(await writesSince(world, before)).toEqual({ hubspot: [], shopify: [] });
    await world.shopify.control.edit('customers', ana.customerId, { phone: ANA.phone }, SILENTLY);
    expect(await theOne()).toMatchObject({ status: 'open' });
    await check(ana.record.id);
    expect(await items('/discrepancies')).toEqual([]);
    expect(await items('/discrepancies?status=resolved')).toMatchObject([
      { id: found['id'], resolvedBy: { kind: 'check', id: null } },
    ]);
  });

  test('that is explained later flows like any other, and what was open is resolved by its run', async () => {
    world = await createWorld();
    const ana = await linkedCustomer(world);
    await world.shopify.control.edit('customers', ana.customerId, { phone: '+12025550177' }, SILENTLY);
    await check(ana.record.id);
    await world.runFor(5 * MINUTE_MS);
    await theOne();

    await world.shopify.control.edit('customers', ana.customerId, { phone: '+12025550178' });
    await world.settle(MINUTE_MS);

    expect(goldenOf(await onlyRecord(world), 'phone')).toBe('+12025550178');
    expect(await items('/discrepancies?status=resolved')).toMatchObject([{ resolvedBy: { kind: 'run' } }]);
  });
});

describe('a client that asks before it writes', () => {
  test('has a discrepancy for what waits, and none for what is merely on its way once it acts by itself', async () => {
    world = await createWorld({ client: { ...demo, initialMode: 'auto' } });
    const ana = await linkedCustomer(world);
    await switchTo('ask');
    await world.hubspot.control.edit('contacts', ana.contactId, { phone: '+12025550166' });
    await world.settle(MINUTE_MS);

    expect(await theOne()).toMatchObject({ cause: 'ask_mode', class: 'soft_drift', severity: 2 });
    await switchTo('auto');
    await world.runFor(MINUTE_MS);
    await world.hubspot.control.edit('contacts', ana.contactId, { phone: '+12025550167' });
    await world.settle(MINUTE_MS);
    expect(await items('/discrepancies')).toEqual([]);
  });
});

test('an ordinary change leaves no trace among the discrepancies', async () => {
  world = await createWorld({ latencyMs: 100 });
  const { contactId } = await linkedCustomer(world);

  await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550199' });
  await world.settle();

  expect(await world.all<Discrepancy>(discrepancies)).toEqual([]);
});
