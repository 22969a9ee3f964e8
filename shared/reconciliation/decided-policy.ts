import type { EntityPolicy } from '#shared/authority/policy.ts';

const decidedPolicies = new WeakMap<EntityPolicy, EntityPolicy>();

/**
 * The policy as it reads once an operator has been asked: nothing waits for anybody, and a move that nothing explains
 * counts like any other. Whose word it is stays what it was. Rules of it carry other hashes than the policy's own, so
 * operations that were planned with it have to be given those of the policy (M6).
 */
export function asDecided(policy: EntityPolicy): EntityPolicy {
  const known = decidedPolicies.get(policy);
  if (known !== undefined) return known;
  const decided: EntityPolicy = {
    ...policy,
    fields: policy.fields.map((field) => ({ ...field, apply: 'auto' })),
    ...(policy.groups === undefined
      ? {}
      : { groups: policy.groups.map((group) => ({ ...group, apply: 'auto' as const })) }),
    trusted: [...new Set(policy.fields.map(({ dimension }) => dimension))],
  };
  decidedPolicies.set(policy, decided);
  return decided;
}
