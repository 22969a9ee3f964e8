import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Dimension } from '#shared/model/ids.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import { DISCREPANT, listingOf, listingToken, type ListingFilter } from '#shared/model/record-listing.ts';
import { Verdict } from '#shared/model/vocabulary.ts';
import { HUBSPOT, SHOPIFY } from '#test/support/builders/policies.ts';
import { aLink } from '#test/support/builders/records.ts';

const [IDENTITY, PROFILE] = [Dimension('identity'), Dimension('profile')];

type Listed = Pick<RecordDocument, 'links' | 'verdicts'>;

function standing(verdicts: Readonly<Record<string, Verdict>>, links: Listed['links'] = {}): Listed {
  const dimensions = Object.entries(verdicts).map(([dimension, verdict]) => [
    dimension,
    { verdict, cause: 'equal', fields: {}, verifiedAt: null },
  ]);
  return { links, verdicts: Object.fromEntries(dimensions) as Listed['verdicts'] };
}

const isListed = (record: Listed, filter: ListingFilter) => listingOf(record).includes(listingToken(filter));

const drifting = standing(
  { identity: 'in_sync', profile: 'soft_drift' },
  { [HUBSPOT]: aLink(), [SHOPIFY]: aLink({ state: 'gone' }) },
);

describe('a record of which one dimension differs', () => {
  test.each<[ListingFilter, boolean]>([
    [{}, true],
    [{ verdict: 'soft_drift' }, true],
    [{ verdict: 'differs' }, true],
    [{ verdict: 'in_sync' }, false],
    [{ verdict: 'in_sync', dimension: IDENTITY }, true],
    [{ verdict: 'soft_drift', dimension: IDENTITY }, false],
    [{ verdict: 'differs', dimension: PROFILE }, true],
    [{ verdict: 'differs', dimension: IDENTITY }, false],
    [{ system: HUBSPOT }, true],
    [{ verdict: 'soft_drift', dimension: PROFILE, system: HUBSPOT }, true],
    // It is gone from there.
    [{ system: SHOPIFY }, false],
    [{ verdict: 'soft_drift', system: SHOPIFY }, false],
  ])('is asked for by %j: %s', (filter, expected) => {
    expect(isListed(drifting, filter)).toBe(expected);
  });
});

test('a record that was never compared is listed as that', () => {
  expect(isListed(standing({}), { verdict: 'unchecked' })).toBe(true);
  expect(isListed(standing({}), { verdict: 'in_sync' })).toBe(false);
});

test('a record is never listed as in sync while any dimension is worse, whatever the dimensions say', () => {
  const verdicts = fc.array(fc.constantFrom(...Object.values(Verdict)), { minLength: 1, maxLength: 5 });

  fc.assert(
    fc.property(verdicts, (said) => {
      const record = standing(Object.fromEntries(said.map((verdict, index) => [`d${index}`, verdict])));

      const isGreen = said.every((verdict) => verdict === 'in_sync' || verdict === 'excluded');
      expect(isListed(record, { verdict: 'in_sync' })).toBe(isGreen && said.includes('in_sync'));
      const differs = said.some((verdict) => DISCREPANT.some((one) => one === verdict));
      expect(isListed(record, { verdict: 'differs' })).toBe(differs);
      expect(listingOf(record)).toEqual([...new Set(listingOf(record))]);
    }),
  );
});
