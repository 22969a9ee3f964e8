import { afterEach, describe, expect, test } from 'vitest';
import { leases } from '#shared/engine/lease.ts';
import { identityDecisions } from '#shared/model/identity-decision.ts';
import { RecordId } from '#shared/model/ids.ts';
import {
  errorLines,
  goldenOf,
  HUBSPOT,
  lastWrites,
  linkedCustomer,
  SHOPIFY,
  writesSince,
} from '#test/support/customers.ts';
import { identityDesk, objectsOf, type IdentityDesk } from '#test/support/identity-desk.ts';
import { createWorld, type World } from '#test/support/mesh-world.ts';

const MINUTE_MS = 60_000;
const BEN = Object.freeze({ email: 'ben@example.com', firstname: 'Ben', lastname: 'Okri' });

let world: World;
let desk: IdentityDesk;

afterEach(async () => {
  expect(errorLines(world)).toEqual([]);
  await world.close();
});

describe('merging two records', () => {
  test('is refused while both hold an object in one system, unless these may be set aside', async () => {
    world = await createWorld();
    desk = identityDesk(world);
    const ana = await linkedCustomer(world);
    const ben = await linkedCustomer(world, BEN);

    const refused = await desk.post(`/records/${ana.record.id}/merge`, { recordId: ben.record.id });
    const merged = await desk.post(`/records/${ana.record.id}/merge`, {
      recordId: ben.record.id,
      acceptDuplicates: true,
    });
    await world.settle(MINUTE_MS);

    expect(refused).toMatchObject({ status: 409, body: { duplicates: ['hubspot', 'shopify'] } });
    expect(refused.body['detail']).toContain('HubSpot and Shopify');
    expect(merged).toMatchObject({ status: 200, body: { setAside: ['hubspot', 'shopify'] } });
    expect(objectsOf(await desk.stored(ana.record.id))).toEqual(objectsOf(ana.record));
    expect(await desk.stored(ben.record.id)).toMatchObject({ state: 'merged', mergedInto: ana.record.id });
    const before = await lastWrites(world);
    await world.hubspot.control.edit('contacts', ben.contactId, { firstname: 'Benjamin' });
    await world.settle(MINUTE_MS);
    expect(await writesSince(world, before)).toEqual({ hubspot: [], shopify: [] });
    await world.hubspot.control.edit('contacts', ana.contactId, { firstname: 'Anna' });
    await world.settle(MINUTE_MS);
    expect(await world.shopify.control.get('customers', ana.customerId)).toMatchObject({ firstName: 'Anna' });
  });

  test('twice leaves what was set aside within reach: it can take the place of an object that is gone', async () => {
    world = await createWorld();
    desk = identityDesk(world);
    const ben = await linkedCustomer(world, BEN);
    const ana = await linkedCustomer(world);
    const cleo = await linkedCustomer(world, { email: 'cleo@example.com', firstname: 'Cleo' });
    for (const [winner, loser] of [
      [ana, ben],
      [cleo, ana],
    ] as const) {
      const merge = { recordId: loser.record.id, acceptDuplicates: true };
      expect(await desk.post(`/records/${winner.record.id}/merge`, merge)).toMatchObject({ status: 200 });
      await world.settle(MINUTE_MS);
    }
    await world.hubspot.control.remove('contacts', cleo.contactId);
    await world.settle(MINUTE_MS);

    const answer = await desk.post(`/records/${cleo.record.id}/link`, {
      system: 'hubspot',
      nativeId: ben.contactId,
    });
    await world.settle(MINUTE_MS);

    expect(answer).toMatchObject({ status: 200, body: { recordId: cleo.record.id } });
    expect(objectsOf(await desk.stored(cleo.record.id))).toMatchObject({ hubspot: ben.contactId });
    expect(await desk.recordOf(HUBSPOT, ben.contactId)).toMatchObject({ id: cleo.record.id });
  });

  test('and parting them again gives each its own back, and edits of both flow where they belong', async () => {
    world = await createWorld();
    desk = identityDesk(world);
    const ana = await linkedCustomer(world);
    const ben = await linkedCustomer(world, BEN);
    await desk.post(`/records/${ana.record.id}/merge`, { recordId: ben.record.id, acceptDuplicates: true });
    await world.settle(MINUTE_MS);

    const answer = await desk.post(`/records/${ben.record.id}/unmerge`, {});
    await world.settle(MINUTE_MS);
    await world.hubspot.control.edit('contacts', ben.contactId, { firstname: 'Benjamin' });
    await world.shopify.control.edit('customers', ana.customerId, { note: 'likes tea' });
    await world.settle(MINUTE_MS);

    expect(answer).toMatchObject({ status: 200, body: { partedFrom: ana.record.id } });
    expect(await desk.stored(ben.record.id)).toMatchObject({ state: 'active', mergedInto: null });
    expect(await world.shopify.control.get('customers', ben.customerId)).toMatchObject({
      firstName: 'Benjamin',
    });
    expect(await world.shopify.control.get('customers', ana.customerId)).toMatchObject({ firstName: 'Ana' });
    expect(await world.hubspot.control.get('contacts', ana.contactId)).toMatchObject({
      customer_note: 'likes tea',
    });
    expect(await desk.items('/discrepancies')).toEqual([]);
    expect((await world.work()).filter(({ wakeAt }) => wakeAt !== null)).toEqual([]);
  });

  test('gives back what the winner had taken over, after edits on either side', async () => {
    world = await createWorld();
    desk = identityDesk(world);
    const { contact, customer } = await desk.separateRecords();
    await desk.post(`/records/${contact.id}/merge`, { recordId: customer.id });
    await world.settle(MINUTE_MS);
    await desk.resume();
    const shopifyId = customer.links[SHOPIFY]?.nativeId ?? '';
    await world.shopify.control.edit('customers', shopifyId, { note: 'while they were one' });
    await world.settle(MINUTE_MS);

    await desk.post(`/records/${customer.id}/unmerge`, {});
    await world.settle(MINUTE_MS);

    const parted = await desk.stored(customer.id);
    expect(parted).toMatchObject({ state: 'active', mergedInto: null });
    expect(parted.links[SHOPIFY]?.nativeId).toBe(shopifyId);
    expect(goldenOf(parted, 'note')).toBe('while they were one');
    expect((await desk.stored(contact.id)).links[SHOPIFY]?.nativeId).not.toBe(shopifyId);
    const decisions = await world.all(identityDecisions);
    expect(
      decisions.find(({ objects }) => objects.some(({ nativeId }) => nativeId === shopifyId)),
    ).toMatchObject({
      verdict: 'not_same',
    });
  });

  test('makes an open run of the loser fail its commit, and plans anew what it was about', async () => {
    world = await createWorld();
    desk = identityDesk(world);
    const { contact, customer } = await desk.separateRecords();
    await desk.resume();
    const ana = await desk.stored(contact.id);
    const other = await desk.stored(customer.id);
    await world.shopify.control.fault({ kind: '429', rate: 1, path: 'customerUpdate' });
    await world.hubspot.control.edit('contacts', ana.links[HUBSPOT]?.nativeId ?? '', { firstname: 'Anna' });
    await world.settle(1_000);
    expect(Object.keys((await desk.stored(contact.id)).writeSets)).toHaveLength(1);

    const answer = await desk.post(`/records/${other.id}/merge`, {
      recordId: contact.id,
      acceptDuplicates: true,
    });
    await world.shopify.control.clearFaults();
    await world.settle();

    expect(answer.status).toBe(200);
    expect(await desk.stored(contact.id)).toMatchObject({ state: 'merged', writeSets: {} });
    const runs = (await world.runs()).filter(({ recordId }) => recordId === contact.id);
    expect(runs.map(({ state }) => state)).toContain('cancelled');
    expect(runs.every(({ finishedAt }) => finishedAt !== null)).toBe(true);
    expect(
      await world.shopify.control.get('customers', ana.links[SHOPIFY]?.nativeId ?? ''),
    ).not.toMatchObject({
      firstName: 'Anna',
    });
  });

  test('waits while Concord is writing for one of them, and takes no lease from anybody', async () => {
    world = await createWorld();
    desk = identityDesk(world);
    const ana = await linkedCustomer(world);
    const ben = await linkedCustomer(world, BEN);
    const ref = leases.at(RecordId(ben.record.id));
    const lease = await world.store.get(ref);
    const held = {
      owner: 'somebody',
      runId: lease?.value.runId ?? 'run_x',
      expiresAt: world.clock.now() + MINUTE_MS,
    };
    await world.store.commit([{ op: 'set', ref, value: held }]);

    const answer = await desk.post(`/records/${ana.record.id}/merge`, {
      recordId: ben.record.id,
      acceptDuplicates: true,
    });

    expect(answer).toMatchObject({ status: 409, body: { code: 'conflict', retryAfter: 5 } });
    expect((await world.store.get(ref))?.value).toEqual(held);
    expect((await desk.stored(ben.record.id)).state).toBe('active');
  });
});

