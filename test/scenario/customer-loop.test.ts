import { afterEach, describe, expect, test } from 'vitest';
import { SYNC_RECORD, type SyncRun } from '#shared/workflows/sync-record/open-run.ts';
import {
  ANA,
  errorLines,
  goldenOf,
  HUBSPOT,
  lastWrites,
  linkedCustomer,
  onlyRecord,
  writesSince,
} from '#test/support/customers.ts';
import { createWorld, type World } from '#test/support/mesh-world.ts';

let world: World;

afterEach(async () => {
  expect(errorLines(world)).toEqual([]);
  await world.close();
});

describe('a new customer', () => {
  test('of HubSpot is created once in Shopify, verified, and its echoes write nothing', async () => {
    world = await createWorld();
    const before = await lastWrites(world);

    await world.hubspot.control.create('contacts', ANA);
    await world.settle();

    const writes = await writesSince(world, before);
    expect(writes.shopify.map((write) => write.path)).toEqual(['customerCreate']);
    expect(writes.hubspot).toEqual([]);
    const [customer] = await world.shopify.control.list('customers');
    expect(customer).toMatchObject({
      email: 'ana@example.com',
      firstName: 'Ana',
      lastName: 'Lima',
      phone: '+12025550101',
    });
    const record = await onlyRecord(world);
    expect(record.state).toBe('active');
    expect(Object.values(record.verdicts).map((verdict) => verdict.verdict)).toEqual(['in_sync', 'in_sync']);
    expect(record.writeSets).toEqual({});
  });

  test('of Shopify is created once in HubSpot', async () => {
    world = await createWorld();
    const before = await lastWrites(world);

    await world.shopify.control.create('customers', {
      email: 'ben@example.com',
      firstName: 'Ben',
      lastName: 'Okri',
      note: 'prefers mornings',
    });
    await world.settle();

    const writes = await writesSince(world, before);
    expect(writes.hubspot.map((write) => write.method)).toEqual(['POST']);
    expect(writes.shopify).toEqual([]);
    const [contact] = await world.hubspot.control.list('contacts');
    expect(contact).toMatchObject({
      email: 'ben@example.com',
      firstname: 'Ben',
      lastname: 'Okri',
      customer_note: 'prefers mornings',
    });
  });

  test('that both systems get within the same second ends as one record and no duplicate', async () => {
    world = await createWorld();
    const before = await lastWrites(world);

    await world.hubspot.control.create('contacts', ANA);
    await world.shopify.control.create('customers', {
      email: 'ANA@example.com',
      firstName: 'Ana',
      lastName: 'Lima',
      phone: '+12025550101',
    });
    await world.settle();

    const record = await onlyRecord(world);
    expect(Object.keys(record.links).toSorted()).toEqual(['hubspot', 'shopify']);
    expect(await world.hubspot.control.list('contacts')).toHaveLength(1);
    expect(await world.shopify.control.list('customers')).toHaveLength(1);
    const writes = await writesSince(world, before);
    expect(
      [...writes.hubspot, ...writes.shopify].filter(
        (write) => write.status < 300 && /create/i.test(write.path),
      ),
    ).toEqual([]);
  });
});

