import type { FieldPolicy } from '#shared/authority/policy.ts';
import { valueOf } from '#shared/model/field-value.ts';
import { Dimension, FieldPath, SystemId } from '#shared/model/ids.ts';
import { EMAIL, speakers, systemsWith, withFields, withMapping } from '../policy-case.ts';
import { fieldsOf, mirrored, rewritten, textOf, type Mutation } from './mutation.ts';

const copied = {
  path: FieldPath('copied'),
  dimension: Dimension('profile'),
  apply: 'auto',
  normaliser: 'text',
} as const;

/** Breaks how systems hold what the policy speaks of. */
export const MAPPINGS_MUTATIONS: readonly Mutation[] = [
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
              to(value.state === 'value' ? valueOf(textOf(value.value).toUpperCase().slice(0, 4)) : value),
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
      if (original.policy.presence[rule.system] !== 'required') return undefined;
      const fields = original.mappings[rule.system]?.fields ?? [];
      if (fields.some((one) => one.path === path && one.readOnly === true)) return undefined;
      return withMapping(original, rule.system, (one) => {
        if (one.path !== path) return [one];
        const { to } = one;
        return [
          {
            ...one,
            to: (value) =>
              to(value.state === 'value' ? valueOf(textOf(value.value).replaceAll(/[aeiou]/g, '')) : value),
          },
        ];
      });
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
    name: 'a system that holds the type has no mapping',
    code: 'system_unmapped',
    apply(original) {
      const system = (Object.keys(original.mappings) as SystemId[]).at(-1);
      if (system === undefined) return undefined;
      const { [system]: _dropped, ...mappings } = original.mappings;
      return { ...original, mappings };
    },
  },
];
