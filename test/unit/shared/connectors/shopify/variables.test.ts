import { getVariableValues, Kind, parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { CLEARED, valueOf } from '#shared/model/field-value.ts';
import { json } from '../scripted-http.ts';
import { hasAdminSchema, readAdminSchema } from './admin-schema.ts';
import {
  connect,
  create,
  customer,
  CUSTOMER,
  ID,
  OWN,
  payload,
  read,
  sent,
  update,
  values,
} from './setup.ts';

describe.skipIf(!hasAdminSchema)(
  "what is sent to Shopify (skipped where the vendor's schema beside the checkout is absent)",
  () => {
    test('every variable is one that the schema accepts', async () => {
      const { connector, http } = connect(
        read(null),
        json(200, { data: { by0: null, by1: null } }),
        payload('customerUpdate', customer()),
        payload('customerCreate', customer()),
        json(200, { data: { metafieldDefinition: null } }),
        json(200, { data: { metafieldDefinitionCreate: { userErrors: [] } } }),
      );
      const all = values({
        email: valueOf('a@example.com'),
        firstName: valueOf('A'),
        lastName: CLEARED,
        phone: valueOf('+12133734253'),
        note: CLEARED,
        taxExempt: CLEARED,
      });

      await connector.reader.read(CUSTOMER, ID);
      await connector.reader.find({
        type: CUSTOMER,
        ownId: OWN,
        keys: [{ key: 'email', value: 'a@example.com' }],
      });
      await connector.writer.update({ ...update, fields: all });
      await connector.writer.create({ ...create, fields: all });
      await connector.prepare();

      expect(http.requests).toHaveLength(6);
      for (const { query, variables } of sent(http)) {
        const definition = parse(query).definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION);
        const coerced = getVariableValues(
          readAdminSchema(),
          definition?.variableDefinitions ?? [],
          variables,
        );
        expect(coerced).not.toHaveProperty('errors');
      }
    }, 60_000);
  },
);