describe('one edit', () => {
  test('in HubSpot leads to exactly one write in Shopify, by a rule that the run names', async () => {
    world = await createWorld();
    const { contactId, customerId } = await linkedCustomer(world);
    const before = await lastWrites(world);

    await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550199' });
    await world.settle();

    const writes = await writesSince(world, before);
    expect(writes.shopify).toHaveLength(1);
    expect(writes.shopify[0]).toMatchObject({
      path: 'customerUpdate',
      id: customerId,
      fields: { phone: '+12025550199' },
    });
    expect(writes.hubspot).toEqual([]);
    const run = (await world.runs()).find(
      (candidate) => candidate.dag[0]?.id === 'update-shopify',
    ) as SyncRun;
    expect(run).toMatchObject({ workflow: SYNC_RECORD, state: 'succeeded' });
    expect(run.input.operations['update-shopify']?.fields.map((field) => field.rule)).toEqual([
      'customer.phone: latest(hubspot, shopify)',
    ]);
  });

  test('in Shopify leads to exactly one write in HubSpot', async () => {
    world = await createWorld();
    const { contactId, customerId } = await linkedCustomer(world);
    const before = await lastWrites(world);

    await world.shopify.control.edit('customers', customerId, { note: 'collects in store' });
    await world.settle();

    const writes = await writesSince(world, before);
    expect(writes.hubspot).toHaveLength(1);
    expect(writes.hubspot[0]).toMatchObject({
      method: 'PATCH',
      id: contactId,
      fields: { customer_note: 'collects in store' },
    });
    expect(writes.shopify).toEqual([]);
  });

  test('whose webhook is delivered twice is served once, and its echoes come to nothing', async () => {
    world = await createWorld();
    const { contactId } = await linkedCustomer(world);
    const before = await lastWrites(world);
    await world.hubspot.control.fault({ kind: 'duplicate-webhook', rate: 1 });
    await world.shopify.control.fault({ kind: 'duplicate-webhook', rate: 1 });

    await world.hubspot.control.edit('contacts', contactId, { firstname: 'Anna' });
    await world.settle();

    const writes = await writesSince(world, before);
    expect(writes.shopify).toHaveLength(1);
    expect(writes.hubspot).toEqual([]);
    expect(goldenOf(await onlyRecord(world), 'firstName')).toBe('Anna');
  });

  test('of many properties at once, as ten events in one delivery, leads to one pass', async () => {
    world = await createWorld();
    const { contactId, record } = await linkedCustomer(world);
    const before = (await world.work()).find((one) => one.recordId === record.id)?.served.length ?? 0;
    const writesBefore = await lastWrites(world);

    for (let round = 0; round < 5; round += 1) {
      await world.hubspot.control.edit('contacts', contactId, {
        phone: `+1202555010${round}`,
        firstname: `Ana ${round}`,
      });
    }
    await world.settle();

    const owed = (await world.work()).find((one) => one.recordId === record.id);
    const passes = owed?.served.slice(before).filter((served) => served.system === HUBSPOT);
    expect(passes).toHaveLength(1);
    expect((await writesSince(world, writesBefore)).shopify).toHaveLength(1);
  });

  test('of a mirrored field is put right from its owner', async () => {
    world = await createWorld();
    const { customerId } = await linkedCustomer(world);

    await world.shopify.control.edit('customers', customerId, { firstName: 'Anya' });
    await world.settle();

    expect(await world.shopify.control.get('customers', customerId)).toMatchObject({ firstName: 'Ana' });
    expect(goldenOf(await onlyRecord(world), 'firstName')).toBe('Ana');
  });

  test('of the e-mail on one side only changes nothing elsewhere, because both must agree', async () => {
    world = await createWorld();
    const { contactId, customerId } = await linkedCustomer(world);
    const before = await lastWrites(world);

    await world.hubspot.control.edit('contacts', contactId, { email: 'ana.lima@example.com' });
    await world.settle();

    expect(await writesSince(world, before)).toEqual({ hubspot: [], shopify: [] });
    const record = await onlyRecord(world);
    expect(record.verdicts['identity' as never]).toMatchObject({
      verdict: 'hard_conflict',
      cause: 'agreement_broken',
    });

    await world.shopify.control.edit('customers', customerId, { email: 'ana.lima@example.com' });
    await world.settle();

    expect((await onlyRecord(world)).verdicts['identity' as never]).toMatchObject({ verdict: 'in_sync' });
    expect(goldenOf(await onlyRecord(world), 'email')).toBe('ana.lima@example.com');
  });
});

