import { afterEach, expect, test } from 'vitest';
import { listingOf } from '#shared/model/record-listing.ts';
import { askConsole } from '#test/support/console-client.ts';
import { errorLines, linkedCustomer, onlyRecord } from '#test/support/customers.ts';
import { createWorld, type World } from '#test/support/mesh-world.ts';

let world: World;

afterEach(async () => {
  expect(errorLines(world)).toEqual([]);
  await world.close();
});

async function ids(query: string): Promise<readonly string[]> {
  const { status, body } = await askConsole(world, 'GET', `/records?${query}`, { as: 'vera:viewer' });
  expect(status).toBe(200);
  return (body['items'] as readonly { readonly id: string }[]).map(({ id }) => id);
}

test('records are found by how they stand, in which dimension, where and in what state, all at once', async () => {
  world = await createWorld();
  const ana = await linkedCustomer(world);
  const ben = await linkedCustomer(world, { email: 'ben@example.com', firstname: 'Ben' });
  const [anaId, benId] = [ana.record.id, ben.record.id];
  expect((await ids('class=in_sync&state=active')).toSorted()).toEqual([anaId, benId].toSorted());

  // Both sides change the e-mail address of one, so that people have to decide.
  await world.hubspot.control.edit('contacts', ana.contactId, { email: 'ana.one@example.com' });
  await world.shopify.control.edit('customers', ana.customerId, { email: 'ana.two@example.com' });
  await world.settle();

  expect(await ids('class=in_sync')).toEqual([benId]);
  expect(await ids('class=hard_conflict&dim=identity&system=shopify&state=active')).toEqual([anaId]);
  expect(await ids('dim=identity&system=hubspot')).toEqual([anaId]);
  expect(await ids('dim=profile&system=hubspot')).toEqual([]);
  expect(await ids('class=in_sync&dim=profile&type=customer&lifecycle=active&limit=1')).toHaveLength(1);
  expect((await ids('system=shopify&state=active')).toSorted()).toEqual([anaId, benId].toSorted());
});

test('what stands on a record for its lists is what its last comparison said, that of a run too', async () => {
  world = await createWorld();
  const { contactId, customerId } = await linkedCustomer(world);
  // Nothing but the run itself looks at what it wrote.
  await world.shopify.control.fault({ kind: 'drop-webhook' });
  await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550155' });
  await world.settle();

  const written = await onlyRecord(world);
  expect(written.listing).toEqual(listingOf(written));
  expect(await ids('class=in_sync')).toEqual([written.id]);

  await world.shopify.control.clearFaults();
  await world.shopify.control.remove('customers', customerId);
  await world.settle();

  const lost = await onlyRecord(world);
  expect(lost.listing).toEqual(listingOf(lost));
  expect(await ids('system=shopify&state=active')).toEqual([]);
});
