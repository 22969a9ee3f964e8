import { afterEach, describe, expect, test } from 'vitest';
import type { ClientDefinition } from '#shared/clients/client-definition.ts';
import { client as demo } from '#shared/clients/demo/client.ts';
import { valueOf } from '#shared/model/field-value.ts';
import { FieldPath } from '#shared/model/ids.ts';
import { toInstant } from '#shared/model/instant.ts';
import { records, type RecordDocument } from '#shared/model/record.ts';
import { askConsole, type ConsoleAnswer } from '#test/support/console-client.ts';
import { ANA, errorLines, linkedCustomer, SHOPIFY } from '#test/support/customers.ts';
import { createWorld, type World } from '#test/support/mesh-world.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const PHONE = FieldPath('phone');
const SILENTLY = { silent: true, keepModified: true };
const NEW_PHONE = '+12025550199';

let world: World;
let ana: Awaited<ReturnType<typeof linkedCustomer>>;

afterEach(async () => {
  expect(errorLines(world)).toEqual([]);
  await world.close();
});

async function settled(client: ClientDefinition = demo): Promise<void> {
  world = await createWorld({ client });
  ana = await linkedCustomer(world);
  await world.runFor(MINUTE_MS);
}

function why(
  query: string,
  as: `${string}:operator` | `${string}:viewer` = 'olga:operator',
): Promise<ConsoleAnswer> {
  return askConsole(world, 'GET', `/records/${ana.record.id}/why?${query}`, { as });
}

async function change(settings: object): Promise<void> {
  const read = await askConsole(world, 'GET', '/settings');
  const answer = await askConsole(world, 'PATCH', '/settings', {
    as: 'ada:admin',
    headers: { 'if-match': read.headers['etag'] },
    body: { reason: 'a test of guards', ...settings },
  });
  expect(answer.status).toBe(200);
}

function editPhone(phone = NEW_PHONE): Promise<unknown> {
  return world.hubspot.control.edit('contacts', ana.contactId, { phone });
}

/** The demo client with another rule for phone numbers. */
function withPhone(differing: Partial<(typeof demo.entities)[number]['fields'][number]>): ClientDefinition {
  const entities = demo.entities.map((entity) => ({
    ...entity,
    fields: entity.fields.map((field) => (field.path === PHONE ? { ...field, ...differing } : field)),
  }));
  return { ...demo, entities };
}

async function decide(differing: (record: RecordDocument) => Partial<RecordDocument>): Promise<void> {
  const ref = records.at(ana.record.id);
  const stored = await world.store.get(ref);
  if (stored === undefined) throw new Error('The record is gone.');
  await world.store.commit([{ op: 'set', ref, value: { ...stored.value, ...differing(stored.value) } }]);
  const answer = await askConsole(world, 'POST', '/checks', {
    body: { selection: { recordIds: [ana.record.id] } },
  });
  expect(answer.status).toBe(202);
  await world.settle(MINUTE_MS);
}

