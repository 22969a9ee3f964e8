import { describe, expect, test } from 'vitest';
import type { ReadResult } from '#shared/connectors/connector.ts';
import { invalidConfiguration } from '#shared/errors/faults.ts';
import { vendorRateLimited, vendorUnavailable } from '#shared/errors/vendor-faults.ts';
import { CONCORD, NativeId } from '#shared/model/ids.ts';
import { lookAt, type Seen } from '#shared/workflows/sync-record/look.ts';
import { aConnector, type Answers } from '#test/support/builders/connectors.ts';
import { aContext } from '#test/support/builders/contexts.ts';
import { HUBSPOT, PHONE, SHOPIFY } from '#test/support/builders/policies.ts';
import { aLink, aRecord, aRepresentation, minute, says } from '#test/support/builders/records.ts';
import { aMark, aWork, NOW } from '#test/support/builders/work.ts';

const call = { system: 'hubspot', action: 'read', subject: 'customer 501', writes: false };
const found = (modifiedAt = minute(5)): ReadResult => ({
  status: 'found',
  representation: aRepresentation({ [PHONE]: says('a') }, { modifiedAt }),
});
const record = aRecord({ links: { [HUBSPOT]: aLink(), [SHOPIFY]: aLink({ nativeId: NativeId('7') }) } });
const nobody: ReadonlyMap<typeof HUBSPOT, Seen> = new Map();

async function look(read: NonNullable<Answers['read']>, mark = aMark({ vendorTime: minute(5) })) {
  const connector = aConnector({ read });
  const work = aWork({ marks: { [HUBSPOT]: mark } });
  const seen = await lookAt(aContext({ [HUBSPOT]: connector }), record, work, [HUBSPOT], nobody);
  return seen.get(HUBSPOT);
}

describe('a look at a system', () => {
  test('brings what it says, at the seq of the mark that asked', async () => {
    const seen = await look(found(), aMark({ seq: 4 }));

    expect(seen).toEqual({
      look: { status: 'found', representation: aRepresentation({ [PHONE]: says('a') }), askedAt: null },
      seq: 4,
      basis: expect.any(String),
    });
  });

  test.each<[ReadResult, string]>([
    [{ status: 'gone' }, 'gone'],
    [{ status: 'foreign', answeredId: NativeId('502') }, 'foreign'],
  ])('%j is a definite answer and never a representation', async (answer, status) => {
    expect((await look(answer))?.look).toEqual({ ...answer, status, observedAt: minute(10) });
  });

  test('asks nobody when only a comparison is owed', async () => {
    const connector = aConnector({});
    const context = aContext({ [HUBSPOT]: connector });
    const work = aWork({ marks: { [CONCORD]: aMark() } });

    const seen = await lookAt(context, record, work, [CONCORD], nobody);

    expect(seen.get(CONCORD)?.look).toEqual({ status: 'compare' });
    expect(connector.calls).toEqual([]);
  });

  test('looks at every system at once, and one that cannot be read holds up no other', async () => {
    const context = aContext({
      [HUBSPOT]: aConnector({ read: vendorUnavailable(call, 503) }),
      [SHOPIFY]: aConnector({ read: found() }),
    });
    const work = aWork({ marks: { [HUBSPOT]: aMark(), [SHOPIFY]: aMark() } });

    const seen = await lookAt(context, record, work, [HUBSPOT, SHOPIFY], nobody);

    expect([...seen.values()].map((one) => one.look.status)).toEqual(['failed', 'found']);
  });
});

describe('an answer from before the event that asked for it', () => {
  test('is looked at again a little later', async () => {
    const seen = await look(found(minute(4)));

    expect(seen?.look).toMatchObject({
      status: 'stale',
      outcome: { kind: 'kept', seq: 1, reason: 'stale_read' },
    });
    expect(seen?.look).toHaveProperty(
      'outcome.notBefore',
      expect.toSatisfy((at: number) => at > NOW),
    );
  });

  test('is one from the tick before, however little older (M4)', async () => {
    const mark = aMark({ vendorTime: '2026-03-02T09:05:01.000Z' as never });

    expect((await look(found(minute(5)), mark))?.look.status).toBe('stale');
  });

  test.each([
    ['of the event\u2019s own time', minute(5), minute(5)],
    ['of the event\u2019s own tick', minute(5), '2026-03-02T09:05:00.900Z' as never],
    ['without a vendor time', null, minute(5)],
    ['for an event without one', minute(4), null],
  ])('is not one %s', async (_title, modifiedAt, vendorTime) => {
    const answer = { ...found(), representation: aRepresentation({}, { modifiedAt }) } as ReadResult;

    expect((await look(answer, aMark({ vendorTime })))?.look.status).toBe('found');
  });

  test('is believed in the end, when the vendor goes on giving it', async () => {
    expect(
      (await look(found(minute(4)), aMark({ vendorTime: minute(5), staleReads: 50 })))?.look.status,
    ).toBe('found');
  });
});

