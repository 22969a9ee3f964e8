import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedDirective,
  print,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';
import { describe, expect, test } from 'vitest';

import { buildTwinSchema } from '#test/twins/shopify/schema.ts';
import { hasAdminSchema, readAdminSchema } from '#test/unit/shared/connectors/shopify/admin-schema.ts';

describe('The Shopify twin serves a subset of the Admin API 2026-10', () => {
  test.skipIf(!hasAdminSchema)(
    `in which everything stands as in the vendor's schema${hasAdminSchema ? '' : ' (skipped: the schema file is not beside this checkout)'}`,
    () => {
      const differences = differencesTo(readAdminSchema(), buildTwinSchema());

      expect(differences).toEqual([]);
    },
    60_000,
  );

  test('and the comparison sees a renamed field, another nullability, a missing value and a new obligation', () => {
    const vendor = buildSchema(`
      type Query { customer(id: ID!, shopId: ID!): Customer }
      type Customer { id: ID! email: String }
      enum State { ON }
    `);
    const twin = buildSchema(`
      type Query { customer(id: ID!): Customer }
      type Customer { id: ID email: String phone: String }
      enum State { ON OFF }
    `);

    expect(differencesTo(vendor, twin)).toEqual([
      'Query.customer lacks the required shopId',
      'Customer.id is ID, the vendor has ID!',
      'Customer.phone does not exist',
      'State.OFF does not exist',
    ]);
  });
});

/** What of the twin's schema stands otherwise in the vendor's. */
function differencesTo(vendor: GraphQLSchema, twin: GraphQLSchema): readonly string[] {
  const types = Object.values(twin.getTypeMap()).filter((type) => !type.name.startsWith('__'));
  const ofTypes = types.flatMap((type) => {
    const other = vendor.getType(type.name);
    return other === undefined ? [`${type.name} does not exist`] : typeDifferences(type, other);
  });
  const ofDirectives = twin
    .getDirectives()
    .filter((directive) => !isSpecifiedDirective(directive))
    .flatMap((directive) => {
      const other = vendor.getDirective(directive.name);
      if (other === undefined || other === null) return [`@${directive.name} does not exist`];
      const places = directive.locations.filter((location) => !other.locations.includes(location));
      return [
        ...places.map((place) => `@${directive.name} is not allowed on ${place}`),
        ...inputDifferences(`@${directive.name}`, directive.args, other.args),
      ];
    });
  return [...ofTypes, ...ofDirectives];
}

function typeDifferences(type: GraphQLNamedType, other: GraphQLNamedType): readonly string[] {
  if (type.constructor !== other.constructor) return [`${type.name} is of another kind`];
  if (isEnumType(type) && isEnumType(other)) {
    return type
      .getValues()
      .filter((value) => other.getValue(value.name) === undefined)
      .map((value) => `${type.name}.${value.name} does not exist`);
  }
  if (isInputObjectType(type) && isInputObjectType(other)) {
    const oneOf = type.isOneOf === other.isOneOf ? [] : [`${type.name} differs in @oneOf`];
    return [
      ...oneOf,
      ...inputDifferences(type.name, Object.values(type.getFields()), Object.values(other.getFields())),
    ];
  }
  if ((isObjectType(type) || isInterfaceType(type)) && (isObjectType(other) || isInterfaceType(other))) {
    const known = other.getInterfaces().map((one) => one.name);
    const foreign = type.getInterfaces().filter((one) => !known.includes(one.name));
    return [
      ...foreign.map((one) => `${type.name} does not implement ${one.name}`),
      ...Object.values(type.getFields()).flatMap((field) => {
        const name = `${type.name}.${field.name}`;
        const match = other.getFields()[field.name];
        if (match === undefined) return [`${name} does not exist`];
        return [
          ...typeDifference(name, field.type, match.type),
          ...inputDifferences(name, field.args, match.args),
        ];
      }),
    ];
  }
  return [];
}

type Input = GraphQLArgument | GraphQLInputField;

function inputDifferences(name: string, own: readonly Input[], others: readonly Input[]): readonly string[] {
  const differing = own.flatMap((input) => {
    const other = others.find((one) => one.name === input.name);
    if (other === undefined) return [`${name}.${input.name} does not exist`];
    const isSame = defaultOf(input) === defaultOf(other);
    return [
      ...typeDifference(`${name}.${input.name}`, input.type, other.type),
      ...(isSame ? [] : [`${name}.${input.name} has another default`]),
    ];
  });
  const lacking = others
    .filter(
      (one) =>
        String(one.type).endsWith('!') &&
        one.default === undefined &&
        !own.some((input) => input.name === one.name),
    )
    .map((one) => `${name} lacks the required ${one.name}`);
  return [...differing, ...lacking];
}

function defaultOf(input: Input): string {
  const literal = input.default?.literal;
  return literal === undefined ? JSON.stringify(input.default?.value) : print(literal);
}

function typeDifference(name: string, own: unknown, other: unknown): readonly string[] {
  return String(own) === String(other) ? [] : [`${name} is ${String(own)}, the vendor has ${String(other)}`];
}
