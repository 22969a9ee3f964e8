import type { PairWatch, SeenCall, Vendor } from './vendor-pair.ts';

/** A customer that both vendors hold. */
export interface Customer {
  readonly contactId: string;
  readonly customerId: string;
}

/** One change on its way from HubSpot to the shop; times in milliseconds of one process. */
export interface Passage {
  readonly toldAt: number;
  readonly verifiedAt: number;
  /** Calls up to the read-back: what they were, and how long the vendors took. */
  readonly calls: readonly { readonly what: string; readonly ms: number }[];
}

/** Follows changes by what the vendors see: the webhook, the calls, and the read after the write. */
export interface ChangeWatch extends PairWatch {
  /** Resolves when the shop holds the value and has been read after it was written. */
  passage(customer: Customer, value: string, withinMs: number): Promise<Passage>;
}

interface Following {
  readonly customer: Customer;
  readonly value: string;
  readonly calls: SeenCall[];
  toldAt: number | null;
  writtenAt: number | null;
  readonly resolve: (passage: Passage) => void;
}

export function createChangeWatch(): ChangeWatch {
  const following = new Map<string, Following>();

  return {
    passage(customer, value, withinMs) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          forget(customer);
          reject(new Error(`${value} did not arrive within ${withinMs} ms.`));
        }, withinMs);
        const one: Following = {
          customer,
          value,
          calls: [],
          toldAt: null,
          writtenAt: null,
          resolve(passage) {
            clearTimeout(timer);
            forget(customer);
            resolve(passage);
          },
        };
        following.set(keyOf('hubspot', customer.contactId), one);
        following.set(keyOf('shopify', digitsOf(customer.customerId)), one);
      });
    },
    onWebhook(vendor, body, at) {
      if (vendor !== 'hubspot') return;
      for (const { objectId, propertyValue } of JSON.parse(body) as readonly HubspotNotification[]) {
        const one = following.get(keyOf('hubspot', String(objectId)));
        if (one !== undefined && propertyValue === one.value) one.toldAt ??= at;
      }
    },
    onCall(call) {
      const one = call.id === null ? undefined : following.get(keyOf(call.vendor, call.id));
      if (one === undefined || one.toldAt === null || call.startedAt < one.toldAt) return;
      one.calls.push(call);
      if (call.vendor !== 'shopify') return;
      if (call.isWrite && call.body.includes(one.value)) one.writtenAt = call.endedAt;
      const isReadBack = !call.isWrite && one.writtenAt !== null && call.startedAt >= one.writtenAt;
      if (isReadBack) one.resolve({ toldAt: one.toldAt, verifiedAt: call.endedAt, calls: namedCalls(one) });
    },
  };

  function forget({ contactId, customerId }: Customer): void {
    following.delete(keyOf('hubspot', contactId));
    following.delete(keyOf('shopify', digitsOf(customerId)));
  }
}

interface HubspotNotification {
  readonly objectId: number;
  readonly propertyValue?: string;
}

function namedCalls({ calls }: Following): Passage['calls'] {
  return calls.map((call, index) => {
    const isLast = index === calls.length - 1;
    const what = call.isWrite ? 'write' : isLast ? 'read back' : 'read';
    return { what: `${call.vendor} ${what}`, ms: call.endedAt - call.startedAt };
  });
}

function keyOf(vendor: Vendor, id: string): string {
  return `${vendor} ${id}`;
}

export function digitsOf(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}
