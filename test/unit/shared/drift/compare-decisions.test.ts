import { describe, expect, test } from 'vitest';
import { compareRecord, type CompareResult } from '#shared/drift/compare.ts';
import { ALTERNATIONS } from '#shared/drift/compare-unit.ts';
import type { CompareInput } from '#shared/drift/stand.ts';
import { toEpochMs } from '#shared/model/instant.ts';
import type { RecordDocument, Tolerance } from '#shared/model/record.ts';
import {
  aField,
  aPolicy,
  HUBSPOT,
  latest,
  owner,
  PHONE,
  PROFILE,
  SHOPIFY,
} from '#test/support/builders/policies.ts';
import { aRecordOf, aSign, minute, says } from '#test/support/builders/records.ts';
import { moved, steady } from '#test/support/builders/worlds.ts';

const policy = aPolicy([aField(PHONE, owner(HUBSPOT))]);

function compare(record: RecordDocument, differing: Partial<CompareInput> = {}): CompareResult {
  return compareRecord({ policy, record, signs: {}, at: minute(11), ...differing });
}

function verdictOf(result: CompareResult): readonly unknown[] {
  const verdict = result.verdicts.get(PHONE);
  return [verdict?.verdict, verdict?.cause];
}

describe('a difference that somebody has accepted for a time', () => {
  const tolerance = (differing: Partial<Tolerance> = {}): Tolerance => ({
    value: says('b'),
    golden: says('a'),
    by: 'op-1',
    owner: 'op-2',
    reason: 'A pilot shop keeps its own number.',
    at: minute(1),
    until: minute(20),
    ...differing,
  });
  const tolerating = (differing: Partial<Tolerance> = {}, says = moved('a', 'b')) =>
    aRecordOf(
      PHONE,
      'a',
      { [HUBSPOT]: steady('a'), [SHOPIFY]: says },
      { tolerances: { [SHOPIFY]: { [PHONE]: tolerance(differing) } } },
    );
  const signs = { [SHOPIFY]: [aSign()] };

  test('is shown as excluded, is not put right, and is looked at again when its time is over', () => {
    const result = compare(tolerating(), { signs });

    expect(verdictOf(result)).toEqual(['excluded', 'tolerated']);
    expect(result.differences).toEqual([]);
    expect(result.recompareAt).toBe(toEpochMs(minute(20)));
  });

  test.each<[string, RecordDocument]>([
    ['its time is over', tolerating({ until: minute(11) })],
    ['the system says something else', tolerating({}, moved('a', 'c'))],
    ['something else holds true', tolerating({ golden: says('z') })],
  ])('counts again once %s', (_title, record) => {
    expect(verdictOf(compare(record, { signs }))).toEqual(['soft_drift', 'mirror_moved']);
  });

  test('hides no other difference: the owner\u2019s next word flows to everybody at once', () => {
    const record: RecordDocument = {
      ...aRecordOf(PHONE, 'a', { [HUBSPOT]: moved('a', 'd'), [SHOPIFY]: moved('a', 'b') }),
      tolerances: tolerating().tolerances,
    };

    const result = compare(record, { signs: { ...signs, [HUBSPOT]: [aSign()] } });

    expect(verdictOf(result)).toEqual(['soft_drift', 'mirror_moved']);
    expect(result.differences.map(({ system, to }) => [system, to])).toEqual([[SHOPIFY, says('d')]]);
  });
});

describe('a field that an operator holds', () => {
  const holds = { [PHONE]: { by: 'op-1', at: minute(2), reason: 'undo' } };
  const behind = aRecordOf(PHONE, 'b', { [HUBSPOT]: steady('b'), [SHOPIFY]: steady('a') }, { holds });

  test('is left alone and shown as held', () => {
    const result = compare(behind);

    expect(verdictOf(result)).toEqual(['excluded', 'held']);
    expect(result).toMatchObject({ differences: [], holds });
  });

  test('is let go by its source\u2019s next word', () => {
    const record = {
      ...behind,
      ...aRecordOf(PHONE, 'b', { [HUBSPOT]: moved('b', 'c'), [SHOPIFY]: steady('b') }),
      holds,
    };

    const result = compare(record, { signs: { [HUBSPOT]: [aSign()] } });

    expect(result.holds).toEqual({});
    expect(result.differences.map(({ system, to }) => [system, to])).toEqual([[SHOPIFY, says('c')]]);
  });

  test('is left alone also where the value is ours, until an operator sets another one', () => {
    const ours = aPolicy([aField(PHONE, { kind: 'operator' })]);
    const set = (text: string) => ({ [PHONE]: { value: says(text), at: minute(9) } });

    const held = compare(behind, { policy: ours, ownValues: set('b') });
    const moved = compare(behind, { policy: ours, ownValues: set('c') });

    expect(verdictOf(held)).toEqual(['excluded', 'held']);
    expect(moved.holds).toEqual({});
    expect(moved.differences.map(({ system }) => system)).toEqual([HUBSPOT, SHOPIFY]);
  });

  test('does not hide a conflict', () => {
    const both = aPolicy([aField(PHONE, latest(HUBSPOT, SHOPIFY))]);
    const record = aRecordOf(
      PHONE,
      'a',
      { [HUBSPOT]: moved('a', 'b'), [SHOPIFY]: moved('a', 'c') },
      { holds },
    );

    expect(verdictOf(compare(record, { policy: both }))).toEqual(['hard_conflict', 'both_moved']);
  });
});

