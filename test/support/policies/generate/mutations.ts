/**
 * Breaks sound policies, each operator in one way of its own, and says by which word the defect has to be called.
 * Knows nothing of whoever checks policies: the words are written out.
 */
import type { EntityPolicy, FieldPolicy, LifecycleRule, PlainRule } from '#shared/authority/policy.ts';
import { valueOf } from '#shared/model/field-value.ts';
import { Dimension, FieldPath, SystemId } from '#shared/model/ids.ts';
import type { Dice } from './dice.ts';
import { EMAIL, speakers, systemsWith, withFields, withMapping, type PolicyCase } from './policy-case.ts';

/** One way of breaking a policy. Undefined where it does not apply to a case. */
export interface Mutation {
  readonly name: string;
  /** The code of the finding that has to be there. */
  readonly code: string;
  readonly apply: (original: PolicyCase, dice: Dice) => PolicyCase | undefined;
}

type Rewrite = (policy: EntityPolicy) => EntityPolicy;
const rewritten = (original: PolicyCase, rewrite: Rewrite): PolicyCase => ({
  ...original,
  policy: rewrite(original.policy),
});

/** Fields by the kind of their own rule. */
function fieldsOf<K extends FieldPolicy['rule']['kind']>(
  { policy }: PolicyCase,
  ...kinds: readonly K[]
): readonly (FieldPolicy & { readonly rule: Extract<FieldPolicy['rule'], { kind: K }> })[] {
  type Wanted = FieldPolicy & { readonly rule: Extract<FieldPolicy['rule'], { kind: K }> };
  return policy.fields.filter((field): field is Wanted => kinds.some((kind) => kind === field.rule.kind));
}

function withRule(original: PolicyCase, path: FieldPath, rule: FieldPolicy['rule']): PolicyCase {
  return withFields(original, (field) => [field.path === path ? { ...field, rule } : field]);
}

/** A lifecycle rule somewhere, given to a field or to a group, put in place of the one that is there. */
function withCases(
  original: PolicyCase,
  dice: Dice,
  change: (rule: LifecycleRule) => LifecycleRule,
): PolicyCase | undefined {
  const field = dice.any(fieldsOf(original, 'by_lifecycle'));
  return field && withRule(original, field.path, change(field.rule));
}

const copied = {
  path: FieldPath('copied'),
  dimension: Dimension('profile'),
  apply: 'auto',
  normaliser: 'text',
} as const;

/** Fields that several systems hold and one of them owns, the key apart. */
function mirrored(original: PolicyCase, dice: Dice) {
  const owned = fieldsOf(original, 'owner').filter(
    ({ path, rule }) =>
      path !== EMAIL && systemsWith(original, path).some((system) => system !== rule.system),
  );
  const field = dice.any(owned);
  const mirrors =
    field === undefined ? [] : systemsWith(original, field.path).filter((one) => one !== field.rule.system);
  const mirror = dice.any(mirrors);
  return field === undefined || mirror === undefined ? undefined : { field, mirror };
}

