import { expect, test } from 'vitest';
import { records } from '#shared/model/record.ts';
import { update } from '#shared/ports/document-store.ts';
import { errorLines, lastWrites, linkedCustomer, onlyRecord, writesSince } from '#test/support/customers.ts';
import { createWorld } from '#test/support/mesh-world.ts';

test('an executor of an older release leaves a record that a newer one has judged, also amid a run (M6)', async () => {
  const world = await createWorld();
  const { contactId, record } = await linkedCustomer(world);
  await world.shopify.control.fault({ kind: '500', count: 3 });
  const before = await lastWrites(world);
  await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550150' });
  await world.settle(1_000);
  const isRunOpen = Object.keys((await onlyRecord(world)).writeSets).length > 0;
  expect(isRunOpen).toBe(true);

  await world.store.commit([update(records.at(record.id), { release: record.release + 1 })]);
  await world.settle(60 * 60_000);

  expect((await onlyRecord(world)).release).toBe(record.release + 1);
  const { shopify } = await writesSince(world, before);
  expect(shopify.filter(({ outcome }) => outcome === 'accepted')).toEqual([]);
  expect(errorLines(world)).toEqual([]);
  await world.close();
});
