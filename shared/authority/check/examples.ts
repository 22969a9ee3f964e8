import type { FieldPath, SystemId } from '#shared/model/ids.ts';
import type { LifecycleState, PlainRule } from '../policy.ts';
import { declaredRules, mappersOf, receiversOf, type PolicyFacts } from './facts.ts';
import type { Counterexample, Edit } from './finding.ts';
import { opening, word } from './scene.ts';

/** A word that whoever should be heard says, and that leads to nothing. @param rule who should be; else anybody. */
export function unheard(
  facts: PolicyFacts,
  path: FieldPath,
  rule: PlainRule = { kind: 'ignored', reason: '' },
  state?: LifecycleState,
): Counterexample {
  const said = word(facts, path, rule);
  const { value, speaker } = said;
  const target = listeners(facts, path, rule, speaker)[0];
  return {
    edits: [...opening(facts, speaker ?? undefined, state), ...said.edits],
    promise:
      target === undefined
        ? { kind: 'holds', path, value }
        : { kind: 'says', sayings: [{ system: target, path, value }] },
  };
}

function listeners(
  facts: PolicyFacts,
  path: FieldPath,
  rule: PlainRule,
  speaker: SystemId | null,
): readonly SystemId[] {
  const able = rule.kind === 'ignored' ? mappersOf(facts, path) : receiversOf(facts, path, rule);
  return able.filter((system) => system !== speaker);
}

/** Somebody who may says something about each field in turn. */
export function everyField(facts: PolicyFacts): readonly Edit[] {
  const words = facts.policy.fields.flatMap((field) => {
    const rule = declaredRules(facts.policy, field).find(({ kind }) => kind !== 'ignored');
    return rule === undefined ? [] : word(facts, field.path, rule).edits;
  });
  return [...opening(facts, undefined, undefined), ...words];
}
