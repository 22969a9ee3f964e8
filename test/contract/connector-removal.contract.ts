import { expect } from 'vitest';
import { ADA, failureOf, find, garbling, read, remove } from './connector-acts.ts';
import { CALL_TIMEOUT_MS, type OpenConnector } from './connector-under-test.ts';
import type { ContractCase } from './contract-case.ts';

/** Promises about removing an object, of every connector that can. */
export const removalCases: readonly ContractCase<OpenConnector>[] = [
  {
    title: 'a removed customer is gone for reads and finds, and every other one stays',
    async run(open) {
      const world = await open();
      const nativeId = await world.typeIn({ email: ADA });
      const other = await world.typeIn({ email: 'grace@example.com' });

      expect(await remove(world, nativeId)).toEqual({ status: 'removed' });

      expect(await world.connector.reader.read(world.type, nativeId)).toEqual({ status: 'gone' });
      expect(await find(world, null, ADA)).toEqual({ status: 'none' });
      expect((await read(world, other)).nativeId).toBe(other);
    },
  },
  {
    title: 'removing what is not there is done already, however often it is sent (M2)',
    async run(open) {
      const world = await open();
      const nativeId = await world.typeIn({ email: ADA });
      await world.remove(nativeId);

      const answers = [await remove(world, nativeId), await remove(world, nativeId)];

      for (const { status } of answers) expect(['removed', 'gone']).toContain(status);
      expect(await world.connector.reader.read(world.type, nativeId)).toEqual({ status: 'gone' });
    },
  },
  {
    title: 'a person can restore what was archived, and nobody what was deleted',
    async run(open) {
      const world = await open();
      const nativeId = await world.typeIn({ email: ADA });
      await remove(world, nativeId);

      const isRestored = await world.restore(nativeId);

      const { removal } = world.connector.reader.capabilities;
      expect(isRestored).toBe(removal === 'archive');
      const seen = await world.connector.reader.read(world.type, nativeId);
      expect(seen.status).toBe(removal === 'archive' ? 'found' : 'gone');
    },
  },
  {
    title: 'a removal whose answer was lost is in doubt, and took place (M2)',
    async run(open) {
      const world = await open();
      const nativeId = await world.typeIn({ email: ADA });
      await world.control.fault({ kind: 'timeout-after-effect', count: 1 });
      const startedAt = world.now();

      const failure = await failureOf(remove(world, nativeId));

      expect(failure).toMatchObject({ code: 'vendor_timeout', disposition: 'retry', effect: 'unknown' });
      expect(world.now() - startedAt).toBe(CALL_TIMEOUT_MS);
      expect(await world.connector.reader.read(world.type, nativeId)).toEqual({ status: 'gone' });
    },
  },
  {
    title:
      'a removal that fails is not repeated by the connector, and that was refused for its rate did nothing',
    async run(open) {
      const world = await open();
      const nativeId = await world.typeIn({ email: ADA });
      await world.control.fault({ kind: '500', count: 1 });
      const before = world.sent();

      const doubtful = await failureOf(remove(world, nativeId));
      await world.control.fault({ kind: '429', count: 1 });
      const limited = await failureOf(remove(world, nativeId));

      expect([doubtful.code, doubtful.effect]).toEqual(['vendor_unavailable', 'unknown']);
      expect([limited.code, limited.effect]).toEqual(['vendor_rate_limited', 'none']);
      expect(world.sent() - before).toBe(2);
      expect((await read(world, nativeId)).nativeId).toBe(nativeId);
    },
  },
  {
    title: 'an answer to a removal that is no answer leaves it in doubt',
    async run(open) {
      for (const body of ['<html>', '{}', '{"data":{}}']) {
        const world = await open({ through: answering(body) });
        const nativeId = await world.typeIn({ email: ADA });

        expect(await failureOf(remove(world, nativeId))).toMatchObject({
          code: 'vendor_protocol',
          disposition: 'retry',
          effect: 'unknown',
        });
      }
    },
  },
];

/** A success with another body than the vendor's, also where the vendor sends none. */
function answering(body: string): ReturnType<typeof garbling> {
  const garbled = garbling(body);
  return (http) => {
    const inner = garbled(http);
    return {
      async send(request) {
        const answer = await inner.send(request);
        return answer.status === 204 ? { ...answer, status: 200, body } : answer;
      },
    };
  };
}
