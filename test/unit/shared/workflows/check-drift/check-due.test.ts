import { describe, expect, test } from 'vitest';
import { vendorRateLimited, vendorUnavailable } from '#shared/errors/vendor-faults.ts';
import type { Connector } from '#shared/connectors/connector.ts';
import type { SystemId } from '#shared/model/ids.ts';
import { toEpochMs } from '#shared/model/instant.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import { work as workCollection, type WorkDocument } from '#shared/model/work.ts';
import { checkDue } from '#shared/workflows/check-drift/check-due.ts';
import {
  aBatchSystem,
  aCheckContext,
  aCheckedRecord,
  itsWork,
  keepAll,
  type BatchSystem,
  type TestCheckContext,
} from '#test/support/builders/checking.ts';
import { CUSTOMER, HUBSPOT, PROFILE, SHOPIFY } from '#test/support/builders/policies.ts';
import { minute } from '#test/support/builders/records.ts';
import { NOW } from '#test/support/builders/work.ts';

interface Scene {
  readonly context: TestCheckContext;
  readonly hubspot: BatchSystem;
  readonly shopify: BatchSystem;
}

interface Circumstances {
  readonly works?: (record: RecordDocument, index: number) => Partial<WorkDocument>;
  readonly background?: number;
}

/** That many records, all due, which both systems hold as stored. */
async function scene(
  count: number,
  { works = () => ({}), background = 60 }: Circumstances = {},
): Promise<Scene> {
  const stored = Array.from({ length: count }, (_, index) => aCheckedRecord(String(index).padStart(4, '0')));
  const [hubspot, shopify] = [aBatchSystem(HUBSPOT, stored), aBatchSystem(SHOPIFY, stored)];
  const made = aCheckContext({ [HUBSPOT]: hubspot, [SHOPIFY]: shopify });
  const budget = { operator: 0, live: 0, background };
  const callBudgets = { [HUBSPOT]: budget, [SHOPIFY]: budget };
  const context = { ...made, client: { ...made.client, callBudgets } };
  await keepAll(
    context,
    stored.map((record, index) => [record, itsWork(record, works(record, index))]),
  );
  return { context, hubspot, shopify };
}

async function verified({ context }: Scene): Promise<number> {
  const all = await context.ports.store.query({ from: workCollection.ref, limit: 1_000 });
  return all.filter(({ value }) => value.checks[PROFILE]?.verifiedAt === minute(10)).length;
}

