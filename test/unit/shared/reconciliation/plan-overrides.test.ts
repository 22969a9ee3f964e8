import { describe, expect, test } from 'vitest';
import { compareRecord } from '#shared/drift/compare.ts';
import { CLEARED } from '#shared/model/field-value.ts';
import { FieldPath } from '#shared/model/ids.ts';
import type { Override, PlanDirection } from '#shared/model/plan.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import { planDirected } from '#shared/reconciliation/plan-directed.ts';
import { level, lagging, only, phone, PLAN, planOf, torn, writesOf } from '#test/support/builders/plans.ts';
import { aField, aPolicy, EMAIL, HUBSPOT, owner, PHONE, SHOPIFY } from '#test/support/builders/policies.ts';
import {
  aBase,
  aGolden,
  aKey,
  aLedgerEntry,
  aLink,
  aRecord,
  aRecordOf,
  aRecordWith,
  aRefusal,
  aRepresentation,
  minute,
  RUN_ID,
  says,
} from '#test/support/builders/records.ts';
import { moved, steady } from '#test/support/builders/worlds.ts';

describe('a decision about one field', () => {
  test('puts back what holds true, whatever everybody says by now', () => {
    const strayed = aRecordOf(PHONE, 'a', { [HUBSPOT]: moved('a', 'x'), [SHOPIFY]: moved('a', 'x') });

    const planned = planOf(strayed, only({ kind: 'golden' }));

    expect(planned.decisions).toMatchObject([{ kind: 'revert', value: says('a') }]);
    expect(writesOf(planned)).toEqual([
      [HUBSPOT, ['x', 'a']],
      [SHOPIFY, ['x', 'a']],
    ]);
  });

  test('sets a value of nobody\u2019s but the operator\u2019s', () => {
    const planned = planOf(torn, only({ kind: 'value', value: says(' d ') }));

    expect(planned.decisions).toMatchObject([{ kind: 'set', value: says('d'), system: null }]);
    expect(writesOf(planned)).toEqual([
      [HUBSPOT, ['b', 'd']],
      [SHOPIFY, ['c', 'd']],
    ]);
  });

  test('empties a field', () => {
    const planned = planOf(level, only({ kind: 'value', value: CLEARED }));

    expect(writesOf(planned)).toEqual([
      [HUBSPOT, ['a', 'cleared']],
      [SHOPIFY, ['a', 'cleared']],
    ]);
  });

  test('tolerates a difference without settling it', () => {
    const tolerate = {
      kind: 'tolerate',
      until: minute(90),
      owner: 'sam',
      reason: 'a seasonal number',
    } as const;

    const planned = planOf(lagging, only(tolerate));

    expect(planned.operations).toEqual([]);
    expect(planned.record.tolerances).toEqual({
      [SHOPIFY]: {
        [PHONE]: {
          value: says('a'),
          golden: says('b'),
          by: 'olga',
          owner: 'sam',
          reason: 'a seasonal number',
          at: minute(20),
          until: minute(90),
        },
      },
    });
    const { verdicts } = compareRecord({
      policy: aPolicy([phone]),
      record: planned.record,
      signs: {},
      at: minute(21),
    });
    expect(verdicts.get(PHONE)).toMatchObject({ verdict: 'excluded', cause: 'tolerated' });
  });

  test('holds a field, and a later one lifts the hold', () => {
    const held = planOf(lagging, only({ kind: 'hold', reason: 'under dispute' }));
    const lifted = planOf(held.record, {
      default: { kind: 'by_owner' },
      overrides: { [PHONE]: { kind: 'lift' } },
    });

    expect(held.record.holds[PHONE]).toMatchObject({ by: 'olga', reason: 'under dispute' });
    expect(planOf(held.record).operations).toEqual([]);
    expect(lifted.decisions.map(({ kind }) => kind)).toEqual(['lift', 'revert']);
    expect(writesOf(lifted)).toEqual([[SHOPIFY, ['a', 'b']]]);
    expect(lifted.record.holds).toEqual({});
  });

  test('tries again what was refused before', () => {
    const behind = { ...lagging, refusals: { [SHOPIFY]: { [PHONE]: aRefusal(says('b')) } } };

    const planned = planOf(behind, only({ kind: 'golden' }));

    expect(writesOf(planned)).toEqual([[SHOPIFY, ['a', 'b']]]);
    expect(planned.record.refusals).toEqual({});
  });

  test('writes nothing over the vendor\u2019s own form of what we wrote (M9)', () => {
    const trimmed = aRecordOf(
      PHONE,
      'b and more',
      { [HUBSPOT]: steady('b and more'), [SHOPIFY]: steady('b') },
      { ledger: { [SHOPIFY]: { [PHONE]: aLedgerEntry(says('b and more'), says('b')) } } },
    );

    expect(planOf(trimmed, only({ kind: 'golden' })).operations).toEqual([]);
    expect(planOf(trimmed).operations).toEqual([]);
  });

  test('says so when the system that was named does not know the field', () => {
    const record = aRecordOf(PHONE, 'a', { [HUBSPOT]: moved('a', 'b'), [SHOPIFY]: {} });

    const planned = planOf(record, only({ kind: 'from', system: SHOPIFY }));

    expect(planned.blocked).toEqual([{ system: SHOPIFY, path: PHONE, reason: 'not_known' }]);
  });

  test('decides nothing while a run may write the field', () => {
    const busy = {
      ...torn,
      writeSets: { [RUN_ID]: { epoch: 1, targets: [{ system: SHOPIFY, path: PHONE }] } },
    };

    const planned = planOf(busy, only({ kind: 'golden' }));

    expect(planned).toMatchObject({
      decisions: [],
      operations: [],
      blocked: [{ system: SHOPIFY, path: PHONE, reason: 'in_flight' }],
    });
  });

  test('creates nothing, for that was not asked', () => {
    const email = aField(EMAIL, owner(HUBSPOT));
    const record = aRecord({
      links: { [HUBSPOT]: aLink() },
      golden: { [EMAIL]: aGolden(says('ana@example.com')), [PHONE]: aGolden(says('a')) },
      bases: { [HUBSPOT]: { [PHONE]: aBase(says('a')) } },
      representations: {
        [HUBSPOT]: aRepresentation(
          { [EMAIL]: says('ana@example.com'), [PHONE]: says('b') },
          { keys: [aKey('ana@example.com')] },
        ),
      },
    });

    const planned = planOf(record, only({ kind: 'golden' }), aPolicy([email, phone]));

    expect(planned.operations.map(({ action }) => action)).toEqual(['update']);
  });
});

