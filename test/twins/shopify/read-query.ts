import {
  getOperationAST,
  GraphQLError,
  parse,
  type DocumentNode,
  type OperationDefinitionNode,
} from 'graphql';

import { parseObject } from '../core/json-body.ts';

/** A GraphQL request, read but not yet checked against the schema. */
export interface ReadQuery {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

export type QueryReading =
  | { readonly status: 'read'; readonly query: ReadQuery }
  /** The body is no GraphQL request at all: HTTP 400. */
  | { readonly status: 'no_request' }
  | { readonly status: 'syntax'; readonly message: string };

/** Reads the body of a request. */
export function readQuery(body: string): QueryReading {
  const request = parseObject(body);
  const { query, variables, operationName } = request ?? {};
  if (typeof query !== 'string') return { status: 'no_request' };
  if (
    variables !== undefined &&
    variables !== null &&
    (typeof variables !== 'object' || Array.isArray(variables))
  )
    return { status: 'no_request' };
  try {
    const document = parse(query);
    const operation = getOperationAST(
      document,
      typeof operationName === 'string' ? operationName : undefined,
    );
    if (operation === null || operation === undefined)
      return { status: 'syntax', message: 'An operation name is required' };
    return {
      status: 'read',
      query: { document, operation, variables: (variables ?? {}) as Record<string, unknown> },
    };
  } catch (error) {
    if (error instanceof GraphQLError) return { status: 'syntax', message: `syntax error, ${error.message}` };
    throw error;
  }
}
