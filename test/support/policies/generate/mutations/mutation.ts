import type { EntityPolicy, FieldPolicy } from '#shared/authority/policy.ts';
import type { FieldPath, SystemId } from '#shared/model/ids.ts';
import { canonicalJson, type JsonValue } from '#shared/model/json.ts';
import type { Dice } from '../dice.ts';
import { EMAIL, systemsWith, withFields, type PolicyCase } from '../policy-case.ts';

/** One way of breaking a policy. Undefined where it does not apply to a case. */
export interface Mutation {
  readonly name: string;
  /** The code of the finding that has to be there. */
  readonly code: string;
  readonly apply: (original: PolicyCase, dice: Dice) => PolicyCase | undefined;
}

/** A case with another policy. */
export function rewritten(original: PolicyCase, rewrite: (policy: EntityPolicy) => EntityPolicy): PolicyCase {
  return { ...original, policy: rewrite(original.policy) };
}

/** Fields by the kind of their own rule. */
export function fieldsOf<K extends FieldPolicy['rule']['kind']>(
  { policy }: PolicyCase,
  ...kinds: readonly K[]
): readonly (FieldPolicy & { readonly rule: Extract<FieldPolicy['rule'], { kind: K }> })[] {
  type Wanted = FieldPolicy & { readonly rule: Extract<FieldPolicy['rule'], { kind: K }> };
  return policy.fields.filter((field): field is Wanted => kinds.some((kind) => kind === field.rule.kind));
}

/** A case in which one field has another rule. */
export function withRule(original: PolicyCase, path: FieldPath, rule: FieldPolicy['rule']): PolicyCase {
  return withFields(original, (field) => [field.path === path ? { ...field, rule } : field]);
}

/** A field that one system owns and another one mirrors, the key apart. */
export function mirrored(
  original: PolicyCase,
  dice: Dice,
): { readonly field: ReturnType<typeof fieldsOf<'owner'>>[number]; readonly mirror: SystemId } | undefined {
  const mirrorsOf = ({ path, rule }: ReturnType<typeof fieldsOf<'owner'>>[number]) =>
    systemsWith(original, path).filter((system) => system !== rule.system);
  const field = dice.any(
    fieldsOf(original, 'owner').filter((one) => one.path !== EMAIL && mirrorsOf(one).length > 0),
  );
  const mirror = field && dice.any(mirrorsOf(field));
  return field === undefined || mirror === undefined ? undefined : { field, mirror };
}

/** A value as text, whatever its type. */
export function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : canonicalJson(value);
}
