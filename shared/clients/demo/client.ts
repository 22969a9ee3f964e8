import type { ClientDefinition } from '../client-definition.ts';
import { hubspotCustomer } from '#shared/connectors/hubspot/mappers/customer.ts';
import { shopifyCustomer } from '#shared/connectors/shopify/mappers/customer.ts';
import { ClientId, SystemId } from '#shared/model/ids.ts';
import { customerPolicy } from './policy.ts';

const hubspot = SystemId('hubspot');
const shopify = SystemId('shopify');

/** A made-up retailer that sells through Shopify and keeps its customer relations in HubSpot. */
export const client: ClientDefinition = {
  id: ClientId('demo'),
  systems: [hubspot, shopify],
  entities: [customerPolicy],
  mappings: { [hubspot]: [hubspotCustomer], [shopify]: [shopifyCustomer] },
  initialMode: 'auto',
  polling: { [hubspot]: { everyMs: 60_000 }, [shopify]: { everyMs: 60_000 } },
};
