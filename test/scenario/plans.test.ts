import { describe, expect, test } from 'vitest';
import { client as demo } from '#shared/clients/demo/client.ts';
import type { EntityPolicy } from '#shared/authority/policy.ts';
import { audit } from '#shared/model/audit.ts';
import { discrepancies } from '#shared/model/discrepancy.ts';
import { FieldPath } from '#shared/model/ids.ts';
import { plans } from '#shared/model/plan.ts';
import { askConsole } from '#test/support/console-client.ts';
import {
  ANA,
  errorLines,
  expectAgreement,
  goldenOf,
  lastWrites,
  linkedCustomer,
  onlyRecord,
  writesSince,
} from '#test/support/customers.ts';
import { createWorld } from '#test/support/mesh-world.ts';
import { applied, applying, itemsOf, planNow, previewed } from '#test/support/operator-plans.ts';
import { switchMode } from '#test/support/switches.ts';
import { tornCustomer } from '#test/support/torn-customer.ts';

const NO_WRITES = { hubspot: [], shopify: [] };
const MINUTE_MS = 60_000;
const NOTE = FieldPath('note');

function from(system: string, id: string): object {
  return {
    selection: { recordIds: [id] },
    direction: { kind: 'none' },
    overrides: { phone: { kind: 'from', system } },
  };
}

describe('a preview', () => {
  test('shows what would be written, for whom and from what to what, and writes nothing', async () => {
    const { world, id } = await tornCustomer();
    const before = await lastWrites(world);

    const plan = await previewed(world, from('shopify', id));

    expect(plan).toMatchObject({
      state: 'ready',
      tier: 1,
      totals: {
        examined: 1,
        items: 1,
        updates: { hubspot: 1 },
        creates: {},
        overwrites: { hubspot: { phone: 1 } },
        calls: { hubspot: 3 },
        reversible: 1,
      },
      confirmation: { needsReason: false, confirmText: null },
    });
    expect(await itemsOf(world, plan)).toMatchObject([
      {
        recordId: id,
        title: 'Ana Lima',
        status: 'pending',
        operations: [
          {
            system: 'hubspot',
            fields: [{ path: 'phone', from: { value: '+12025550111' }, to: { value: '+12025550122' } }],
          },
        ],
      },
    ]);
    expect(await writesSince(world, before)).toEqual(NO_WRITES);
    expect(await world.all(audit)).toEqual([]);
    await world.close();
  });

  test('of a settled world is empty, and there is nothing to apply', async () => {
    const world = await createWorld();
    await linkedCustomer(world);

    const plan = await previewed(world, { selection: { query: { type: 'customer' } } });
    const answer = await applying(world, plan);

    expect(plan).toMatchObject({
      state: 'ready',
      tier: 0,
      totals: { examined: 1, items: 0, blockedItems: 0 },
    });
    expect(answer).toMatchObject({ status: 409, body: { code: 'conflict' } });
    await world.close();
  });

  test('of a conflict without a direction says what stands in the way', async () => {
    const { world, id } = await tornCustomer();

    const plan = await previewed(world, { selection: { recordIds: [id] } });

    expect(plan).toMatchObject({ totals: { items: 0, blockedItems: 1, blocked: { both_moved: 1 } } });
    expect(await itemsOf(world, plan)).toMatchObject([{ status: 'blocked', reason: 'both_moved' }]);
    await world.close();
  });

  test('finds by a query the records that stand as it says', async () => {
    const { world, id } = await tornCustomer();
    await world.hubspot.control.create('contacts', { email: 'ben@example.com', firstname: 'Ben' });
    await world.settle();

    const plan = await previewed(world, {
      selection: { query: { type: 'customer', class: 'hard_conflict', cause: 'both_moved', path: 'phone' } },
      direction: { kind: 'from', system: 'hubspot' },
    });

    expect((await itemsOf(world, plan)).map(({ recordId }) => recordId)).toEqual([id]);
    await world.close();
  });

  test('takes the records of a group of discrepancies that have one cause', async () => {
    const { world, id } = await tornCustomer();
    const [discrepancy] = await world.all(discrepancies);

    const plan = await previewed(world, {
      selection: { group: discrepancy?.groupKey },
      direction: { kind: 'from', system: 'shopify' },
    });
    await applied(world, plan);

    expect(plan).toMatchObject({ scope: { kind: 'ids', count: 1 }, totals: { items: 1 } });
    expect(await itemsOf(world, plan)).toMatchObject([{ recordId: id, status: 'applied' }]);
    expect(await world.all(discrepancies)).toMatchObject([{ status: 'resolved', isOpen: false }]);
    await world.close();
  });

  test.each<[string, string, number]>([
    ['comes to an end with the longest text that a record has room for', '\u6f22'.repeat(21_000), 202],
    ['is refused where it sets more than a record has room for', '\u6f22'.repeat(60_000), 400],
  ])('%s, whatever its letters', async (_title, value, status) => {
    const world = await createWorld({ latencyMs: 100 });
    const { record } = await linkedCustomer(world);

    const body = {
      selection: { recordIds: [record.id] },
      direction: { kind: 'none' },
      overrides: { note: { kind: 'value', value } },
    };
    const answer = await askConsole(world, 'POST', '/plans', { as: 'olga:operator', body });
    await world.runFor(1_000);

    expect(answer).toMatchObject({ status });
    if (status === 202) await applied(world, await planNow(world, String(answer.body['id'])));
    expect((await onlyRecord(world)).writeSets).toEqual({});
    expect(errorLines(world)).toEqual([]);
    await world.close();
  });

  test('is refused where it names what the client does not have', async () => {
    const world = await createWorld();

    const answer = await askConsole(world, 'POST', '/plans', {
      body: {
        selection: { query: { type: 'customer' } },
        direction: { kind: 'from', system: 'sap' },
        overrides: { shoeSize: { kind: 'golden' } },
      },
    });

    expect(answer).toMatchObject({
      status: 400,
      body: { fields: { sap: expect.any(String), shoeSize: expect.any(String) } },
    });
    await world.close();
  });
});

