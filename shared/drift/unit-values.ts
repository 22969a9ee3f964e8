/**
 * What systems say about a unit: one value per field of it. A unit of one field behaves as the field; a group behaves
 * as one value that is equal, cleared or known only as a whole.
 */
import { canonicalForm, equalUnder } from '#shared/authority/equality.ts';
import type { EntityPolicy } from '#shared/authority/policy.ts';
import type { Unit } from '#shared/authority/rules.ts';
import { ABSENT, CLEARED, fieldOf, type FieldValue, type FieldValues } from '#shared/model/field-value.ts';
import type { FieldPath } from '#shared/model/ids.ts';

/** The unit's part of some values, each as it is compared when it is empty: blanks say no more than nothing does. */
export function unitValues(policy: EntityPolicy, unit: Unit, values: FieldValues | undefined): FieldValues {
  return mapUnit(unit, (path, index) => {
    const said = fieldOf(values, path);
    const field = unit.fields[index] ?? unit.fields[0];
    return said.state === 'value' && canonicalForm(policy, field, said).state === 'cleared' ? CLEARED : said;
  });
}

/** Whether two unit values mean the same under the normaliser of every field. */
export function sameUnit(policy: EntityPolicy, unit: Unit, a: FieldValues, b: FieldValues): boolean {
  return unit.fields.every((field) =>
    equalUnder(policy, field, fieldOf(a, field.path), fieldOf(b, field.path)),
  );
}

/** Whether anything of it is not known: then nothing can be said about the whole (C2). */
export function isAbsent(unit: Unit, values: FieldValues): boolean {
  return unit.fields.some(({ path }) => fieldOf(values, path).state === 'absent');
}

/** Whether all of it is known to be empty. */
export function isCleared(unit: Unit, values: FieldValues): boolean {
  return unit.fields.every(({ path }) => fieldOf(values, path).state === 'cleared');
}

/** The values in the form in which they flow. */
export function canonicalUnit(policy: EntityPolicy, unit: Unit, values: FieldValues): FieldValues {
  return mapUnit(unit, (path, index) =>
    canonicalForm(policy, unit.fields[index] ?? unit.fields[0], fieldOf(values, path)),
  );
}

/** One value per field of the unit. */
export function mapUnit(
  unit: Unit,
  of: (path: FieldPath, index: number) => FieldValue | undefined,
): FieldValues {
  return Object.fromEntries(unit.fields.map(({ path }, index) => [path, of(path, index) ?? ABSENT]));
}
