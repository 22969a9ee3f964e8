/**
 * The vendors in a process of their own, and the people who work in their pages. Several pairs live here, so that
 * what is compared works on data of its own.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { createChangeWatch, type Customer, type Passage } from './change-watch.ts';
import { serveOrders, usage } from './serve-orders.ts';
import { openVendorPair, type PairOptions, type VendorPair } from './vendor-pair.ts';

const pairs: VendorPair[] = [];
const LINKED_WITHIN_MS = 60_000;
const CARRIED_WITHIN_MS = 30_000;
let lastValue = 0;

export interface ChangesOrder {
  readonly pair: number;
  readonly customers: readonly Customer[];
  readonly changes: number;
  /** Changes under way at a time; each customer has one at most. */
  readonly inFlight: number;
  /** From the start of one change to that of the next; null: as soon as there is room. */
  readonly everyMs: number | null;
}

const orders = {
  async open(options: PairOptions) {
    const pair = await openVendorPair(options);
    return { pair: pairs.push(pair) - 1, ports: pair.ports };
  },

  aim({ pair, url }: { readonly pair: number; readonly url: string | null }) {
    pairAt(pair).aim(url);
  },

  /** Enters customers in HubSpot and waits until the shop has them. */
  async populate({ pair, count }: { readonly pair: number; readonly count: number }) {
    const { hubspot, tell } = pairAt(pair);
    for (let index = 0; index < count; index += 1) await hubspot.create('contacts', contact(index));
    tell();
    return linked(pairAt(pair), count);
  },

  /** Enters the same customers in both vendors, and tells nobody. */
  async enter({ pair, count }: { readonly pair: number; readonly count: number }) {
    const { hubspot, shopify } = pairAt(pair);
    for (let index = 0; index < count; index += 1) {
      const { email, firstname, lastname, phone } = contact(index);
      await hubspot.create('contacts', contact(index), { silent: true });
      const customer = { email, phone, firstName: firstname, lastName: lastname };
      await shopify.create('customers', customer, { silent: true });
    }
    return linked(pairAt(pair), count);
  },

  /** Changes first names in HubSpot, and follows each until the shop's copy has been verified. */
  async change(order: ChangesOrder): Promise<readonly Passage[]> {
    const pair = pairAt(order.pair);
    const watch = createChangeWatch();
    const passages: Passage[] = [];
    const startedAt = performance.now();
    let begun = 0;

    async function work(worker: number): Promise<void> {
      const own = order.customers.filter((_, index) => index % order.inFlight === worker);
      for (let turn = 0; begun < order.changes; turn += 1) {
        const number = begun;
        begun += 1;
        const dueAt = order.everyMs === null ? 0 : startedAt + number * order.everyMs;
        if (dueAt > performance.now()) await wait(dueAt - performance.now());
        passages.push(await changeOne(own[turn % own.length] as Customer));
      }
    }

    async function changeOne(customer: Customer): Promise<Passage> {
      lastValue += 1;
      const value = `Ana${String(lastValue).padStart(8, '0')}`;
      const passage = watch.passage(customer, value, CARRIED_WITHIN_MS);
      await pair.hubspot.edit('contacts', customer.contactId, { firstname: value });
      pair.tell();
      return passage;
    }

    pair.watch(watch);
    try {
      await Promise.all(Array.from({ length: order.inFlight }, (_, worker) => work(worker)));
    } finally {
      pair.watch(null);
    }
    return passages;
  },

  /** Customers on whom the vendors do not agree, and webhooks that have not arrived. */
  async compare({ pair }: { readonly pair: number }) {
    const { hubspot, shopify } = pairAt(pair);
    const contacts = await hubspot.list('contacts');
    const customers = new Map((await shopify.list('customers')).map((one) => [one['email'], one]));
    const differing = contacts.filter((one) => {
      const other = customers.get(one['email']);
      return (
        one['firstname'] !== other?.['firstName'] ||
        one['lastname'] !== other?.['lastName'] ||
        one['phone'] !== other?.['phone']
      );
    });
    const stats = await Promise.all([hubspot.stats(), shopify.stats()]);
    return {
      customers: contacts.length,
      differing: differing.length + Math.abs(contacts.length - customers.size),
      waitingWebhooks: stats.reduce((sum, { webhooks }) => sum + webhooks.pending, 0),
      failedWebhooks: stats.reduce((sum, { webhooks }) => sum + webhooks.failed, 0),
      vendorCalls: stats.reduce((sum, { total }) => sum + total, 0),
      writes: (await shopify.writes()).length + (await hubspot.writes()).length,
    };
  },

  async pause({ ms }: { readonly ms: number }) {
    await wait(ms);
  },

  usage,
};
export type VendorOrders = typeof orders;

function pairAt(index: number): VendorPair {
  const pair = pairs[index];
  if (pair === undefined) throw new Error(`There is no pair ${index}.`);
  return pair;
}

function contact(index: number) {
  const number = String(index).padStart(4, '0');
  return {
    email: `customer-${number}@example.com`,
    firstname: 'Ana',
    lastname: `Lima ${number}`,
    phone: `+1202555${number}`,
  };
}

async function linked({ hubspot, shopify }: VendorPair, count: number): Promise<readonly Customer[]> {
  for (let waitedMs = 0; waitedMs < LINKED_WITHIN_MS; waitedMs += 50) {
    const customers = await shopify.list('customers');
    if (customers.length === count) {
      const byEmail = new Map(customers.map((one) => [one['email'], one.id]));
      const contacts = await hubspot.list('contacts');
      return contacts.map((one) => ({ contactId: one.id, customerId: byEmail.get(one['email']) ?? '' }));
    }
    await wait(50);
  }
  throw new Error(`${count} customers were not carried within ${LINKED_WITHIN_MS} ms.`);
}

serveOrders(orders);
