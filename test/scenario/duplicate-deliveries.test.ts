import { expect, test } from 'vitest';
import type { Deliver } from '#shared/ports/delivery.ts';
import {
  ANA,
  expectAgreement,
  HUBSPOT,
  lastWrites,
  linkedCustomer,
  onlyRecord,
  writesSince,
} from '#test/support/customers.ts';
import { createWorld } from '#test/support/mesh-world.ts';

/** Every push, task and tick arrives twice, at the same moment, at two instances that know nothing of each other. */
const twiceAtOnce =
  (deliver: Deliver): Deliver =>
  async (delivery) => {
    const [first] = await Promise.all([deliver(delivery), deliver(delivery)]);
    return first;
  };

/** Every delivery is done and its answer lost, the first time. */
function answerLostOnce(): (deliver: Deliver) => Deliver {
  const seen = new Set<string>();
  return (deliver) => async (delivery) => {
    const key = `${delivery.target} ${Buffer.from(delivery.body).toString()} ${delivery.headers['x-cloudtasks-taskname'] ?? ''}`;
    const answer = await deliver(delivery);
    if (seen.has(key)) return answer;
    seen.add(key);
    return { status: 599 };
  };
}

test.each([
  ['every internal delivery comes twice at once', twiceAtOnce],
  ['every answer to an internal delivery is lost once', answerLostOnce()],
])('one effect for one change when %s', async (_, wrapDeliver) => {
  const world = await createWorld({ wrapDeliver, latencyMs: [10, 90] });
  const { contactId, customerId } = await linkedCustomer(world);
  const before = await lastWrites(world);

  await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550199', firstname: 'Anna' });
  await world.settle();
  await world.shopify.control.edit('customers', customerId, { note: 'rings twice' });
  await world.settle();
  await world.runFor(5 * 60_000);

  const { hubspot, shopify } = await writesSince(world, before);
  expect(shopify.map((write) => write.path)).toEqual(['customerUpdate']);
  expect(hubspot.map((write) => write.method)).toEqual(['PATCH']);
  expect(
    (await world.shopify.control.writes()).filter((write) => write.path === 'customerCreate'),
  ).toHaveLength(1);
  await expectAgreement(world);
  await world.close();
});

test('a change seen while a run is open waits for it, and is carried by the next', async () => {
  const world = await createWorld({ latencyMs: 50 });
  const { contactId, customerId } = await linkedCustomer(world);
  const before = await lastWrites(world);
  let edited = false;
  world.shopify.twin.gate(async (request) => {
    if (edited || !request.body.includes('customerUpdate')) return;
    edited = true;
    await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550122' });
    await world.clock.elapse(2_000);
  });

  await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550121' });
  await world.settle();

  const { shopify } = await writesSince(world, before);
  expect(shopify.map((write) => write.fields)).toEqual([
    { phone: '+12025550121' },
    { phone: '+12025550122' },
  ]);
  expect(await world.shopify.control.get('customers', customerId)).toMatchObject({ phone: '+12025550122' });
  const served = (await world.work())
    .flatMap((work) => work.served)
    .filter(({ system }) => system === HUBSPOT);
  expect(served.map(({ reason }) => reason)).toContain('in_flight');
  await world.close();
});

test('a deleted contact is not made anew, and its successor is linked as a stranger: what differs waits for a person', async () => {
  const world = await createWorld();
  await world.hubspot.control.create('contacts', ANA);
  await world.settle();
  const [contact] = await world.hubspot.control.list('contacts');

  await world.hubspot.control.remove('contacts', String(contact?.id));
  await world.settle();

  const record = await onlyRecord(world);
  expect(record.links[HUBSPOT]).toMatchObject({ state: 'gone' });
  expect(await world.shopify.control.list('customers')).toHaveLength(1);
  expect(await world.hubspot.control.list('contacts')).toEqual([]);
  expect(record.verdicts['identity' as never]).toMatchObject({ verdict: 'missing', cause: 'gone' });

  await world.hubspot.control.create('contacts', { ...ANA, firstname: 'Ana Maria' });
  await world.settle();

  expect(await world.shopify.control.list('customers')).toHaveLength(1);
  const relinked = await onlyRecord(world);
  expect(relinked.links[HUBSPOT]).toMatchObject({ state: 'active' });
  expect(relinked.verdicts['profile' as never]).toMatchObject({ cause: 'first_link_differs' });
  await world.close();
});
