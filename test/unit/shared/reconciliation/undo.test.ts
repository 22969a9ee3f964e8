import { describe, expect, test } from 'vitest';
import { CLEARED } from '#shared/model/field-value.ts';
import { runIdOf } from '#shared/model/ids.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import type { Operation } from '#shared/reconciliation/operation.ts';
import { planUndo, type UndoInput } from '#shared/reconciliation/undo.ts';
import { PLAN, writesOf } from '#test/support/builders/plans.ts';
import {
  aField,
  aPolicy,
  EMAIL,
  HUBSPOT,
  latest,
  owner,
  PHONE,
  ruleOf,
  SHOPIFY,
} from '#test/support/builders/policies.ts';
import {
  aLedgerEntry,
  aLink,
  aRecordOf,
  minute,
  RECORD_ID,
  RUN_ID,
  says,
} from '#test/support/builders/records.ts';
import { phonePolicy, tellB } from '#test/support/builders/syncing.ts';
import { steady } from '#test/support/builders/worlds.ts';

/** The run told Shopify b in the place of a. */
const told = aRecordOf(
  PHONE,
  'b',
  { [HUBSPOT]: steady('b'), [SHOPIFY]: steady('b') },
  { ledger: { [SHOPIFY]: { [PHONE]: aLedgerEntry(says('b')) } } },
);

function undo(record: RecordDocument, differing: Partial<UndoInput> = {}) {
  return planUndo({
    policy: phonePolicy,
    record,
    runId: RUN_ID,
    written: [tellB()],
    planId: PLAN,
    by: 'olga',
    at: minute(20),
    ...differing,
  });
}

describe('taking a run back', () => {
  test('restores the value before it under the rule in force, and holds the field (U1, U2)', () => {
    const plan = undo(told);

    expect(writesOf(plan)).toEqual([[SHOPIFY, ['b', 'a']]]);
    expect(plan.operations[0]?.fields[0]).toMatchObject({
      ruleHash: ruleOf(phonePolicy, aField(PHONE, latest(HUBSPOT, SHOPIFY))).hash,
      cause: { kind: 'plan', id: PLAN },
    });
    expect(plan.record.holds).toEqual({
      [PHONE]: { by: 'olga', at: minute(20), reason: 'rolled_back', plan: PLAN },
    });
  });

  test('changes nothing of what holds true (U3)', () => {
    const { record } = undo(told);

    expect(record.golden).toEqual(told.golden);
    expect(record.bases).toEqual(told.bases);
  });

  test.each<readonly [string, RecordDocument]>([
    [
      'says something else',
      aRecordOf(PHONE, 'b', { [SHOPIFY]: { now: 'c', base: 'b' } }, { ledger: told.ledger }),
    ],
    [
      'was written by a later run',
      {
        ...told,
        ledger: {
          [SHOPIFY]: { [PHONE]: { ...aLedgerEntry(says('b')), runId: runIdOf('sync-record', RECORD_ID, 2) } },
        },
      },
    ],
    ['says what it said by itself', { ...told, ledger: {} }],
  ])('leaves a system alone that %s', (_, record) => {
    const plan = undo(record);

    expect(plan.operations).toEqual([]);
    expect(plan.blocked).toEqual([{ system: SHOPIFY, path: PHONE, reason: 'not_ours_any_more' }]);
    expect(plan.record.holds).toEqual({});
  });

  test('restores emptiness as well, and knows the vendor\u2019s own form of what it wrote', () => {
    const [first] = tellB().fields;
    const written: Operation = {
      ...tellB(),
      fields: first === undefined ? [] : [{ ...first, from: CLEARED }],
    };
    const trimmed = aRecordOf(
      PHONE,
      'b ',
      { [HUBSPOT]: steady('b '), [SHOPIFY]: steady('b') },
      { ledger: { [SHOPIFY]: { [PHONE]: aLedgerEntry(says('b '), says('b')) } } },
    );

    expect(writesOf(undo(trimmed, { written: [written] }))).toEqual([[SHOPIFY, ['b', 'cleared']]]);
  });

  test('puts a group back as a whole or not at all', () => {
    const policy = aPolicy(
      [
        aField(PHONE, { kind: 'group', group: 'contact' }),
        aField(EMAIL, { kind: 'group', group: 'contact' }),
      ],
      { groups: [{ id: 'contact', rule: owner(HUBSPOT), apply: 'auto' }] },
    );
    const [first] = tellB().fields;
    if (first === undefined) throw new Error('The write has a field.');
    const written: Operation = { ...tellB(), fields: [first, { ...first, path: EMAIL }] };

    const plan = undo(told, { policy, written: [written] });

    expect(plan.operations).toEqual([]);
    expect(plan.blocked).toEqual([{ system: SHOPIFY, path: EMAIL, reason: 'not_ours_any_more' }]);
  });

  test('waits for a run that is writing there (M3), and for nobody where the object is gone', () => {
    const busy = {
      ...told,
      writeSets: { [RUN_ID]: { epoch: 1, targets: [{ system: SHOPIFY, path: EMAIL }] } },
    };
    const gone = { ...told, links: { [SHOPIFY]: aLink({ state: 'gone' }) } };

    expect(undo(busy).blocked).toEqual([{ system: SHOPIFY, path: null, reason: 'in_flight' }]);
    expect(undo(gone).blocked).toEqual([{ system: SHOPIFY, path: PHONE, reason: 'gone' }]);
  });

  test('says of a create that no write takes it back (U4)', () => {
    const written: Operation = { ...tellB(), action: 'create', nativeId: null };

    expect(undo(told, { written: [written] })).toMatchObject({
      operations: [],
      blocked: [{ system: SHOPIFY, path: null, reason: 'cannot_be_undone' }],
    });
  });
});
