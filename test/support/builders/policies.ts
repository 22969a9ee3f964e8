import { NO_LIFECYCLE } from '#shared/authority/lifecycle.ts';
import type { EntityPolicy, FieldPolicy, PlainRule } from '#shared/authority/policy.ts';
import { ruleName, unitOf, type RuleName, type Unit } from '#shared/authority/rules.ts';
import { Dimension, EntityType, FieldPath, SystemId } from '#shared/model/ids.ts';

export const HUBSPOT = SystemId('hubspot');
export const SHOPIFY = SystemId('shopify');
export const NETSUITE = SystemId('netsuite');

export const CUSTOMER = EntityType('customer');
export const IDENTITY = Dimension('identity');
export const PROFILE = Dimension('profile');

export const EMAIL = FieldPath('email');
export const PHONE = FieldPath('phone');
export const NAME = FieldPath('name');

/** The authority rules by the words that a policy uses for them. */
export const owner = (system: SystemId): PlainRule => ({ kind: 'owner', system });
export const latest = (...systems: readonly SystemId[]): PlainRule => ({ kind: 'latest', systems });
export const agree = (...systems: readonly SystemId[]): PlainRule => ({ kind: 'agree', systems });
export const ignored = (reason: string): PlainRule => ({ kind: 'ignored', reason });

/** A field of the dimension `profile`, compared as text, that flows at once. */
export function aField(
  path: FieldPath,
  rule: FieldPolicy['rule'],
  differing: Partial<FieldPolicy> = {},
): FieldPolicy {
  return { path, dimension: PROFILE, rule, apply: 'auto', normaliser: 'text', ...differing };
}

/** A policy of customers that every one of the named systems must hold. */
export function aPolicy(fields: readonly FieldPolicy[], differing: Partial<EntityPolicy> = {}): EntityPolicy {
  return {
    type: CUSTOMER,
    presence: { [HUBSPOT]: 'required', [SHOPIFY]: 'required' },
    presenceDimension: IDENTITY,
    fields,
    region: 'US',
    ...differing,
  };
}

/** The rule of one field of a policy without a lifecycle, by name. */
export function ruleOf(policy: EntityPolicy, { path }: FieldPolicy): RuleName {
  return ruleName(policy, path, NO_LIFECYCLE);
}

/** What the field is judged as, in a policy of its own. */
export function unitOfField(field: FieldPolicy): Unit {
  const unit = unitOf(aPolicy([field]), NO_LIFECYCLE, field.path);
  if (unit === undefined) throw new Error('The policy does not name its field.');
  return unit;
}
