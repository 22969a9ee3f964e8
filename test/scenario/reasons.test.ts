import { expect, test } from 'vitest';
import type { SyncRun } from '#shared/workflows/sync-record/open-run.ts';
import { errorLines, linkedCustomer, onlyRecord } from '#test/support/customers.ts';
import { createWorld } from '#test/support/mesh-world.ts';

test('a run of two changes names for each field that it writes the event that moved it (M8)', async () => {
  const world = await createWorld({ latencyMs: 20 });
  const { contactId, customerId } = await linkedCustomer(world);

  await world.shopify.control.edit('customers', customerId, { note: 'collects in store' });
  await world.hubspot.control.edit('contacts', contactId, { firstname: 'Bea' });
  await world.settle();

  const { golden } = await onlyRecord(world);
  const run = (await world.runs()).find(({ dag }) =>
    dag.some(({ id }) => id === 'update-hubspot'),
  ) as SyncRun;
  const written = Object.values(run.input.operations).flatMap(({ fields }) => fields);
  expect(written.map(({ path }) => path).toSorted()).toEqual(['firstName', 'note']);
  expect(new Set(written.map(({ cause }) => cause.id)).size).toBe(2);
  for (const { path, cause } of written) {
    expect(cause).toEqual({ kind: 'event', id: golden[path]?.cause.evidence?.eventKey });
  }
  expect(written.map(({ cause }) => cause)).toContainEqual(run.cause);
  expect(errorLines(world)).toEqual([]);
  await world.close();
});
