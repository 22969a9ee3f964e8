import { afterEach, describe, expect, test } from 'vitest';
import { askConsole } from '#test/support/console-client.ts';
import {
  errorLines,
  expectAgreement,
  HUBSPOT,
  lastWrites,
  linkedCustomer,
  onlyRecord,
  SHOPIFY,
  writesSince,
} from '#test/support/customers.ts';
import { losing, LOSS_SETTLE_MS, presenceIn, removalsIn } from '#test/support/losses.ts';
import { createWorld, type World } from '#test/support/mesh-world.ts';
import { applied, applying, itemsOf, previewed, type PlanView } from '#test/support/operator-plans.ts';
import { typeInWorld as type } from '#test/support/terminals.ts';

const MINUTE_MS = 60_000;
const SAID = { reason: 'the client asked for it', confirmText: '1' };

let world: World;

afterEach(async () => {
  expect(errorLines(world)).toEqual([]);
  await world.close();
});

/** A customer that both systems held and that somebody deleted in HubSpot; the client's policy leaves it to people. */
async function lostInHubspot(): Promise<{ readonly contactId: string; readonly customerId: string }> {
  world = await createWorld({ client: losing('ask') });
  const linked = await linkedCustomer(world);
  await world.hubspot.control.remove('contacts', linked.contactId);
  await world.settle();
  return linked;
}

/** A preview of what somebody makes of the loss. */
async function deciding(kind: string, system: string = HUBSPOT): Promise<PlanView> {
  const { id } = await onlyRecord(world);
  const body = {
    selection: { recordIds: [id] },
    direction: { kind: 'none' },
    overrides: { [`@${system}`]: { kind } },
  };
  return previewed(world, body, 'ada:admin');
}

async function openDiscrepancies(): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return (await askConsole(world, 'GET', '/discrepancies')).body['items'] as readonly Readonly<
    Record<string, unknown>
  >[];
}