describe('two edits of one field', () => {
  test('to different values before either was seen are a hard conflict, and nothing is written', async () => {
    world = await createWorld();
    const { contactId, customerId } = await linkedCustomer(world);
    const before = await lastWrites(world);

    await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550150' });
    await world.shopify.control.edit('customers', customerId, { phone: '+12025550160' });
    await world.settle();

    expect(await writesSince(world, before)).toEqual({ hubspot: [], shopify: [] });
    expect((await onlyRecord(world)).verdicts['profile' as never]).toMatchObject({
      verdict: 'hard_conflict',
    });
  });

  test('to the same value agree without a write', async () => {
    world = await createWorld();
    const { contactId, customerId } = await linkedCustomer(world);
    const before = await lastWrites(world);

    await world.hubspot.control.edit('contacts', contactId, { phone: '(202) 555-0150' });
    await world.shopify.control.edit('customers', customerId, { phone: '+12025550150' });
    await world.settle();

    expect(await writesSince(world, before)).toEqual({ hubspot: [], shopify: [] });
    expect((await onlyRecord(world)).verdicts['profile' as never]).toMatchObject({ verdict: 'in_sync' });
  });

  test('during our look is looked at again: no answer from before it takes its debt away (M1)', async () => {
    world = await createWorld();
    const { contactId, customerId } = await linkedCustomer(world);
    await world.hubspot.control.fault({ kind: 'slow', ms: 3_000, count: 1 });
    const before = await lastWrites(world);

    await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550170' });
    const meanwhile = world.clock
      .elapse(1_000)
      .then(() => world.hubspot.control.edit('contacts', contactId, { phone: '+12025550171' }));
    await world.settle();
    await meanwhile;

    expect(await world.shopify.control.get('customers', customerId)).toMatchObject({ phone: '+12025550171' });
    expect((await writesSince(world, before)).shopify.length).toBeGreaterThan(0);
    expect((await onlyRecord(world)).verdicts['profile' as never]).toMatchObject({ verdict: 'in_sync' });
  });

  test('between our look and our write refuses the write: no unseen value is overwritten', async () => {
    world = await createWorld();
    const { contactId, customerId } = await linkedCustomer(world);
    const before = await lastWrites(world);
    let reads = 0;
    world.shopify.twin.gate(async (request) => {
      if (!request.body.includes('query')) return;
      reads += 1;
      if (reads === 1) await world.shopify.control.edit('customers', customerId, { phone: '+12025550160' });
    });

    await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550150' });
    await world.settle();

    expect(await world.shopify.control.get('customers', customerId)).toMatchObject({ phone: '+12025550160' });
    expect((await writesSince(world, before)).shopify).toEqual([]);
    expect((await onlyRecord(world)).verdicts['profile' as never]).toMatchObject({
      verdict: 'hard_conflict',
    });
  });
});

describe('a matching key', () => {
  test('that is ambiguous links nothing and creates nothing', async () => {
    world = await createWorld();
    await world.shopify.control.create(
      'customers',
      { email: 'one@example.com', firstName: 'One' },
      { silent: true },
    );
    await world.shopify.control.create(
      'customers',
      { email: 'two@example.com', firstName: 'Two' },
      { silent: true },
    );
    const [one, two] = await world.shopify.control.list('customers');
    for (const customer of [one, two]) {
      await world.shopify.control.edit('customers', String(customer?.id), { lastName: 'Known' });
    }
    await world.settle();
    const before = await lastWrites(world);
    const known = (await world.records()).length;
    const contacts = await world.hubspot.control.list('contacts');
    for (const contact of contacts)
      await world.hubspot.control.remove('contacts', contact.id, { silent: true });

    await world.hubspot.control.create('contacts', {
      email: 'one@example.com',
      hs_additional_emails: 'two@example.com',
      firstname: 'Who',
    });
    await world.settle();

    expect(await writesSince(world, before)).toEqual({ hubspot: [], shopify: [] });
    const unlinked = (await world.records()).filter((record) => record.state === 'provisional');
    expect(unlinked).toHaveLength(1);
    expect(unlinked[0]?.verdicts['identity' as never]).toMatchObject({
      verdict: 'hard_conflict',
      cause: 'ambiguous_match',
    });
    expect(await world.records()).toHaveLength(known + 1);
  });
});
