import type { EntityPolicy } from '#shared/authority/policy.ts';
import { Dimension, EntityType, FieldPath, SystemId } from '#shared/model/ids.ts';

const hubspot = SystemId('hubspot');
const shopify = SystemId('shopify');
const identity = Dimension('identity');
const profile = Dimension('profile');

const HOUR_MS = 60 * 60_000;

/**
 * Customers. Sales keeps names in HubSpot; the shop keeps notes and tax status; either side may correct a
 * phone number; an e-mail address identifies the customer, so both sides must say the same.
 */
export const customerPolicy: EntityPolicy = {
  type: EntityType('customer'),
  presence: { [hubspot]: 'required', [shopify]: 'required' },
  presenceDimension: identity,
  region: 'US',
  // What a customer says changes more often than who it is, and is looked at more often.
  checks: {
    [identity]: { targetMs: 24 * HOUR_MS, minMs: HOUR_MS, maxMs: 18 * HOUR_MS },
    [profile]: { targetMs: 6 * HOUR_MS, minMs: HOUR_MS / 4, maxMs: 4.5 * HOUR_MS },
  },
  fields: [
    {
      path: FieldPath('email'),
      dimension: identity,
      rule: { kind: 'agree', systems: [hubspot, shopify] },
      apply: 'auto',
      normaliser: 'email',
    },
    {
      path: FieldPath('firstName'),
      dimension: profile,
      rule: { kind: 'owner', system: hubspot },
      apply: 'auto',
      normaliser: 'text',
    },
    {
      path: FieldPath('lastName'),
      dimension: profile,
      rule: { kind: 'owner', system: hubspot },
      apply: 'auto',
      normaliser: 'text',
    },
    {
      path: FieldPath('phone'),
      dimension: profile,
      rule: { kind: 'latest', systems: [hubspot, shopify] },
      apply: 'auto',
      normaliser: 'phone',
    },
    {
      path: FieldPath('note'),
      dimension: profile,
      rule: { kind: 'owner', system: shopify },
      apply: 'auto',
      normaliser: 'text',
    },
    {
      path: FieldPath('taxExempt'),
      dimension: profile,
      rule: { kind: 'owner', system: shopify },
      apply: 'auto',
      normaliser: 'exact',
    },
  ],
};