describe('a round of checks', () => {
  test('leaves each stream that is polled a call of the minute, however much is due', async () => {
    const played = await scene(500, { background: 4 });
    const { context, hubspot, shopify } = played;
    const streams = { modified: { lagMs: 0, pagesPerMinute: 9, tellsMerges: false } };
    const polled = new Map<SystemId, Connector>([
      [HUBSPOT, { ...hubspot, changes: { ...hubspot.changes, streams } }],
      [SHOPIFY, shopify],
    ]);
    const polling = { [HUBSPOT]: { everyMs: 60_000 } };
    const mappings = { [HUBSPOT]: [hubspot.reader.mapping(CUSTOMER)] };

    await checkDue({ ...context, connectors: polled, client: { ...context.client, polling, mappings } }, NOW);

    expect([hubspot.batches.length, shopify.batches.length]).toEqual([3, 4]);
  });

  test('reads a thousand settled records by ten calls to each system and one write each', async () => {
    const played = await scene(1_000);

    const report = await checkDue(played.context, NOW);

    expect(report).toEqual({ confirmed: 1_000, marked: 0, postponed: 0, untouched: 0, lost_race: 0 });
    expect([played.hubspot.batches.length, played.shopify.batches.length]).toEqual([10, 10]);
    expect(await verified(played)).toBe(1_000);
    expect(played.context.test.tasks).toEqual([]);
    expect(await checkDue(played.context, NOW)).toMatchObject({ confirmed: 0, untouched: 0 });
  });

  test('spends a short budget on what is worth most, and leaves the rest due', async () => {
    const valuable = new Set(['rec_0003', 'rec_0123', 'rec_0207']);
    const played = await scene(250, {
      background: 1,
      works: ({ id }) => (valuable.has(id) ? { value: 100, checkBand: 0 } : {}),
    });

    const report = await checkDue(played.context, NOW);

    expect(report).toMatchObject({ confirmed: 100, untouched: 150 });
    expect([played.hubspot.batches.length, played.shopify.batches.length]).toEqual([1, 1]);
    expect(played.hubspot.batches[0]?.slice(0, 3).map((id) => id.replace('hubspot-', 'rec_'))).toEqual([
      ...valuable,
    ]);
    expect(await verified(played)).toBe(100);
  });

  test('finds the valuable also when a thousand others have been due for longer', async () => {
    const played = await scene(1_000, {
      background: 1,
      works: (record, index) =>
        index === 999
          ? { value: 100, checkBand: 0, checkDueAt: NOW }
          : { checkDueAt: toEpochMs(minute(2)), wakeShard: itsWork(record).wakeShard },
    });

    await checkDue(played.context, NOW);

    expect(played.hubspot.batches[0]?.[0]).toBe('hubspot-0999');
  });

  test('leaves a debt with its task for what differs, and enqueues nothing for the others', async () => {
    const played = await scene(3);
    played.shopify.objects.delete([...played.shopify.objects.keys()][1] as never);

    const report = await checkDue(played.context, NOW);

    expect(report).toMatchObject({ confirmed: 2, marked: 1 });
    expect(played.context.test.tasks).toMatchObject([
      { queue: 'shopify-background', body: { recordId: 'rec_0001' } },
    ]);
  });

  test('asks a system that failed no second time, and puts off what was meant for it', async () => {
    const played = await scene(250);
    played.shopify.failure = vendorUnavailable(CALL, 503);

    const report = await checkDue(played.context, NOW);

    expect(report).toMatchObject({ confirmed: 0, postponed: 250 });
    expect([played.hubspot.batches.length, played.shopify.batches.length]).toEqual([3, 1]);
    expect(await verified(played)).toBe(0);
    expect(await checkDue(played.context, NOW + 1)).toMatchObject({ postponed: 0 });
  });

  test('makes no further call in a minute in which the vendor said that there were too many', async () => {
    const played = await scene(2);
    played.shopify.failure = vendorRateLimited(CALL, 1_000);
    await checkDue(played.context, NOW);
    played.shopify.failure = null;
    const [other] = [aCheckedRecord('9999')];
    await keepAll(played.context, [[other, itsWork(other)]]);

    await checkDue(played.context, NOW + 1_000);

    expect(played.shopify.batches).toHaveLength(1);
  });

  test('writes nothing over what somebody else has written meanwhile', async () => {
    const played = await scene(1);
    const { store } = played.context.ports;
    const objects = played.hubspot.reader.readMany.bind(played.hubspot.reader);
    const meddling = {
      ...played.hubspot,
      reader: {
        ...played.hubspot.reader,
        readMany: async (...asked: Parameters<typeof objects>) => {
          await store.commit([{ op: 'update', ref: workCollection.at('rec_0000'), fields: { redrives: 7 } }]);
          return objects(...asked);
        },
      },
    };
    const connectors = new Map([
      [HUBSPOT, meddling],
      [SHOPIFY, played.shopify],
    ]);

    const report = await checkDue({ ...played.context, connectors }, NOW);

    expect(report).toMatchObject({ confirmed: 0, lost_race: 1 });
    expect((await store.get(workCollection.at('rec_0000')))?.value).toMatchObject({ redrives: 7 });
  });

  test('leaves to a newer release what that has judged (M6)', async () => {
    const played = await scene(1);
    await keepAll(played.context, [
      [aCheckedRecord('0000', 'a', { release: 2 }), itsWork(aCheckedRecord('0000'))],
    ]);

    expect(await checkDue(played.context, NOW)).toMatchObject({ confirmed: 0, marked: 0, postponed: 0 });
    expect(played.hubspot.batches).toEqual([]);
  });

  test('looks no more for a record that was merged into another', async () => {
    const played = await scene(1);
    const merged = aCheckedRecord('0000', 'a', { state: 'merged' });
    await keepAll(played.context, [[merged, itsWork(merged, { checkDueAt: 1, checkBand: 3 })]]);

    await checkDue(played.context, NOW);

    const after = await played.context.ports.store.get(workCollection.at('rec_0000'));
    expect(after?.value).toMatchObject({ checkDueAt: null, checks: {} });
    expect(played.hubspot.batches).toEqual([]);
  });
});

const CALL = { system: 'shopify', action: 'read many', subject: '100 of customer', writes: false };
