/**
 * Breaks sound policies, each operator in one way of its own, and says by which word the defect has to be called.
 * Knows nothing of whoever checks policies: the words are written out.
 */
import { LIFECYCLE_MUTATIONS } from './mutations/lifecycle.ts';
import { MAPPINGS_MUTATIONS } from './mutations/mappings.ts';
import type { Mutation } from './mutations/mutation.ts';
import { PRESENCE_MUTATIONS } from './mutations/presence.ts';
import { RULES_MUTATIONS } from './mutations/rules.ts';

/** Every way of breaking a policy. */
export const MUTATIONS: readonly Mutation[] = [
  ...RULES_MUTATIONS,
  ...LIFECYCLE_MUTATIONS,
  ...MAPPINGS_MUTATIONS,
  ...PRESENCE_MUTATIONS,
];