describe('a loss that waits for somebody', () => {
  test('names what they may decide', async () => {
    await lostInHubspot();

    expect(await openDiscrepancies()).toMatchObject([
      { class: 'missing', cause: 'gone', suggestions: ['carry', 'unlink', 'recreate', 'link'] },
    ]);
  });

  test('is carried to the other system by a plan of tier 3, which shows what goes and that nobody takes it back', async () => {
    const { customerId } = await lostInHubspot();

    const plan = await deciding('carry');

    expect(plan).toMatchObject({
      tier: 3,
      tierReasons: ['removes_objects'],
      totals: { items: 1, decisions: { carry: 1 }, removals: { shopify: 1 }, reversible: 0, irreversible: 1 },
      sideEffects: [{ system: 'shopify', effect: 'removes_objects', count: 1 }],
    });
    expect(await itemsOf(world, plan)).toMatchObject([
      { operations: [{ system: 'shopify', action: 'delete', nativeId: customerId }] },
    ]);
    expect(await removalsIn(world)).toEqual([]);

    expect(await applied(world, plan, SAID, 'ada:admin')).toMatchObject({ state: 'applied' });

    expect(await removalsIn(world)).toEqual([customerId]);
    expect(presenceIn(await onlyRecord(world), HUBSPOT)).toMatchObject({
      verdict: 'excluded',
      cause: 'gone',
    });
    expect(await openDiscrepancies()).toEqual([]);
  });

  test('and was carried cannot be taken back, and the preview of that says so', async () => {
    await lostInHubspot();
    await applied(world, await deciding('carry'), SAID, 'ada:admin');
    const run = (await world.runs()).at(-1);

    const undo = await previewed(world, { kind: 'undo', selection: { run: run?.id } });

    expect(undo).toMatchObject({ totals: { items: 0, blocked: { cannot_be_undone: 1 } } });
  });

  test('is carried also where the other object was edited since, as whoever decided has seen it', async () => {
    const { customerId } = await lostInHubspot();
    await world.shopify.control.edit('customers', customerId, { note: 'asked for a refund' });
    await world.settle();

    await applied(world, await deciding('carry'), SAID, 'ada:admin');

    expect(await removalsIn(world)).toEqual([customerId]);
  });

  test('leaves the other system its object where somebody unlinks it, and nothing is written', async () => {
    const { customerId } = await lostInHubspot();
    const before = await lastWrites(world);

    const plan = await deciding('unlink');
    expect(plan).toMatchObject({ tier: 1, totals: { items: 1, decisions: { unlink: 1 }, removals: {} } });
    await applied(world, plan, SAID, 'ada:admin');
    await world.shopify.control.edit('customers', customerId, { note: 'still here' });
    await world.runFor(60 * MINUTE_MS);

    expect(await writesSince(world, before)).toEqual({ hubspot: [], shopify: [] });
    expect(presenceIn(await onlyRecord(world), HUBSPOT)).toMatchObject({
      verdict: 'excluded',
      cause: 'unlinked',
    });
    expect(await openDiscrepancies()).toEqual([]);
    expect(await deciding('unlink')).toMatchObject({ totals: { items: 0 } });
  });

  test('and was unlinked may still be decided otherwise', async () => {
    const { customerId } = await lostInHubspot();
    await applied(world, await deciding('unlink'), SAID, 'ada:admin');

    await applied(world, await deciding('carry'), SAID, 'ada:admin');

    expect(await removalsIn(world)).toEqual([customerId]);
  });

  test('is created anew from what holds true where somebody says so, once, and is in sync from then on', async () => {
    const { contactId, customerId } = await lostInHubspot();
    await world.shopify.control.edit('customers', customerId, { phone: '+12025550177' });
    await world.settle();
    const before = await lastWrites(world);

    const plan = await deciding('recreate');
    expect(plan).toMatchObject({
      tier: 1,
      totals: { items: 1, decisions: { recreate: 1 }, creates: { hubspot: 1 }, updates: {} },
    });
    await applied(world, plan, SAID, 'ada:admin');
    await world.runFor(60 * MINUTE_MS);

    const { hubspot, shopify } = await writesSince(world, before);
    expect([hubspot.length, shopify]).toEqual([1, []]);
    const record = await onlyRecord(world);
    const created = record.links[HUBSPOT]?.nativeId;
    expect(created).not.toBe(contactId);
    expect(record.links[HUBSPOT]).toMatchObject({ state: 'active', evidence: 'created_by_us' });
    expect(await world.hubspot.control.get('contacts', created ?? '')).toMatchObject({
      email: 'ana@example.com',
      phone: '+12025550177',
    });
    expect(await openDiscrepancies()).toEqual([]);

    await world.hubspot.control.edit('contacts', created ?? '', { firstname: 'Anna' });
    await world.settle();
    await expectAgreement(world);
    expect(await world.shopify.control.get('customers', customerId)).toMatchObject({ firstName: 'Anna' });
  });

  test.each([
    ['lost', { kind: 'timeout-after-effect', count: 1, path: 'POST' }],
    ['late, as the vendor was away', { kind: '500', count: 3 }],
  ])('is created anew once although the answer is %s', async (_title, fault) => {
    await lostInHubspot();
    const plan = await deciding('recreate');

    await applying(world, plan, SAID, 'ada:admin');
    await world.hubspot.control.fault(fault as Parameters<World['hubspot']['control']['fault']>[0]);
    await world.runFor(60 * MINUTE_MS);

    await expectAgreement(world);
    const standing = (await world.records()).filter(({ state }) => state !== 'merged');
    expect(standing).toMatchObject([{ state: 'active', links: { hubspot: { state: 'active' } } }]);
    expect(await openDiscrepancies()).toEqual([]);
  });

  test.each(['carry', 'unlink', 'recreate'])(
    'and is restored between preview and apply is refused, and %s changes nothing',
    async (kind) => {
      const { contactId } = await lostInHubspot();
      const plan = await deciding(kind);
      const before = await lastWrites(world);

      await world.hubspot.control.act('contacts', contactId, 'restore');
      await world.settle();
      const told = await applying(world, plan, SAID, 'ada:admin');
      const operation = await applied(world, plan, { ...SAID, skipChanged: true }, 'ada:admin');

      expect(told).toMatchObject({ status: 409 });
      expect(operation).toMatchObject({ state: 'partly_applied', progress: { refused: 1 } });
      expect(await writesSince(world, before)).toEqual({ hubspot: [], shopify: [] });
      expect(presenceIn(await onlyRecord(world), HUBSPOT)).toMatchObject({ verdict: 'in_sync' });
    },
  );

  test.each(['carry', 'recreate'])(
    'and is restored without a word before it is applied is looked for once more, and %s writes nothing',
    async (kind) => {
      const { contactId } = await lostInHubspot();
      const plan = await deciding(kind);
      const before = await lastWrites(world);

      await world.hubspot.control.act('contacts', contactId, 'restore', {}, { silent: true });
      const operation = await applied(world, plan, SAID, 'ada:admin');

      expect(operation).toMatchObject({ state: 'partly_applied', progress: { refused: 1 } });
      expect(await writesSince(world, before)).toEqual({ hubspot: [], shopify: [] });
      expect(presenceIn(await onlyRecord(world), HUBSPOT)).toMatchObject({ verdict: 'in_sync' });
    },
  );

  test('and the other object was edited between preview and apply is refused', async () => {
    const { customerId } = await lostInHubspot();
    const plan = await deciding('carry');

    await world.shopify.control.edit(
      'customers',
      customerId,
      { note: 'asked for a refund' },
      { silent: true },
    );
    await applied(world, plan, SAID, 'ada:admin');
    await world.runFor(60 * MINUTE_MS);

    expect(await removalsIn(world)).toEqual([]);
    expect(await world.shopify.control.get('customers', customerId)).not.toBeNull();
    expect(await openDiscrepancies()).toMatchObject([{ class: 'missing', cause: 'gone' }]);
  });

  test('is decided from a terminal too', async () => {
    const { customerId } = await lostInHubspot();
    const { id } = await onlyRecord(world);

    const plan = await type(world, `plan --record ${id} --loss hubspot=carry`);
    const text = plan.out.join('\n');
    const [, planId = '', hash = ''] = /concord apply (\S+) --hash (\S+)/.exec(text) ?? [];
    const done = await type(world, `apply ${planId} --hash ${hash} --reason 'asked for' --confirm 1`);
    const wrong = await type(world, `plan --record ${id} --loss hubspot=forget`);

    expect(text).toMatch(/direction +as said by field; @hubspot lost, so removed elsewhere/);
    expect(text).toMatch(new RegExp(`delete shopify:${customerId}`));
    expect(text).toMatch(/can be taken back +0 of 1 write/);
    expect(done).toMatchObject({ exitCode: 0 });
    expect(await removalsIn(world)).toEqual([customerId]);
    expect(wrong).toMatchObject({ exitCode: 2 });
  });
});

