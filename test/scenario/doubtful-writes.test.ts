import { afterEach, describe, expect, test } from 'vitest';
import { objectsPath } from '#shared/connectors/hubspot/objects.ts';
import { leases, type Lease } from '#shared/engine/lease.ts';
import { Dimension, NativeId } from '#shared/model/ids.ts';
import type { Deliver } from '#shared/ports/delivery.ts';
import type { DocumentStore, Write } from '#shared/ports/document-store.ts';
import {
  ANA,
  errorLines,
  goldenOf,
  lastWrites,
  linkedCustomer,
  onlyRecord,
  SHOPIFY,
  type WriteMarks,
  writesSince,
} from '#test/support/customers.ts';
import { createWorld, type World } from '#test/support/mesh-world.ts';
import { interrupt, isContactRead, isContactUpdate, isCustomerCreate } from '#test/support/interrupt.ts';
import { HUBSPOT_TWIN_TOKEN, type TwinRequest } from '#test/twins/index.ts';

const PROFILE = Dimension('profile');

let world: World;

afterEach(async () => {
  expect(errorLines(world)).toEqual([]);
  await world.close();
});

function takesLease(write: Write | undefined): boolean {
  return (
    write !== undefined &&
    (write.op === 'create' || write.op === 'set') &&
    write.ref.path.startsWith(`${leases.ref.path}/`) &&
    (write.value as Lease).owner !== null
  );
}

/** A mesh of which two instances get the same task at once, and one is put to sleep just as it takes the lease. */
function createSleeper(sleep: () => Promise<void>) {
  let isTwiceDue = false;
  let leasesUntilSleep = 0;

  const wrapDeliver =
    (deliver: Deliver): Deliver =>
    async (delivery) => {
      if (!isTwiceDue || !Buffer.from(delivery.body).toString().includes('run_')) return deliver(delivery);
      isTwiceDue = false;
      const [answer] = await Promise.all([deliver(delivery), deliver(delivery)]);
      return answer;
    };

  const wrapStore = (store: DocumentStore): DocumentStore => ({
    get: (ref) => store.get(ref),
    getAll: (refs) => store.getAll(refs),
    query: (query) => store.query(query),
    count: (query) => store.count(query),
    transact: (body) => store.transact(body),
    async commit(writes) {
      if (leasesUntilSleep > 0 && takesLease(writes[0])) {
        leasesUntilSleep -= 1;
        if (leasesUntilSleep === 0) await sleep();
      }
      return store.commit(writes);
    },
  });

  return {
    wrapDeliver,
    wrapStore,
    arm() {
      isTwiceDue = true;
      leasesUntilSleep = 2;
    },
    hasSlept: () => !isTwiceDue && leasesUntilSleep === 0,
  };
}

describe('a write whose answer was lost', () => {
  test('is not repeated by an instance that slept and takes the lease for what it saw before (M2, M3)', async () => {
    const sleeper = createSleeper(() => world.clock.elapse(15_000));
    world = await createWorld({
      wrapDeliver: sleeper.wrapDeliver,
      wrapPorts: (ports) => ({ ...ports, store: sleeper.wrapStore(ports.store) }),
    });
    const { contactId } = await linkedCustomer(world);
    const before = await lastWrites(world);
    await world.shopify.control.fault({
      kind: 'timeout-after-effect',
      count: 1,
      ms: 30_000,
      path: 'customerUpdate',
    });
    sleeper.arm();

    await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550150' });
    await world.settle();

    expect(sleeper.hasSlept()).toBe(true);
    expect((await writesSince(world, before)).shopify).toMatchObject([
      { path: 'customerUpdate', outcome: 'accepted', fields: { phone: '+12025550150' } },
    ]);
  });

  test('lets nothing else be written to that customer until it is settled (M2)', async () => {
    world = await createWorld();
    const { contactId, customerId } = await linkedCustomer(world);
    const before = await lastWrites(world);
    const settledAt = world.clock.now() + 30_000;
    await world.shopify.control.fault({
      kind: 'timeout-after-effect',
      count: 1,
      ms: 30_000,
      path: 'customerUpdate',
    });

    await world.hubspot.control.edit('contacts', contactId, { firstname: 'Bea' });
    const meanwhile = world.clock
      .elapse(4_000)
      .then(() => world.shopify.control.edit('customers', customerId, { firstName: 'Cleo' }));
    await world.settle();
    await meanwhile;

    const { shopify } = await writesSince(world, before);
    expect(shopify.filter(({ at }) => Date.parse(at) < settledAt)).toEqual([]);
    expect(await world.shopify.control.get('customers', customerId)).toMatchObject({ firstName: 'Bea' });
  });
});

