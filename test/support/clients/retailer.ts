import type { EntityPolicy } from '#shared/authority/policy.ts';
import { client as demo } from '#shared/clients/demo/client.ts';
import type { ClientDefinition } from '#shared/clients/client-definition.ts';
import { textField } from '#shared/connectors/field-mappings.ts';
import { hubspotCustomer } from '#shared/connectors/hubspot/mappers/customer.ts';
import { shopifyCustomer } from '#shared/connectors/shopify/mappers/customer.ts';
import { Dimension, EntityType, FieldPath } from '#shared/model/ids.ts';
import { HUBSPOT, SHOPIFY } from '#test/support/customers.ts';

const identity = Dimension('identity');
const profile = Dimension('profile');
const lifecycle = Dimension('lifecycle');
const common = { dimension: profile, apply: 'auto', normaliser: 'text' } as const;

/**
 * A retailer whose leads are HubSpot's and whose customers are the shop's. It uses every rule of the truth policy:
 * leads are not in the shop; a phone number is sales' until the lead buys, and the shop's from then on; first and last
 * name move together; the note is the consultant's; evangelists are exempt from tax.
 */
const retailerPolicy: EntityPolicy = {
  type: EntityType('customer'),
  presence: { [HUBSPOT]: 'required', [SHOPIFY]: { when: { kind: 'lifecycle', oneOf: ['customer'] } } },
  presenceDimension: identity,
  region: 'US',
  lifecycle: {
    field: FieldPath('stage'),
    initial: 'lead',
    states: {
      lead: ['subscriber', 'lead', 'marketingqualifiedlead', 'salesqualifiedlead', 'opportunity'],
      customer: ['customer', 'evangelist'],
    },
  },
  groups: [{ id: 'name', rule: { kind: 'latest', systems: [HUBSPOT, SHOPIFY] }, apply: 'auto' }],
  fields: [
    {
      path: FieldPath('email'),
      dimension: identity,
      rule: { kind: 'agree', systems: [HUBSPOT, SHOPIFY] },
      apply: 'auto',
      normaliser: 'email',
    },
    {
      path: FieldPath('stage'),
      dimension: lifecycle,
      rule: { kind: 'owner', system: HUBSPOT },
      apply: 'auto',
      normaliser: 'exact',
    },
    { ...common, path: FieldPath('firstName'), rule: { kind: 'group', group: 'name' } },
    { ...common, path: FieldPath('lastName'), rule: { kind: 'group', group: 'name' } },
    {
      ...common,
      path: FieldPath('phone'),
      normaliser: 'phone',
      rule: {
        kind: 'by_lifecycle',
        cases: [
          { while: ['lead'], rule: { kind: 'owner', system: HUBSPOT } },
          { while: ['customer'], rule: { kind: 'owner', system: SHOPIFY } },
        ],
      },
    },
    { ...common, path: FieldPath('note'), rule: { kind: 'operator' } },
    {
      ...common,
      path: FieldPath('taxExempt'),
      normaliser: 'exact',
      rule: {
        kind: 'derived',
        from: {
          fn: 'lookup',
          inputs: [FieldPath('stage')],
          table: { evangelist: true },
          otherwise: false,
        },
      },
    },
  ],
};

/** The retailer as a client of the embedded mesh. */
export const retailer: ClientDefinition = {
  ...demo,
  entities: [retailerPolicy],
  mappings: {
    [HUBSPOT]: [
      { ...hubspotCustomer, fields: [...hubspotCustomer.fields, textField('stage', 'lifecyclestage', '')] },
    ],
    [SHOPIFY]: [shopifyCustomer],
  },
  attributes: {
    [EntityType('customer')]: [
      { path: FieldPath('note'), label: 'Note', value: { kind: 'text', maxLength: 500 } },
      { path: FieldPath('manager'), label: 'Account manager', value: { kind: 'text', maxLength: 100 } },
    ],
  },
};
