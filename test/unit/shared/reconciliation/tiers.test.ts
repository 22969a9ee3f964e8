import { describe, expect, test } from 'vitest';
import { Dimension, FieldPath } from '#shared/model/ids.ts';
import { EMPTY_TOTALS, type PlanTotals } from '#shared/model/plan.ts';
import { DEFAULT_APPROVALS, tierOf, type TierFacts } from '#shared/reconciliation/tiers.ts';
import { aField, aPolicy, HUBSPOT, owner, PHONE } from '#test/support/builders/policies.ts';

const TOTAL = FieldPath('total');
const policies = [
  aPolicy([
    aField(PHONE, owner(HUBSPOT)),
    aField(TOTAL, owner(HUBSPOT), { dimension: Dimension('amounts') }),
  ]),
];

function tier(totals: Partial<PlanTotals>, differing: Partial<TierFacts> = {}) {
  return tierOf({
    kind: 'reconcile',
    totals: { ...EMPTY_TOTALS, ...totals },
    policies,
    limits: DEFAULT_APPROVALS,
    ...differing,
  });
}

describe('a tier', () => {
  test.each([
    [0, 0, 'nothing_to_do'],
    [1, 1, 'one_record'],
    [2, 2, 'several_records'],
    [100, 2, 'several_records'],
    [101, 3, 'above_bulk_limit'],
  ])('of a plan for %i records is %i', (items, expected, reason) => {
    expect(tier({ items })).toEqual({ tier: expected, reasons: [reason], needsSecondPerson: false });
  });

  test('of going live and of taking back is at least 2', () => {
    expect(tier({ items: 1 }, { kind: 'onboarding' })).toMatchObject({ tier: 2, reasons: ['goes_live'] });
    expect(tier({ items: 1 }, { kind: 'undo' })).toMatchObject({ tier: 2, reasons: ['takes_writes_back'] });
  });

  test('of a plan that replaces an amount is 3, however small', () => {
    const overwrites = { [HUBSPOT]: { [TOTAL]: 1 } };

    expect(tier({ items: 1, overwrites })).toMatchObject({ tier: 3, reasons: ['changes_money'] });
    expect(tier({ items: 1, overwrites: { [HUBSPOT]: { [PHONE]: 1 } } })).toMatchObject({ tier: 1 });
  });

  test('of a plan that removes objects or lets a mass change pass is 3, and without anything to do 0', () => {
    const removals = { [HUBSPOT]: 1 };

    expect(tier({ items: 1, removals })).toMatchObject({ tier: 3, reasons: ['removes_objects'] });
    expect(tier({ items: 1 }, { kind: 'mass' })).toMatchObject({ tier: 3, reasons: ['mass_change'] });
    expect(tier({}, { kind: 'mass' })).toMatchObject({ tier: 0, reasons: ['nothing_to_do'] });
  });

  test('asks for a second person from where the client says on', () => {
    const limits = { bulkLimit: 10, secondPersonFrom: 2 as const };

    expect(tier({ items: 1 }, { limits }).needsSecondPerson).toBe(false);
    expect(tier({ items: 2 }, { limits }).needsSecondPerson).toBe(true);
    expect(tier({ items: 11 }, { limits })).toMatchObject({ tier: 3, needsSecondPerson: true });
  });
});
