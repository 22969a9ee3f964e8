import {
  Kind,
  type DocumentNode,
  type FieldNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** What Shopify refuses before it runs anything. */
export const MAX_QUERY_COST = 1_000;
const MUTATION_COST = 10;
const CONNECTION_COST = 2;

/** A query as its cost is counted. */
export interface CostedQuery {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Names of the fields that are connections. */
  readonly isConnection: (fieldName: string) => boolean;
}

/**
 * Points of a query: ten for a mutation, one for an object at the top, two for a connection and one for each
 * node that `first` asks for. Each of the ids of `nodes` costs one, and one more for each object asked of it. With
 * `result` the nodes that came are counted instead.
 */
export function costOf(query: CostedQuery, result?: Readonly<Record<string, unknown>> | null): number {
  const isMutation = query.operation.operation === 'mutation';
  let points = 0;
  for (const field of fieldsOf(query, query.operation.selectionSet)) {
    const content = result === undefined ? undefined : (result?.[keyOf(field)] ?? null);
    if (field.name.value === 'nodes') {
      points += nodesById(query, field, content);
      continue;
    }
    const isList = query.isConnection(field.name.value);
    const own = isMutation ? MUTATION_COST : field.selectionSet === undefined || isList ? 0 : 1;
    points += content === null ? own : own + connectionsIn(query, field, content);
  }
  return points;
}

function nodesById(query: CostedQuery, field: FieldNode, content: unknown): number {
  const { selectionSet } = field;
  if (selectionSet === undefined) return 0;
  const came = Array.isArray(content) ? content.filter((node) => node !== null).length : 0;
  const nodes = content === undefined ? idsOf(query, field).length : came;
  const objects = fieldsOf(query, selectionSet).filter((inner) => inner.selectionSet !== undefined);
  return nodes * (1 + objects.length);
}

function idsOf(query: CostedQuery, field: FieldNode): readonly unknown[] {
  const value = field.arguments?.find((argument) => argument.name.value === 'ids')?.value;
  if (value?.kind === Kind.LIST) return value.values;
  const given = value?.kind === Kind.VARIABLE ? query.variables[value.name.value] : undefined;
  return Array.isArray(given) ? given : [];
}

function connectionsIn(query: CostedQuery, field: FieldNode, content: unknown): number {
  const { selectionSet } = field;
  if (selectionSet === undefined || content === null) return 0;
  if (!query.isConnection(field.name.value)) {
    if (Array.isArray(content))
      return content.reduce((sum: number, item) => sum + insideOf(query, selectionSet, item), 0);
    return insideOf(query, selectionSet, content);
  }
  const nodes =
    content === undefined ? firstOf(query, field) : (nodesOf(content)?.length ?? firstOf(query, field));
  return CONNECTION_COST + nodes + nodes * nestedConnections(query, selectionSet);
}

function insideOf(query: CostedQuery, selectionSet: SelectionSetNode, content: unknown): number {
  let points = 0;
  for (const field of fieldsOf(query, selectionSet)) {
    const inner =
      content === undefined
        ? undefined
        : ((content as Record<string, unknown> | null)?.[keyOf(field)] ?? null);
    points += connectionsIn(query, field, inner);
  }
  return points;
}

/** Connections below one node, counted by what is asked for. */
function nestedConnections(query: CostedQuery, selectionSet: SelectionSetNode): number {
  let points = 0;
  for (const field of fieldsOf(query, selectionSet)) {
    if (field.selectionSet === undefined) continue;
    points += query.isConnection(field.name.value)
      ? connectionsIn(query, field, undefined)
      : nestedConnections(query, field.selectionSet);
  }
  return points;
}

function nodesOf(connection: unknown): readonly unknown[] | undefined {
  const { nodes, edges } = connection as {
    readonly nodes?: readonly unknown[];
    readonly edges?: readonly unknown[];
  };
  return nodes ?? edges;
}

function firstOf(query: CostedQuery, field: FieldNode): number {
  const value = field.arguments?.find((argument) => argument.name.value === 'first')?.value;
  if (value?.kind === Kind.INT) return Number(value.value);
  const given = value?.kind === Kind.VARIABLE ? query.variables[value.name.value] : undefined;
  return typeof given === 'number' ? given : 1;
}

function keyOf(field: FieldNode): string {
  return field.alias?.value ?? field.name.value;
}

/** The fields of a selection, those of its fragments included. Validation has shown that these end. */
export function fieldsOf(
  query: Pick<CostedQuery, 'document'>,
  selectionSet: SelectionSetNode,
): readonly FieldNode[] {
  return selectionSet.selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection];
    if (selection.kind === Kind.INLINE_FRAGMENT) return fieldsOf(query, selection.selectionSet);
    const fragment = query.document.definitions.find(
      (definition) =>
        definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === selection.name.value,
    );
    return fragment?.kind === Kind.FRAGMENT_DEFINITION ? fieldsOf(query, fragment.selectionSet) : [];
  });
}
