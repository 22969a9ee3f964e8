import { expect } from 'vitest';
import { crosswalks } from '#shared/model/identity-documents.ts';
import type { SystemId } from '#shared/model/ids.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import { askConsole, type ConsoleAnswer } from './console-client.ts';
import { ANA, HUBSPOT, SHOPIFY } from './customers.ts';
import type { World } from './mesh-world.ts';

const MINUTE_MS = 60_000;

/** A person at the console who decides who is who. */
export interface IdentityDesk {
  post(path: string, body?: object): Promise<ConsoleAnswer>;
  /** The items of a list. */
  items(path: string): Promise<readonly Record<string, unknown>[]>;
  stored(id: string): Promise<RecordDocument>;
  recordOf(system: SystemId, nativeId: string): Promise<RecordDocument>;
  /** A contact and a customer of two addresses, with both systems paused: two records that are not carried over. */
  separateRecords(): Promise<{ readonly contact: RecordDocument; readonly customer: RecordDocument }>;
  resume(): Promise<void>;
}

export const REASON = 'the client says so';

export function objectsOf({ links }: RecordDocument): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(links).map(([system, { nativeId }]) => [system, nativeId]));
}

/** Sits down at a world's console. */
export function identityDesk(world: World): IdentityDesk {
  async function stored(id: string): Promise<RecordDocument> {
    const found = (await world.records()).find((record) => record.id === id);
    if (found === undefined) throw new Error(`There is no record ${id}.`);
    return found;
  }

  async function recordOf(system: SystemId, nativeId: string): Promise<RecordDocument> {
    const known = (await world.all(crosswalks)).find(
      (crosswalk) => crosswalk.system === system && crosswalk.nativeId === nativeId,
    );
    return stored(known?.recordId ?? '');
  }

  async function setPauses(pause: object | null): Promise<void> {
    const read = await askConsole(world, 'GET', '/settings');
    const answer = await askConsole(world, 'PATCH', '/settings', {
      as: 'ada:admin',
      headers: { 'if-match': read.headers['etag'] },
      body: { reason: 'two records of one person', pauses: { hubspot: pause, shopify: pause } },
    });
    expect(answer.status).toBe(200);
  }

  return {
    post: (path, body = {}) => askConsole(world, 'POST', path, { body: { reason: REASON, ...body } }),
    async items(path) {
      const { status, body } = await askConsole(world, 'GET', path);
      expect(status).toBe(200);
      return body['items'] as readonly Record<string, unknown>[];
    },
    stored,
    recordOf,
    async separateRecords() {
      await setPauses({ until: null });
      const { id: contactId } = await world.hubspot.control.create('contacts', ANA);
      const { id: customerId } = await world.shopify.control.create('customers', {
        email: 'ana.lima@example.com',
        firstName: 'Ana',
        note: 'collects in store',
      });
      await world.settle(MINUTE_MS);
      return { contact: await recordOf(HUBSPOT, contactId), customer: await recordOf(SHOPIFY, customerId) };
    },
    async resume() {
      await setPauses(null);
      await world.runFor(10 * MINUTE_MS);
    },
  };
}
