import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { client as demo } from '#shared/clients/demo/client.ts';
import type { ClientDefinition } from '#shared/clients/client-definition.ts';
import { Dimension, EntityType, FieldPath } from '#shared/model/ids.ts';
import { askConsole, type Asking, type ConsoleAnswer } from '#test/support/console-client.ts';
import { ANA, errorLines, lastWrites, linkedCustomer, writesSince } from '#test/support/customers.ts';
import { createWorld, type World } from '#test/support/mesh-world.ts';

const NOTE = FieldPath('note');

/** The demo client with a tier and a note that its people set; the note has its place in both systems. */
const client: ClientDefinition = {
  ...demo,
  entities: demo.entities.map((policy) => ({
    ...policy,
    fields: [
      ...policy.fields.map((field) =>
        field.path === NOTE ? { ...field, rule: { kind: 'operator' as const } } : field,
      ),
      {
        path: FieldPath('tier'),
        dimension: Dimension('profile'),
        rule: { kind: 'operator' as const },
        apply: 'auto' as const,
        normaliser: 'text' as const,
      },
    ],
  })),
  attributes: {
    [EntityType('customer')]: [
      { path: FieldPath('tier'), label: 'Tier', value: { kind: 'choice', options: ['gold', 'silver'] } },
      { path: NOTE, label: 'Note', value: { kind: 'text', maxLength: 200 } },
    ],
  },
};

let world: World;

beforeEach(async () => {
  world = await createWorld({ client });
});

afterEach(async () => {
  expect(errorLines(world)).toEqual([]);
  await world.close();
});

const ask = (path: string, asking?: Asking): Promise<ConsoleAnswer> => askConsole(world, 'GET', path, asking);

const itemsOf = ({ body }: ConsoleAnswer): readonly Record<string, unknown>[] =>
  body['items'] as readonly Record<string, unknown>[];

async function patch(path: string, body: object, as: NonNullable<Asking['as']>): Promise<ConsoleAnswer> {
  const { headers } = await ask(path);
  return askConsole(world, 'PATCH', path, { as, headers: { 'if-match': headers['etag'] }, body });
}

describe('a customer in the console', () => {
  test('is found by any of its ids, and shows what both systems say', async () => {
    const { contactId, customerId, record } = await linkedCustomer(world);

    const answers = await Promise.all(
      [`q=hubspot:${contactId}`, `q=${customerId}`, `q=${ANA.email}`].map((query) =>
        ask(`/resolve?${query}`),
      ),
    );
    const { body } = await ask(`/records/${record.id}`);

    for (const answer of answers) {
      expect(answer.body['matches']).toEqual([expect.objectContaining({ id: record.id, title: 'Ana Lima' })]);
    }
    expect(body).toMatchObject({ title: 'Ana Lima', pending: [], beingWritten: [] });
    expect(body['fields']).toContainEqual(
      expect.objectContaining({
        path: 'firstName',
        verdict: 'in_sync',
        owners: ['hubspot'],
        values: {
          hubspot: expect.objectContaining({ raw: { state: 'value', value: 'Ana' } }),
          shopify: expect.objectContaining({ raw: { state: 'value', value: 'Ana' } }),
        },
      }),
    );
  });

  test('shows an edit from its event to its write, and what had been before', async () => {
    const { contactId, record } = await linkedCustomer(world);
    const before = new Date(world.clock.now()).toISOString();
    await world.runFor(60_000);

    await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550199' });
    await world.settle();

    const [entry] = itemsOf(await ask(`/records/${record.id}/history`)).filter(
      (one) => one['kind'] === 'accepted',
    );
    expect(entry).toMatchObject({
      path: 'phone',
      before: { value: ANA.phone },
      after: { value: '+12025550199' },
    });
    const [run] = itemsOf(await ask(`/records/${record.id}/runs`));
    expect(run).toMatchObject({ workflow: 'sync-record', state: 'succeeded', steps: { succeeded: 1 } });
    const [step] = itemsOf(await ask(`/runs/${String(run?.['id'])}/steps`));
    expect(step).toMatchObject({
      id: 'update-shopify',
      status: 'succeeded',
      operation: {
        fields: [expect.objectContaining({ path: 'phone', to: { state: 'value', value: '+12025550199' } })],
      },
      journal: [expect.objectContaining({ kind: 'step_succeeded' })],
    });
    const past = await ask(`/records/${record.id}?at=${before}`);
    expect(past.body['fields']).toContainEqual(
      expect.objectContaining({ path: 'phone', golden: { value: { state: 'value', value: ANA.phone } } }),
    );
    const events = itemsOf(await ask('/systems/hubspot/events?limit=1'));
    expect(events).toEqual([
      expect.objectContaining({
        recordId: record.id,
        outcome: expect.objectContaining({ status: 'served' }),
      }),
    ]);
  });

  test('stands undetermined from the event until somebody has looked (M7)', async () => {
    const { contactId, record } = await linkedCustomer(world);
    await world.platform.portsFor('console').queues.pause('hubspot-live');

    await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550199' });
    await world.step();

    const { body } = await ask(`/records/${record.id}`);
    expect(body).toMatchObject({ worst: 'undetermined', pending: ['hubspot'] });
    const [row] = itemsOf(await ask('/records'));
    expect(row).toMatchObject({ worst: { verdict: 'undetermined' }, pending: ['hubspot'] });
  });
});

