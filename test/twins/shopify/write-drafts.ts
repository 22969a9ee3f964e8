import { Kind, valueFromASTUntyped, type FieldNode } from 'graphql';

import type { JsonValue } from '#shared/model/json.ts';

import type { WriteDraft } from '../core/write-log.ts';
import { fieldsOf } from './cost.ts';
import type { ReadQuery } from './read-query.ts';

/** A draft and the key of its mutation in the answer. */
export interface KeyedDraft {
  readonly key: string;
  readonly draft: WriteDraft;
}

type Values = Readonly<Record<string, unknown>>;

/** The writes that a query asks for: one for each mutation, and one for each metafield of `metafieldsSet`. */
export function writeDraftsOf(query: ReadQuery): readonly KeyedDraft[] {
  if (query.operation.operation !== 'mutation') return [];
  return fieldsOf(query, query.operation.selectionSet).flatMap((field) => {
    const args = argumentsOf(field, query.variables);
    const key = field.alias?.value ?? field.name.value;
    const idempotencyKey = idempotencyKeyOf(field, query.variables);
    return describe(field.name.value, args).map(({ type, id, fields }) => ({
      key,
      draft: {
        method: 'POST',
        path: field.name.value,
        type,
        id,
        fields: fields as JsonValue,
        idempotencyKey,
      },
    }));
  });
}

function describe(
  name: string,
  args: Values,
): readonly { readonly type: string; readonly id: string | null; readonly fields: Values }[] {
  const input = objectOf(args['input']);
  switch (name) {
    case 'metafieldsSet': {
      const entries = Array.isArray(args['metafields']) ? args['metafields'].map(objectOf) : [];
      return entries.map((entry) => ({ type: 'metafields', id: textOf(entry['ownerId']), fields: entry }));
    }
    case 'metafieldDefinitionCreate':
      return [{ type: 'metafieldDefinitions', id: null, fields: objectOf(args['definition']) }];
    case 'customerMerge':
      return [{ type: 'customers', id: textOf(args['customerOneId']), fields: args }];
    case 'tagsAdd':
    case 'tagsRemove':
      return [{ type: 'customers', id: textOf(args['id']), fields: { tags: args['tags'] ?? [] } }];
    default: {
      const { id, ...fields } = input;
      const identifier = objectOf(args['identifier']);
      return [{ type: 'customers', id: textOf(id) ?? textOf(identifier['id']), fields }];
    }
  }
}

function argumentsOf(field: FieldNode, variables: Values): Values {
  return Object.fromEntries(
    (field.arguments ?? []).map(({ name, value }) => [name.value, valueFromASTUntyped(value, variables)]),
  );
}

function idempotencyKeyOf(field: FieldNode, variables: Values): string | null {
  const directive = field.directives?.find((one) => one.name.value === 'idempotent');
  const value = directive?.arguments?.find((one) => one.name.value === 'key')?.value;
  if (value === undefined) return null;
  return value.kind === Kind.STRING ? value.value : textOf(valueFromASTUntyped(value, variables));
}

function objectOf(value: unknown): Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Values) : {};
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
