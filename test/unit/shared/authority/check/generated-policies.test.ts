import { describe, expect, test } from 'vitest';
import { checkPolicy } from '#shared/authority/check/check-policy.ts';
import { FINDING_CODES } from '#shared/authority/check/finding.ts';
import { PROPERTY_SEED } from '#test/support/property-seed.ts';
import { createDice } from '#test/support/policies/generate/dice.ts';
import { MUTATIONS } from '#test/support/policies/generate/mutations.ts';
import type { Mutation } from '#test/support/policies/generate/mutations/mutation.ts';
import type { PolicyCase } from '#test/support/policies/generate/policy-case.ts';
import { soundPolicy } from '#test/support/policies/generate/sound.ts';

const SOUND = 250;
const FAULTY_PER_MUTATION = 12;
/** Sound policies that are looked at before a mutation is said to apply to too few. */
const ATTEMPTS = 400;

/** What a client's policies, and not one policy, are checked for. */
const CODES_OF_CLIENTS = ['type_without_policy', 'type_declared_twice'];

function codesOf(one: PolicyCase): readonly string[] {
  return checkPolicy(one).findings.map(({ code }) => code);
}

/** Sound policies, each broken in the one way. */
function faulty({ apply }: Mutation): readonly { readonly seed: number; readonly broken: PolicyCase }[] {
  const made: { readonly seed: number; readonly broken: PolicyCase }[] = [];
  for (let attempt = 0; attempt < ATTEMPTS && made.length < FAULTY_PER_MUTATION; attempt += 1) {
    const seed = PROPERTY_SEED + attempt;
    const broken = apply(soundPolicy(seed), createDice(seed));
    if (broken !== undefined) made.push({ seed, broken });
  }
  return made;
}

describe('generated policies', () => {
  test('that are sound are all accepted', () => {
    const cases = Array.from({ length: SOUND }, (_, index) => soundPolicy(PROPERTY_SEED + index));

    const refused = cases.flatMap((one, index) => {
      const { findings } = checkPolicy(one);
      return findings.map(({ code, message }) => `${PROPERTY_SEED + index}: ${code}: ${message}`);
    });

    expect(refused).toEqual([]);
  });

  test('that are sound have every kind of rule among them', () => {
    const cases = Array.from({ length: SOUND }, (_, index) => soundPolicy(PROPERTY_SEED + index));
    const policies = cases.map(({ policy }) => policy);

    const kinds = new Set(policies.flatMap(({ fields }) => fields.map(({ rule }) => rule.kind)));
    const presences = policies.flatMap(({ presence }) => Object.values(presence));

    expect([...kinds].toSorted()).toEqual(
      ['agree', 'by_lifecycle', 'derived', 'group', 'ignored', 'latest', 'operator', 'owner'].toSorted(),
    );
    expect(presences.some((one) => typeof one !== 'string')).toBe(true);
    expect(new Set(policies.map(({ presence }) => Object.keys(presence).length))).toEqual(new Set([2, 3]));
  });

  test.each(MUTATIONS.map((mutation) => [mutation.name, mutation] as const))(
    'in which %s are all refused, and by the right word',
    (_, mutation) => {
      const cases = faulty(mutation);

      const missed = cases.flatMap(({ seed, broken }) => {
        const codes = codesOf(broken);
        return codes.includes(mutation.code) ? [] : [`${seed}: ${codes.join(', ')}`];
      });

      expect(cases).toHaveLength(FAULTY_PER_MUTATION);
      expect(missed).toEqual([]);
    },
  );

  test('break by every word that a policy can be refused by', () => {
    const words = new Set([...MUTATIONS.map(({ code }) => code), ...CODES_OF_CLIENTS]);

    expect([...words].toSorted()).toEqual(FINDING_CODES.toSorted());
  });

  test('never make the checker fail, whatever is broken in them twice', () => {
    const crashes = MUTATIONS.flatMap((mutation) =>
      faulty(mutation)
        .slice(0, 4)
        .flatMap(({ seed, broken }) => {
          const dice = createDice(seed);
          const again = dice.any(MUTATIONS)?.apply(broken, dice) ?? broken;
          return codesOf(again).length > 0 ? [] : [`${mutation.name}, ${seed}`];
        }),
    );

    expect(crashes).toEqual([]);
  });
});
