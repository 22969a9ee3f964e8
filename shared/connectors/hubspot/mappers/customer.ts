import { normalEmail } from '#shared/model/email.ts';
import { EntityType } from '#shared/model/ids.ts';
import type { JsonValue } from '#shared/model/json.ts';
import type { EntityMapping } from '#shared/connectors/connector.ts';
import { flagField, textField } from '#shared/connectors/field-mappings.ts';

/**
 * Customers as HubSpot contacts. Properties are text on the wire and are cleared by empty text; the note
 * and the tax exemption are properties of ours.
 */
export const hubspotCustomer: EntityMapping = {
  type: EntityType('customer'),
  object: 'contacts',
  fields: [
    textField('email', 'email', ''),
    textField('firstName', 'firstname', ''),
    textField('lastName', 'lastname', ''),
    textField('phone', 'phone', ''),
    textField('note', 'customer_note', ''),
    flagField('taxExempt', 'customer_tax_exempt', ['true', '']),
  ],
  // HubSpot refuses a second contact with any address of a first one, so aliases are keys as well.
  keys: ({ email, hs_additional_emails: additional }) =>
    [...new Set([...addressesOf(email), ...addressesOf(additional)])].map((value) => ({
      key: 'email',
      value,
    })),
};

/** HubSpot writes lists as one text with semicolons. */
function addressesOf(native: JsonValue | undefined): readonly string[] {
  if (typeof native !== 'string') return [];
  return native
    .split(';')
    .map(normalEmail)
    .filter((address) => address !== '');
}
