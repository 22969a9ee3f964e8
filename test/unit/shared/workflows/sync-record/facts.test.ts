import { describe, expect, test } from 'vitest';
import { NativeId } from '#shared/model/ids.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import {
  differsInSubstance,
  isUndecidable,
  withHistory,
  withDenial,
  withoutFields,
  withRepresentation,
  type HistoryNote,
} from '#shared/workflows/sync-record/facts.ts';
import { EMAIL, HUBSPOT, NETSUITE, PHONE, SHOPIFY } from '#test/support/builders/policies.ts';
import {
  aBase,
  aGolden,
  aLink,
  aRecord,
  aRepresentation,
  minute,
  says,
} from '#test/support/builders/records.ts';

const stored = aRepresentation({ [PHONE]: says('a') }, { modifiedAt: minute(5), observedAt: minute(10) });
const linked = aRecord({ links: { [HUBSPOT]: aLink() }, representations: { [HUBSPOT]: stored } });

describe('what a system was seen to say', () => {
  test.each([
    ['later by the vendor\u2019s clock, although asked earlier', minute(6), minute(9), true],
    ['older by the vendor\u2019s clock, although asked later', minute(4), minute(11), false],
    ['of the same vendor time, asked later', minute(5), minute(11), true],
    ['of the same vendor time, asked earlier', minute(5), minute(9), false],
    ['without a vendor time, asked later', null, minute(11), true],
    ['without a vendor time, asked earlier', null, minute(9), false],
  ])('%s', (_title, modifiedAt, observedAt, isTaken) => {
    const seen = aRepresentation({ [PHONE]: says('b') }, { modifiedAt, observedAt });

    const record = withRepresentation(linked, HUBSPOT, seen);

    expect(record.representations[HUBSPOT]).toBe(isTaken ? seen : stored);
  });

  test('of another object is taken once the link has moved on, and not before', () => {
    const seen = aRepresentation(
      {},
      { nativeId: NativeId('502'), modifiedAt: minute(1), observedAt: minute(1) },
    );
    const relinked = { ...linked, links: { [HUBSPOT]: aLink({ nativeId: NativeId('502') }) } };

    expect(withRepresentation(relinked, HUBSPOT, seen).representations[HUBSPOT]).toBe(seen);
    expect(withRepresentation(linked, HUBSPOT, seen)).toBe(linked);
  });

  test('makes a lost object active again', () => {
    const gone = withDenial(linked, HUBSPOT, { state: 'gone', deniedAt: minute(10) });

    expect(
      withRepresentation(gone, HUBSPOT, { ...stored, observedAt: minute(11) }).links[HUBSPOT]?.state,
    ).toBe('active');
  });

  test('says nothing when it is older than the answer that the object is gone', () => {
    const gone = withDenial(linked, HUBSPOT, { state: 'gone', deniedAt: minute(20) });
    const late = aRepresentation({ [PHONE]: says('b') }, { modifiedAt: minute(6), observedAt: minute(11) });

    expect(withRepresentation(gone, HUBSPOT, late)).toBe(gone);
  });
});

describe('which of two observations is the newer', () => {
  const SKEW_MS = 2_000;
  const other = aRepresentation({ [PHONE]: says('b') }, { modifiedAt: minute(5), observedAt: minute(10) });

  test('nobody can say when they differ at one vendor time and were made at about the same time', () => {
    expect(isUndecidable(stored, other, SKEW_MS)).toBe(true);
    expect(isUndecidable(other, stored, SKEW_MS)).toBe(true);
  });

  test.each([
    ['by the vendor\u2019s clock', { modifiedAt: minute(6) }],
    ['by ours, once they are further apart than clocks may differ', { observedAt: minute(11) }],
    ['at all, because the vendor has no clock', { modifiedAt: null }],
  ])('is told %s', (_how, differing) => {
    expect(isUndecidable(stored, { ...other, ...differing }, SKEW_MS)).toBe(false);
  });

  test('does not matter when they say the same', () => {
    expect(isUndecidable(stored, { ...stored, version: 'v2' }, SKEW_MS)).toBe(false);
  });
});

