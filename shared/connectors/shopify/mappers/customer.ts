import { normalEmail } from '#shared/model/email.ts';
import { EntityType } from '#shared/model/ids.ts';
import type { EntityMapping } from '#shared/connectors/connector.ts';
import { flagField, textField } from '#shared/connectors/field-mappings.ts';

/** Customers of a shop. Native names are those of `CustomerInput`; texts are cleared by null. */
export const shopifyCustomer: EntityMapping = {
  type: EntityType('customer'),
  object: 'Customer',
  fields: [
    textField('email', 'email', null),
    textField('firstName', 'firstName', null),
    textField('lastName', 'lastName', null),
    textField('phone', 'phone', null),
    textField('note', 'note', null),
    flagField('taxExempt', 'taxExempt', [true, false]),
  ],
  keys: ({ email }) => {
    const value = typeof email === 'string' ? normalEmail(email) : '';
    return value === '' ? [] : [{ key: 'email', value }];
  },
};
