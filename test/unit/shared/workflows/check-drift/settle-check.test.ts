import { describe, expect, test } from 'vitest';
import type { BatchReadResult } from '#shared/connectors/connector.ts';
import { CONCORD, NativeId, runIdOf, type SystemId } from '#shared/model/ids.ts';
import { toEpochMs } from '#shared/model/instant.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import type { WorkDocument } from '#shared/model/work.ts';
import type { Answer } from '#shared/workflows/check-drift/read-batches.ts';
import {
  isBusy,
  postponed,
  settleCheck,
  systemsToRead,
  type CheckedRecord,
} from '#shared/workflows/check-drift/settle-check.ts';
import { aCheckedRecord, checkedPolicy, itsWork } from '#test/support/builders/checking.ts';
import { HUBSPOT, IDENTITY, PHONE, PROFILE, SHOPIFY } from '#test/support/builders/policies.ts';
import { minute, says } from '#test/support/builders/records.ts';
import { aMark, NOW } from '#test/support/builders/work.ts';

const settled = aCheckedRecord();

function checked(record: RecordDocument = settled, work: WorkDocument = itsWork(record)): CheckedRecord {
  return { policy: checkedPolicy, record, work, now: NOW };
}

function answered(result: BatchReadResult): Answer {
  return { status: 'answered', result, observedAt: minute(10) };
}

/** The answer of a system that says what is stored, or something else. */
function saying(system: SystemId, text = 'a', record = settled): Answer {
  const stored = record.representations[system];
  if (stored === undefined) throw new Error('The record is not held there.');
  const representation = { ...stored, fields: { [PHONE]: says(text) }, observedAt: minute(10) };
  return answered({ status: 'found', representation });
}

const asStored = new Map([
  [HUBSPOT, saying(HUBSPOT)],
  [SHOPIFY, saying(SHOPIFY)],
]);

describe('what is as it was stored', () => {
  test('is verified as of now and due again after its interval, and owes nothing', () => {
    const outcome = settleCheck(checked(), asStored);

    expect(outcome).toMatchObject({
      status: 'confirmed',
      work: {
        marks: {},
        wakeAt: null,
        observedAt: { [HUBSPOT]: minute(10), [SHOPIFY]: minute(10) },
        checkDueAt: toEpochMs(minute(16)),
        checks: { [PROFILE]: { verifiedAt: minute(10), recordVersion: settled.historyCount } },
      },
    });
  });

  test('in the one system that was asked is verified as of the other, which was seen earlier (M7)', () => {
    const work = { ...itsWork(settled), observedAt: { [HUBSPOT]: minute(5), [SHOPIFY]: minute(1) } };

    const outcome = settleCheck(checked(settled, work), new Map([[SHOPIFY, saying(SHOPIFY)]]));

    expect(outcome).toMatchObject({ work: { checks: { [PROFILE]: { verifiedAt: minute(5) } } } });
  });

  test('is as it was although the vendor moved its modified time', () => {
    const answer = answered({
      status: 'found',
      representation: {
        ...(settled.representations[HUBSPOT] as NonNullable<RecordDocument['representations'][SystemId]>),
        modifiedAt: minute(9),
        version: 'v9',
      },
    });

    expect(settleCheck(checked(), new Map([...asStored, [HUBSPOT, answer]]))).toMatchObject({
      status: 'confirmed',
    });
  });
});

describe('what is not as it was stored owes a look by the ordinary pass, which a check explains in no way (M9)', () => {
  const foreign: BatchReadResult = { status: 'foreign', answeredId: NativeId('other') };

  test.each([
    ['another value', saying(SHOPIFY, 'b')],
    ['nothing of it, which is only a suspicion (M10)', answered({ status: 'missing' })],
    ['another object (M16)', answered(foreign)],
  ])('%s', (_what, answer) => {
    const outcome = settleCheck(checked(), new Map([...asStored, [SHOPIFY, answer]]));

    expect(outcome.status).toBe('marked');
    expect(outcome).toMatchObject({
      work: {
        marks: { [SHOPIFY]: { lane: 'background', vendorTime: null, evidence: [] } },
        checks: { [PROFILE]: { verifiedAt: minute(1) } },
        observedAt: { [SHOPIFY]: minute(1) },
      },
    });
    expect('work' in outcome && outcome.work.marks[HUBSPOT]).toBeUndefined();
    expect('work' in outcome && outcome.work.wakeAt).toBe(NOW);
  });

  test('in both systems at once, as one debt for each', () => {
    const both = new Map([
      [HUBSPOT, saying(HUBSPOT, 'b')],
      [SHOPIFY, saying(SHOPIFY, 'c')],
    ]);

    expect(settleCheck(checked(), both)).toMatchObject({
      status: 'marked',
      work: { marks: { [HUBSPOT]: {}, [SHOPIFY]: {} } },
    });
  });
});

