import {
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  typeFromAST,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';

import { isGid } from './gid.ts';

/** One thing that is wrong with a variable. */
interface Problem {
  readonly path: readonly (string | number)[];
  readonly explanation: string;
}

/** A refused variable the way Shopify words it. */
export interface VariableError {
  readonly message: string;
  readonly locations: readonly { readonly line: number; readonly column: number }[];
  readonly extensions: {
    readonly code: 'INVALID_VARIABLE';
    readonly value: unknown;
    readonly problems: readonly Problem[];
  };
}

/** Checks the variables of an operation; the errors of a request that Shopify refuses for them. */
export function variableErrors(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): readonly VariableError[] {
  return (operation.variableDefinitions ?? []).flatMap((definition) => {
    const name = definition.variable.name.value;
    const type = typeFromAST(schema, definition.type) as GraphQLInputType | undefined;
    if (type === undefined || (!(name in variables) && definition.defaultValue !== undefined)) return [];
    const value = variables[name];
    const problems = problemsOf(value, type, []);
    if (problems.length === 0) return [];
    const said = problems.map(({ path, explanation }) =>
      path.length === 0 ? `(${explanation})` : `${path.join('.')} (${explanation})`,
    );
    const where = problems.every(({ path }) => path.length === 0) ? '' : ' for';
    const { line = 1, column = 1 } = definition.loc?.startToken ?? {};
    return [
      {
        message:
          `Variable $${name} of type ${String(type)} was provided invalid value${where} ${said.join(', ')}`.trim(),
        locations: [{ line, column }],
        extensions: { code: 'INVALID_VARIABLE' as const, value: value ?? null, problems },
      },
    ];
  });
}

function problemsOf(
  value: unknown,
  type: GraphQLInputType,
  path: readonly (string | number)[],
): readonly Problem[] {
  const problem = (explanation: string): readonly Problem[] => [{ path, explanation }];
  if (isNonNullType(type)) {
    return value === null || value === undefined
      ? problem('Expected value to not be null')
      : problemsOf(value, type.ofType, path);
  }
  if (value === null || value === undefined) return [];
  if (isListType(type)) {
    // A single value stands for a list of one.
    const items = Array.isArray(value) ? value : [value];
    return items.flatMap((item, index) => problemsOf(item, type.ofType, [...path, index]));
  }
  if (isEnumType(type)) {
    const names = type.getValues().map((one) => one.name);
    return typeof value === 'string' && names.includes(value)
      ? []
      : problem(`Expected ${JSON.stringify(value)} to be one of: ${names.join(', ')}`);
  }
  if (!isInputObjectType(type)) return scalarProblem(value, type.name).flatMap(problem);
  if (typeof value !== 'object' || Array.isArray(value))
    return problem(`Expected ${JSON.stringify(value)} to be a key-value object.`);
  const given = value as Record<string, unknown>;
  const fields = type.getFields();
  const unknown = Object.keys(given)
    .filter((name) => !Object.hasOwn(fields, name))
    .map((name) => ({ path: [...path, name], explanation: `Field is not defined on ${type.name}` }));
  const chosen = Object.values(given).filter((one) => one !== null && one !== undefined).length;
  if (type.isOneOf && unknown.length === 0 && chosen !== 1)
    return problem(`'${type.name}' requires exactly one argument, but ${chosen} were provided.`);
  return [
    ...unknown,
    ...Object.values(fields).flatMap((field) =>
      problemsOf(given[field.name], field.type, [...path, field.name]),
    ),
  ];
}

/** Explanations for a scalar; none when the value fits. */
function scalarProblem(value: unknown, type: string): readonly string[] {
  switch (type) {
    case 'ID':
      return typeof value === 'string' && isGid(value) ? [] : [`Invalid global id '${String(value)}'`];
    case 'Int':
      return Number.isInteger(value) ? [] : [`Could not coerce value ${JSON.stringify(value)} to Int`];
    case 'Boolean':
      return typeof value === 'boolean' ? [] : [`Could not coerce value ${JSON.stringify(value)} to Boolean`];
    case 'String':
      return typeof value === 'string' ? [] : [`Could not coerce value ${JSON.stringify(value)} to String`];
    default:
      return [];
  }
}
