import type { AuthorityRule, EntityPolicy, FieldPolicy } from '#shared/authority/policy.ts';
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
export const owner = (system: SystemId): AuthorityRule => ({ kind: 'owner', system });
export const latest = (...systems: readonly SystemId[]): AuthorityRule => ({ kind: 'latest', systems });
export const agree = (...systems: readonly SystemId[]): AuthorityRule => ({ kind: 'agree', systems });
export const ignored = (reason: string): AuthorityRule => ({ kind: 'ignored', reason });

/** A field of the dimension `profile`, compared as text, that flows at once. */
export function aField(
  path: FieldPath,
  rule: AuthorityRule,
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
