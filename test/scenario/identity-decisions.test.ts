import { afterEach, describe, expect, test } from 'vitest';
import { identityDecisions } from '#shared/model/identity-decision.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import {
  ANA,
  errorLines,
  goldenOf,
  HUBSPOT,
  lastWrites,
  linkedCustomer,
  SHOPIFY,
  writesSince,
} from '#test/support/customers.ts';
import { identityDesk, objectsOf, REASON, type IdentityDesk } from '#test/support/identity-desk.ts';
import { createWorld, type World } from '#test/support/mesh-world.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let world: World;
let desk: IdentityDesk;

afterEach(async () => {
  expect(errorLines(world)).toEqual([]);
  await world.close();
});

/** A second contact of Ana's, which nobody can tell from the first by its keys. */
async function duplicateOf(record: RecordDocument): Promise<RecordDocument> {
  await world.shopify.control.edit('customers', record.links[SHOPIFY]?.nativeId ?? '', {
    email: 'ana.l@example.com',
  });
  await world.settle(MINUTE_MS);
  const { id } = await world.shopify.control.create('customers', { email: ANA.email, firstName: 'Anna' });
  await world.settle(MINUTE_MS);
  return desk.recordOf(SHOPIFY, id);
}

describe('an object that may be of a known customer', () => {
  test('is an open question that names who it may be, and nothing is written for it', async () => {
    world = await createWorld();
    desk = identityDesk(world);
    const ana = await linkedCustomer(world);
    const before = await lastWrites(world);

    const newcomer = await duplicateOf(ana.record);

    expect(newcomer.state).toBe('provisional');
    const open = await desk.items('/identity');
    expect(open.find(({ cause }) => cause === 'ambiguous_match')).toMatchObject({
      type: 'customer',
      severity: 4,
      suggestions: ['link', 'merge'],
      record: { recordId: newcomer.id, state: 'provisional' },
      candidates: [{ recordId: ana.record.id, title: 'Ana Lima', evidence: 'email' }],
    });
    expect((await writesSince(world, before)).shopify).toEqual([]);
  });

  test('is never suggested again once somebody has said that it is not, whatever comes later', async () => {
    world = await createWorld();
    desk = identityDesk(world);
    const ana = await linkedCustomer(world);
    const newcomer = await duplicateOf(ana.record);
    const before = await lastWrites(world);

    const answer = await desk.post(`/records/${newcomer.id}/unlink`, { recordId: ana.record.id });
    await world.settle(MINUTE_MS);
    await world.shopify.control.edit('customers', newcomer.links[SHOPIFY]?.nativeId ?? '', {
      firstName: 'Annie',
    });
    await world.settle(MINUTE_MS);
    await world.runFor(HOUR_MS);

    expect(answer).toMatchObject({ status: 200, body: { notSameAs: ana.record.id } });
    const own = await desk.stored(newcomer.id);
    expect(own).toMatchObject({ state: 'active', mergedInto: null });
    const named = (await desk.items('/discrepancies')).filter(({ recordId }) => recordId === newcomer.id);
    expect(named).toMatchObject([{ cause: 'key_taken', suggestions: ['revert'] }]);
    expect((await desk.items('/identity')).flatMap(({ candidates }) => candidates)).toEqual([]);
    const { hubspot } = await writesSince(world, before);
    expect(hubspot.filter(({ path }) => path.includes('contacts'))).toEqual([]);
  });

  test('is told apart still when it comes back as a new provisional record', async () => {
    world = await createWorld();
    desk = identityDesk(world);
    const ana = await linkedCustomer(world);
    const newcomer = await duplicateOf(ana.record);
    await desk.post(`/records/${newcomer.id}/unlink`, { recordId: ana.record.id });
    await world.settle(MINUTE_MS);

    const decisions = await world.all(identityDecisions);

    expect(decisions.map(({ verdict }) => verdict)).toEqual(['not_same', 'not_same']);
    expect(decisions.flatMap(({ objects }) => objects.map(({ nativeId }) => nativeId))).toEqual(
      expect.arrayContaining([newcomer.links[SHOPIFY]?.nativeId, ana.contactId, ana.customerId]),
    );
  });
});

