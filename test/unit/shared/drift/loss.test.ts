import { describe, expect, test } from 'vitest';
import type { LossPolicy } from '#shared/authority/policy.ts';
import { carriedLosses, forbidsCreates, standingOfLoss, targetsOf } from '#shared/drift/loss.ts';
import type { Loss, RecordDocument } from '#shared/model/record.ts';
import { aPolicy, HUBSPOT, NETSUITE, SHOPIFY } from '#test/support/builders/policies.ts';
import { aLink, aRecord, aRepresentation, minute, RUN_ID } from '#test/support/builders/records.ts';

const SUSPECTED: Loss = { since: minute(1), confirmedAt: null };
const CONFIRMED: Loss = { since: minute(1), confirmedAt: minute(11) };

const policyOf = (meaning: LossPolicy) => aPolicy([], { onLoss: { [HUBSPOT]: meaning } });

/** HubSpot has lost the record, Shopify holds it or has lost it too. */
function lost(loss: Loss, inShopify: 'active' | 'gone' = 'active'): RecordDocument {
  return aRecord({
    representations: { [HUBSPOT]: aRepresentation({}) },
    links: {
      [HUBSPOT]: aLink({ state: 'gone', deniedAt: minute(11), loss }),
      [SHOPIFY]: aLink({ state: inShopify, deniedAt: inShopify === 'gone' ? minute(11) : null }),
    },
  });
}

function standing(meaning: LossPolicy, record: RecordDocument, presence: 'required' | 'optional') {
  const { verdict, cause } = standingOfLoss(policyOf(meaning), record, HUBSPOT, presence);
  return `${verdict} ${cause}`;
}

describe('a system that lost its object stands', () => {
  test.each<[string, LossPolicy, RecordDocument, string, string]>([
    [
      'while it is only suspected',
      'propagate',
      lost(SUSPECTED),
      'undetermined loss_suspected',
      'undetermined loss_suspected',
    ],
    [
      'when a merge explains it',
      'propagate',
      lost({ ...SUSPECTED, isMerge: true }),
      'undetermined foreign_answer',
      'undetermined foreign_answer',
    ],
    [
      'when we removed it',
      'ask',
      lost({ ...CONFIRMED, removedBy: RUN_ID }),
      'missing removed_by_us',
      'excluded removed_by_us',
    ],
    [
      'when we removed it and nobody has it',
      'ask',
      lost({ ...CONFIRMED, removedBy: RUN_ID }, 'gone'),
      'excluded removed_by_us',
      'excluded removed_by_us',
    ],
    ['when the others keep theirs', 'unlink', lost(CONFIRMED), 'excluded unlinked', 'excluded unlinked'],
    ['when somebody has to decide', 'ask', lost(CONFIRMED), 'missing gone', 'missing gone'],
    [
      'when nobody has it and somebody would have to decide',
      'ask',
      lost(CONFIRMED, 'gone'),
      'missing gone',
      'excluded gone',
    ],
    ['before it was carried on', 'propagate', lost(CONFIRMED), 'missing gone', 'missing gone'],
    ['after it was carried on', 'archive', lost(CONFIRMED, 'gone'), 'excluded gone', 'excluded gone'],
    [
      'after what we removed was restored',
      'propagate',
      lost({ ...CONFIRMED, carried: { [SHOPIFY]: 'removed' } }),
      'missing gone',
      'excluded gone',
    ],
  ])('%s', (_title, meaning, record, required, optional) => {
    expect(standing(meaning, record, 'required')).toBe(required);
    expect(standing(meaning, record, 'optional')).toBe(optional);
  });
});

describe('a loss is carried on', () => {
  test.each<[LossPolicy, number]>([
    ['propagate', 1],
    ['archive', 1],
    ['unlink', 0],
    ['ask', 0],
  ])('under %s to %d systems', (meaning, count) => {
    expect(carriedLosses(policyOf(meaning), lost(CONFIRMED))).toHaveLength(count);
  });

  test('only once it is confirmed, not ours, and no merge', () => {
    for (const loss of [
      SUSPECTED,
      { ...CONFIRMED, removedBy: RUN_ID },
      { ...CONFIRMED, isMerge: true as const },
    ])
      expect(carriedLosses(policyOf('propagate'), lost(loss))).toEqual([]);
  });

  test('to each system that holds the record once, and again only where it was refused', () => {
    const record = { ...lost(CONFIRMED), links: { ...lost(CONFIRMED).links, [NETSUITE]: aLink() } };
    const carried = { [SHOPIFY]: 'removed', [NETSUITE]: 'vendor_rejected' };

    expect(targetsOf(record, CONFIRMED)).toEqual([SHOPIFY, NETSUITE]);
    expect(targetsOf(record, { ...CONFIRMED, carried })).toEqual([NETSUITE]);
  });
});

describe('the loss of what nobody has ever read there', () => {
  const unseen = { ...lost(CONFIRMED), representations: {} };

  test.each<LossPolicy>(['propagate', 'archive', 'unlink', 'ask'])(
    'waits for somebody whatever the policy says, as under %s: it may never have been there',
    (meaning) => {
      expect(carriedLosses(policyOf(meaning), unseen)).toEqual([]);
      expect(standing(meaning, unseen, 'required')).toBe('missing gone');
      expect(forbidsCreates(policyOf(meaning), unseen)).toBe(true);
    },
  );
});

describe('while a loss is not settled', () => {
  test.each<[string, Loss, LossPolicy, boolean]>([
    ['a suspicion stops creates', SUSPECTED, 'ask', true],
    ['a confirmed one stops creates', CONFIRMED, 'ask', true],
    ['one that leaves the others theirs does not', CONFIRMED, 'unlink', false],
    ['our own removal does not', { ...CONFIRMED, removedBy: RUN_ID }, 'propagate', false],
  ])('%s', (_title, loss, meaning, forbids) => {
    expect(forbidsCreates(policyOf(meaning), lost(loss))).toBe(forbids);
  });
});