describe('what is said about one member of a group', () => {
  const [street, city] = [FieldPath('street'), FieldPath('city')];
  const member = (path: FieldPath) => aField(path, { kind: 'group', group: 'address' });
  const policy = aPolicy([member(street), member(city)], {
    groups: [{ id: 'address', rule: owner(HUBSPOT), apply: 'auto' }],
  });
  const elsewhere = aRecordWith({
    [street]: { golden: 'Oak 2', systems: { [HUBSPOT]: steady('Oak 2'), [SHOPIFY]: steady('Elm 1') } },
    [city]: { golden: 'Bonn', systems: { [HUBSPOT]: steady('Bonn'), [SHOPIFY]: steady('Ulm') } },
  });
  const saying = (record: RecordDocument, override: Override, rest: PlanDirection['default']) =>
    planDirected({
      policy,
      record,
      direction: { default: rest, overrides: { [street]: override } },
      writable: { [SHOPIFY]: [street, city] },
      planId: PLAN,
      by: 'olga',
      at: minute(20),
    });
  const hold = { kind: 'hold', reason: 'the customer is moving' } as const;

  test('tolerates the difference of all of it', () => {
    const tolerate = { kind: 'tolerate', until: minute(90), owner: 'sam', reason: 'moving' } as const;

    const { record } = saying(elsewhere, tolerate, { kind: 'none' });

    const { verdicts, differences } = compareRecord({ policy, record, signs: {}, at: minute(21) });
    expect(verdicts.get(city)).toMatchObject({ verdict: 'excluded', cause: 'tolerated' });
    expect(differences).toEqual([]);
  });

  test('holds all of it, for the one reason', () => {
    const { record } = saying(elsewhere, hold, { kind: 'none' });

    expect(record.holds).toMatchObject({
      [street]: { reason: 'the customer is moving' },
      [city]: { reason: 'the customer is moving' },
    });
  });

  test('lifts the hold of all of it', () => {
    const { record } = saying(elsewhere, hold, { kind: 'none' });

    const lifted = saying(record, { kind: 'lift' }, { kind: 'by_owner' });

    expect(lifted.record.holds).toEqual({});
    expect(lifted.operations.map(({ system }) => system)).toEqual([SHOPIFY]);
  });
});