export const MUTATIONS: readonly Mutation[] = [
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
    name: 'the owner does not map its field',
    code: 'authority_unmapped',
    apply(original, dice) {
      const chosen = mirrored(original, dice);
      if (chosen === undefined) return undefined;
      const { path, rule } = chosen.field;
      return withMapping(original, rule.system, (field) => (field.path === path ? [] : [field]));
    },
  },
  {
    name: 'one of several authorities does not map the field',
    code: 'authority_unmapped',
    apply(original, dice) {
      const field = dice.any(fieldsOf(original, 'latest', 'agree').filter(({ path }) => path !== EMAIL));
      const system = field && dice.any(field.rule.systems);
      if (field === undefined || system === undefined) return undefined;
      return withMapping(original, system, (one) => (one.path === field.path ? [] : [one]));
    },
  },
  {
    name: 'a mirror can only be read',
    code: 'target_read_only',
    apply(original, dice) {
      const chosen = mirrored(original, dice);
      return (
        chosen &&
        withMapping(original, chosen.mirror, (one) => [
          one.path === chosen.field.path ? { ...one, readOnly: true as const } : one,
        ])
      );
    },
  },
  {
    name: 'a co-authority can only be read',
    code: 'target_read_only',
    apply(original, dice) {
      const shared = fieldsOf(original, 'latest').filter(
        ({ path, rule }) => path !== EMAIL && rule.systems.length > 1,
      );
      const field = dice.any(shared);
      const system = field && dice.any(field.rule.systems);
      if (field === undefined || system === undefined) return undefined;
      return withMapping(original, system, (one) => [
        one.path === field.path ? { ...one, readOnly: true as const } : one,
      ]);
    },
  },
  {
    name: 'what we say ourselves can only be read',
    code: 'target_read_only',
    apply(original, dice) {
      const ours = fieldsOf(original, 'operator', 'derived').filter(
        ({ path }) => systemsWith(original, path).length > 0,
      );
      const field = dice.any(ours);
      const system = field && dice.any(systemsWith(original, field.path));
      if (field === undefined || system === undefined) return undefined;
      return withMapping(original, system, (one) => [
        one.path === field.path ? { ...one, readOnly: true as const } : one,
      ]);
    },
  },
  {
    name: 'two fields share a native one',
    code: 'native_shared',
    apply(original, dice) {
      const chosen = mirrored(original, dice);
      if (chosen === undefined) return undefined;
      const { field, mirror } = chosen;
      const mapping = original.mappings[mirror];
      const taken = mapping?.fields.find(({ path }) => path === field.path);
      if (taken === undefined) return undefined;
      const path = FieldPath('twin');
      const rival: FieldPolicy = { ...field, path, rule: { kind: 'latest', systems: [mirror] } };
      const doubled = withMapping(original, mirror, (one) =>
        one === taken ? [one, { ...one, path }] : [one],
      );
      return withFields(doubled, (one) => (one.path === field.path ? [one, rival] : [one]));
    },
  },
  {
    name: 'a field is mapped twice',
    code: 'path_mapped_twice',
    apply(original, dice) {
      const chosen = mirrored(original, dice);
      if (chosen === undefined) return undefined;
      const spare = original.mappings[chosen.mirror]?.fields.find(
        ({ path }) => path !== chosen.field.path && path !== EMAIL,
      );
      if (spare === undefined) return undefined;
      const freed = withFields(original, (one) => (one.path === spare.path ? [] : [one]));
      return withMapping(freed, chosen.mirror, (one) =>
        one.path === spare.path ? [{ ...one, path: chosen.field.path }] : [one],
      );
    },
  },
  {
    name: 'a field is derived from itself',
    code: 'derivation_circular',
    apply(original, dice) {
      const field = dice.any(fieldsOf(original, 'derived'));
      if (field === undefined || field.rule.from.fn === 'lookup') return undefined;
      const inputs = [...field.rule.from.inputs, field.path];
      return withRule(original, field.path, {
        kind: 'derived',
        from: { fn: 'join', inputs, separator: '-' },
      });
    },
  },
  {
    name: 'two fields are derived from each other',
    code: 'derivation_circular',
    apply(original, dice) {
      const field = dice.any(fieldsOf(original, 'derived'));
      if (field === undefined) return undefined;
      const back: FieldPolicy = {
        ...copied,
        rule: { kind: 'derived', from: { fn: 'first', inputs: [field.path] } },
      };
      const inputs = [copied.path, ...field.rule.from.inputs];
      const turned = withRule(original, field.path, { kind: 'derived', from: { fn: 'first', inputs } });
      return rewritten(turned, (policy) => ({ ...policy, fields: [...policy.fields, back] }));
    },
  },
  {
    name: 'what is derived is written over what it comes from',
    code: 'derivation_feeds_itself',
    apply(original, dice) {
      const chosen = mirrored(original, dice);
      const taken = original.mappings[chosen?.mirror ?? SystemId('')]?.fields.find(
        ({ path }) => path === chosen?.field.path,
      );
      if (chosen === undefined || taken === undefined || chosen.field.normaliser !== 'text') return undefined;
      const derived: FieldPolicy = {
        ...copied,
        rule: { kind: 'derived', from: { fn: 'join', inputs: [chosen.field.path, EMAIL], separator: ' ' } },
      };
      const doubled = withMapping(original, chosen.mirror, (one) =>
        one === taken ? [one, { ...one, path: copied.path }] : [one],
      );
      return rewritten(doubled, (policy) => ({ ...policy, fields: [...policy.fields, derived] }));
    },
  },
  {
    name: 'a field is derived from one that nobody says',
    code: 'derivation_without_input',
    apply(original, dice) {
      const field = dice.any(fieldsOf(original, 'derived'));
      if (field === undefined) return undefined;
      const inputs = [FieldPath('nowhere')];
      return withRule(original, field.path, { kind: 'derived', from: { fn: 'first', inputs } });
    },
  },
  {
    name: 'a group is torn across systems',
    code: 'group_torn',
    apply(original, dice) {
      const members = fieldsOf(original, 'group');
      const field = dice.any(members);
      const system = field && dice.any(systemsWith(original, field.path));
      if (field === undefined || system === undefined) return undefined;
      return withMapping(original, system, (one) => (one.path === field.path ? [] : [one]));
    },
  },
  {
    name: 'a group is torn across dimensions',
    code: 'group_torn',
    apply(original, dice) {
      const field = dice.any(fieldsOf(original, 'group'));
      if (field === undefined) return undefined;
      const dimension = Dimension('apart');
      return withFields(original, (one) => [one.path === field.path ? { ...one, dimension } : one]);
    },
  },
  {
    name: 'a member waits for an operator and its group does not',
    code: 'group_torn',
    apply(original, dice) {
      const field = dice.any(fieldsOf(original, 'group'));
      if (field === undefined) return undefined;
      return withFields(original, (one) => [one.path === field.path ? { ...one, apply: 'ask' } : one]);
    },
  },
  {
    name: 'a group is not declared',
    code: 'group_unknown',
    apply: (original) =>
      (original.policy.groups?.length ?? 0) === 0
        ? undefined
        : rewritten(original, ({ groups: _dropped, ...policy }) => policy),
  },
  {
    name: 'a group has no members',
    code: 'group_empty',
    apply: (original) =>
      rewritten(original, (policy) => ({
        ...policy,
        groups: [
          ...(policy.groups ?? []),
          { id: 'nobody', apply: 'auto', rule: { kind: 'latest', systems: [] } },
        ],
      })),
  },
  {
    name: 'a group bears the name of a field',
    code: 'group_not_one_value',
    apply(original, dice) {
      const members = fieldsOf(original, 'group').map(({ path }) => path);
      const field = dice.any(fieldsOf(original, 'owner', 'latest'));
      if (members.length === 0 || field === undefined) return undefined;
      const renamed = withFields(original, (one) => [
        members.includes(one.path) ? { ...one, rule: { kind: 'group', group: field.path } } : one,
      ]);
      return rewritten(renamed, (policy) => ({
        ...policy,
        groups: (policy.groups ?? []).map((group) => ({ ...group, id: field.path })),
      }));
    },
  },
  {
    name: 'a field is declared twice',
    code: 'field_declared_twice',
    apply(original, dice) {
      const field = dice.any(fieldsOf(original, 'owner', 'latest', 'operator'));
      return field && withFields(original, (one) => (one.path === field.path ? [one, one] : [one]));
    },
  },
  {
    name: 'a mapped field has no rule',
    code: 'field_without_policy',
    apply(original, dice) {
      const mapped = original.policy.fields.filter(
        ({ path }) => path !== EMAIL && systemsWith(original, path).length > 0,
      );
      const field = dice.any(mapped);
      return field && withFields(original, (one) => (one.path === field.path ? [] : [one]));
    },
  },
  {
    name: 'a mirror changes what it is given',
    code: 'mapping_not_inverse',
    apply(original, dice) {
      const chosen = mirrored(original, dice);
      if (chosen === undefined || chosen.field.normaliser !== 'text') return undefined;
      return withMapping(original, chosen.mirror, (one) => {
        if (one.path !== chosen.field.path) return [one];
        const { to } = one;
        return [
          {
            ...one,
            to: (value) =>
              to(value.state === 'value' ? valueOf(String(value.value).toUpperCase().slice(0, 4)) : value),
          },
        ];
      });
    },
  },
  {
    name: 'a mirror drops what it is given',
    code: 'mapping_not_inverse',
    apply(original, dice) {
      const chosen = mirrored(original, dice);
      if (chosen === undefined) return undefined;
      return withMapping(original, chosen.mirror, (one) =>
        one.path === chosen.field.path ? [{ ...one, to: () => one.to({ state: 'cleared' }) }] : [one],
      );
    },
  },
  {
    name: 'an owner marks what it is created with',
    code: 'mapping_not_inverse',
    apply(original, dice) {
      const chosen = mirrored(original, dice);
      if (chosen === undefined || chosen.field.normaliser !== 'text') return undefined;
      const { path, rule } = chosen.field;
      const fields = original.mappings[rule.system]?.fields ?? [];
      if (fields.some((one) => one.path === path && one.readOnly === true)) return undefined;
      return withMapping(original, rule.system, (one) => {
        if (one.path !== path) return [one];
        const { to } = one;
        return [
          {
            ...one,
            to: (value) =>
              to(value.state === 'value' ? valueOf(String(value.value).replaceAll(/[aeiou]/g, '')) : value),
          },
        ];
      });
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
      const field = dice.any(
        fieldsOf(original, 'by_lifecycle').filter(({ normaliser }) => normaliser === 'text'),
      );
      const distinctRules = new Set(field?.rule.cases.map(({ rule }) => JSON.stringify(rule)));
      if (lifecycle === undefined || field === undefined || distinctRules.size < 2) return undefined;
      if (field.rule.cases.some(({ rule }) => rule.kind === 'ignored' || rule.kind === 'operator'))
        return undefined;
      const names = Object.keys(lifecycle.states);
      const table = Object.fromEntries(names.map((name) => [name, lifecycle.states[name]?.[0] ?? name]));
      return withRule(original, lifecycle.field, {
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
  {
    name: 'an authority is named twice',
    code: 'authority_repeated',
    apply(original, dice) {
      const field = dice.any(
        fieldsOf(original, 'latest', 'agree').filter(({ rule }) => rule.systems.length > 1),
      );
      const system = field?.rule.systems[0];
      if (field === undefined || system === undefined) return undefined;
      return withRule(original, field.path, { ...field.rule, systems: field.rule.systems.map(() => system) });
    },
  },
  {
    name: 'a rule names nobody',
    code: 'authorities_missing',
    apply(original, dice) {
      const field = dice.any(
        fieldsOf(original, 'latest', 'agree').filter(({ path }) => systemsWith(original, path).length > 1),
      );
      return field && withRule(original, field.path, { ...field.rule, systems: [] });
    },
  },
  {
    name: 'an owner holds no such record',
    code: 'authority_without_record',
    apply(original, dice) {
      const chosen = mirrored(original, dice);
      return chosen && withRule(original, chosen.field.path, { kind: 'owner', system: SystemId('ledger') });
    },
  },
  {
    name: 'a co-authority holds no such record',
    code: 'authority_without_record',
    apply(original, dice) {
      const field = dice.any(fieldsOf(original, 'latest'));
      if (field === undefined) return undefined;
      const systems = [...field.rule.systems, SystemId('ledger')];
      return withRule(original, field.path, { kind: 'latest', systems });
    },
  },
  {
    name: 'the key cannot be written where records are made',
    code: 'create_without_key',
    apply(original) {
      const field = original.policy.fields.find(({ path }) => path === EMAIL);
      const owners = field?.rule.kind === 'owner' ? speakers(field.rule) : [];
      const target = (Object.keys(original.policy.presence) as SystemId[]).find(
        (system) => original.policy.presence[system] === 'required' && !owners.includes(system),
      );
      if (target === undefined) return undefined;
      return withMapping(original, target, (one) => [
        one.path === EMAIL ? { ...one, readOnly: true as const } : one,
      ]);
    },
  },
  {
    name: 'the key waits for an operator',
    code: 'create_without_key',
    apply: (original) =>
      withFields(original, (field) => [field.path === EMAIL ? { ...field, apply: 'ask' } : field]),
  },
  {
    name: 'objects of a system have no natural key',
    code: 'create_without_key',
    apply(original) {
      const systems = Object.keys(original.mappings) as SystemId[];
      const required = systems.filter((system) => original.policy.presence[system] === 'required');
      const keyless = systems.find((system) => required.some((one) => one !== system));
      const mapping = original.mappings[keyless ?? SystemId('')];
      if (keyless === undefined || mapping === undefined) return undefined;
      return { ...original, mappings: { ...original.mappings, [keyless]: { ...mapping, keys: () => [] } } };
    },
  },
  {
    name: 'two systems spread their losses',
    code: 'loss_circular',
    apply: (original) =>
      rewritten(original, (policy) => ({
        ...policy,
        onLoss: Object.fromEntries(
          Object.keys(policy.presence).map((system) => [system, 'propagate'] as const),
        ),
      })),
  },
  {
    name: 'a loss in a system that holds nothing has a meaning',
    code: 'loss_of_stranger',
    apply: (original) =>
      rewritten(original, (policy) => ({
        ...policy,
        onLoss: { ...policy.onLoss, [SystemId('ledger')]: 'unlink' },
      })),
  },
  {
    name: 'a grant names no workflow',
    code: 'writer_unknown',
    apply(original, dice) {
      const field = dice.any(original.policy.fields);
      return (
        field &&
        withFields(original, (one) => [one.path === field.path ? { ...one, writers: ['place-order'] } : one])
      );
    },
  },
  {
    name: 'a dimension is trusted that there is not',
    code: 'dimension_unknown',
    apply: (original) =>
      rewritten(original, (policy) => ({
        ...policy,
        trusted: [...(policy.trusted ?? []), Dimension('profil')],
      })),
  },
  {
    name: 'presence depends on a field that there is not',
    code: 'condition_undecidable',
    apply(original) {
      const system = (Object.keys(original.policy.presence) as SystemId[]).at(-1);
      if (system === undefined) return undefined;
      const when = { kind: 'has', field: FieldPath('vat') } as const;
      return rewritten(original, (policy) => ({
        ...policy,
        presence: { ...policy.presence, [system]: { when } },
      }));
    },
  },
  {
    name: 'presence depends on a state that there is not',
    code: 'condition_undecidable',
    apply(original) {
      const system = (Object.keys(original.policy.presence) as SystemId[]).at(-1);
      if (system === undefined) return undefined;
      const when = { kind: 'not', condition: { kind: 'lifecycle', oneOf: ['archvied'] } } as const;
      return rewritten(original, (policy) => ({
        ...policy,
        presence: { ...policy.presence, [system]: { when } },
      }));
    },
  },
  {
    name: 'a system that holds the type has no mapping',
    code: 'system_unmapped',
    apply(original) {
      const system = (Object.keys(original.mappings) as SystemId[]).at(-1);
      if (system === undefined) return undefined;
      const { [system]: _dropped, ...mappings } = original.mappings;
      return { ...original, mappings };
    },
  },
  {
    name: 'a system that maps the type is not declared',
    code: 'system_undeclared',
    apply(original) {
      const system = (Object.keys(original.policy.presence) as SystemId[]).at(-1);
      if (system === undefined) return undefined;
      const { [system]: _dropped, ...presence } = original.policy.presence;
      return rewritten(original, (policy) => ({ ...policy, presence }));
    },
  },
];
