import { describe, expect, test } from 'vitest';
import { checkPolicy } from '#shared/authority/check/check-policy.ts';
import { PROPERTY_SEED } from '#test/support/property-seed.ts';
import { soundPolicy } from '#test/support/policies/generate/sound.ts';

const SOUND = 400;

describe('generated policies', () => {
  test('that are sound are all accepted', () => {
    const cases = Array.from({ length: SOUND }, (_, index) => soundPolicy(PROPERTY_SEED + index));

    const refused = cases.flatMap((one, index) => {
      const { findings } = checkPolicy(one);
      return findings.map(({ code, message }) => `${PROPERTY_SEED + index}: ${code}: ${message}`);
    });

    expect(refused).toEqual([]);
  });
});
