import {
  Kind,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
  type ASTNode,
  type FieldNode,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';

import type { ReadQuery } from './read-query.ts';

/** A query refused before it runs; Shopify answers these with status 200 and without `data`. */
export interface QueryError {
  readonly message: string;
  readonly locations: readonly { readonly line: number; readonly column: number }[];
  readonly path: readonly string[];
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** Checks a query against the schema, with fields that do not exist worded the way Shopify does. */
export function queryErrors(schema: GraphQLSchema, query: ReadQuery): readonly QueryError[] {
  const undefinedFields = findUndefinedFields(schema, query);
  if (undefinedFields.length > 0) return undefinedFields;
  return validate(schema, query.document).map((error) => ({
    message: error.message,
    locations: (error.locations ?? []).map(({ line, column }) => ({ line, column })),
    path: [rootName(query)],
    extensions: { code: codeOf(error.message) },
  }));
}

function findUndefinedFields(schema: GraphQLSchema, query: ReadQuery): readonly QueryError[] {
  const errors: QueryError[] = [];
  const typeInfo = new TypeInfo(schema);
  const enter = (node: FieldNode, ancestors: readonly (ASTNode | readonly ASTNode[])[]): void => {
    const parent = typeInfo.getParentType();
    if (parent === null || parent === undefined || typeInfo.getFieldDef() !== undefined) return;
    const { line = 1, column = 1 } = node.loc?.startToken ?? {};
    errors.push({
      message: `Field '${node.name.value}' doesn't exist on type '${parent.name}'`,
      locations: [{ line, column }],
      path: [rootName(query), ...namesOf(ancestors), node.alias?.value ?? node.name.value],
      extensions: { code: 'undefinedField', typeName: parent.name, fieldName: node.name.value },
    });
  };
  visit(
    query.document,
    visitWithTypeInfo(typeInfo, {
      Field: { enter: (node, _key, _parent, _path, ancestors) => enter(node, ancestors) },
    }),
  );
  return errors;
}

function rootName({ operation }: ReadQuery): string {
  return operation.name === undefined
    ? operation.operation
    : `${operation.operation} ${operation.name.value}`;
}

function namesOf(ancestors: readonly (ASTNode | SelectionSetNode | readonly ASTNode[])[]): readonly string[] {
  return ancestors.flatMap((ancestor) => {
    if (!('kind' in ancestor) || ancestor.kind !== Kind.FIELD) return [];
    return [ancestor.alias?.value ?? ancestor.name.value];
  });
}

function codeOf(message: string): string {
  if (message.startsWith('Unknown argument')) return 'argumentNotAccepted';
  if (/Field ".*" argument ".*" of type .* is required/.test(message)) return 'missingRequiredArguments';
  if (message.includes('must have a selection of subfields')) return 'selectionMismatch';
  return 'argumentLiteralsIncompatible';
}
