import {
  invalid,
  invalidProperties,
  keyConflict,
  type HubspotError,
  type PropertyProblem,
} from './hubspot-error.ts';
import type { PropertyDefinition } from './object-type.ts';
import { splitList, type HubspotRecord, type RecordStore } from './record-store.ts';

/** Values in the form in which they are stored; `''` clears. */
export type CheckedValues = ReadonlyMap<string, string>;

export type CheckResult =
  | { readonly status: 'valid'; readonly values: CheckedValues }
  | { readonly status: 'refused'; readonly error: HubspotError };

const EMAIL = /^[^\s@;,]+@[^\s@;,]+\.[^\s@;,.]+$/;

/** What a person may do in the UI beyond the API: set values that are read-only there. */
export type Actor = 'api' | 'person';

/**
 * Checks and normalises property values for a record that exists (`record`) or is about to. What HubSpot's
 * documents leave open (a `null` value) is refused, so that nobody comes to rely on it.
 */
export function checkValues(
  store: RecordStore,
  properties: unknown,
  record: HubspotRecord | null,
  actor: Actor,
): CheckResult {
  if (typeof properties !== 'object' || properties === null || Array.isArray(properties)) {
    return refused(invalid('Invalid input JSON: properties must be an object'));
  }
  const problems: PropertyProblem[] = [];
  const values = new Map<string, string>();
  for (const [name, given] of Object.entries(properties)) {
    const checked = checkOne(store.definitions.get(name), name, given, record, actor);
    if (typeof checked === 'string') values.set(name, checked);
    else problems.push(checked);
  }
  if (problems.length > 0) return refused(invalidProperties(problems));
  dropBackwardMove(store, values, record);
  const taken = takenBy(store, values, record);
  return taken === null ? { status: 'valid', values } : refused(taken);
}

function refused(error: HubspotError): CheckResult {
  return { status: 'refused', error };
}

function checkOne(
  definition: PropertyDefinition | undefined,
  name: string,
  given: unknown,
  record: HubspotRecord | null,
  actor: Actor,
): string | PropertyProblem {
  if (definition === undefined) {
    return { name, code: 'PROPERTY_DOESNT_EXIST', message: `Property "${name}" does not exist` };
  }
  if (typeof given !== 'string' && typeof given !== 'number' && typeof given !== 'boolean') {
    return { name, code: 'INVALID_VALUE', message: `Property "${name}" takes text; "" clears it` };
  }
  if (definition.readOnlyValue && actor === 'api') {
    return { name, code: 'READ_ONLY_VALUE', message: `"${name}" is a read only property` };
  }
  const text = String(given);
  if (text === '') return '';
  return name === 'email' || name === 'hs_additional_emails'
    ? checkEmails(name, text)
    : checkTyped(definition, appended(definition, text, record));
}

function checkEmails(name: string, text: string): string | PropertyProblem {
  const parts = name === 'email' ? [text.trim()] : splitList(text);
  const bad = parts.find((part) => !EMAIL.test(part));
  if (bad !== undefined) return { name, code: 'INVALID_EMAIL', message: `Email address ${bad} is invalid` };
  return parts.map((part) => part.toLowerCase()).join(';');
}

/** A leading `;` adds to a multiple choice instead of replacing it. */
function appended(definition: PropertyDefinition, text: string, record: HubspotRecord | null): string {
  if (definition.fieldType !== 'checkbox' || !text.startsWith(';')) return text;
  const present = splitList(record?.values.get(definition.name) ?? '');
  return [...new Set([...present, ...splitList(text)])].join(';');
}

function checkTyped(definition: PropertyDefinition, text: string): string | PropertyProblem {
  const { name, type } = definition;
  const problem = (code: string): PropertyProblem => ({
    name,
    code,
    message: `${text} was not a valid ${type} for "${name}"`,
  });
  switch (type) {
    case 'string':
      return text;
    case 'number':
      return /^-?\d+(\.\d+)?$/.test(text) ? text : problem('INVALID_NUMBER');
    case 'bool':
      return text === 'true' || text === 'false' ? text : problem('INVALID_OPTION');
    case 'enumeration': {
      const chosen = definition.fieldType === 'checkbox' ? splitList(text) : [text];
      const known = chosen.every((value) => definition.options.some((option) => option.value === value));
      return known ? chosen.join(';') : problem('INVALID_OPTION');
    }
    case 'date':
    case 'datetime':
      return checkTime(type, text) ?? problem('INVALID_DATE');
  }
}

function checkTime(type: 'date' | 'datetime', text: string): string | null {
  const epochMs = /^-?\d+$/.test(text) ? Number(text) : Date.parse(text);
  if (Number.isNaN(epochMs)) return null;
  const iso = new Date(epochMs).toISOString();
  if (type === 'datetime') return iso;
  return iso.endsWith('T00:00:00.000Z') ? iso.slice(0, 10) : null;
}

/** HubSpot answers 200 to a move back and stores nothing of it, unless the stage was cleared before. */
function dropBackwardMove(
  store: RecordStore,
  values: Map<string, string>,
  record: HubspotRecord | null,
): void {
  const name = store.type.forwardOnlyProperty;
  if (name === null || record === null) return;
  const order = (value: string | undefined): number =>
    store.definitions.get(name)?.options.findIndex((option) => option.value === value) ?? -1;
  const next = values.get(name);
  if (next !== undefined && next !== '' && order(next) < order(record.values.get(name))) values.delete(name);
}

function takenBy(
  store: RecordStore,
  values: CheckedValues,
  record: HubspotRecord | null,
): HubspotError | null {
  const key = store.type.keyProperty;
  for (const [name, value] of values) {
    if (value === '') continue;
    const isKey = key !== null && (name === key.name || name === key.additional);
    const wanted = isKey
      ? splitList(value)
      : store.definitions.get(name)?.hasUniqueValue === true
        ? [value]
        : [];
    for (const one of wanted) {
      const holder = store.findByUnique(isKey ? key.name : name, one);
      if (holder === null || holder.id === record?.id) continue;
      if (isKey) return keyConflict(store.type.label, holder.id);
      return invalidProperties([
        { name, code: 'CONFLICTING_UNIQUE_VALUE', message: `${holder.id} already has that value.` },
      ]);
    }
  }
  return null;
}
