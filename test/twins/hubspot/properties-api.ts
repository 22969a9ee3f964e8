import { z } from 'zod';

import { toInstant } from '#shared/model/instant.ts';

import { jsonAnswer, type Answer } from '../core/answer.ts';
import { parseJson } from '../core/json-body.ts';
import { invalid, missing, type HubspotError } from './hubspot-error.ts';
import type { PropertyDefinition } from './object-type.ts';
import type { RecordStore } from './record-store.ts';

const NewPropertySchema = z.object({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9_]*$/, 'a property name has lower-case letters, digits and underscores'),
  label: z.string().min(1),
  type: z.enum(['string', 'number', 'date', 'datetime', 'enumeration', 'bool']),
  fieldType: z.string().min(1),
  groupName: z.string().min(1),
  description: z.string().default(''),
  hasUniqueValue: z.boolean().default(false),
  options: z.array(z.object({ label: z.string(), value: z.string() })).default([]),
});

/**
 * Forms that a property of each type may have.
 * Source: developers.hubspot.com/docs/api-reference/latest/crm/properties/guide
 */
const FIELD_TYPES: Readonly<Record<PropertyDefinition['type'], readonly string[]>> = {
  string: ['text', 'textarea', 'phonenumber', 'html', 'file', 'calculation_equation'],
  number: ['number', 'calculation_equation'],
  bool: ['booleancheckbox', 'calculation_equation'],
  enumeration: ['booleancheckbox', 'checkbox', 'radio', 'select', 'calculation_equation'],
  date: ['date'],
  datetime: ['date'],
};

/** Properties with unique values that one object type may have. */
const MAX_UNIQUE = 10;
const GROUPS = new Set(['contactinformation', 'integrationcreatedproperties']);

/** Serves `/crm/properties/{version}/{type}`. */
export function serveProperties(
  store: RecordStore,
  request: { readonly method: string; readonly body: string },
  name: string | undefined,
  now: number,
): Answer | HubspotError {
  if (request.method === 'GET' && name === undefined) {
    return jsonAnswer(200, { results: [...store.definitions.values()].map(present) });
  }
  if (request.method === 'GET' && name !== undefined) {
    const definition = store.definitions.get(name);
    return definition === undefined
      ? missing(`Property ${name} does not exist`)
      : jsonAnswer(200, present(definition));
  }
  if (request.method === 'POST' && name === undefined) return create(store, request.body, now);
  return { status: 405, category: 'VALIDATION_ERROR', message: `${request.method} is not supported here` };
}

function create(store: RecordStore, body: string, now: number): Answer | HubspotError {
  const parsed = NewPropertySchema.safeParse(parseJson(body));
  if (!parsed.success) return invalid(`Invalid input JSON: ${parsed.error.issues[0]?.message ?? ''}`);
  const given = parsed.data;
  if (!FIELD_TYPES[given.type].includes(given.fieldType))
    return invalid(`fieldType ${given.fieldType} is not possible for type ${given.type}`);
  if (given.type === 'enumeration' && given.options.length === 0)
    return invalid('A property of type enumeration needs options');
  if (!GROUPS.has(given.groupName)) return invalid(`Property group ${given.groupName} does not exist`);
  if (store.definitions.has(given.name)) {
    return {
      status: 409,
      category: 'OBJECT_ALREADY_EXISTS',
      message: `A property named '${given.name}' already exists.`,
    };
  }
  const unique = [...store.definitions.values()].filter((one) => one.hasUniqueValue && !one.hubspotDefined);
  if (given.hasUniqueValue && unique.length >= MAX_UNIQUE) {
    return invalid(`There may be ${MAX_UNIQUE} properties with unique values at most`);
  }
  const definition: PropertyDefinition = {
    ...given,
    hubspotDefined: false,
    readOnlyValue: false,
    createdAt: now,
  };
  store.definitions.set(given.name, definition);
  return jsonAnswer(201, present(definition), { outcomes: [{ id: given.name, accepted: true }] });
}

function present(definition: PropertyDefinition): unknown {
  const { readOnlyValue, createdAt, ...shown } = definition;
  const time = toInstant(createdAt);
  return {
    ...shown,
    createdAt: time,
    updatedAt: time,
    archived: false,
    calculated: false,
    hidden: false,
    displayOrder: -1,
    externalOptions: false,
    formField: true,
    modificationMetadata: {
      archivable: !definition.hubspotDefined,
      readOnlyDefinition: definition.hubspotDefined,
      readOnlyValue,
    },
    dataSensitivity: 'non_sensitive',
  };
}
