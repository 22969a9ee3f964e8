import { NoDeprecatedCustomRule, parse, specifiedRules, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import * as operations from '#shared/connectors/shopify/operations.ts';
import { hasAdminSchema, readAdminSchema } from './admin-schema.ts';

const documents: readonly (readonly [string, string])[] = [
  ['READ_CUSTOMER', operations.READ_CUSTOMER],
  ['READ_CUSTOMERS', operations.READ_CUSTOMERS],
  ['LIST_CUSTOMERS', operations.LIST_CUSTOMERS],
  ['CREATE_CUSTOMER', operations.CREATE_CUSTOMER],
  ['UPDATE_CUSTOMER', operations.UPDATE_CUSTOMER],
  ['DELETE_CUSTOMER', operations.DELETE_CUSTOMER],
  ['READ_OWN_ID_DEFINITION', operations.READ_OWN_ID_DEFINITION],
  ['CREATE_OWN_ID_DEFINITION', operations.CREATE_OWN_ID_DEFINITION],
  ['findCustomers(1)', operations.findCustomers(1)],
  ['findCustomers(12)', operations.findCustomers(12)],
];

describe.skipIf(!hasAdminSchema)(
  "Shopify's operations (skipped where the vendor's schema beside the checkout is absent)",
  () => {
    function problemsOf(document: string): readonly string[] {
      return validate(readAdminSchema(), parse(document), [...specifiedRules, NoDeprecatedCustomRule]).map(
        ({ message }) => message,
      );
    }

    test.each(documents)(
      '%s is valid and uses nothing deprecated',
      (_name, document) => {
        expect(problemsOf(document)).toEqual([]);
      },
      60_000,
    );

    test('a deprecated field or an unknown one would be refused', () => {
      expect(problemsOf('query Q($id: ID!) { customer(id: $id) { email } }')).toHaveLength(1);
      expect(problemsOf('query Q($id: ID!) { customer(id: $id) { telex } }')).toHaveLength(1);
    }, 60_000);

    test('every document of the file is covered', () => {
      const exported = Object.values(operations).filter(
        (value) => typeof value === 'string' && value.includes('{'),
      );

      expect(documents.map(([, document]) => document)).toEqual(expect.arrayContaining(exported));
    });
  },
);
