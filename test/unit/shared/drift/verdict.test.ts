import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rollUp } from '#shared/drift/verdict.ts';
import { FieldPath, type Dimension } from '#shared/model/ids.ts';
import type { FieldVerdict } from '#shared/model/record.ts';
import { Verdict, VERDICT_ORDER } from '#shared/model/vocabulary.ts';
import { IDENTITY, PROFILE } from '#test/support/builders/policies.ts';
import { minute } from '#test/support/builders/records.ts';

const verdictOf = (verdict: Verdict, cause: FieldVerdict['cause'] = 'equal'): FieldVerdict => ({
  verdict,
  cause,
  systems: [],
  rule: 'a rule',
});

function roll(
  fields: readonly (readonly [string, FieldVerdict])[],
  dimensionOf: () => Dimension = () => PROFILE,
) {
  return rollUp(new Map(fields.map(([path, verdict]) => [FieldPath(path), verdict])), dimensionOf, () =>
    minute(3),
  );
}

describe('a dimension', () => {
  test('is as bad as its worst field, whatever their order', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...VERDICT_ORDER), { minLength: 1 }), (verdicts) => {
        const rolled = roll(verdicts.map((verdict, index) => [`field${index}`, verdictOf(verdict)]));

        const worst = verdicts.toSorted((a, b) => VERDICT_ORDER.indexOf(b) - VERDICT_ORDER.indexOf(a))[0];
        expect(rolled[PROFILE]?.verdict).toBe(worst);
      }),
    );
  });

  test('says why with the cause of its worst field', () => {
    const rolled = roll([
      ['a', verdictOf(Verdict.inSync)],
      ['b', verdictOf(Verdict.hardConflict, 'both_moved')],
      ['c', verdictOf(Verdict.softDrift, 'behind')],
    ]);

    expect(rolled[PROFILE]).toMatchObject({
      verdict: 'hard_conflict',
      cause: 'both_moved',
      verifiedAt: minute(3),
    });
    expect(Object.keys(rolled[PROFILE]?.fields ?? {})).toEqual(['a', 'b', 'c']);
  });

  test('of fields that are not compared is never green', () => {
    const rolled = roll([['a', verdictOf(Verdict.excluded, 'ignored_by_policy')]]);

    expect(rolled[PROFILE]).toMatchObject({ verdict: 'excluded', cause: 'ignored_by_policy' });
  });

  test('is judged apart from the others', () => {
    const fields = new Map([
      [FieldPath('a'), verdictOf(Verdict.inSync)],
      [FieldPath('b'), verdictOf(Verdict.missing, 'gone')],
    ]);

    const rolled = rollUp(
      fields,
      (path) => (path === 'a' ? PROFILE : IDENTITY),
      () => null,
    );

    expect(rolled[PROFILE]?.verdict).toBe('in_sync');
    expect(rolled[IDENTITY]?.verdict).toBe('missing');
  });

  test.each([Verdict.unchecked, Verdict.undetermined])('with a field that is %s is not green', (verdict) => {
    const rolled = roll([
      ['a', verdictOf(Verdict.inSync)],
      ['b', verdictOf(verdict)],
    ]);

    expect(rolled[PROFILE]?.verdict).toBe(verdict);
  });
});