describe('linking by hand', () => {
  test('joins an object of another address to its customer, overwrites nothing, and keeps both in step afterwards', async () => {
    world = await createWorld();
    desk = identityDesk(world);
    const { contact, customer } = await desk.separateRecords();
    const before = await lastWrites(world);

    const answer = await desk.post(`/records/${contact.id}/link`, { recordId: customer.id });
    await world.settle(MINUTE_MS);

    expect(answer).toMatchObject({ status: 200, body: { recordId: contact.id, joined: customer.id } });
    expect(await desk.stored(customer.id)).toMatchObject({ state: 'merged', mergedInto: contact.id });
    const joined = await desk.stored(contact.id);
    expect(objectsOf(joined)).toEqual({ ...objectsOf(contact), ...objectsOf(customer) });
    expect(joined.claims).toHaveLength(2);
    expect(await writesSince(world, before)).toEqual({ hubspot: [], shopify: [] });
    const [conflict] = (await desk.items('/discrepancies')).filter(({ recordId }) => recordId === contact.id);
    expect(conflict).toMatchObject({
      class: 'hard_conflict',
      cause: 'first_link_differs',
      dimension: 'identity',
    });
    await desk.resume();
    await world.hubspot.control.edit('contacts', contact.links[HUBSPOT]?.nativeId ?? '', {
      lastname: 'Lima Costa',
    });
    await world.settle(MINUTE_MS);
    await world.shopify.control.edit('customers', customer.links[SHOPIFY]?.nativeId ?? '', {
      note: 'rings twice',
    });
    await world.settle(MINUTE_MS);
    expect(await world.shopify.control.list('customers')).toMatchObject([
      { lastName: 'Lima Costa', note: 'rings twice' },
    ]);
    expect(await world.hubspot.control.list('contacts')).toMatchObject([{ customer_note: 'rings twice' }]);
  });

  test('leaves a trace: history on both records, a decision, and an audit entry', async () => {
    world = await createWorld();
    desk = identityDesk(world);
    const { contact, customer } = await desk.separateRecords();

    await desk.post(`/records/${contact.id}/link`, { recordId: customer.id });

    const kinds = async (record: RecordDocument) => (await world.history(record)).map(({ kind }) => kind);
    expect(await kinds(contact)).toContain('merged');
    expect(await kinds(customer)).toContain('merged');
    expect(await world.all(identityDecisions)).toMatchObject([
      { verdict: 'same', by: 'olga', reason: REASON },
    ]);
    expect(await desk.items('/audit?action=decide_identity')).toMatchObject([
      { targetId: contact.id, reason: REASON, after: { joined: customer.id } },
    ]);
  });

  test.each([
    ['itself', (own: RecordDocument) => ({ recordId: own.id })],
    ['a system that holds no customers', () => ({ system: 'netsuite', nativeId: '77' })],
    ['another object where it holds one', () => ({ system: 'hubspot', nativeId: '77' })],
  ])('does NOT join a record with %s', async (_, bodyOf) => {
    world = await createWorld();
    desk = identityDesk(world);
    const { record } = await linkedCustomer(world);

    const answer = await desk.post(`/records/${record.id}/link`, bodyOf(record));

    expect(answer).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect(await desk.stored(record.id)).toEqual(record);
  });
});

