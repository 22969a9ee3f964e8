import { describe, expect, test } from 'vitest';
import { unsettledSystems } from '#shared/drift/unsettled.ts';
import { HUBSPOT, owner, PHONE, SHOPIFY } from '#test/support/builders/policies.ts';
import { aRecordOf, type Standing } from '#test/support/builders/records.ts';
import { policyOf } from '#test/support/builders/worlds.ts';

function unsettled(standing: Standing) {
  const record = aRecordOf(PHONE, 'a', { [HUBSPOT]: { now: 'a', base: 'a' }, [SHOPIFY]: standing });
  return [...unsettledSystems(policyOf(owner(HUBSPOT)), record)];
}

describe('evidence is kept', () => {
  test('for a system that says something else than was last accepted there', () => {
    expect(unsettled({ now: 'b', base: 'a' })).toEqual([SHOPIFY]);
    expect(unsettled({ now: null, base: 'a' })).toEqual([SHOPIFY]);
  });

  test.each<[string, Standing]>([
    ['that says what was last accepted there', { now: 'a', base: 'a' }],
    ['that says it in another form', { now: ' a ', base: 'a' }],
    ['of which the field is not known', { base: 'a' }],
    ['of which nothing was ever accepted', { now: 'b' }],
  ])('but not for a system %s', (_title, standing) => {
    expect(unsettled(standing)).toEqual([]);
  });
});
