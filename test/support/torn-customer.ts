import { expect } from 'vitest';
import { linkedCustomer, onlyRecord } from './customers.ts';
import { createWorld, type World } from './mesh-world.ts';

/** Ana in both systems, whose phone number somebody has changed in each of them to something else. */
export async function tornCustomer(): Promise<{
  world: World;
  id: string;
  contactId: string;
  customerId: string;
}> {
  const world = await createWorld();
  const { contactId, customerId, record } = await linkedCustomer(world);
  await Promise.all([
    world.hubspot.control.edit('contacts', contactId, { phone: '+12025550111' }),
    world.shopify.control.edit('customers', customerId, { phone: '+12025550122' }),
  ]);
  await world.settle();
  expect((await onlyRecord(world)).verdicts).toMatchObject({ profile: { verdict: 'hard_conflict' } });
  return { world, id: record.id, contactId, customerId };
}