describe('a move that nothing explains', () => {
  const record = aRecordOf(PHONE, 'a', { [HUBSPOT]: moved('a', 'b'), [SHOPIFY]: steady('a') });
  const settleMs = 3 * 60_000;

  test('awaits what may still explain it, and is looked at again when that is over', () => {
    const result = compare(record, { settleMs });

    expect(verdictOf(result)).toEqual(['soft_drift', 'awaiting_evidence']);
    expect(result.unexplainedSince).toEqual({ [PHONE]: minute(11) });
    expect(result.recompareAt).toBe(toEpochMs(minute(14)));
  });

  test('is said to be unexplained only then, counted from when it was first seen', () => {
    const seen = { ...record, unexplainedSince: { [PHONE]: minute(11) } };

    expect(verdictOf(compare(seen, { settleMs, at: minute(13) }))).toEqual([
      'soft_drift',
      'awaiting_evidence',
    ]);
    expect(verdictOf(compare(seen, { settleMs, at: minute(14) }))).toEqual([
      'soft_drift',
      'move_unexplained',
    ]);
  });

  test('is accepted as soon as something explains it, and forgotten as unexplained', () => {
    const seen = { ...record, unexplainedSince: { [PHONE]: minute(11) } };

    const result = compare(seen, { settleMs, signs: { [HUBSPOT]: [aSign()] } });

    expect(result.accepted).toHaveLength(1);
    expect(result.unexplainedSince).toEqual({});
  });

  test('flows where the policy trusts the dimension', () => {
    const result = compare(record, { policy: { ...policy, trusted: [PROFILE] } });

    expect(result.accepted).toHaveLength(1);
    expect(result.differences.map(({ system, isExplained }) => [system, isExplained])).toEqual([
      [SHOPIFY, true],
    ]);
  });
});

describe('a value that goes to and fro (M9)', () => {
  const both = aPolicy([aField(PHONE, latest(HUBSPOT, SHOPIFY))]);

  /** Both systems overwrite each other again and again, each move explained, one a minute. */
  function alternate(times: number, everyMinutes = 1): readonly CompareResult[] {
    const results: CompareResult[] = [];
    let record = aRecordOf(PHONE, 'a', { [HUBSPOT]: steady('a'), [SHOPIFY]: steady('a') });
    for (let turn = 0; turn < times; turn += 1) {
      const [mover, other] = turn % 2 === 0 ? [HUBSPOT, SHOPIFY] : [SHOPIFY, HUBSPOT];
      const [was, is] = turn % 2 === 0 ? ['a', 'b'] : ['b', 'a'];
      const standing = aRecordOf(PHONE, was, { [mover]: moved(was, is), [other]: steady(was) });
      const result = compare(
        { ...standing, golden: { ...standing.golden, ...record.golden } },
        { policy: both, signs: { [mover]: [aSign()] }, at: minute(11 + turn * everyMinutes) },
      );
      results.push(result);
      record = { ...record, golden: result.golden };
    }
    return results;
  }

  test('is stopped and shown as a conflict after it has come back a number of times', () => {
    const results = alternate(ALTERNATIONS + 2);

    expect(results.slice(0, ALTERNATIONS + 1).every(({ accepted }) => accepted.length === 1)).toBe(true);
    expect(results.slice(-1).map(verdictOf)).toEqual([['hard_conflict', 'alternates']]);
  });

  test('is left alone where people take their time', () => {
    expect(alternate(ALTERNATIONS + 2, 20).every(({ accepted }) => accepted.length === 1)).toBe(true);
  });
});