describe('a change carried to HubSpot whose answer was lost', () => {
  const CHANGED = { phone: '+12025550150', note: 'from the shop' };

  /** Says whether a request is the first look at a contact after one was written. */
  function createLookAfterWrite() {
    let isWritten = false;
    return (request: TwinRequest): boolean => {
      isWritten ||= isContactUpdate(request);
      return isWritten && isContactRead(request);
    };
  }

  /** What HubSpot was sent since, and where both sides stand. */
  async function outcomeOf(before: WriteMarks, contactId: string, customerId: string) {
    const contact = await world.hubspot.control.get('contacts', contactId);
    const customer = await world.shopify.control.get('customers', customerId);
    return {
      sent: (await writesSince(world, before)).hubspot.map(({ fields }) => fields),
      contact: [contact?.['phone'], contact?.['customer_note']],
      customer: [customer?.['phone'], customer?.['note']],
      verdict: (await onlyRecord(world)).verdicts[PROFILE]?.verdict,
    };
  }

  test('is not sent again over a person who took it back meanwhile: the rules decide anew (M2, M5)', async () => {
    world = await createWorld({ latencyMs: 50 });
    const { contactId, customerId } = await linkedCustomer(world);
    const before = await lastWrites(world);
    await world.hubspot.control.fault({ kind: 'timeout-after-effect', count: 1, path: 'PATCH' });
    const interruption = interrupt(world.hubspot, createLookAfterWrite(), () =>
      world.hubspot.control.edit('contacts', contactId, { phone: ANA.phone, customer_note: '' }),
    );

    await world.shopify.control.edit('customers', customerId, CHANGED);
    await world.settle();

    expect(interruption.hasHappened()).toBe(true);
    // Whoever speaks last is right about the phone number, the shop alone about the note.
    expect(await outcomeOf(before, contactId, customerId)).toEqual({
      sent: [{ phone: CHANGED.phone, customer_note: CHANGED.note }, { customer_note: CHANGED.note }],
      contact: [ANA.phone, CHANGED.note],
      customer: [ANA.phone, CHANGED.note],
      verdict: 'in_sync',
    });
  });

  test.each([
    ['', [], '+12025550177'],
    [', nor over what that person says later', [ANA.phone], ANA.phone],
  ])(
    'is not sent again over a person who said something else meanwhile%s (M2, M5)',
    async (_more, later, expected) => {
      world = await createWorld({ latencyMs: 50 });
      const { contactId, customerId } = await linkedCustomer(world);
      await world.hubspot.control.fault({ kind: 'timeout-after-effect', count: 1, path: 'PATCH' });
      const meanwhile = world.clock
        .elapse(5_000)
        .then(() => world.hubspot.control.edit('contacts', contactId, { phone: '+12025550177' }));

      await world.shopify.control.edit('customers', customerId, { phone: CHANGED.phone });
      await world.settle();
      await meanwhile;
      for (const phone of later) {
        await world.hubspot.control.edit('contacts', contactId, { phone });
        await world.settle();
      }

      const { contact, customer, verdict } = await outcomeOf(await lastWrites(world), contactId, customerId);
      expect([contact[0], customer[0], verdict]).toEqual([expected, expected, 'in_sync']);
    },
  );

  test('is sent again when another integration had once stored the same value (M2)', async () => {
    world = await createWorld({ latencyMs: 50 });
    const { contactId, customerId } = await linkedCustomer(world);
    await world.hubspot.control.fault({ kind: 'drop-webhook', rate: 1, count: 1 });
    await world.hubspot.twin.handle({
      method: 'PATCH',
      path: objectsPath('contacts', NativeId(contactId)),
      headers: { authorization: `Bearer ${HUBSPOT_TWIN_TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ properties: { phone: CHANGED.phone } }),
    });
    await world.runFor(1_000);
    await world.hubspot.control.edit('contacts', contactId, { phone: ANA.phone });
    await world.runFor(60_000);
    const before = await lastWrites(world);
    await world.hubspot.control.fault({ kind: 'timeout', count: 1, path: 'PATCH' });

    await world.shopify.control.edit('customers', customerId, { phone: CHANGED.phone });
    await world.settle();

    const { sent, contact, customer, verdict } = await outcomeOf(before, contactId, customerId);
    expect(sent).toEqual([{ phone: CHANGED.phone }]);
    expect([contact[0], customer[0], verdict]).toEqual([CHANGED.phone, CHANGED.phone, 'in_sync']);
  });

  test('is sent again when it never took effect, also over a value that we once wrote (M2)', async () => {
    world = await createWorld({ latencyMs: 50 });
    const { contactId, customerId } = await linkedCustomer(world);
    await world.shopify.control.edit('customers', customerId, CHANGED);
    await world.settle();
    await world.hubspot.control.edit('contacts', contactId, { phone: ANA.phone });
    await world.settle();
    const before = await lastWrites(world);
    await world.hubspot.control.fault({ kind: 'timeout', count: 1, path: 'PATCH' });

    await world.shopify.control.edit('customers', customerId, { phone: CHANGED.phone });
    await world.settle();

    expect(await outcomeOf(before, contactId, customerId)).toEqual({
      sent: [{ phone: CHANGED.phone }],
      contact: [CHANGED.phone, CHANGED.note],
      customer: [CHANGED.phone, CHANGED.note],
      verdict: 'in_sync',
    });
  });
});

describe('a value that our write overwrote unseen', () => {
  test.each([8_000, 30_000])(
    'is shown as a conflict when the write landed %i ms late and its answer was lost (M5)',
    async (ms) => {
      world = await createWorld();
      const { contactId, customerId } = await linkedCustomer(world);
      await world.hubspot.control.fault({ kind: 'timeout-after-effect', count: 1, ms, path: 'PATCH' });

      await world.shopify.control.edit('customers', customerId, { phone: '+12025550150' });
      const meanwhile = world.clock
        .elapse(4_000)
        .then(() => world.hubspot.control.edit('contacts', contactId, { phone: '+12025550177' }));
      await world.settle();
      await meanwhile;

      expect((await onlyRecord(world)).verdicts[PROFILE]).toMatchObject({
        verdict: 'hard_conflict',
        cause: 'swallowed_value',
      });
    },
  );

  test('of a mirror holds nothing up: moved again, it is put right from its owner (M5)', async () => {
    world = await createWorld({ latencyMs: 50 });
    const { contactId, customerId } = await linkedCustomer(world);
    const interruption = interrupt(world.hubspot, isContactUpdate, () =>
      world.hubspot.control.edit('contacts', contactId, { customer_note: 'typed here' }),
    );
    await world.shopify.control.edit('customers', customerId, { note: 'from the shop' });
    await world.settle();
    expect(interruption.hasHappened()).toBe(true);

    await world.hubspot.control.edit('contacts', contactId, { customer_note: 'typed here again' });
    await world.settle();

    expect(await world.hubspot.control.get('contacts', contactId)).toMatchObject({
      customer_note: 'from the shop',
    });
    const record = await onlyRecord(world);
    expect(record.verdicts[PROFILE]).toMatchObject({ verdict: 'in_sync' });
    expect(goldenOf(record, 'note')).toBe('from the shop');
  });
});

test('a create answered after another customer was linked leaves no customer without a record (M16)', async () => {
  world = await createWorld({ latencyMs: 50 });
  const interruption = interrupt(world.shopify, isCustomerCreate, async () => {
    const { id } = await world.shopify.control.create('customers', { email: ANA.email, firstName: 'Ana' });
    await world.clock.elapse(300);
    await world.shopify.control.edit('customers', id, { email: 'typo.put.right@example.com' });
  });

  await world.hubspot.control.create('contacts', ANA);
  await world.settle();

  expect(interruption.hasHappened()).toBe(true);
  const customers = (await world.shopify.control.list('customers')).map(({ id }) => id);
  const linked = (await world.records())
    .filter(({ state }) => state !== 'merged')
    .map(({ links }) => links[SHOPIFY]?.nativeId);
  expect(customers).toHaveLength(2);
  expect(linked.toSorted()).toEqual(customers.toSorted());
});
