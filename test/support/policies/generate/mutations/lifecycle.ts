import type { LifecycleRule, PlainRule } from '#shared/authority/policy.ts';
import { FieldPath } from '#shared/model/ids.ts';
import type { Dice } from '../dice.ts';
import { systemsWith, type PolicyCase } from '../policy-case.ts';
import { fieldsOf, rewritten, textOf, withRule, type Mutation } from './mutation.ts';

/** A lifecycle rule somewhere, given to a field or to a group, put in place of the one that is there. */
function withCases(
  original: PolicyCase,
  dice: Dice,
  change: (rule: LifecycleRule) => LifecycleRule,
): PolicyCase | undefined {
  const field = dice.any(fieldsOf(original, 'by_lifecycle'));
  return field && withRule(original, field.path, change(field.rule));
}

/** Breaks the lifecycle and the rules that change with it. */
export const LIFECYCLE_MUTATIONS: readonly Mutation[] = [
  {
    name: 'a case of a lifecycle rule is dropped',
    code: 'rule_missing',
    apply: (original, dice) => withCases(original, dice, (rule) => ({ ...rule, cases: rule.cases.slice(1) })),
  },
  {
    name: 'a state is taken out of its case',
    code: 'rule_missing',
    apply: (original, dice) =>
      withCases(original, dice, (rule) => ({
        ...rule,
        cases: rule.cases.map((one, index) => (index === 0 ? { ...one, while: one.while.slice(1) } : one)),
      })),
  },
  {
    name: 'a state stands in two cases',
    code: 'rules_overlap',
    apply: (original, dice) =>
      withCases(original, dice, (rule) => ({
        ...rule,
        cases: rule.cases.map((one, index) =>
          index === 1 ? { ...one, while: [...one.while, ...(rule.cases[0]?.while ?? [])] } : one,
        ),
      })),
  },
  {
    name: 'a state is misspelt',
    code: 'state_unknown',
    apply: (original, dice) =>
      withCases(original, dice, (rule) => ({
        ...rule,
        cases: rule.cases.map((one, index) =>
          index === 0 ? { ...one, while: [...one.while.slice(1), 'custommer'] } : one,
        ),
      })),
  },
  {
    name: 'a policy without lifecycle speaks of states',
    code: 'state_unknown',
    apply(original, dice) {
      if (original.policy.lifecycle !== undefined) return undefined;
      const field = dice.any(fieldsOf(original, 'owner', 'latest'));
      return (
        field &&
        withRule(original, field.path, {
          kind: 'by_lifecycle',
          cases: [{ while: ['lead'], rule: field.rule }],
        })
      );
    },
  },
  {
    name: 'the lifecycle field stands under a lifecycle rule',
    code: 'lifecycle_rule_varies',
    apply(original) {
      const { lifecycle, fields } = original.policy;
      const field = fields.find(({ path }) => path === lifecycle?.field);
      if (lifecycle === undefined || field === undefined || field.rule.kind === 'by_lifecycle')
        return undefined;
      const others = systemsWith(original, field.path).filter(
        (system) => field.rule.kind !== 'owner' || system !== field.rule.system,
      );
      const [other] = others;
      const plain = field.rule as PlainRule;
      if (other === undefined) return undefined;
      const { initial, states } = lifecycle;
      const rest = Object.keys(states).filter((state) => state !== initial);
      return withRule(original, field.path, {
        kind: 'by_lifecycle',
        cases: [
          { while: [initial], rule: plain },
          { while: rest, rule: { kind: 'owner', system: other } },
        ],
      });
    },
  },
  {
    name: 'the lifecycle is derived from what it decides',
    code: 'lifecycle_feeds_itself',
    apply(original, dice) {
      const { lifecycle } = original.policy;
      const shared = fieldsOf(original, 'by_lifecycle').filter(
        ({ path, normaliser }) => normaliser === 'text' && systemsWith(original, path).length > 1,
      );
      const field = dice.any(shared);
      const [one, other] = field === undefined ? [] : systemsWith(original, field.path);
      if (lifecycle === undefined || field === undefined || one === undefined || other === undefined)
        return undefined;
      const table = Object.fromEntries(
        Object.values(lifecycle.states).map(([value]) => [textOf(value ?? ''), value ?? '']),
      );
      const [first, second] = field.rule.cases;
      const turning = withRule(original, field.path, {
        kind: 'by_lifecycle',
        cases: [
          { while: first?.while ?? [], rule: { kind: 'owner', system: one } },
          { while: second?.while ?? [], rule: { kind: 'owner', system: other } },
        ],
      });
      return withRule(turning, lifecycle.field, {
        kind: 'derived',
        from: { fn: 'lookup', inputs: [field.path], table, otherwise: null },
      });
    },
  },
  {
    name: 'a value means two states',
    code: 'state_ambiguous',
    apply(original) {
      const { lifecycle } = original.policy;
      const [first, second] = Object.keys(lifecycle?.states ?? {});
      if (lifecycle === undefined || first === undefined || second === undefined) return undefined;
      const value = lifecycle.states[first]?.[0] ?? '';
      const states = { ...lifecycle.states, [second]: [...(lifecycle.states[second] ?? []), value] };
      return rewritten(original, (policy) => ({ ...policy, lifecycle: { ...lifecycle, states } }));
    },
  },
  {
    name: 'a state is listed in a form that is never held',
    code: 'state_unreachable',
    apply(original) {
      const { lifecycle } = original.policy;
      const state = Object.keys(lifecycle?.states ?? {}).find((one) => one !== lifecycle?.initial);
      if (lifecycle === undefined || state === undefined) return undefined;
      const states = { ...lifecycle.states, [state]: [` ${state} `] };
      return rewritten(original, (policy) => ({ ...policy, lifecycle: { ...lifecycle, states } }));
    },
  },
  {
    name: 'a record begins in no state',
    code: 'initial_state_unknown',
    apply(original) {
      const { lifecycle } = original.policy;
      if (lifecycle === undefined) return undefined;
      return rewritten(original, (policy) => ({ ...policy, lifecycle: { ...lifecycle, initial: 'begun' } }));
    },
  },
  {
    name: 'the lifecycle is read from a field that is ignored',
    code: 'lifecycle_unreadable',
    apply(original) {
      const { lifecycle } = original.policy;
      return lifecycle && withRule(original, lifecycle.field, { kind: 'ignored', reason: 'not wanted' });
    },
  },
  {
    name: 'the lifecycle is read from a field that there is not',
    code: 'lifecycle_unreadable',
    apply(original) {
      const { lifecycle } = original.policy;
      if (lifecycle === undefined) return undefined;
      const field = FieldPath('stage_of_life');
      return rewritten(original, (policy) => ({ ...policy, lifecycle: { ...lifecycle, field } }));
    },
  },
];
