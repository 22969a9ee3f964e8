import { describe, expect, test } from 'vitest';
import type { EntityPolicy, FieldPolicy } from '#shared/authority/policy.ts';
import { compareRecord, type CompareResult } from '#shared/drift/compare.ts';
import type { CompareInput } from '#shared/drift/stand.ts';
import { valueOf } from '#shared/model/field-value.ts';
import { CONCORD, FieldPath } from '#shared/model/ids.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import {
  aField,
  aPolicy,
  HUBSPOT,
  latest,
  NAME,
  NETSUITE,
  owner,
  PHONE,
  SHOPIFY,
} from '#test/support/builders/policies.ts';
import { aRecordWith, aSign, minute, type FieldStanding } from '#test/support/builders/records.ts';
import { moved, steady } from '#test/support/builders/worlds.ts';

const STREET = FieldPath('street');
const CITY = FieldPath('city');
const STAGE = FieldPath('stage');
const TIER = FieldPath('tier');
const FULL_NAME = FieldPath('fullName');

function compare(
  policy: EntityPolicy,
  record: RecordDocument,
  differing: Partial<CompareInput> = {},
): CompareResult {
  return compareRecord({ policy, record, signs: {}, at: minute(11), ...differing });
}

function verdictOf(result: CompareResult, path: FieldPath): readonly unknown[] {
  const verdict = result.verdicts.get(path);
  return [verdict?.verdict, verdict?.cause, verdict?.systems];
}

function writesOf(result: CompareResult): readonly unknown[] {
  return result.differences
    .filter(({ isExplained, waiting }) => isExplained && waiting === null)
    .map(({ system, field, to }) => [system, field.path, to.state === 'value' ? to.value : null]);
}

describe('fields that move together', () => {
  const member = (path: FieldPath): FieldPolicy => aField(path, { kind: 'group', group: 'address' });
  const grouped = (rule: ReturnType<typeof owner>): EntityPolicy =>
    aPolicy([member(STREET), member(CITY)], { groups: [{ id: 'address', rule, apply: 'auto' }] });
  const both = latest(HUBSPOT, SHOPIFY);
  const standing = (street: FieldStanding, city: FieldStanding) =>
    aRecordWith({ [STREET]: street, [CITY]: city });

  test('are written as a whole when one of them moved, so that no address is half of two', () => {
    const record = standing(
      { golden: 'Elm 1', systems: { [HUBSPOT]: moved('Elm 1', 'Oak 2'), [SHOPIFY]: steady('Elm 1') } },
      { golden: 'Ulm', systems: { [HUBSPOT]: steady('Ulm'), [SHOPIFY]: steady('Ulm') } },
    );

    const result = compare(grouped(both), record, { signs: { [HUBSPOT]: [aSign()] } });

    expect(writesOf(result)).toEqual([
      [SHOPIFY, STREET, 'Oak 2'],
      [SHOPIFY, CITY, 'Ulm'],
    ]);
    expect(result.accepted.map(({ path }) => path)).toEqual([STREET]);
  });

  test('are in conflict as a whole when two systems moved different members', () => {
    const record = standing(
      { golden: 'Elm 1', systems: { [HUBSPOT]: moved('Elm 1', 'Oak 2'), [SHOPIFY]: steady('Elm 1') } },
      { golden: 'Ulm', systems: { [HUBSPOT]: steady('Ulm'), [SHOPIFY]: moved('Ulm', 'Bonn') } },
    );
    const signs = { [HUBSPOT]: [aSign()], [SHOPIFY]: [aSign()] };

    const result = compare(grouped(both), record, { signs });

    expect(verdictOf(result, STREET)).toEqual(['hard_conflict', 'both_moved', [HUBSPOT, SHOPIFY]]);
    expect(verdictOf(result, CITY)).toEqual(['hard_conflict', 'both_moved', [HUBSPOT, SHOPIFY]]);
    expect(writesOf(result)).toEqual([]);
  });

  test('wait as a whole while a move of one of them is unexplained', () => {
    const record = standing(
      { golden: 'Elm 1', systems: { [HUBSPOT]: moved('Elm 1', 'Oak 2'), [SHOPIFY]: steady('Elm 1') } },
      { golden: 'Ulm', systems: { [HUBSPOT]: moved('Ulm', 'Bonn'), [SHOPIFY]: steady('Ulm') } },
    );

    const result = compare(grouped(both), record, { signs: { [HUBSPOT]: [aSign({ paths: [STREET] })] } });

    expect(verdictOf(result, CITY)).toEqual(['soft_drift', 'move_unexplained', [HUBSPOT]]);
    expect(result.accepted).toEqual([]);
  });

  test('are no stand of a system that knows only some of them', () => {
    const record = standing(
      { golden: 'Elm 1', systems: { [HUBSPOT]: steady('Elm 1'), [NETSUITE]: moved('Elm 1', 'Oak 2') } },
      { golden: 'Ulm', systems: { [HUBSPOT]: steady('Ulm') } },
    );

    expect(verdictOf(compare(grouped(both), record), STREET)).toEqual(['in_sync', 'equal', []]);
  });

  test('of a group that the policy does not declare are judged by no rule', () => {
    const record = standing(
      { golden: 'Elm 1', systems: { [HUBSPOT]: steady('Elm 1') } },
      { golden: 'Ulm', systems: { [HUBSPOT]: steady('Ulm') } },
    );

    expect(verdictOf(compare(aPolicy([member(STREET), member(CITY)]), record), CITY)).toEqual([
      'undetermined',
      'rule_missing',
      [],
    ]);
  });
});

