/**
 * The vendors' side of acknowledgements: sends signed webhooks at a fixed rate, whether or not the earlier ones
 * have been answered, and takes the time of each.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { Pool } from 'undici';
import { signedByHubspot, signedByShopify, type SignedDelivery } from '#test/support/signed-webhooks.ts';
import { digitsOf, type Customer } from './change-watch.ts';
import { serveOrders, usage } from './serve-orders.ts';

export interface LoadOrder {
  readonly url: string;
  readonly perSecond: number;
  readonly requests: number;
  readonly customers: readonly Customer[];
  /** What webhooks say of when something happened, epoch milliseconds. */
  readonly happenedAt: number;
}

export interface LoadReport {
  /** Milliseconds until the whole answer was there, in order of sending. */
  readonly tookMs: readonly number[];
  /** Answers other than 200. */
  readonly refused: number;
  /** How late requests were sent at most, milliseconds. */
  readonly latestMs: number;
}

const CONNECTIONS = 64;
const pools = new Map<string, Pool>();
let lastEvent = 0;

function poolOf(url: string): Pool {
  const pool = pools.get(url) ?? new Pool(url, { connections: CONNECTIONS });
  pools.set(url, pool);
  return pool;
}

/** HubSpot and Shopify in turn; every delivery is a new one about a customer who has not changed since. */
function deliveryOf({ url, customers, happenedAt }: LoadOrder, index: number): SignedDelivery {
  lastEvent += 1;
  const customer = customers[index % customers.length] as Customer;
  return index % 2 === 0
    ? fromHubspot(url, customer, happenedAt, lastEvent)
    : fromShopify(customer, happenedAt, lastEvent);
}

function fromHubspot(url: string, { contactId }: Customer, occurredAt: number, eventId: number) {
  const event = {
    eventId,
    subscriptionId: 2_000_001,
    portalId: 20_000_001,
    appId: 1_000_001,
    occurredAt,
    subscriptionType: 'contact.propertyChange',
    attemptNumber: 0,
    objectId: Number(contactId),
    propertyName: 'firstname',
    propertyValue: 'Ana',
    changeSource: 'CRM_UI',
    sourceId: 'userId:1',
  };
  return signedByHubspot({
    body: JSON.stringify([event]),
    url: `${url}/webhook-ingest/hubspot`,
    secret: 'local-hubspot-secret',
    timestamp: String(Date.now()),
  });
}

function fromShopify({ customerId }: Customer, updatedAt: number, eventId: number) {
  const body = JSON.stringify({
    id: 0,
    created_at: '2026-01-05T09:00:00Z',
    updated_at: `${new Date(updatedAt).toISOString().slice(0, 19)}Z`,
    first_name: 'Ana',
    last_name: 'Lima',
    state: 'disabled',
    note: null,
    verified_email: true,
    multipass_identifier: null,
    tax_exempt: false,
    email: 'ana@example.com',
    phone: '+12025550101',
    currency: 'USD',
    addresses: [],
    tax_exemptions: [],
    admin_graphql_api_id: customerId,
  }).replace('"id":0', `"id":${digitsOf(customerId)}`);
  const webhookId = `00000000-0000-4000-8000-${String(eventId).padStart(12, '0')}`;
  return signedByShopify({ body, secret: 'local-shopify-secret', topic: 'customers/update', webhookId });
}

const orders = {
  usage,
  async send(order: LoadOrder): Promise<LoadReport> {
    const pool = poolOf(order.url);
    const deliveries = Array.from({ length: order.requests }, (_, index) => deliveryOf(order, index));
    const tookMs: number[] = [];
    let refused = 0;
    let latestMs = 0;

    async function send({ path, headers, body }: SignedDelivery): Promise<void> {
      const sentAt = performance.now();
      const answer = await pool.request({ method: 'POST', path, headers, body });
      await answer.body.dump();
      tookMs.push(performance.now() - sentAt);
      if (answer.statusCode !== 200) refused += 1;
    }

    const startedAt = performance.now();
    const sent: Promise<void>[] = [];
    for (const [index, delivery] of deliveries.entries()) {
      const dueAt = startedAt + (index * 1_000) / order.perSecond;
      const earlyMs = dueAt - performance.now();
      if (earlyMs > 0) await wait(earlyMs);
      latestMs = Math.max(latestMs, performance.now() - dueAt);
      sent.push(send(delivery));
    }
    await Promise.all(sent);
    return { tookMs, refused, latestMs };
  },
};
export type LoadOrders = typeof orders;
serveOrders(orders);