describe('unlinking', () => {
  test('makes an object a record of its own, with the keys that only it has, and never joins the two again', async () => {
    world = await createWorld();
    desk = identityDesk(world);
    const { contact, customer } = await desk.separateRecords();
    await desk.post(`/records/${contact.id}/link`, { recordId: customer.id });
    await world.settle(MINUTE_MS);
    const before = await lastWrites(world);

    const answer = await desk.post(`/records/${contact.id}/unlink`, { system: 'shopify' });
    await world.settle(MINUTE_MS);

    expect(answer).toMatchObject({
      status: 200,
      body: { system: 'shopify', nativeId: customer.links[SHOPIFY]?.nativeId },
    });
    const own = await desk.stored(String(answer.body['became']));
    expect(own).toMatchObject({ state: 'active', claims: [expect.stringContaining('email')] });
    expect(objectsOf(own)).toEqual(objectsOf(customer));
    expect(objectsOf(await desk.stored(contact.id))).toEqual(objectsOf(contact));
    expect(await writesSince(world, before)).toEqual({ hubspot: [], shopify: [] });
    await world.shopify.control.edit('customers', customer.links[SHOPIFY]?.nativeId ?? '', {
      email: ANA.email,
    });
    await world.settle(MINUTE_MS);
    await world.runFor(HOUR_MS);
    expect(objectsOf(await desk.stored(own.id))).toEqual(objectsOf(customer));
    expect(await desk.items('/identity')).toMatchObject([
      { cause: 'key_taken', record: { recordId: own.id }, candidates: [] },
    ]);
  });

  test('parts even what we created ourselves, which carries our own id for ever', async () => {
    world = await createWorld();
    desk = identityDesk(world);
    const ana = await linkedCustomer(world);

    const answer = await desk.post(`/records/${ana.record.id}/unlink`, { system: 'shopify' });
    await world.settle(MINUTE_MS);
    await world.shopify.control.edit('customers', ana.customerId, { note: 'somebody else' });
    await world.settle(MINUTE_MS);

    const own = await desk.stored(String(answer.body['became']));
    expect(own.state).toBe('active');
    expect(objectsOf(own)).toEqual({ shopify: ana.customerId });
    expect(goldenOf(own, 'note')).toBe('somebody else');
    expect(objectsOf(await desk.stored(ana.record.id))).toEqual({ hubspot: ana.contactId });
    expect(await world.hubspot.control.get('contacts', ana.contactId)).not.toMatchObject({
      customer_note: 'somebody else',
    });
  });

  test('is NOT undone by our own create, which meets our own id on what was parted and not yet read', async () => {
    world = await createWorld({ latencyMs: 50 });
    desk = identityDesk(world);
    const ana = await linkedCustomer(world);
    await world.shopify.control.edit(
      'customers',
      ana.customerId,
      { email: 'ana.private@example.com' },
      { silent: true },
    );
    // The shop answers no read until our create has been refused for the id and looks whose it is.
    let finds = 0;
    world.shopify.twin.gate(async ({ body }) => {
      if (body.includes('ConcordFindCustomers')) finds += 1;
      if (body.includes('ConcordReadCustomer') && finds < 2) throw new Error('The line is down.');
    });

    const answer = await desk.post(`/records/${ana.record.id}/unlink`, { system: 'shopify' });
    await world.settle(10 * MINUTE_MS);

    expect(finds).toBeGreaterThan(1);
    const own = await desk.stored(String(answer.body['became']));
    expect(own).toMatchObject({ state: 'active', mergedInto: null });
    expect(objectsOf(own)).toMatchObject({ shopify: ana.customerId });
    expect(objectsOf(await desk.stored(ana.record.id))).toEqual({ hubspot: ana.contactId });
  });

  test('does NOT leave a record with nothing', async () => {
    world = await createWorld();
    desk = identityDesk(world);
    const { contact } = await desk.separateRecords();

    expect(await desk.post(`/records/${contact.id}/unlink`, { system: 'hubspot' })).toMatchObject({
      status: 409,
    });
    expect(await desk.post(`/records/${contact.id}/unlink`, { system: 'shopify' })).toMatchObject({
      status: 409,
    });
  });
});
