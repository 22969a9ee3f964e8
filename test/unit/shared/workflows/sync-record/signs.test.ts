import { describe, expect, test } from 'vitest';
import type { EntityMapping } from '#shared/connectors/connector.ts';
import { valueOf } from '#shared/model/field-value.ts';
import { toEpochMs, toInstant } from '#shared/model/instant.ts';
import type { Evidence } from '#shared/model/evidence.ts';
import type { OwnWrite, WorkDocument } from '#shared/model/work.ts';
import { signsOf, withOwnWrite } from '#shared/workflows/sync-record/signs.ts';
import { CUSTOMER, EMAIL, HUBSPOT, PHONE, SHOPIFY } from '#test/support/builders/policies.ts';
import { minute, RUN_ID } from '#test/support/builders/records.ts';
import { aMark, anEvidence, aWork } from '#test/support/builders/work.ts';

const SECOND_MS = 1_000;
const written: OwnWrite = { runId: RUN_ID, at: minute(5), paths: [PHONE], echoKey: null };

const mapping: EntityMapping = {
  type: CUSTOMER,
  object: 'contacts',
  fields: [
    { path: PHONE, native: 'phone_number', from: () => valueOf(''), to: () => null },
    { path: EMAIL, native: 'email_address', from: () => valueOf(''), to: () => null },
  ],
  keys: () => [],
};

function owing(evidence: readonly Evidence[], differing: Partial<WorkDocument> = {}): WorkDocument {
  return aWork({ marks: { [HUBSPOT]: aMark({ evidence }) }, ...differing });
}

function echoesIn(evidence: readonly Evidence[], ...own: readonly OwnWrite[]) {
  return echoesAt(SECOND_MS, evidence, own);
}

function echoesAt(resolutionMs: number, evidence: readonly Evidence[], own: readonly OwnWrite[]) {
  const work = owing(evidence, { ownWrites: { [HUBSPOT]: own } });
  return signsOf(work, HUBSPOT, mapping, resolutionMs).signs.map((sign) => sign.isEcho);
}

describe('evidence in our own terms', () => {
  test('names the fields that a vendor\u2019s names stand for', () => {
    const { signs } = signsOf(owing([anEvidence({ fields: ['email_address'] })]), HUBSPOT, mapping, 1);

    expect(signs[0]?.paths).toEqual([EMAIL]);
  });

  test('names nothing of ours when the vendor names only what we do not hold', () => {
    const { signs } = signsOf(owing([anEvidence({ fields: ['favourite_colour'] })]), HUBSPOT, mapping, 1);

    expect(signs[0]?.paths).toEqual([]);
  });

  test('speaks of the whole record when the vendor names no field', () => {
    expect(signsOf(owing([anEvidence()]), HUBSPOT, mapping, 1).signs[0]?.paths).toBeNull();
  });

  test('is that of the one system, what was deferred first', () => {
    const work = owing([anEvidence({ eventKey: 'new' })], {
      deferred: { [HUBSPOT]: [anEvidence({ eventKey: 'deferred' })], [SHOPIFY]: [anEvidence()] },
    });

    expect(signsOf(work, HUBSPOT, mapping, 1).signs.map((sign) => sign.eventKey)).toEqual([
      'deferred',
      'new',
    ]);
  });
});

describe('the echo of our own write', () => {
  const echo = anEvidence({ eventKey: 'echo', fields: ['phone_number'] });
  const other = anEvidence({ eventKey: 'other', fields: ['phone_number'] });

  test('is the first event at the very tick of the write', () => {
    expect(echoesIn([echo], written)).toEqual([true]);
  });

  test('is never what stands for several events', () => {
    expect(echoesIn([{ ...echo, eventKey: null }, echo], written)).toEqual([false, true]);
  });

  test('of an earlier write may come after a later one was made', () => {
    const later = { ...written, at: minute(6), paths: [EMAIL] };

    expect(echoesIn([echo], written, later)).toEqual([true]);
  });

  test('and a second, distinct event at that tick is somebody else\u2019s', () => {
    expect(echoesIn([echo, other], written)).toEqual([true, false]);
  });

  test('and it stays the one event, also when it comes again with a later mark', () => {
    const { ownWrites } = signsOf(
      owing([echo], { ownWrites: { [HUBSPOT]: [written] } }),
      HUBSPOT,
      mapping,
      SECOND_MS,
    );

    expect(ownWrites[0]?.echoKey).toBe('echo');
    expect(echoesIn([other, echo], ...ownWrites)).toEqual([false, true]);
  });

  test.each<[string, readonly Evidence[], readonly OwnWrite[]]>([
    ['without a write there is none', [echo], []],
    [
      'an event of the next tick is none',
      [anEvidence({ at: toInstant(toEpochMs(minute(5)) + 1_000) })],
      [written],
    ],
    [
      'an event of the tick before is none',
      [anEvidence({ at: toInstant(toEpochMs(minute(5)) - 1) })],
      [written],
    ],
    ['an event without a time is none', [anEvidence({ at: null })], [written]],
    [
      'an event that names what we did not write is none',
      [anEvidence({ fields: ['email_address'] })],
      [written],
    ],
    [
      'an event that names only what we do not map is none',
      [anEvidence({ fields: ['hs_score'] })],
      [written],
    ],
  ])('%s', (_title, evidence, own) => {
    expect(echoesIn(evidence, ...own)).toEqual([false]);
  });

  test('is recognised to the vendor\u2019s resolution', () => {
    const sameSecond = anEvidence({ at: toInstant(toEpochMs(minute(5)) + 999) });

    expect(echoesAt(1_000, [sameSecond], [written])).toEqual([true]);
    expect(echoesAt(1, [sameSecond], [written])).toEqual([false]);
  });

  test('may have been served before the write was settled', () => {
    const work = aWork({ deferred: { [HUBSPOT]: [echo, other] } });

    const noted = withOwnWrite(work, HUBSPOT, written, mapping, SECOND_MS);

    expect(noted.ownWrites[HUBSPOT]).toEqual([{ ...written, echoKey: 'echo' }]);
    expect(echoesIn([other], ...(noted.ownWrites[HUBSPOT] ?? []))).toEqual([false]);
  });
});
