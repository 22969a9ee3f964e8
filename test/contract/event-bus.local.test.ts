import { describe, expect, test } from 'vitest';
import { busAcksBeforeDelivery } from './broken/bus-acks-before-delivery.ts';
import { busForgetsBackoff } from './broken/bus-forgets-backoff.ts';
import { busLosesDeadLetters } from './broken/bus-loses-dead-letters.ts';
import { busPublishesBeforeItIsDurable } from './broken/bus-publishes-before-durable.ts';
import { busSignsForEverybody } from './broken/bus-signs-for-everybody.ts';
import { casesBrokenBy } from './contract-case.ts';
import { eventBusContract } from './event-bus.contract.ts';
import { localEventBus } from './local-event-bus.ts';

describe.each(['immediate', 'sync'] as const)('the embedded event bus, commits grouped %s', (grouping) => {
  test.each(eventBusContract)('$title', async ({ run }) => {
    await expect(run(localEventBus(grouping))).resolves.toBeUndefined();
  });
});

describe('the contract of the event bus rejects', () => {
  test.each([
    ['a bus that acknowledges before it delivers', busAcksBeforeDelivery, 'a refused message comes again'],
    ['a bus that forgets its backoff', busForgetsBackoff, 'a refused message comes again'],
    ['a bus that loses dead letters', busLosesDeadLetters, 'a message refused too often moves'],
    [
      'a bus that answers before a message is durable',
      busPublishesBeforeItIsDurable,
      'a published message survives',
    ],
    ['a bus whose tokens fit every function', busSignsForEverybody, 'a push shows a token'],
  ])('%s', async (_name, open, promise) => {
    const broken = await casesBrokenBy(eventBusContract, open);

    expect(broken.some((title) => title.startsWith(promise))).toBe(true);
  });
});
