import type { EntityPolicy } from '#shared/authority/policy.ts';
import { Capability, may, type Role } from '#shared/model/capabilities.ts';
import type { FieldValue } from '#shared/model/field-value.ts';
import type { FieldPath } from '#shared/model/ids.ts';

/** A value as it is told. `masked` hides also whether there is one. */
export type ToldValue = FieldValue | { readonly state: 'masked' };

/** A value that is not told. */
export const MASKED: ToldValue = Object.freeze({ state: 'masked' });

/** What a person may see of a type's values. Masked on the server: what is not sent cannot be looked up in a browser. */
export interface Sight {
  /** Whether there is anything that is not seen: then no hash of a whole is told either, for it would be a way to guess. */
  readonly isPartial: boolean;
  /** Whether the values of a field, or of a group of fields, are hidden. */
  readonly isHidden: (path: string) => boolean;
  readonly tell: (path: FieldPath, value: FieldValue) => ToldValue;
}

/** What a role may see under a policy. */
export function sightOf(role: Role, policy: EntityPolicy): Sight {
  const seesAll = may(role, Capability.readSensitive);
  const hidden = new Set<string>(
    policy.fields.flatMap(({ path, rule, isSensitive }) =>
      isSensitive !== true ? [] : rule.kind === 'group' ? [path, rule.group] : [path],
    ),
  );
  const isHidden = (path: string): boolean => !seesAll && hidden.has(path);
  const isPartial = !seesAll && hidden.size > 0;
  return {
    isPartial,
    isHidden,
    tell: (path, value) => (isHidden(path) || (isPartial && isVersion(path, value)) ? MASKED : value),
  };
}

/** What stands for an object as a whole is its version, which holds a hash of all that it says. */
function isVersion(path: FieldPath, { state }: FieldValue): boolean {
  return path.startsWith('@') && state === 'value';
}
