import { contentHash } from '#shared/model/hash.ts';
import type { Dimension, EntityType, FieldPath, SystemId } from '#shared/model/ids.ts';
import type { NormaliserName } from './normalisers.ts';

/** Who is authoritative for a field. Data, hashed into every operation it allows (M6). */
export type AuthorityRule =
  /** One authority; the others mirror it. */
  | { readonly kind: 'owner'; readonly system: SystemId }
  /** Several may edit; each is compared with its own base. */
  | { readonly kind: 'latest'; readonly systems: readonly SystemId[] }
  /** Nobody wins automatically. */
  | { readonly kind: 'agree'; readonly systems: readonly SystemId[] }
  /** Not compared; the reason is shown. */
  | { readonly kind: 'ignored'; readonly reason: string };

export interface FieldPolicy {
  readonly path: FieldPath;
  readonly dimension: Dimension;
  readonly rule: AuthorityRule;
  /** `auto`: an explained difference flows at once. `ask`: it waits for an operator. */
  readonly apply: 'auto' | 'ask';
  /** How two values are brought to one form before they are compared. */
  readonly normaliser: NormaliserName;
}

export interface EntityPolicy {
  readonly type: EntityType;
  /** Systems that hold this type, and whether each must have a representation of every record. */
  readonly presence: Readonly<Record<SystemId, 'required' | 'optional'>>;
  /** Dimension that carries the presence verdicts. */
  readonly presenceDimension: Dimension;
  readonly fields: readonly FieldPolicy[];
  /** Region in which a phone number without country code is read, for example `US`. */
  readonly region: string;
}

/** A rule as operations and history name it, and the hash that voids an operation when it changes. */
export interface RuleName {
  readonly id: string;
  readonly hash: string;
}

/** Names the rule of one field: `customer.phone: latest(hubspot, shopify)`. */
export function ruleName(policy: EntityPolicy, field: FieldPolicy): RuleName {
  return remembered(policy, field, () => ({
    id: `${policy.type}.${field.path}: ${describeRule(field.rule)}`,
    hash: contentHash([policy.type, field]),
  }));
}

/** Names the rule that lets a required representation be created: `customer: required in shopify`. */
export function presenceRuleName(policy: EntityPolicy, system: SystemId): RuleName {
  return remembered(policy, system, () => ({
    id: `${policy.type}: ${policy.presence[system] ?? 'optional'} in ${system}`,
    hash: contentHash([policy.type, 'presence', system, policy.presence[system] ?? 'optional']),
  }));
}

const namesOfPolicies = new WeakMap<EntityPolicy, Map<FieldPolicy | SystemId, RuleName>>();

/** A policy never changes, and naming a rule costs a hash: each is named once. */
function remembered(policy: EntityPolicy, subject: FieldPolicy | SystemId, nameOf: () => RuleName): RuleName {
  const names = namesOfPolicies.get(policy) ?? new Map<FieldPolicy | SystemId, RuleName>();
  const known = names.get(subject);
  if (known !== undefined) return known;
  const name = nameOf();
  namesOfPolicies.set(policy, names.set(subject, name));
  return name;
}

/** Systems whose word counts for the field. */
export function authoritiesOf(rule: AuthorityRule): readonly SystemId[] {
  switch (rule.kind) {
    case 'owner':
      return [rule.system];
    case 'latest':
    case 'agree':
      return rule.systems;
    case 'ignored':
      return [];
  }
}

/** Hash of the whole policy, stored with every run. */
export function policyHash(policy: EntityPolicy): string {
  return contentHash(policy);
}

function describeRule(rule: AuthorityRule): string {
  return rule.kind === 'ignored'
    ? `ignored (${rule.reason})`
    : `${rule.kind}(${authoritiesOf(rule).join(', ')})`;
}
