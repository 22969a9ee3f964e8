import { afterEach, expect, test } from 'vitest';
import { errorLines, SHOPIFY } from '#test/support/customers.ts';
import { identityDesk, objectsOf } from '#test/support/identity-desk.ts';
import { losing, LOSS_SETTLE_MS, removalsIn } from '#test/support/losses.ts';
import { createWorld, type World } from '#test/support/mesh-world.ts';

let world: World;

afterEach(async () => {
  expect(errorLines(world)).toEqual([]);
  await world.close();
});

test.each(['propagate', 'archive'] as const)(
  'an id that somebody mistyped was never lost: under the policy %s nothing is removed elsewhere for it (M10)',
  async (meaning) => {
    world = await createWorld({ client: losing(meaning), latencyMs: 50 });
    const desk = identityDesk(world);
    const { contact, customer } = await desk.separateRecords();
    const mistyped = 'gid://shopify/Customer/4711';

    const answer = await desk.post(`/records/${contact.id}/link`, { system: 'shopify', nativeId: mistyped });
    await desk.resume();
    await world.runFor(6 * LOSS_SETTLE_MS);

    expect(answer.status).toBe(200);
    expect(await removalsIn(world)).toEqual([]);
    expect(await world.hubspot.control.list('contacts')).toHaveLength(2);
    expect(await desk.items(`/discrepancies?record=${contact.id}&dimension=identity`)).toMatchObject([
      { cause: 'gone', class: 'missing', suggestions: expect.arrayContaining(['link']) },
    ]);

    const own = await desk.recordOf(SHOPIFY, customer.links[SHOPIFY]?.nativeId ?? '');
    expect(objectsOf(own)).toMatchObject(objectsOf(customer));
  },
);

test('an id that somebody mistyped gives way to the right one, and the two are kept in step', async () => {
  world = await createWorld({ client: losing('propagate'), latencyMs: 50 });
  const desk = identityDesk(world);
  const { contact, customer } = await desk.separateRecords();
  const link = (nativeId: string) =>
    desk.post(`/records/${contact.id}/link`, { system: 'shopify', nativeId });
  await link('gid://shopify/Customer/4711');
  await world.settle();

  const answer = await link(customer.links[SHOPIFY]?.nativeId ?? '');
  await world.settle();

  expect(answer.status).toBe(200);
  expect(objectsOf(await desk.stored(contact.id))).toEqual({ ...objectsOf(contact), ...objectsOf(customer) });
  expect(await removalsIn(world)).toEqual([]);
});