describe('why a system says what it says', () => {
  test('is told from the event of the edit to the read-back of our write', async () => {
    await settled();
    await editPhone();
    await world.settle(MINUTE_MS);

    const { status, body } = await why('field=phone&system=shopify');

    expect(status).toBe(200);
    expect(body).toMatchObject({
      says: { state: 'value', value: NEW_PHONE },
      holdsTrue: { state: 'value', value: NEW_PHONE },
      rule: 'customer.phone: latest(hubspot, shopify)',
      stoppedBy: null,
    });
    expect(body['chain']).toMatchObject([
      {
        kind: 'event',
        system: 'hubspot',
        key: expect.any(String),
        reason: 'marked',
        receivedAt: expect.any(String),
      },
      {
        kind: 'accepted',
        system: 'hubspot',
        after: { value: NEW_PHONE },
        rule: expect.stringContaining('phone'),
      },
      { kind: 'run', workflow: 'sync-record', state: 'succeeded' },
      { kind: 'written', system: 'shopify', before: { value: ANA.phone }, after: { value: NEW_PHONE } },
      { kind: 'read_back', system: 'shopify', detail: 'verified' },
    ]);
  });

  test('as of a time is what was known then', async () => {
    await settled();
    const before = toInstant(world.clock.now());
    await world.runFor(HOUR_MS);
    await editPhone();
    await world.settle(MINUTE_MS);

    const { body } = await why(`field=phone&system=hubspot&at=${before}`);

    expect(body).toMatchObject({ at: before, says: { state: 'value', value: ANA.phone }, stoppedBy: null });
    expect(JSON.stringify(body['chain'])).not.toContain(NEW_PHONE);
  });

  test('tells of a refused write what the vendor answered, and which run it was', async () => {
    await settled(withPhone({ normaliser: 'text' }));
    await editPhone('ask at the desk');
    await world.settle(MINUTE_MS);

    const { body } = await why('field=phone&system=shopify');

    expect(body['chain']).toMatchObject([
      { kind: 'event' },
      { kind: 'accepted', system: 'hubspot' },
      { kind: 'run', state: 'failed' },
      { kind: 'refused', system: 'shopify', after: 'vendor_rejected' },
    ]);
    expect(body['stoppedBy']).toMatchObject({
      code: 'write_refused',
      family: 'validation_rejected',
      sentence: expect.stringContaining('Shopify refused the value (vendor_rejected)'),
    });
  });
});

