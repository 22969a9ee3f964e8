import {
  getNullableType,
  isEnumType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';

/** Forms of the scalars that Shopify's schema leaves open. */
const SCALARS: Readonly<Record<string, (value: unknown) => boolean>> = {
  ID: (value) => typeof value === 'string' && /^gid:\/\/shopify\/[A-Za-z]+\/\d+$/.test(value),
  String: (value) => typeof value === 'string',
  Boolean: (value) => typeof value === 'boolean',
  Int: (value) => Number.isInteger(value),
  DateTime: (value) => typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value),
  UnsignedInt64: (value) => typeof value === 'string' && /^\d+$/.test(value),
};

/** What of an answer's `data` is not what the schema promises for the document that asked. */
export function answerProblems(
  schema: GraphQLSchema,
  document: DocumentNode,
  data: unknown,
): readonly string[] {
  const operation = document.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION);
  const root = operation && schema.getRootType(operation.operation);
  if (operation === undefined || root === null || root === undefined) return ['there is no such operation'];
  return objectProblems({ schema, document }, root, operation.selectionSet, data, '');
}

interface Asked {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
}

function valueProblems(
  asked: Asked,
  type: GraphQLOutputType,
  field: FieldNode,
  value: unknown,
  path: string,
): readonly string[] {
  if (value === null) return isNonNullType(type) ? [`${path} is null`] : [];
  const present = getNullableType(type);
  if (isListType(present)) {
    if (!Array.isArray(value)) return [`${path} is no list`];
    return value.flatMap((item, index) =>
      valueProblems(asked, present.ofType, field, item, `${path}[${index}]`),
    );
  }
  if (isEnumType(present))
    return typeof value === 'string' && present.getValue(value) !== undefined
      ? []
      : [`${path} is no ${present.name}`];
  if (field.selectionSet !== undefined)
    return objectProblems(asked, present, field.selectionSet, value, path);
  const isOfForm = SCALARS[String(present)];
  if (isOfForm === undefined) return [`${path} is a ${String(present)}, whose form nobody stated`];
  return isOfForm(value) ? [] : [`${path} is no ${String(present)}`];
}

function objectProblems(
  asked: Asked,
  declared: GraphQLOutputType,
  selection: SelectionSetNode,
  value: unknown,
  path: string,
): readonly string[] {
  const type = narrowed(asked, declared, selection);
  if (!isObjectType(type) && !isInterfaceType(type)) return [`${path} is no object in the schema`];
  if (typeof value !== 'object' || value === null) return [`${path} is no object`];
  const fields = selectedFields(asked, selection);
  const named = new Set(fields.map(keyOf));
  const unasked = Object.keys(value).filter((key) => !named.has(key));
  return [
    ...unasked.map((key) => `${path}.${key} was not asked for`),
    ...fields.flatMap((field) => {
      const at = `${path}.${keyOf(field)}`;
      const definition = type.getFields()[field.name.value];
      const content = (value as Readonly<Record<string, unknown>>)[keyOf(field)];
      if (definition === undefined) return [`${at} does not exist`];
      return content === undefined
        ? [`${at} is missing`]
        : valueProblems(asked, definition.type, field, content, at);
    }),
  ];
}

/** An interface of which everything is asked on one type stands for that type. */
function narrowed(
  { schema }: Asked,
  type: GraphQLOutputType,
  { selections }: SelectionSetNode,
): GraphQLOutputType {
  const [only] = selections;
  if (!isInterfaceType(type) || selections.length > 1 || only?.kind !== Kind.INLINE_FRAGMENT) return type;
  const condition = schema.getType(only.typeCondition?.name.value ?? '');
  return isObjectType(condition) ? condition : type;
}

function selectedFields(asked: Asked, { selections }: SelectionSetNode): readonly FieldNode[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection];
    if (selection.kind === Kind.INLINE_FRAGMENT) return selectedFields(asked, selection.selectionSet);
    const fragment = asked.document.definitions.find(
      (node) => node.kind === Kind.FRAGMENT_DEFINITION && node.name.value === selection.name.value,
    );
    return fragment?.kind === Kind.FRAGMENT_DEFINITION ? selectedFields(asked, fragment.selectionSet) : [];
  });
}

function keyOf(field: FieldNode): string {
  return field.alias?.value ?? field.name.value;
}