describe('an object that a read by id has denied', () => {
  const denied = (state: 'gone' | 'foreign'): RecordDocument => {
    const link = settled.links[SHOPIFY];
    if (link === undefined) throw new Error('The record is not linked.');
    return { ...settled, links: { ...settled.links, [SHOPIFY]: { ...link, state, deniedAt: minute(1) } } };
  };
  const missing = answered({ status: 'missing' });
  const foreign = answered({ status: 'foreign', answeredId: NativeId('other') });

  test.each([
    ['gone', missing, 'confirmed'],
    ['gone', foreign, 'marked'],
    ['gone', saying(SHOPIFY), 'marked'],
    ['foreign', missing, 'confirmed'],
    ['foreign', foreign, 'confirmed'],
    ['foreign', saying(SHOPIFY), 'marked'],
  ] as const)('as %s is as it was, or is looked at again', (state, answer, status) => {
    expect(settleCheck(checked(denied(state)), new Map([...asStored, [SHOPIFY, answer]])).status).toBe(
      status,
    );
  });
});

describe('a verdict that says nothing of what is stored is not confirmed, but compared anew without being read', () => {
  test('when the record has changed since it was compared', () => {
    const record = { ...settled, historyCount: settled.historyCount + 1 };
    const outcome = settleCheck(checked(record, itsWork(settled)), asStored);

    expect(outcome).toMatchObject({
      status: 'marked',
      work: { marks: { [CONCORD]: { lane: 'background' } }, observedAt: { [HUBSPOT]: minute(10) } },
    });
  });

  test('when the rules have changed since', () => {
    const policy = { ...checkedPolicy, region: 'BR' };

    expect(settleCheck({ ...checked(), policy }, asStored)).toMatchObject({
      status: 'marked',
      work: { marks: { [CONCORD]: {} }, checks: { [PROFILE]: { verifiedAt: minute(1) } } },
    });
  });

  test('when a dimension of it was never compared as a whole', () => {
    const work = itsWork(settled);
    const { [IDENTITY]: _, ...others } = work.checks;

    expect(settleCheck(checked(settled, { ...work, checks: others }), asStored).status).toBe('marked');
  });
});

describe('what could not be read', () => {
  const failed: Answer = { status: 'failed' };

  test('is put off and stays as old as it was (M7)', () => {
    const outcome = settleCheck(checked(), new Map([...asStored, [SHOPIFY, failed]]));

    expect(outcome).toMatchObject({
      status: 'postponed',
      work: {
        marks: {},
        observedAt: { [HUBSPOT]: minute(10), [SHOPIFY]: minute(1) },
        checks: { [PROFILE]: { verifiedAt: minute(1) } },
      },
    });
    expect('work' in outcome && outcome.work.checkDueAt).toBeGreaterThan(NOW);
  });

  test('keeps no difference elsewhere from being served', () => {
    const answers = new Map([
      [HUBSPOT, saying(HUBSPOT, 'b')],
      [SHOPIFY, failed],
    ]);

    expect(settleCheck(checked(), answers)).toMatchObject({
      status: 'marked',
      work: { marks: { [HUBSPOT]: {} } },
    });
  });

  test('because nobody asked costs no write, and stays due', () => {
    const nobody: Answer = { status: 'not_asked' };

    expect(settleCheck(checked(), new Map([[HUBSPOT, nobody]]))).toEqual({ status: 'untouched' });
    expect(settleCheck(checked(), new Map([...asStored, [SHOPIFY, nobody]]))).toMatchObject({
      status: 'confirmed',
      work: { checkDueAt: toEpochMs(minute(7)), checks: { [PROFILE]: { verifiedAt: minute(1) } } },
    });
  });

  test('waits as long again as it has been due, a minute at least and an hour at most', () => {
    const work = itsWork(settled);
    const waits = [7, 7.5, 10, 20, 600].map((at) => {
      const now = toEpochMs(minute(0)) + at * 60_000;
      return ((postponed(work, now).checkDueAt ?? 0) - now) / 60_000;
    });

    expect(waits).toEqual([1, 1, 3, 13, 60]);
  });
});

describe('a record at which somebody else is', () => {
  test.each([
    ['nobody', itsWork(settled), settled, false],
    [
      'a pass for a system',
      itsWork(settled, { marks: { [HUBSPOT]: aMark({ notBefore: NOW + 1 }) } }),
      settled,
      true,
    ],
    ['a comparison that is due', itsWork(settled, { marks: { [CONCORD]: aMark() } }), settled, true],
    [
      'a comparison that waits for a key',
      itsWork(settled, { marks: { [CONCORD]: aMark({ notBefore: NOW + 1 }) } }),
      settled,
      false,
    ],
    [
      'a run',
      itsWork(settled),
      { ...settled, writeSets: { [runIdOf('sync-record', settled.id, 1)]: { epoch: 1, targets: [] } } },
      true,
    ],
  ])('is left to it: %s', (_who, work, record, expected) => {
    expect(isBusy(checked(record, work))).toBe(expected);
  });
});

test('a system that was seen in the later half of the interval is not asked again', () => {
  const seen = (hubspot: number, shopify: number) =>
    systemsToRead(
      checked(settled, {
        ...itsWork(settled),
        observedAt: { [HUBSPOT]: minute(hubspot), [SHOPIFY]: minute(shopify) },
      }),
    );

  expect([seen(1, 1), seen(8, 1), seen(7, 1), seen(1, 9)]).toEqual([
    [HUBSPOT, SHOPIFY],
    [SHOPIFY],
    [HUBSPOT, SHOPIFY],
    [HUBSPOT],
  ]);
});
