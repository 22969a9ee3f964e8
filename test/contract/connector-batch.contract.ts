import { expect } from 'vitest';
import { valueOf } from '#shared/model/field-value.ts';
import type { NativeId } from '#shared/model/ids.ts';
import { ADA, createdId, failureOf, garbling, read } from './connector-acts.ts';
import type { OpenConnector } from './connector-under-test.ts';
import type { ContractCase } from './contract-case.ts';

/** Promises of every connector about reads of several objects at once. */
export const batchReadCases: readonly ContractCase<OpenConnector>[] = [
  {
    title: 'a batch read says of each id what a read says, in one call, and names each id once (M10)',
    async run(open) {
      const world = await open();
      const typed = ['one', 'two', 'three', 'four'].map((firstName) => world.typeIn({ firstName }));
      const [one, gone, two, three] = (await Promise.all(typed)) as [NativeId, NativeId, NativeId, NativeId];
      const ours = await createdId(world, { firstName: valueOf('ours') });
      await world.remove(gone);
      const before = world.sent();

      const seen = await world.connector.reader.readMany(world.type, [three, gone, ours, one, two, one]);

      expect(world.sent() - before).toBe(1);
      expect([...seen.keys()]).toEqual([three, gone, ours, one, two]);
      expect(seen.get(gone)).toEqual({ status: 'missing' });
      for (const nativeId of [one, two, three, ours]) {
        const { observedAt, ...alone } = await read(world, nativeId);
        expect(seen.get(nativeId)).toMatchObject({ status: 'found', representation: alone });
        expect(observedAt).toBeDefined();
      }
    },
  },
  {
    title:
      'a batch read asks for as many as the system takes at once, for no more, and for none without a call',
    async run(open) {
      const world = await open();
      const { readBatchSize } = world.connector.reader.capabilities;
      const typed = Array.from({ length: readBatchSize + 1 }, () => world.typeIn({ firstName: 'Ada' }));
      const nativeIds = await Promise.all(typed);
      const before = world.sent();

      const none = await world.connector.reader.readMany(world.type, []);
      const tooMany = await failureOf(world.connector.reader.readMany(world.type, nativeIds));
      const sentSoFar = world.sent() - before;
      const full = await world.connector.reader.readMany(world.type, nativeIds.slice(1));

      expect([none.size, tooMany.code, sentSoFar]).toEqual([0, 'invalid_argument', 0]);
      expect([...full.values()].filter(({ status }) => status === 'found')).toHaveLength(readBatchSize);
    },
  },
  {
    title: 'a batch read takes what was merged away for no representation, whatever else it asks for (M16)',
    async run(open) {
      const world = await open();
      const winner = await world.typeIn({ email: ADA, firstName: 'winner' });
      const loser = await world.typeIn({ email: 'grace@example.com', firstName: 'loser' });
      await world.merge(winner, loser);

      const seen = await world.connector.reader.readMany(world.type, [loser, winner]);

      expect(seen.get(loser)?.status).not.toBe('found');
    },
  },
  {
    title: 'a batch read that fails says nothing of any of its ids (M7)',
    async run(open) {
      const world = await open();
      const nativeId = await world.typeIn({ email: ADA });
      await world.control.fault({ kind: '429', count: 1 });
      await world.control.fault({ kind: '500', count: 1 });

      const limited = await failureOf(world.connector.reader.readMany(world.type, [nativeId]));
      const failed = await failureOf(world.connector.reader.readMany(world.type, [nativeId]));

      expect([limited.code, failed.code]).toEqual(['vendor_rate_limited', 'vendor_unavailable']);
      for (const body of ['', '<html>', '{}', '[1]', '{"data":', '{"data":{}}', '{"results":[{}]}']) {
        const garbled = await open({ through: garbling(body) });
        const known = await garbled.typeIn({ email: ADA });
        const failure = await failureOf(garbled.connector.reader.readMany(garbled.type, [known]));
        expect([failure.code, failure.effect]).toEqual(['vendor_protocol', 'none']);
      }
    },
  },
  {
    title: 'a list of ids goes through every object once, page by page, while others come and go',
    async run(open) {
      const world = await open();
      const typed = Array.from({ length: 260 }, (_, index) => world.typeIn({ firstName: `No. ${index}` }));
      const [first, ...others] = (await Promise.all(typed)) as [NativeId, ...NativeId[]];
      const before = world.sent();

      const one = await world.connector.reader.listIds(world.type, null);
      await world.remove(first);
      const late = await world.typeIn({ firstName: 'late' });
      const listed = [...one.nativeIds];
      let { after } = one;
      while (after !== null) {
        const page = await world.connector.reader.listIds(world.type, after);
        listed.push(...page.nativeIds);
        ({ after } = page);
      }

      expect(new Set(listed).size).toBe(listed.length);
      expect(others.filter((nativeId) => !listed.includes(nativeId))).toEqual([]);
      expect(listed.filter((nativeId) => ![first, late, ...others].includes(nativeId))).toEqual([]);
      expect(world.sent() - before).toBeLessThanOrEqual(3);
    },
  },
  {
    title: 'a list of ids that fails, or that nobody began, lists nothing',
    async run(open) {
      const world = await open();
      await world.control.fault({ kind: '500', count: 1 });

      const failed = await failureOf(world.connector.reader.listIds(world.type, null));
      const foreign = await failureOf(world.connector.reader.listIds(world.type, 'somewhere'));
      const garbled = await open({ through: garbling('{}') });
      const empty = await failureOf(garbled.connector.reader.listIds(garbled.type, null));

      expect([failed.code, foreign.code, empty.code]).toEqual([
        'vendor_unavailable',
        'invalid_argument',
        'vendor_protocol',
      ]);
    },
  },
];
