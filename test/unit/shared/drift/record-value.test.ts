import { expect, test } from 'vitest';
import { cadenceOf, DEFAULT_CADENCE } from '#shared/authority/check-policy.ts';
import { recordValue } from '#shared/drift/record-value.ts';
import { CLEARED, valueOf, type FieldValue } from '#shared/model/field-value.ts';
import { FieldPath } from '#shared/model/ids.ts';
import { IDENTITY, PROFILE } from '#test/support/builders/policies.ts';
import { aGolden } from '#test/support/builders/records.ts';

const TIER = FieldPath('tier');
const SPENT = FieldPath('spent');
const byTier = { value: { kind: 'by_text' as const, field: TIER, weights: { vip: 10, dormant: 0 } } };
const bySpent = { value: { kind: 'by_amount' as const, field: SPENT, unit: 1_000 } };

const holding = (path: FieldPath, value: FieldValue) => ({ golden: { [path]: aGolden(value) } });

test.each([
  ['nothing is declared', {}, holding(TIER, valueOf('vip')), 1],
  ['its text is listed', byTier, holding(TIER, valueOf('vip')), 10],
  ['its text is not listed', byTier, holding(TIER, valueOf('toString')), 1],
  ['its text is listed as worth nothing', byTier, holding(TIER, valueOf('dormant')), 0.01],
  ['it holds no text', byTier, holding(TIER, valueOf(7)), 1],
  ['it is known to be empty', byTier, holding(TIER, CLEARED), 1],
  ['it is not known', byTier, { golden: {} }, 1],
  ['it holds a number', bySpent, holding(SPENT, valueOf(25_000)), 25],
  ['it holds money', bySpent, holding(SPENT, valueOf({ amount: '2500.00', currency: 'USD' })), 2.5],
  ['it holds a number beyond measure', bySpent, holding(SPENT, valueOf('1e12')), 1_000],
  ['it holds less than nothing', bySpent, holding(SPENT, valueOf(-5)), 0.01],
  ['it holds no number', bySpent, holding(SPENT, valueOf('much')), 1],
])('a record has a value when %s', (_when, policy, record, value) => {
  expect(recordValue(policy, record)).toBe(value);
});

test('a dimension has the cadence that is declared for it, or the usual one', () => {
  const cadence = { targetMs: 3, minMs: 1, maxMs: 2 };

  expect(cadenceOf({ checks: { [PROFILE]: cadence } }, PROFILE)).toBe(cadence);
  expect(cadenceOf({ checks: { [PROFILE]: cadence } }, IDENTITY)).toBe(DEFAULT_CADENCE);
});
