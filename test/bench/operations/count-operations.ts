import type { EntryRequest } from '#shared/runtime/entry.ts';
import { createCountingPorts, type Operations } from '#test/support/counting-ports.ts';
import { createWorld, type World } from '#test/support/mesh-world.ts';

/** The kinds of event that are counted. */
export const EVENT_KINDS = ['change', 'echo', 'no_change', 'duplicate'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** Longer than everything that follows from a change at once. */
const HELD_BACK_MS = 60_000;

/**
 * Counts what one event of each kind costs, in virtual time and without latency: a change of one field that is
 * written to the other system, the event that this write causes, an event about something that is not compared,
 * and a delivery that comes a second time.
 */
export async function countOperations(): Promise<Readonly<Record<EventKind, Operations>>> {
  const counting = createCountingPorts();
  const delivered: EntryRequest[] = [];
  const world = await createWorld({
    ...counting,
    wrapIngest(ingest) {
      const counted = counting.wrapIngest(ingest);
      return (request) => {
        delivered.push(request);
        return counted(request);
      };
    },
  });
  try {
    const { contactId, customerId } = await link(world);

    await world.shopify.control.fault({ kind: 'reorder-webhook', ms: HELD_BACK_MS });
    counting.take();
    await world.hubspot.control.edit('contacts', contactId, { firstname: 'Anna' });
    await world.step();
    const change = counting.take();
    await assertCarried(world, customerId, 'Anna');
    const original = delivered.at(-1);

    await world.settle();
    const echo = counting.take();
    await world.shopify.control.clearFaults();

    if (original === undefined) throw new Error('HubSpot told nobody of the change.');
    await world.deliverWebhook(original.path, definite(original.headers), original.body);
    await world.step();
    const duplicate = counting.take();

    await world.shopify.control.edit('customers', customerId, { tags: ['vip'] });
    await world.settle();
    return { change, echo, no_change: counting.take(), duplicate };
  } finally {
    await world.close();
  }
}

async function link(world: World): Promise<{ readonly contactId: string; readonly customerId: string }> {
  const contact = await world.hubspot.control.create('contacts', {
    email: 'ana@example.com',
    firstname: 'Ana',
    lastname: 'Lima',
    phone: '+12025550101',
  });
  await world.settle();
  // Long enough that no clock, however coarse, takes the next change for a part of the creation.
  await world.runFor(120_000);
  const [customer] = await world.shopify.control.list('customers');
  if (customer === undefined) throw new Error('The customer was not carried to Shopify.');
  return { contactId: contact.id, customerId: customer.id };
}

/** A count of work that was not done would be worth nothing. */
async function assertCarried(world: World, customerId: string, firstName: string): Promise<void> {
  const customer = await world.shopify.control.get('customers', customerId);
  if (customer?.['firstName'] !== firstName) throw new Error('The change was not carried to Shopify.');
}

function definite(headers: EntryRequest['headers']): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter((entry) => entry[1] !== undefined)) as Record<
    string,
    string
  >;
}