test('failed reads do not make an older answer believed', async () => {
  const mark = aMark({ vendorTime: minute(5), attempts: 50 });

  expect((await look(found(minute(4)), mark))?.look.status).toBe('stale');
});

describe('a system that cannot be read', () => {
  test('is left alone for as long as it asks', async () => {
    const seen = await look(vendorRateLimited(call, 90_000));

    expect(seen?.look).toEqual({
      status: 'failed',
      outcome: { kind: 'kept', seq: 1, reason: 'unreadable', notBefore: NOW + 90_000 },
    });
  });

  test('is left alone longer each time', async () => {
    const waitAfter = async (attempts: number) => {
      const seen = await look(vendorUnavailable(call, 503), aMark({ attempts }));
      return seen?.look.status === 'failed' && seen.look.outcome.kind === 'kept'
        ? seen.look.outcome.notBefore - NOW
        : 0;
    };

    expect(await waitAfter(0)).toBeLessThanOrEqual(500);
    expect(await waitAfter(6)).toBeGreaterThan(10_000);
  });

  test('into a document keeps its debt, so that it never passes for compared (M7)', async () => {
    const essay = aRepresentation({ [PHONE]: says('x'.repeat(100_000)) });

    const seen = await look({ status: 'found', representation: essay });

    expect(seen?.look).toEqual({
      status: 'failed',
      outcome: { kind: 'kept', seq: 1, reason: 'too_large', notBefore: NOW + 60 * 60_000 },
    });
  });

  test('is logged by id and code, without a value', async () => {
    const context = aContext({ [HUBSPOT]: aConnector({ read: vendorUnavailable(call, 503) }) });

    await lookAt(context, record, aWork({ marks: { [HUBSPOT]: aMark() } }), [HUBSPOT], nobody);

    expect(context.telemetry.lines).toEqual([
      {
        severity: 'warning',
        event: 'pass.read_failed',
        fields: { system: HUBSPOT, recordId: record.id, code: 'vendor_unavailable', attempt: 1 },
      },
    ]);
  });

  test.each([invalidConfiguration('no credentials'), new TypeError('a defect of ours')])(
    'for a reason that is ours is no vendor\u2019s failure: %s',
    async (error) => {
      await expect(look(error)).rejects.toBe(error);
    },
  );
});

describe('a commit that is made again', () => {
  const work = aWork({ marks: { [HUBSPOT]: aMark() } });

  test('asks the vendor no second time while what is stored is the same', async () => {
    const connector = aConnector({ read: found() });
    const context = aContext({ [HUBSPOT]: connector });
    const first = await lookAt(context, record, work, [HUBSPOT], nobody);

    const second = await lookAt(
      context,
      record,
      aWork({ marks: { [HUBSPOT]: aMark({ seq: 2 }) } }),
      [HUBSPOT],
      first,
    );

    expect(connector.calls).toHaveLength(1);
    expect(second.get(HUBSPOT)?.seq).toBe(1);
  });

  test('asks again when somebody else has stored a newer state meanwhile', async () => {
    const connector = aConnector({ read: found() });
    const context = aContext({ [HUBSPOT]: connector });
    const first = await lookAt(context, record, work, [HUBSPOT], nobody);
    const changed = { ...record, representations: { [HUBSPOT]: aRepresentation({}, { version: 'v9' }) } };

    await lookAt(context, changed, work, [HUBSPOT], first);

    expect(connector.calls).toHaveLength(2);
  });

  test.each([
    ['it was found to be gone', aLink({ state: 'gone', deniedAt: minute(10) })],
    ['another object was linked', aLink({ nativeId: NativeId('999') })],
  ])('asks again when %s meanwhile (M10, M16)', async (_what, link) => {
    const connector = aConnector({ read: found() });
    const context = aContext({ [HUBSPOT]: connector });
    const first = await lookAt(context, record, work, [HUBSPOT], nobody);

    await lookAt(context, { ...record, links: { [HUBSPOT]: link } }, work, [HUBSPOT], first);

    expect(connector.calls).toHaveLength(2);
  });
});
