import { describe, expect, test } from 'vitest';
import { FieldPath } from '#shared/model/ids.ts';
import { askConsole } from '#test/support/console-client.ts';
import {
  ANA,
  expectAgreement,
  lastWrites,
  linkedCustomer,
  onlyRecord,
  writesSince,
} from '#test/support/customers.ts';
import { createWorld, type World } from '#test/support/mesh-world.ts';
import { applied, itemsOf, previewed } from '#test/support/operator-plans.ts';

const phone = FieldPath('phone');

/** The run that carried Ana's new phone number from HubSpot to Shopify. */
function carriedNumber() {
  return carried({ phone: '+12025550199' });
}

/** The run that carried Ana's new name, which only HubSpot may say. */
function carriedName() {
  return carried({ firstname: 'Bea' });
}

async function carried(edit: Readonly<Record<string, string>>) {
  const world = await createWorld();
  const { contactId, customerId, record } = await linkedCustomer(world);
  const known = new Set((await world.runs()).map(({ id }) => id));
  await world.hubspot.control.edit('contacts', contactId, edit);
  await world.settle();
  const run = (await world.runs()).find(({ id }) => !known.has(id));
  if (run === undefined) throw new Error('Nothing was carried.');
  return { world, contactId, customerId, recordId: record.id, runId: run.id };
}

function undoing(world: World, runId: string) {
  return previewed(world, { kind: 'undo', selection: { run: runId } });
}

describe('a run that is taken back', () => {
  test('puts the value before it back, holds the field, and sync leaves it alone', async () => {
    const { world, runId } = await carriedNumber();
    const before = await lastWrites(world);

    const plan = await undoing(world, runId);
    await applied(world, plan, { reason: 'it was the wrong Ana' });
    await world.runFor(30 * 60_000);

    expect(plan).toMatchObject({ tier: 2, tierReasons: ['takes_writes_back'] });
    const { hubspot, shopify } = await writesSince(world, before);
    expect(hubspot).toEqual([]);
    expect(shopify).toHaveLength(1);
    expect(await world.shopify.control.list('customers')).toMatchObject([{ phone: ANA.phone }]);
    const record = await onlyRecord(world);
    expect(record.holds[phone]).toMatchObject({ by: 'olga', reason: 'rolled_back' });
    expect(record.verdicts).toMatchObject({
      profile: { fields: { phone: { verdict: 'excluded', cause: 'held' } } },
    });
    await world.close();
  });

  test('is lifted by the next move of the source, which flows as ever', async () => {
    const { world, runId, contactId } = await carriedNumber();
    await applied(world, await undoing(world, runId), { reason: 'it was the wrong Ana' });

    await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550177' });
    await world.settle();

    expect((await onlyRecord(world)).holds).toEqual({});
    expect(await world.shopify.control.list('customers')).toMatchObject([{ phone: '+12025550177' }]);
    await expectAgreement(world);
    await world.close();
  });

  test('is lifted by an operator, whose plan says so and settles the difference', async () => {
    const { world, runId, recordId } = await carriedNumber();
    await applied(world, await undoing(world, runId), { reason: 'it was the wrong Ana' });

    const plan = await previewed(world, {
      selection: { recordIds: [recordId] },
      overrides: { phone: { kind: 'lift' } },
    });
    await applied(world, plan);

    expect(plan).toMatchObject({ totals: { decisions: { lift: 1, revert: 1 } } });
    expect((await onlyRecord(world)).holds).toEqual({});
    await expectAgreement(world);
    await world.close();
  });

  test('leaves alone what somebody has changed since', async () => {
    const { world, runId, customerId } = await carriedNumber();
    await world.shopify.control.edit('customers', customerId, { phone: '+12025550155' });
    await world.settle();

    const plan = await undoing(world, runId);

    expect(plan).toMatchObject({ totals: { items: 0, blockedItems: 1 } });
    expect(await itemsOf(world, plan)).toMatchObject([{ status: 'blocked', reason: 'not_ours_any_more' }]);
    await world.close();
  });

  test('holds nothing that it could not put back', async () => {
    const { world, runId, customerId } = await carriedName();
    await world.runFor(60_000);
    const plan = await undoing(world, runId);
    await world.shopify.control.edit('customers', customerId, { firstName: 'Zoe' }, { silent: true });

    const operation = await applied(world, plan, { reason: 'it was the wrong Ana' });
    await world.runFor(10 * 60_000);

    expect(operation).toMatchObject({ progress: { refused: 1 } });
    const record = await onlyRecord(world);
    expect(record.holds).toEqual({});
    expect((await world.history(record)).map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['held', 'lifted']),
    );
    expect(await world.shopify.control.list('customers')).toMatchObject([{ firstName: 'Bea' }]);
    await expectAgreement(world);
    await world.close();
  });

  test('says of what it created that no write takes it back', async () => {
    const world = await createWorld();
    await linkedCustomer(world);
    const [run] = await world.runs();

    const plan = await undoing(world, run?.id ?? '');

    expect(await itemsOf(world, plan)).toMatchObject([
      { status: 'blocked', blocked: [{ system: 'shopify', reason: 'cannot_be_undone' }] },
    ]);
    await world.close();
  });

  test('can be taken back itself', async () => {
    const { world, runId } = await carriedNumber();
    await applied(world, await undoing(world, runId), { reason: 'it was the wrong Ana' });
    const undo = (await world.runs()).find(({ workflow }) => workflow === 'apply-plan');

    await applied(world, await undoing(world, undo?.id ?? ''), { reason: 'it was the right Ana' });

    expect(await world.shopify.control.list('customers')).toMatchObject([{ phone: '+12025550199' }]);
    expect((await onlyRecord(world)).holds).toEqual({});
    await expectAgreement(world);
    await world.close();
  });

  test('must exist and have ended', async () => {
    const world = await createWorld();

    const answer = await askConsole(world, 'POST', '/plans', {
      body: { kind: 'undo', selection: { run: 'run_0' } },
    });

    expect(answer.status).toBe(404);
    await world.close();
  });
});