describe('authority that moves with the lifecycle', () => {
  const policy = aPolicy(
    [
      aField(PHONE, {
        kind: 'by_lifecycle',
        cases: [
          { while: ['lead'], rule: owner(HUBSPOT) },
          { while: ['buyer'], rule: owner(SHOPIFY) },
        ],
      }),
      aField(STAGE, owner(HUBSPOT)),
    ],
    {
      lifecycle: {
        field: STAGE,
        initial: 'lead',
        states: { lead: ['lead'], buyer: ['won'], lost: ['lost'] },
      },
    },
  );
  const phone = { golden: 'a', systems: { [HUBSPOT]: steady('a'), [SHOPIFY]: moved('a', 'b') } };
  const stage = (now: string, base = now): FieldStanding => ({
    golden: base,
    systems: { [HUBSPOT]: moved(base, now) },
  });
  const signs = { [HUBSPOT]: [aSign({ paths: [STAGE] })], [SHOPIFY]: [aSign()] };

  test('is the first owner\u2019s in the first state: the other\u2019s edit is put right', () => {
    const result = compare(policy, aRecordWith({ [PHONE]: phone, [STAGE]: stage('lead') }), { signs });

    expect(result.lifecycle).toBe('lead');
    expect(writesOf(result)).toEqual([[SHOPIFY, PHONE, 'a']]);
  });

  test('is the second owner\u2019s from the very comparison that sees the record move on (C10)', () => {
    const record = aRecordWith({ [PHONE]: phone, [STAGE]: stage('won', 'lead') });

    const result = compare(policy, record, { signs });

    expect(result.lifecycle).toBe('buyer');
    expect(writesOf(result)).toEqual([[HUBSPOT, PHONE, 'b']]);
  });

  test('stays the first owner\u2019s while nothing explains that the record moved on', () => {
    const record = aRecordWith({ [PHONE]: phone, [STAGE]: stage('won', 'lead') });

    const result = compare(policy, record, { signs: { [SHOPIFY]: [aSign()] } });

    expect(result.lifecycle).toBe('lead');
    expect(writesOf(result)).toEqual([[SHOPIFY, PHONE, 'a']]);
  });

  test('follows a lifecycle that is derived in the comparison that sees its input move', () => {
    const derived = aPolicy(
      [
        ...policy.fields.filter(({ path }) => path === PHONE),
        aField(STAGE, {
          kind: 'derived',
          from: { fn: 'lookup', inputs: [NAME], table: { big: 'won' }, otherwise: 'lead' },
        }),
        aField(NAME, owner(HUBSPOT)),
      ],
      policy.lifecycle === undefined ? {} : { lifecycle: policy.lifecycle },
    );
    const record = aRecordWith({
      [PHONE]: phone,
      [NAME]: { golden: 'small', systems: { [HUBSPOT]: moved('small', 'big') } },
    });

    const result = compare(derived, record, {
      signs: { [HUBSPOT]: [aSign({ paths: [NAME] })], [SHOPIFY]: [aSign()] },
    });

    expect(result.lifecycle).toBe('buyer');
    expect(writesOf(result)).toEqual([[HUBSPOT, PHONE, 'b']]);
  });

  test('is nobody\u2019s in a state that no case covers: nothing is decided, and nothing is green', () => {
    const result = compare(policy, aRecordWith({ [PHONE]: phone, [STAGE]: stage('lost') }), { signs });

    expect(verdictOf(result, PHONE)).toEqual(['undetermined', 'rule_missing', []]);
    expect(writesOf(result)).toEqual([]);
  });
});

