import { buildSchema, getVariableValues, Kind, parse, validate, type GraphQLSchema } from 'graphql';
import { describe, expect, test } from 'vitest';

import { buildTwinSchema } from '#test/twins/shopify/schema.ts';
import { hasAdminSchema, readAdminSchema } from '#test/unit/shared/connectors/shopify/admin-schema.ts';
import { answerProblems } from './support/answer-problems.ts';
import { shopifyExchanges, type ShopifyExchange } from './support/shopify-exchanges.ts';

const exchanges = await shopifyExchanges();

const schemas: readonly (readonly [string, boolean, () => GraphQLSchema])[] = [
  ["the twin's own schema", true, buildTwinSchema],
  [
    `the vendor's schema of 2026-10${hasAdminSchema ? '' : ' (skipped: it is not beside this checkout)'}`,
    hasAdminSchema,
    readAdminSchema,
  ],
];

describe.each(schemas)('By %s', (_name, isHere, read) => {
  test.skipIf(!isHere)(
    'each query is valid, with its variables',
    () => {
      const schema = read();

      const problems = exchanges.flatMap(({ text, variables }) => queryProblems(schema, text, variables));

      expect(problems).toEqual([]);
    },
    60_000,
  );

  test.skipIf(!isHere)(
    'each answer of the twin has the promised form, refusals included',
    () => {
      const schema = read();

      const problems = exchanges.flatMap(({ text, answer: { data, errors } }) =>
        // An error in a field that must not be null takes all data with it.
        data === null && errors !== undefined ? [] : answerProblems(schema, parse(text), data),
      );

      expect(problems).toEqual([]);
    },
    60_000,
  );
});

describe('The exchanges that are checked', () => {
  test('hold every query and mutation of the twin', () => {
    const schema = buildTwinSchema();
    const served = [schema.getQueryType(), schema.getMutationType()].flatMap((type) =>
      Object.keys(type?.getFields() ?? {}),
    );

    const asked = new Set(exchanges.flatMap(({ text }) => rootFieldsOf(text)));

    expect(served.filter((name) => !asked.has(name))).toEqual([]);
  });

  test('hold a success and a refusal of every mutation', () => {
    const mutations = Object.keys(buildTwinSchema().getMutationType()?.getFields() ?? {});

    const refusals = new Map(mutations.map((name) => [name, new Set(exchanges.flatMap(outcomesOf(name)))]));

    expect([...refusals].filter(([, outcomes]) => outcomes.size < 2).map(([name]) => name)).toEqual([]);
  });

  test('hold errors, each with its place, its code and the data that is left', () => {
    const withErrors = exchanges.filter(({ answer }) => answer['errors'] !== undefined);

    expect(withErrors.length).toBeGreaterThan(1);
    for (const { answer } of withErrors) {
      expect(answer).toHaveProperty('data');
      expect(answer['errors']).toEqual([
        expect.objectContaining({
          message: expect.any(String),
          path: expect.any(Array),
          extensions: { code: expect.any(String) },
        }),
      ]);
    }
  });
});

test('An answer of another form is seen', () => {
  const schema = buildSchema(`
    scalar DateTime
    type Query { customer(id: ID!): Customer, shop: Shop! }
    type Shop { id: ID! }
    type Customer { id: ID!, email: String, updatedAt: DateTime!, tags: [String!]!, state: State }
    enum State { ON }
  `);
  const document = parse(
    '{ customer(id: "x") { ...C }  shop { id } } fragment C on Customer { id email updatedAt tags state }',
  );
  const customer = { id: 7, updatedAt: 'yesterday', tags: ['a', null], state: 'OFF', phone: null };

  expect(answerProblems(schema, document, { customer, shop: null })).toEqual([
    '.customer.phone was not asked for',
    '.customer.id is no ID',
    '.customer.email is missing',
    '.customer.updatedAt is no DateTime',
    '.customer.tags[1] is null',
    '.customer.state is no State',
    '.shop is null',
  ]);
});

function queryProblems(
  schema: GraphQLSchema,
  text: string,
  variables: ShopifyExchange['variables'],
): readonly string[] {
  const document = parse(text);
  const invalid = validate(schema, document).map(({ message }) => message);
  const operation = document.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION);
  const { errors = [] } = getVariableValues(schema, operation?.variableDefinitions ?? [], variables);
  return [...invalid, ...errors.map(({ message }) => message)];
}

function rootFieldsOf(text: string): readonly string[] {
  return parse(text).definitions.flatMap((node) =>
    node.kind === Kind.OPERATION_DEFINITION
      ? node.selectionSet.selections.flatMap((field) => (field.kind === Kind.FIELD ? [field.name.value] : []))
      : [],
  );
}

function outcomesOf(mutation: string): (exchange: ShopifyExchange) => readonly ('done' | 'refused')[] {
  return ({ text, answer }) => {
    if (!rootFieldsOf(text).includes(mutation)) return [];
    const payload = (answer['data'] as Readonly<Record<string, { userErrors: unknown[] } | null>>)[mutation];
    return payload === null || payload === undefined || payload.userErrors.length > 0
      ? ['refused']
      : ['done'];
  };
}
