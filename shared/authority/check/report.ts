import type { FieldPath, SystemId } from '#shared/model/ids.ts';
import { lifecycleStates } from '../lifecycle.ts';
import type { LifecycleState } from '../policy.ts';
import { distinct, type PolicyFacts } from './facts.ts';
import type { Counterexample, Finding, FindingCode } from './finding.ts';

/** What a check says about something it found; what it leaves out concerns all of the policy. */
export interface Draft {
  readonly code: FindingCode;
  readonly paths?: readonly FieldPath[];
  readonly systems?: readonly SystemId[];
  readonly states?: readonly LifecycleState[];
  readonly message: string;
  readonly counterexample: Counterexample;
}

/** Completes a finding. */
export function found(facts: PolicyFacts, draft: Draft): Finding {
  const { type } = facts.policy;
  const { code, message, counterexample, paths = [], systems = [] } = draft;
  const states = draft.states ?? lifecycleStates(facts.policy);
  return { code, type, paths, systems, states: distinct(states), message, counterexample };
}

/** Names in a sentence: `hubspot, shopify and netsuite`. */
export function listed(names: readonly string[]): string {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