describe('what people note on a customer', () => {
  test('is compared by the mesh, and leaves no debt behind', async () => {
    const { record } = await linkedCustomer(world);

    const changed = await patch(
      `/records/${record.id}/metadata`,
      { values: { tier: 'gold' } },
      'olga:operator',
    );
    const [owing] = (await world.work()).filter((one) => one.recordId === record.id);
    await world.settle();

    expect(changed.status).toBe(200);
    expect(Object.keys(owing?.marks ?? {})).toEqual(['concord']);
    const [served] = (await world.work()).filter((one) => one.recordId === record.id);
    expect(served?.marks).toEqual({});
    expect(served?.served.at(-1)).toMatchObject({ system: 'concord' });
  });
});

describe('the value of a field that people set', () => {
  test('reaches every system that has a place for it, once, and comes back as theirs', async () => {
    const { record, contactId, customerId } = await linkedCustomer(world);
    const before = await lastWrites(world);

    await patch(`/records/${record.id}/metadata`, { values: { note: 'prefers mornings' } }, 'olga:operator');
    await world.settle();

    const writes = await writesSince(world, before);
    expect([writes.hubspot.length, writes.shopify.length]).toEqual([1, 1]);
    expect(await world.hubspot.control.get('contacts', contactId)).toMatchObject({
      customer_note: 'prefers mornings',
    });
    expect(await world.shopify.control.get('customers', customerId)).toMatchObject({
      note: 'prefers mornings',
    });
    const { body } = await ask(`/records/${record.id}`);
    expect(body['fields']).toContainEqual(
      expect.objectContaining({ path: 'note', verdict: 'in_sync', owners: ['concord'] }),
    );
  });
});

describe('the switches of the console', () => {
  test('stop every write in observe, and the record says that it differs', async () => {
    const { contactId, record } = await linkedCustomer(world);
    const before = await lastWrites(world);

    await patch('/settings', { reason: 'we only look for now', modes: { client: 'observe' } }, 'ada:admin');
    await world.hubspot.control.edit('contacts', contactId, { firstname: 'Anna' });
    await world.settle();

    expect(await writesSince(world, before)).toEqual({ hubspot: [], shopify: [] });
    const { body } = await ask(`/records/${record.id}`);
    expect(body['worst']).toBe('soft_drift');
  });

  test('stop the writes to one system while it is paused', async () => {
    const { contactId } = await linkedCustomer(world);
    const before = await lastWrites(world);

    await patch(
      '/settings',
      { reason: 'the shop migrates', pauses: { shopify: { until: null } } },
      'ada:admin',
    );
    await world.hubspot.control.edit('contacts', contactId, { firstname: 'Anna' });
    await world.runFor(10 * 60_000);

    expect((await writesSince(world, before)).shopify).toEqual([]);
    expect((await ask('/systems/shopify')).body['pause']).toMatchObject({
      by: 'ada',
      reason: 'the shop migrates',
    });
  });
});