describe('an object that the vendor has merged into another one', () => {
  test('is shown with the record of the survivor, and is linked to it by hand', async () => {
    world = await createWorld();
    desk = identityDesk(world);
    const ana = await linkedCustomer(world);
    const ben = await linkedCustomer(world, BEN);
    await world.hubspot.control.act('contacts', ana.contactId, 'merge', { with: ben.contactId });
    await world.settle(MINUTE_MS);
    await world.runFor(10 * MINUTE_MS);

    const foreign = (await desk.items('/identity')).filter(({ cause }) => cause === 'foreign_answer');
    const survivors = foreign.map((one) => (one['survivors'] as Record<string, string>)['hubspot'] ?? '');
    const [survivor = ''] = survivors;
    const linked = await desk.post(`/records/${ana.record.id}/link`, {
      system: 'hubspot',
      nativeId: survivor,
    });
    await world.settle(MINUTE_MS);
    const merged = await desk.post(`/records/${ana.record.id}/merge`, {
      recordId: ben.record.id,
      acceptDuplicates: true,
    });
    await world.settle(MINUTE_MS);

    expect(foreign).toMatchObject([
      { suggestions: ['link', 'merge'], candidates: [{ evidence: 'merged_by_vendor' }] },
      { suggestions: ['link', 'merge'], candidates: [{ evidence: 'merged_by_vendor' }] },
    ]);
    expect(linked.status).toBe(200);
    expect(merged).toMatchObject({ status: 200, body: { setAside: ['shopify'] } });
    expect((await desk.stored(ana.record.id)).links[HUBSPOT]).toMatchObject({
      nativeId: survivor,
      state: 'active',
    });
    expect(await desk.recordOf(HUBSPOT, ana.contactId)).toMatchObject({ id: ana.record.id });
    expect(await desk.recordOf(HUBSPOT, ben.contactId)).toMatchObject({ id: ana.record.id });
    expect((await desk.items('/identity')).filter(({ cause }) => cause === 'foreign_answer')).toEqual([]);
    await world.hubspot.control.edit('contacts', survivor, { firstname: 'Both' });
    await world.settle(MINUTE_MS);
    expect(await world.shopify.control.get('customers', ana.customerId)).toMatchObject({ firstName: 'Both' });
  });
});