test('a rule that names nobody gives nobody a word', () => {
  const nobody = aPolicy([aField(PHONE, latest())]);
  const record = aRecordWith({
    [PHONE]: { golden: 'a', systems: { [HUBSPOT]: moved('a', 'b'), [SHOPIFY]: steady('a') } },
  });

  const result = compare(nobody, record, { signs: { [HUBSPOT]: [aSign()] } });

  expect(result.accepted).toEqual([]);
  expect(writesOf(result)).toEqual([[HUBSPOT, PHONE, 'a']]);
});

describe('a field that operators set', () => {
  const policy = aPolicy([aField(TIER, { kind: 'operator' })]);
  const record = aRecordWith({ [TIER]: { systems: { [HUBSPOT]: steady('gold'), [SHOPIFY]: steady(null) } } });
  const ownValues = { [TIER]: { value: valueOf('silver'), at: minute(9) } };

  test('says nothing until one of them has: systems may say what they like', () => {
    expect(verdictOf(compare(policy, record), TIER)).toEqual(['excluded', 'not_set', []]);
  });

  test('flows to every system that holds it, whatever they say', () => {
    const result = compare(policy, record, { ownValues });

    expect(writesOf(result)).toEqual([
      [HUBSPOT, TIER, 'silver'],
      [SHOPIFY, TIER, 'silver'],
    ]);
    expect(result.golden[TIER]).toMatchObject({ value: valueOf('silver'), cause: { system: CONCORD } });
  });

  test('is put right where somebody else changed it', () => {
    const settled = aRecordWith({
      [TIER]: {
        golden: 'silver',
        systems: { [HUBSPOT]: moved('silver', 'gold'), [SHOPIFY]: steady('silver') },
      },
    });

    const result = compare(policy, settled, { ownValues, signs: { [HUBSPOT]: [aSign()] } });

    expect(verdictOf(result, TIER)).toEqual(['soft_drift', 'mirror_moved', [HUBSPOT]]);
    expect(writesOf(result)).toEqual([[HUBSPOT, TIER, 'silver']]);
  });
});

describe('a derived field', () => {
  const policy = aPolicy([
    aField(FULL_NAME, {
      kind: 'derived',
      from: { fn: 'join', inputs: [NAME, PHONE], separator: ' / ' },
    }),
    aField(NAME, owner(HUBSPOT)),
    aField(PHONE, owner(HUBSPOT)),
  ]);
  const inputs = {
    [NAME]: { golden: 'Ada', systems: { [HUBSPOT]: moved('Ada', 'Eve') } },
    [PHONE]: { golden: '1', systems: { [HUBSPOT]: steady('1') } },
  };

  test('follows its inputs in the same comparison, wherever it is declared', () => {
    const record = aRecordWith({
      ...inputs,
      [FULL_NAME]: { golden: 'Ada / 1', systems: { [SHOPIFY]: steady('Ada / 1') } },
    });

    const result = compare(policy, record, { signs: { [HUBSPOT]: [aSign()] } });

    expect(writesOf(result)).toEqual([[SHOPIFY, FULL_NAME, 'Eve / 1']]);
  });

  test('says nothing while nobody has said anything about its inputs', () => {
    const record = aRecordWith({ [FULL_NAME]: { systems: { [SHOPIFY]: steady('Ada / 1') } } });

    expect(verdictOf(compare(policy, record), FULL_NAME)).toEqual(['excluded', 'not_set', []]);
  });
});
