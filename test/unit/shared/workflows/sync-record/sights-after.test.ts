import { describe, expect, test } from 'vitest';
import type { Connector } from '#shared/connectors/connector.ts';
import { NativeId } from '#shared/model/ids.ts';
import { serveRecord } from '#shared/workflows/sync-record/serve-record.ts';
import { aConnector } from '#test/support/builders/connectors.ts';
import { aContext, type TestContext } from '#test/support/builders/contexts.ts';
import { HUBSPOT, SHOPIFY } from '#test/support/builders/policies.ts';
import { minute, RECORD_ID } from '#test/support/builders/records.ts';
import { found, keep, level, phonePolicy, workNow } from '#test/support/builders/syncing.ts';
import { aMark, anEvidence, aWork, NOW } from '#test/support/builders/work.ts';

/** An event told of HubSpot's phone number in minute 5. */
const told = aMark({ evidence: [anEvidence()] });
const owing = aWork({ marks: { [HUBSPOT]: told }, seqs: { [HUBSPOT]: 1 }, wakeAt: NOW, wakeSeq: 1 });
const movedInHubspot = found('b', { modifiedAt: minute(5), version: 'v2' }, HUBSPOT);

async function aStored(hubspot: Connector, work = owing): Promise<TestContext> {
  const context = aContext({ [SHOPIFY]: aConnector({}), [HUBSPOT]: hubspot }, [phonePolicy]);
  await keep(context, { record: level, work });
  return context;
}

describe('what a pass has seen of an object', () => {
  const gone = { status: 'gone' } as const;
  const earlier = { nativeId: NativeId('hubspot-1'), modifiedAt: minute(3), askedAt: minute(4) };
  const sightNow = async (context: TestContext) => (await workNow(context))?.sights?.[HUBSPOT];

  test("is noted by the vendor's clock, so that a poll need not have it looked at again", async () => {
    const read = { ...movedInHubspot, answeredAt: minute(7) };
    const context = await aStored(aConnector({ read }));

    await serveRecord(context, RECORD_ID);

    expect(await sightNow(context)).toEqual({
      nativeId: 'hubspot-1',
      modifiedAt: minute(5),
      askedAt: minute(7),
    });
  });

  test('is NOT noted while nothing explains what it says, for a poll may', async () => {
    const marks = { [HUBSPOT]: aMark({ vendorTime: null, evidence: [] }) };
    const work = { ...owing, marks, sights: { [HUBSPOT]: earlier } };
    // Its modified time stood still.
    const read = found('b', { modifiedAt: minute(1) }, HUBSPOT);
    const context = await aStored(aConnector({ read }), work);

    await serveRecord(context, RECORD_ID);

    expect(await sightNow(context)).toBeUndefined();
  });

  test('is forgotten when the object is gone: that it is listed again says that it is back', async () => {
    const work = { ...owing, sights: { [HUBSPOT]: earlier } };
    const context = await aStored(aConnector({ read: gone }), work);

    await serveRecord(context, RECORD_ID);

    expect(await sightNow(context)).toBeUndefined();
  });

  test('of another system stays as it was', async () => {
    const shop = { ...earlier, nativeId: NativeId('shopify-1') };
    const work = { ...owing, sights: { [SHOPIFY]: shop } };
    const context = await aStored(aConnector({ read: movedInHubspot }), work);

    await serveRecord(context, RECORD_ID);

    expect((await workNow(context))?.sights?.[SHOPIFY]).toEqual(shop);
  });
});
