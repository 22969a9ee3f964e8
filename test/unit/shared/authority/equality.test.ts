import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalForm, equalUnder } from '#shared/authority/equality.ts';
import { NORMALISERS } from '#shared/authority/normalisers.ts';
import { ABSENT, CLEARED, valueOf } from '#shared/model/field-value.ts';
import { aField, aPolicy, HUBSPOT, owner, PHONE } from '#test/support/builders/policies.ts';

const phone = aField(PHONE, owner(HUBSPOT), { normaliser: 'phone' });
const policy = aPolicy([phone]);

describe('two values of a field', () => {
  test('are equal when they mean the same in the field\u2019s form', () => {
    expect(equalUnder(policy, phone, valueOf('(213) 373-4253'), valueOf('+1 213 373 4253'))).toBe(true);
    expect(equalUnder(policy, phone, valueOf('(213) 373-4253'), valueOf('(213) 373-4254'))).toBe(false);
  });

  test('are read in the region of the policy', () => {
    const german = aPolicy([phone], { region: 'DE' });

    expect(equalUnder(german, phone, valueOf('030 901820'), valueOf('+4930901820'))).toBe(true);
    expect(equalUnder(policy, phone, valueOf('030 901820'), valueOf('+4930901820'))).toBe(false);
  });

  test('that are not known, known to be empty, and given are three different things', () => {
    const states = [ABSENT, CLEARED, valueOf('0')];

    for (const a of states) for (const b of states) expect(equalUnder(policy, phone, a, b)).toBe(a === b);
  });

  test.each(['', '  ', '\t\n'])('that are blank (%j) say no more than nothing does', (blank) => {
    expect(equalUnder(policy, phone, valueOf(blank), CLEARED)).toBe(true);
    expect(equalUnder(policy, phone, valueOf(blank), ABSENT)).toBe(false);
  });

  test('are equal to their own canonical form, in either direction', () => {
    fc.assert(
      fc.property(fc.constantFrom(...NORMALISERS), fc.string(), fc.string(), (normaliser, a, b) => {
        const field = aField(PHONE, owner(HUBSPOT), { normaliser });
        const canonical = canonicalForm(policy, field, valueOf(a));

        expect(canonicalForm(policy, field, canonical)).toEqual(canonical);
        expect(equalUnder(policy, field, valueOf(a), canonical)).toBe(true);
        expect(equalUnder(policy, field, valueOf(a), valueOf(b))).toBe(
          equalUnder(policy, field, valueOf(b), valueOf(a)),
        );
      }),
    );
  });
});
