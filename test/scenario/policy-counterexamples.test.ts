import { describe, expect, test } from 'vitest';
import { checkPolicy } from '#shared/authority/check/check-policy.ts';
import type { Finding } from '#shared/authority/check/finding.ts';
import { PROPERTY_SEED } from '#test/support/property-seed.ts';
import { holdsAfter } from '#test/support/policies/act-out.ts';
import { createDice } from '#test/support/policies/generate/dice.ts';
import { MUTATIONS } from '#test/support/policies/generate/mutations.ts';
import type { Mutation } from '#test/support/policies/generate/mutations/mutation.ts';
import { HUBSPOT, SHOPIFY, type PolicyCase } from '#test/support/policies/generate/policy-case.ts';
import { soundPolicy } from '#test/support/policies/generate/sound.ts';

const POLICIES_PER_MUTATION = 2;
const ATTEMPTS = 600;

/**
 * Defects whose promise a sound policy makes too: there the same edits must keep it. Of the others the promise speaks
 * of what only the broken policy names.
 */
const KEPT_WHEN_SOUND = [
  'rule_missing',
  'rules_overlap',
  'field_declared_twice',
  'state_unreachable',
  'initial_state_unknown',
  'target_read_only',
  'create_without_key',
  'path_mapped_twice',
  'group_not_one_value',
  'mapping_not_inverse',
  'system_undeclared',
];

interface Broken {
  readonly seed: number;
  readonly sound: PolicyCase;
  readonly broken: PolicyCase;
  readonly finding: Finding;
}

/** Policies over the two systems that twins play, each broken in the one way, with what the checker says of it. */
function brokenBy({ name, code, apply }: Mutation): readonly Broken[] {
  const made: Broken[] = [];
  for (let attempt = 0; attempt < ATTEMPTS && made.length < POLICIES_PER_MUTATION; attempt += 1) {
    const seed = PROPERTY_SEED + attempt;
    const sound = soundPolicy(seed, { systems: [HUBSPOT, SHOPIFY] });
    const broken = apply(sound, createDice(seed));
    if (broken === undefined) continue;
    const finding = checkPolicy(broken).findings.find((one) => one.code === code);
    if (finding === undefined) throw new Error(`${name}: nothing was found with seed ${seed}`);
    made.push({ seed, sound, broken, finding });
  }
  return made;
}

describe('the edits that come with a finding', () => {
  test.each(MUTATIONS.map((mutation) => [mutation.name, mutation] as const))(
    'really break the promise where %s',
    async (_, mutation) => {
      const cases = brokenBy(mutation);

      const kept: number[] = [];
      for (const { seed, broken, finding } of cases)
        if (await holdsAfter(broken, finding.counterexample)) kept.push(seed);

      expect(cases).toHaveLength(POLICIES_PER_MUTATION);
      expect(kept).toEqual([]);
    },
  );

  test.each(
    MUTATIONS.filter(({ code }) => KEPT_WHEN_SOUND.includes(code)).map(
      (mutation) => [mutation.name, mutation] as const,
    ),
  )('do NOT break it under the same policy before %s', async (_, mutation) => {
    const broken: number[] = [];

    for (const { seed, sound, finding } of brokenBy(mutation))
      if (!(await holdsAfter(sound, finding.counterexample))) broken.push(seed);

    expect(broken).toEqual([]);
  });
});
