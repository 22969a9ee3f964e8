import { createHook } from 'node:async_hooks';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { expectAgreement, linkedCustomer } from '#test/support/customers.ts';
import { createWorld } from '#test/support/mesh-world.ts';

/** Asynchronous resources that need no clock, no thread and no network. */
const HARMLESS = new Set(['TickObject', 'Microtask', 'Immediate', 'PROMISE']);

/** Puts a trap in place of a function of the outside world; undone by the returned function. */
function trap<T extends object>(owner: T, name: keyof T & string, touched: string[]): () => void {
  const original = owner[name];
  owner[name] = (() => {
    touched.push(name);
    throw new Error(`${name} was used`);
  }) as T[typeof name];
  return () => {
    owner[name] = original;
  };
}

test('a whole change runs in virtual time: no socket, no timer, no clock, no randomness of the machine', async () => {
  const world = await createWorld({ latencyMs: 50 });
  const { contactId } = await linkedCustomer(world);
  const touched: string[] = [];
  const resources = new Set<string>();
  const hook = createHook({
    init: (_, type) => {
      resources.add(type);
    },
  });
  const undo = [
    trap(globalThis, 'fetch', touched),
    trap(globalThis, 'setTimeout', touched),
    trap(globalThis, 'setInterval', touched),
    trap(Math, 'random', touched),
    trap(Date, 'now', touched),
    trap(Socket.prototype, 'connect', touched),
  ];
  hook.enable();

  const startedAt = world.clock.now();
  await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550199' });
  await world.settle();
  hook.disable();
  for (const restore of undo) restore();

  expect(touched).toEqual([]);
  expect([...resources].filter((type) => !HARMLESS.has(type))).toEqual([]);
  expect(world.clock.now() - startedAt).toBeGreaterThanOrEqual(200);
  await expectAgreement(world);
  await world.close();
});