describe('why a change was not carried', () => {
  test.each([
    ['the mode observe', { modes: { client: 'observe' } }, 'observe_mode'],
    ['the mode ask', { modes: { systems: { shopify: 'ask' } } }, 'ask_mode'],
    ['a pause', { pauses: { shopify: { until: null } } }, 'system_paused'],
  ])('names %s', async (_, settings, code) => {
    await settled();
    await change(settings);
    await editPhone();
    await world.settle(MINUTE_MS);

    const { body } = await why('field=phone&system=shopify');

    expect(body['stoppedBy']).toMatchObject({ code, sentence: expect.stringMatching(/^Phone: .*\.$/) });
  });

  test('names the rule that asks', async () => {
    await settled(withPhone({ apply: 'ask' }));
    await editPhone();
    await world.settle(MINUTE_MS);

    expect((await why('field=phone&system=shopify')).body['stoppedBy']).toMatchObject({ code: 'rule_asks' });
  });

  test('names that it is older than the switch to automatic', async () => {
    await settled();
    await change({ modes: { client: 'observe' } });
    await editPhone();
    await world.settle(MINUTE_MS);
    await change({ modes: { client: 'auto' } });
    await decide(() => ({}));

    expect((await why('field=phone&system=shopify')).body['stoppedBy']).toMatchObject({
      code: 'before_switch',
    });
  });

  test('names the conflict of two changes', async () => {
    await settled();
    await editPhone();
    await world.shopify.control.edit('customers', ana.customerId, { phone: '+12025550188' });
    await world.settle(MINUTE_MS);

    expect((await why('field=phone&system=shopify')).body['stoppedBy']).toMatchObject({
      code: 'both_moved',
      verdict: 'hard_conflict',
      suggestions: ['choose_side', 'review_rule'],
    });
  });

  test('says honestly that nothing explains it, and before the settle time that something still may', async () => {
    await settled();
    await world.shopify.control.edit('customers', ana.customerId, { phone: NEW_PHONE }, SILENTLY);
    await decide(() => ({}));
    const early = await why('field=phone&system=hubspot');
    await world.runFor(5 * MINUTE_MS);

    const late = await why('field=phone&system=hubspot');

    expect(early.body['stoppedBy']).toMatchObject({ code: 'awaiting_evidence' });
    expect(late.body['stoppedBy']).toMatchObject({
      code: 'move_unexplained',
      sentence: expect.stringContaining('the cause is not established'),
    });
  });

  test('names a hold and a tolerance that people have set', async () => {
    await settled();
    const held = { by: 'olga', at: toInstant(world.clock.now()), reason: 'taken back' };
    await decide(() => ({ holds: { [PHONE]: held } }));
    await world.shopify.control.edit('customers', ana.customerId, { phone: NEW_PHONE }, SILENTLY);
    await decide(() => ({}));
    const hold = await why('field=phone&system=shopify');

    await decide(() => ({
      holds: {},
      tolerances: {
        [SHOPIFY]: {
          [PHONE]: {
            ...held,
            value: valueOf(NEW_PHONE),
            golden: valueOf(ANA.phone),
            owner: 'olga',
            until: toInstant(world.clock.now() + HOUR_MS),
          },
        },
      },
    }));
    const tolerance = await why('field=phone&system=shopify');

    expect(hold.body['stoppedBy']).toMatchObject({ code: 'held', verdict: 'excluded' });
    expect(tolerance.body['stoppedBy']).toMatchObject({ code: 'tolerated', verdict: 'excluded' });
  });

  test('names the vendor’s own merge, which stops the record as a whole', async () => {
    await settled();
    const ben = await linkedCustomer(world, { email: 'ben@example.com', firstname: 'Ben' });
    await editPhone();
    await world.hubspot.control.act('contacts', ana.contactId, 'merge', { with: ben.contactId });
    await world.settle(MINUTE_MS);
    await world.shopify.control.edit('customers', ana.customerId, { phone: '+12025550188' });
    await world.settle(MINUTE_MS);

    const { body } = await why('field=phone&system=shopify');

    expect(body['stoppedBy']).toMatchObject({ code: 'foreign_answer' });
  });

  test('as of a time names what kept the dimension then', async () => {
    await settled();
    await editPhone();
    await world.shopify.control.edit('customers', ana.customerId, { phone: '+12025550188' });
    await world.settle(MINUTE_MS);
    const then = toInstant(world.clock.now());
    await world.runFor(HOUR_MS);
    await world.shopify.control.edit('customers', ana.customerId, { phone: NEW_PHONE });
    await world.settle(MINUTE_MS);

    const now = await why('field=phone&system=shopify');
    const past = await why(`field=phone&system=shopify&at=${then}`);

    expect(now.body['stoppedBy']).toBeNull();
    expect(past.body['stoppedBy']).toMatchObject({ code: 'both_moved', verdict: 'hard_conflict' });
  });
});

describe('whoever asks why', () => {
  test('of what does not exist is told so', async () => {
    await settled();

    expect(await why('field=shoesize&system=shopify')).toMatchObject({
      status: 400,
      body: { fields: { field: expect.any(String) } },
    });
    expect(await why('field=phone&system=netsuite')).toMatchObject({ status: 400 });
    expect(await askConsole(world, 'GET', '/records/rec_none/why?field=phone&system=shopify')).toMatchObject({
      status: 404,
    });
  });

  test('and may not see a sensitive field sees the trail without its values', async () => {
    await settled(withPhone({ isSensitive: true }));
    await editPhone();
    await world.shopify.control.edit('customers', ana.customerId, { phone: '+12025550188' });
    await world.settle(MINUTE_MS);

    const { body } = await why('field=phone&system=shopify', 'vera:viewer');
    const listed = await askConsole(world, 'GET', '/discrepancies', { as: 'vera:viewer' });
    const one = await askConsole(world, 'GET', `/discrepancies/${ana.record.id}:profile`, {
      as: 'vera:viewer',
    });

    expect(body).toMatchObject({ says: { state: 'masked' }, stoppedBy: { code: 'both_moved' } });
    expect(listed.body['items']).toHaveLength(1);
    for (const answer of [body, listed.body, one.body]) expect(JSON.stringify(answer)).not.toContain('+1202');
  });
});