describe('a definite answer without a representation', () => {
  test.each(['gone', 'foreign'] as const)('marks the link as %s and keeps what was last seen', (state) => {
    const record = withDenial(linked, HUBSPOT, { state, deniedAt: minute(10) });

    expect(record.links[HUBSPOT]).toMatchObject(aLink({ state, deniedAt: minute(10) }));
    expect(record.representations[HUBSPOT]).toBe(stored);
  });

  test('begins a loss that keeps its beginning, and ends with the next sight of the object (M10)', () => {
    const lost = withDenial(linked, HUBSPOT, { state: 'gone', deniedAt: minute(10) });
    const still = withDenial(lost, HUBSPOT, { state: 'gone', deniedAt: minute(20) });
    const back = withRepresentation(still, HUBSPOT, { ...stored, observedAt: minute(30) });
    const again = withDenial(back, HUBSPOT, { state: 'gone', deniedAt: minute(40) });

    expect(still.links[HUBSPOT]?.loss).toEqual({ since: minute(10), confirmedAt: null });
    expect(back.links[HUBSPOT]).not.toHaveProperty('loss');
    expect(again.links[HUBSPOT]?.loss).toEqual({ since: minute(40), confirmedAt: null });
  });

  test('is no loss where the vendor answers under another id (M16)', () => {
    const lost = withDenial(linked, HUBSPOT, { state: 'gone', deniedAt: minute(10) });

    const merged = withDenial(lost, HUBSPOT, { state: 'foreign', deniedAt: minute(20) });

    expect(merged.links[HUBSPOT]).not.toHaveProperty('loss');
  });

  test('says nothing when the object was seen later', () => {
    expect(withDenial(linked, HUBSPOT, { state: 'gone', deniedAt: minute(9) })).toBe(linked);
  });

  test('about a system that was never linked changes nothing', () => {
    expect(withDenial(linked, SHOPIFY, { state: 'gone', deniedAt: minute(10) })).toBe(linked);
  });
});

describe('two states of a record differ in substance', () => {
  const full = aRecord({
    ...linked,
    bases: { [HUBSPOT]: { [PHONE]: aBase(says('a')), [EMAIL]: aBase(says('e')) } },
    golden: { [PHONE]: aGolden(says('a')), [EMAIL]: aGolden(says('e')) },
  });

  test.each<[string, Partial<RecordDocument>]>([
    ['a value', { representations: { [HUBSPOT]: { ...stored, fields: { [PHONE]: says('b') } } } }],
    ['what is known at all', { representations: { [HUBSPOT]: { ...stored, fields: {} } } }],
    ['the object', { representations: { [HUBSPOT]: { ...stored, nativeId: NativeId('9') } } }],
    ['a base', { bases: { [HUBSPOT]: { [PHONE]: aBase(says('b')), [EMAIL]: aBase(says('e')) } } }],
    ['what is held', { golden: { [PHONE]: aGolden(says('b')), [EMAIL]: aGolden(says('e')) } }],
    ['a link', { links: { [HUBSPOT]: aLink({ state: 'gone' }) } }],
    ['the epoch', { epoch: 7 }],
  ])('when %s changed', (_what, change) => {
    expect(differsInSubstance(full, { ...full, ...change })).toBe(true);
  });

  test.each<[string, Partial<RecordDocument>]>([
    [
      'when and how it was observed',
      {
        representations: {
          [HUBSPOT]: {
            ...stored,
            observedAt: minute(20),
            modifiedAt: minute(19),
            version: 'v2',
            method: 'poll',
          },
        },
      },
    ],
    [
      'the vendor time of a base',
      { bases: { [HUBSPOT]: { [PHONE]: aBase(says('a'), minute(9)), [EMAIL]: aBase(says('e')) } } },
    ],
    [
      'the order of fields',
      { bases: { [HUBSPOT]: { [EMAIL]: aBase(says('e')), [PHONE]: aBase(says('a')) } } },
    ],
    ['the release that judged it', { release: 9 }],
  ])('but not when only %s changed', (_what, change) => {
    expect(differsInSubstance(full, { ...full, ...change })).toBe(false);
  });
});

describe('history', () => {
  const note: HistoryNote = {
    kind: 'accepted',
    trueSince: minute(5),
    system: HUBSPOT,
    path: PHONE,
    before: null,
    after: null,
    rule: 'a rule',
    cause: { kind: 'event', id: 'event-1' },
  };

  test('goes on numbering where the record stood, without gaps', () => {
    const { record, writes } = withHistory(aRecord({ historyCount: 7 }), [note, note], minute(11));

    expect(record.historyCount).toBe(9);
    expect(writes).toMatchObject([
      {
        op: 'create',
        ref: { path: 'records/rec_01/history/00000008' },
        value: { seq: 8, recordedAt: minute(11) },
      },
      {
        op: 'create',
        ref: { path: 'records/rec_01/history/00000009' },
        value: { seq: 9, cause: note.cause },
      },
    ]);
  });

  test('without anything to note changes nothing', () => {
    expect(withHistory(aRecord({ historyCount: 7 }), [], minute(11))).toEqual({
      record: aRecord({ historyCount: 7 }),
      writes: [],
    });
  });
});

describe('taking fields away', () => {
  const maps = { [HUBSPOT]: { [PHONE]: 1, [EMAIL]: 2 }, [SHOPIFY]: { [PHONE]: 3 } };

  test('touches one system only, and leaves no empty system behind', () => {
    expect(withoutFields(maps, HUBSPOT, [PHONE])).toEqual({
      [HUBSPOT]: { [EMAIL]: 2 },
      [SHOPIFY]: { [PHONE]: 3 },
    });
    expect(withoutFields(maps, SHOPIFY, [PHONE])).toEqual({ [HUBSPOT]: maps[HUBSPOT] });
    expect(withoutFields(maps, NETSUITE, [PHONE])).toEqual(maps);
  });
});
