import { afterEach, describe, expect, test } from 'vitest';
import { schedules } from '#shared/model/poll-documents.ts';
import { toInstant } from '#shared/model/instant.ts';
import { audit } from '#shared/model/audit.ts';
import { askConsole, type ConsoleAnswer } from '#test/support/console-client.ts';
import { errorLines, expectAgreement, linkedCustomer, onlyRecord } from '#test/support/customers.ts';
import { createWorld, type World, type WorldOptions } from '#test/support/mesh-world.ts';

const MINUTE_MS = 60_000;
const CONTACTS = 'poll:hubspot:customer';
const SWEEP = 'sweep:hubspot:customer';
const ADMIN = { as: 'ada:admin' } as const;
const SILENTLY = { silent: true } as const;

let world: World;

afterEach(async () => {
  expect(errorLines(world)).toEqual([]);
  await world.close();
});

async function runningWorld(options: WorldOptions = {}): Promise<World> {
  world = await createWorld({ polls: true, latencyMs: 250, ...options });
  return world;
}

interface Told {
  readonly id: string;
  readonly [member: string]: unknown;
}

async function cycles(): Promise<readonly Told[]> {
  const { status, body } = await askConsole(world, 'GET', '/schedules', { as: 'vera:viewer' });
  expect(status).toBe(200);
  return body['items'] as readonly Told[];
}

async function cycle(id: string): Promise<Told> {
  const found = (await cycles()).find((one) => one.id === id);
  if (found === undefined) throw new Error(`There is no schedule ${id}.`);
  return found;
}

function act(action: string, id: string, body: object = {}): Promise<ConsoleAnswer> {
  const said = { reason: 'The account is being cleaned up.', ...body };
  return askConsole(world, 'POST', `/schedules/${id}/${action}`, { ...ADMIN, body: said });
}

const inMs = (ms: number) => toInstant(world.clock.now() + ms);

describe('what is done by the clock', () => {
  test('is all told: polls by stream, sweeps, checks by dimension, and the ticks that carry them', async () => {
    await runningWorld();
    await world.runFor(2 * MINUTE_MS);

    expect((await cycles()).map(({ id }) => id)).toEqual([
      'poll:hubspot:customer',
      'poll:hubspot:customer:archived',
      'poll:shopify:customer',
      'sweep:hubspot:customer',
      'sweep:shopify:customer',
      'check:customer.identity',
      'check:customer.profile',
      'tick:drift-checker',
      'tick:poller',
      'tick:watchdog',
    ]);
  });

  test('says when it last came about and when it comes about next, five times ahead', async () => {
    await runningWorld();
    await world.runFor(5 * MINUTE_MS);

    const told = await cycle(CONTACTS);

    const next = Date.parse(told['nextDueAt'] as string);
    expect(told).toMatchObject({ intervalMs: MINUTE_MS, overdueBy: null, paused: null, failures: 0 });
    expect(world.clock.now() - Date.parse(told['lastAt'] as string)).toBeLessThanOrEqual(MINUTE_MS);
    expect(told['nextRuns']).toEqual([0, 1, 2, 3, 4].map((turn) => toInstant(next + turn * MINUTE_MS)));
  });

  test('and is not, is overdue by so much', async () => {
    await runningWorld();
    await world.runFor(5 * MINUTE_MS);
    const asOf = Date.parse((await cycle('tick:watchdog'))['nextDueAt'] as string);

    // Nothing ticks while the clock alone moves on.
    world.clock.advanceTo(asOf + 10 * MINUTE_MS);

    expect(await cycle('tick:watchdog')).toMatchObject({ overdueBy: 10 * MINUTE_MS });
    expect((await cycle(CONTACTS))['overdueBy']).toBeGreaterThan(8 * MINUTE_MS);
  });

  test('spends calls that are told beside what there is of them', async () => {
    await runningWorld();
    await world.runFor(5 * MINUTE_MS);

    const { body } = await askConsole(world, 'GET', '/schedules');

    expect(body['budgets']).toMatchObject([
      { system: 'hubspot', callsPerMinute: 120, lanes: { background: { share: 120 } } },
      { system: 'shopify', callsPerMinute: 7, lanes: { background: { share: 7 } } },
    ]);
    expect(body['checks']).toEqual({ due: 0, overdue: 0, oldestDueAt: null });
  });
});