describe('what somebody says of a loss', () => {
  test.each(['carry', 'unlink', 'recreate'])(
    'is NOT taken while the loss is only suspected (M10): %s',
    async (kind) => {
      world = await createWorld({ client: losing('ask') });
      const { contactId } = await linkedCustomer(world);
      await world.hubspot.control.remove('contacts', contactId);
      await world.runFor(LOSS_SETTLE_MS / 2);

      expect(await deciding(kind)).toMatchObject({ totals: { items: 0, blocked: { loss_suspected: 1 } } });
    },
  );

  test.each(['carry', 'unlink', 'recreate'])('is NOT taken of a system that has it: %s', async (kind) => {
    await lostInHubspot();

    expect(await deciding(kind, SHOPIFY)).toMatchObject({ totals: { items: 0, blocked: { not_lost: 1 } } });
  });

  test('is asked of systems alone, and fields are not asked of it', async () => {
    await lostInHubspot();
    const { id } = await onlyRecord(world);
    const ask = (overrides: object) =>
      askConsole(world, 'POST', '/plans', { body: { selection: { recordIds: [id] }, overrides } });

    expect(await ask({ '@netsuite': { kind: 'carry' } })).toMatchObject({ status: 400 });
    expect(await ask({ '@hubspot': { kind: 'golden' } })).toMatchObject({ status: 400 });
    expect(await ask({ firstName: { kind: 'carry' } })).toMatchObject({ status: 400 });
  });
});