describe('a plan that is applied', () => {
  test('settles a conflict by the word that the operator chose, and says so in the record\u2019s history', async () => {
    const { world, id } = await tornCustomer();
    const before = await lastWrites(world);
    const plan = await previewed(world, from('shopify', id));

    const operation = await applied(world, plan);

    expect(operation).toMatchObject({
      state: 'applied',
      startedBy: 'olga',
      progress: { total: 1, applied: 1, pending: 0, running: 0 },
    });
    const { hubspot: written, shopify } = await writesSince(world, before);
    expect(written.map(({ fields }) => fields)).toMatchObject([{ phone: '+12025550122' }]);
    expect(shopify).toEqual([]);
    await expectAgreement(world);
    const record = await onlyRecord(world);
    expect(goldenOf(record, 'phone')).toBe('+12025550122');
    expect(record.verdicts).toMatchObject({ profile: { verdict: 'in_sync' } });
    expect(await world.history(record)).toContainEqual(
      expect.objectContaining({ kind: 'accepted', path: 'phone', cause: { kind: 'plan', id: plan.id } }),
    );
    expect(errorLines(world)).toEqual([]);
    await world.close();
  });

  test('is audited with who did it and what it came to', async () => {
    const { world, id } = await tornCustomer();
    const plan = await previewed(world, from('hubspot', id));

    await applied(world, plan, { reason: 'Sam called them' });

    expect(await world.all(audit)).toMatchObject([
      {
        actorId: 'olga',
        action: 'apply_plan',
        targetId: plan.id,
        planId: plan.id,
        reason: 'Sam called them',
        after: { hash: plan.hash, items: 1, updates: { shopify: 1 } },
      },
    ]);
    await world.close();
  });

  test('twice, and by two people at once, is applied once: the second is told of the operation', async () => {
    const { world, id } = await tornCustomer();
    const before = await lastWrites(world);
    const plan = await previewed(world, from('shopify', id));

    const answers = await Promise.all([
      applying(world, plan),
      applying(world, plan, {}, 'omar:operator'),
      applying(world, plan, {}, 'ada:admin'),
    ]);
    await world.settle();
    const late = await applying(world, plan);

    const all = [...answers, late].map(({ body }) => body);
    expect(all.map(({ operationId }) => operationId)).toEqual(Array(4).fill(plan.id));
    expect(all.filter(({ isNew }) => isNew === true)).toHaveLength(1);
    expect((await writesSince(world, before)).hubspot).toHaveLength(1);
    expect((await world.all(audit)).map(({ action }) => action)).toEqual(['apply_plan']);
    await world.close();
  });

  test('is refused under any other hash than that of what was seen', async () => {
    const { world, id } = await tornCustomer();
    const plan = await previewed(world, from('shopify', id));

    const answer = await applying(world, { id: plan.id, hash: '0'.repeat(32) });

    expect(answer).toMatchObject({ status: 409, body: { hash: plan.hash } });
    await world.close();
  });

  test('is too late a quarter of an hour after the preview', async () => {
    const { world, id } = await tornCustomer();
    const before = await lastWrites(world);
    const plan = await previewed(world, from('shopify', id));

    await world.runFor(16 * MINUTE_MS);
    const answer = await applying(world, plan);

    expect(answer).toMatchObject({ status: 410, body: { code: 'expired' } });
    expect(await planNow(world, plan.id)).toMatchObject({ state: 'expired' });
    expect(await world.all(plans)).toMatchObject([{ state: 'expired', expireAt: expect.any(Date) }]);
    expect(await writesSince(world, before)).toEqual(NO_WRITES);
    await world.close();
  });

  test('cannot be applied once it was discarded', async () => {
    const { world, id } = await tornCustomer();
    const plan = await previewed(world, from('shopify', id));

    const discarded = await askConsole(world, 'POST', `/plans/${plan.id}/discard`);
    const answer = await applying(world, plan);

    expect(discarded).toMatchObject({ status: 200, body: { state: 'discarded' } });
    expect(answer.status).toBe(409);
    await world.close();
  });

  test('writes nothing while the client only observes, and says what to do', async () => {
    const { world, id } = await tornCustomer();
    const before = await lastWrites(world);
    await switchMode(world, 'observe');
    const plan = await previewed(world, from('shopify', id));

    const answer = await applying(world, plan);
    await world.settle();

    expect(answer).toMatchObject({ status: 409, body: { mode: 'observe' } });
    expect(answer.body['detail']).toContain('switch it to ask first');
    expect(await writesSince(world, before)).toEqual(NO_WRITES);
    await world.close();
  });

  test('carries out what operators have set on the record themselves, where that waits to be asked', async () => {
    const [customers] = demo.entities;
    if (customers === undefined) throw new Error('The client has customers.');
    const entity: EntityPolicy = {
      ...customers,
      fields: customers.fields.map((field) =>
        field.path === NOTE ? { ...field, rule: { kind: 'operator' } } : field,
      ),
    };
    const world = await createWorld({
      client: {
        ...demo,
        initialMode: 'ask',
        entities: [entity],
        attributes: {
          [entity.type]: [{ path: NOTE, label: 'Note', value: { kind: 'text', maxLength: 200 } }],
        },
      },
    });
    await world.hubspot.control.create('contacts', ANA);
    await world.settle();
    const everybody = { selection: { query: { type: 'customer' } } };
    await applied(world, await previewed(world, everybody));
    const { id } = await onlyRecord(world);
    const { headers } = await askConsole(world, 'GET', `/records/${id}/metadata`);
    const noted = await askConsole(world, 'PATCH', `/records/${id}/metadata`, {
      body: { values: { note: 'a good customer' } },
      headers: { 'if-match': headers['etag'] },
    });
    expect(noted.status).toBe(200);
    await world.settle();

    const plan = await previewed(world, everybody);
    await applied(world, plan);

    expect(plan).toMatchObject({ totals: { updates: { hubspot: 1, shopify: 1 } } });
    expect(goldenOf(await onlyRecord(world), 'note')).toBe('a good customer');
    await expectAgreement(world);
    await world.close();
  });

  test('writes what an operator decided where everything else waits to be asked', async () => {
    const { world, id, contactId } = await tornCustomer();
    await switchMode(world, 'ask');
    await world.hubspot.control.edit('contacts', contactId, { firstname: 'Anabel' });
    await world.settle();
    const before = await lastWrites(world);

    const plan = await previewed(world, from('shopify', id));
    await applied(world, plan);

    const { hubspot: written, shopify } = await writesSince(world, before);
    expect(written.map(({ fields }) => Object.keys(fields ?? {}))).toEqual([['phone']]);
    expect(shopify).toEqual([]);
    await world.close();
  });
});