describe('a paused poll', () => {
  test('finds nothing, says who paused it and why, and finds everything once it is resumed', async () => {
    await runningWorld();
    const { contactId } = await linkedCustomer(world);
    await world.runFor(5 * MINUTE_MS);

    expect((await act('pause', CONTACTS)).status).toBe(200);
    await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550199' }, SILENTLY);
    await world.runFor(10 * MINUTE_MS);
    const paused = await cycle(CONTACTS);
    const [customer] = await world.shopify.control.list('customers');
    expect((await act('resume', CONTACTS)).status).toBe(200);
    await world.runFor(3 * MINUTE_MS);

    expect(paused).toMatchObject({
      paused: { by: 'ada', reason: 'The account is being cleaned up.', until: null },
      nextRuns: [],
      overdueBy: null,
    });
    expect(customer?.['phone']).not.toBe('+12025550199');
    await expectAgreement(world);
    expect((await cycle(CONTACTS))['paused']).toBeNull();
  });

  test('until a time goes on by itself from then', async () => {
    await runningWorld();
    const { contactId } = await linkedCustomer(world);
    await world.runFor(5 * MINUTE_MS);
    const until = inMs(6 * MINUTE_MS);
    await act('pause', CONTACTS, { until });
    await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550199' }, SILENTLY);

    const [first] = (await cycle(CONTACTS))['nextRuns'] as readonly string[];
    await world.runFor(10 * MINUTE_MS);

    expect(first).toBe(until);
    await expectAgreement(world);
  });

  test('cannot be paused again, nor run before it is resumed, and says so beforehand', async () => {
    await runningWorld();
    await world.runFor(MINUTE_MS);
    await act('pause', CONTACTS);

    const again = [await act('pause', CONTACTS), await act('run-now', CONTACTS)];

    expect(again.map(({ status, body }) => [status, body['code']])).toEqual([
      [409, 'conflict'],
      [409, 'conflict'],
    ]);
    expect((await cycle(CONTACTS))['allowedActions']).toEqual([
      { action: 'pause', allowed: false, reason: again[0]?.body['detail'] },
      { action: 'resume', allowed: true, reason: null },
      { action: 'run-now', allowed: false, reason: again[1]?.body['detail'] },
    ]);
  });
});

describe('a paused sweep', () => {
  test('lists nothing until it is resumed, and is then made up for', async () => {
    await runningWorld({ polls: false });
    await world.runFor(2 * MINUTE_MS);
    await act('pause', SWEEP);
    await world.hubspot.control.create('contacts', { email: 'eve@example.com' }, SILENTLY);

    await world.runFor(25 * 60 * MINUTE_MS);
    const before = await world.records();
    await act('resume', SWEEP);
    await world.runFor(5 * MINUTE_MS);

    expect(before).toEqual([]);
    await onlyRecord(world);
  });
});

describe('what is run now', () => {
  test('is taken at the next tick, by whoever may check', async () => {
    await runningWorld({ polls: false });
    await world.runFor(2 * MINUTE_MS);
    await world.hubspot.control.create('contacts', { email: 'eve@example.com' }, SILENTLY);

    const answer = await askConsole(world, 'POST', `/schedules/${SWEEP}/run-now`, {
      as: 'olga:operator',
      body: { reason: 'A list was imported.' },
    });
    await world.runFor(3 * MINUTE_MS);

    expect(answer).toMatchObject({ status: 202, body: { id: SWEEP, action: 'run-now' } });
    await onlyRecord(world);
  });
});

describe('an act on a schedule', () => {
  test('is audited with what it was before, why, and by whom', async () => {
    await runningWorld();
    await world.runFor(MINUTE_MS);
    const until = inMs(30 * MINUTE_MS);

    await act('pause', CONTACTS, { until });

    expect(await world.all(audit)).toMatchObject([
      {
        actorId: 'ada',
        action: 'control_schedule',
        targetKind: 'schedule',
        targetId: CONTACTS,
        reason: 'The account is being cleaned up.',
        before: { pause: null },
        after: { pause: { by: 'ada', until } },
        result: 'done',
      },
    ]);
  });

  test('is refused for what carries everything that is owed, for what is not there, and in the past', async () => {
    await runningWorld();
    await world.runFor(MINUTE_MS);
    const before = await world.all(schedules);

    const answers = [
      await act('pause', 'tick:watchdog'),
      await act('pause', 'check:customer.identity'),
      await act('run-now', 'poll:netsuite:customer'),
      await act('pause', CONTACTS, { until: inMs(-1) }),
      await act('pause', CONTACTS, { reason: '' }),
    ];

    expect(answers.map(({ status }) => status)).toEqual([409, 409, 404, 400, 400]);
    expect(await world.all(schedules)).toEqual(before);
    expect(await world.all(audit)).toEqual([]);
  });
});
