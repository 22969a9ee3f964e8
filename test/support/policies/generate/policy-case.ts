import type { EntityPolicy, FieldPolicy, PlainRule } from '#shared/authority/policy.ts';
import { flagField, textField } from '#shared/connectors/field-mappings.ts';
import type { EntityMapping, FieldMapping } from '#shared/connectors/connector.ts';
import { Dimension, EntityType, FieldPath, SystemId } from '#shared/model/ids.ts';

export const HUBSPOT = SystemId('hubspot');
export const SHOPIFY = SystemId('shopify');
export const NETSUITE = SystemId('netsuite');
export const CUSTOMER = EntityType('customer');
export const EMAIL = FieldPath('email');
export const IDENTITY = Dimension('identity');
export const PROFILE = Dimension('profile');
export const TERMS = Dimension('terms');

/** A policy and how each system holds its type: what is generated, and then broken. */
export interface PolicyCase {
  readonly policy: EntityPolicy;
  readonly mappings: Readonly<Record<SystemId, EntityMapping>>;
}

/** What a native field can hold. */
export type Form = 'text' | 'phone' | 'flag';

/** A native field of each system that means the same in all of them. */
export interface Slot {
  readonly form: Form;
  readonly natives: Readonly<Record<SystemId, string>>;
}

const natives = (hubspot: string, shopify: string, netsuite: string): Slot['natives'] => ({
  [HUBSPOT]: hubspot,
  [SHOPIFY]: shopify,
  [NETSUITE]: netsuite,
});

export const EMAIL_SLOT: Slot = { form: 'text', natives: natives('email', 'email', 'email') };

/** Fields that twins have and tell changes of, so that a policy over them can be run. */
export const SLOTS: readonly Slot[] = [
  { form: 'text', natives: natives('firstname', 'firstName', 'firstname') },
  { form: 'text', natives: natives('lastname', 'lastName', 'lastname') },
  { form: 'text', natives: natives('customer_note', 'note', 'comments') },
  { form: 'phone', natives: natives('phone', 'phone', 'phone') },
  { form: 'flag', natives: natives('customer_tax_exempt', 'taxExempt', 'taxable') },
];

/** How a system maps a path to its native field of a slot. */
export function mappingTo(path: FieldPath, { form, natives: names }: Slot, system: SystemId): FieldMapping {
  const native = names[system] ?? '';
  if (form !== 'flag') return textField(path, native, system === SHOPIFY ? null : '');
  return flagField(path, native, system === HUBSPOT ? ['true', ''] : [true, false]);
}

/** How a system holds customers: known by their e-mail address. */
export function entityOf(system: SystemId, fields: readonly FieldMapping[]): EntityMapping {
  const object = system === HUBSPOT ? 'contacts' : 'Customer';
  return {
    type: CUSTOMER,
    object,
    fields,
    keys: ({ email }) =>
      typeof email === 'string' && email.includes('@') ? [{ key: 'email', value: email.toLowerCase() }] : [],
  };
}

/** A case with other fields, by what becomes of each. */
export function withFields(
  original: PolicyCase,
  change: (field: FieldPolicy) => readonly FieldPolicy[],
): PolicyCase {
  return { ...original, policy: { ...original.policy, fields: original.policy.fields.flatMap(change) } };
}

/** A case in which one system maps other fields. */
export function withMapping(
  original: PolicyCase,
  system: SystemId,
  change: (field: FieldMapping) => readonly FieldMapping[],
): PolicyCase {
  const mapping = original.mappings[system];
  if (mapping === undefined) return original;
  const changed = { ...mapping, fields: mapping.fields.flatMap(change) };
  return { ...original, mappings: { ...original.mappings, [system]: changed } };
}

/** Systems that map a path. */
export function systemsWith({ mappings }: PolicyCase, path: FieldPath): readonly SystemId[] {
  return (Object.keys(mappings) as SystemId[]).filter((system) =>
    mappings[system]?.fields.some((field) => field.path === path),
  );
}

/** Who may speak under a plain rule, as the policy page says it. */
export function speakers(rule: PlainRule): readonly SystemId[] {
  if (rule.kind === 'owner') return [rule.system];
  return rule.kind === 'latest' || rule.kind === 'agree' ? rule.systems : [];
}
