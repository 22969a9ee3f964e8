import type { FieldPolicy } from '#shared/authority/policy.ts';
import { Dimension, FieldPath, SystemId } from '#shared/model/ids.ts';
import { EMAIL, systemsWith, withFields, withMapping, type PolicyCase } from '../policy-case.ts';
import { fieldsOf, mirrored, rewritten, withRule, type Mutation } from './mutation.ts';

const copied = {
  path: FieldPath('copied'),
  dimension: Dimension('profile'),
  apply: 'auto',
  normaliser: 'text',
} as const;

/** Members of a group that is compared in every state: of one that is ignored nothing can be torn. */
function groupedFields(original: PolicyCase) {
  const compared = (original.policy.groups ?? []).filter(({ rule }) =>
    rule.kind === 'by_lifecycle'
      ? rule.cases.every((one) => one.rule.kind !== 'ignored')
      : rule.kind !== 'ignored',
  );
  return compared.length === 0 ? [] : fieldsOf(original, 'group');
}

/** Breaks who may say what: rules, their authorities, groups and derivations. */
export const RULES_MUTATIONS: readonly Mutation[] = [
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
      const members = groupedFields(original);
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
      const field = dice.any(groupedFields(original));
      if (field === undefined) return undefined;
      const dimension = Dimension('apart');
      return withFields(original, (one) => [one.path === field.path ? { ...one, dimension } : one]);
    },
  },
  {
    name: 'a member waits for an operator and its group does not',
    code: 'group_torn',
    apply(original, dice) {
      const field = dice.any(groupedFields(original));
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
      const places = original.policy.fields.map(({ path }) => path);
      const first = places.findIndex((path) => members.includes(path));
      // Declared after the members, it might be moved by the very system that may move it alone.
      const field = dice.any(
        fieldsOf(original, 'owner', 'latest').filter(({ path }) => places.indexOf(path) < first),
      );
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
];
