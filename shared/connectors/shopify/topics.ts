import type { ChangeEvent, UnhandledEvent } from '#shared/model/source-event.ts';

export type TopicMeaning =
  | { readonly status: 'change'; readonly change: ChangeEvent['change'] }
  | { readonly status: 'unhandled'; readonly reason: UnhandledEvent['reason'] };

const CUSTOMER_TOPICS: ReadonlyMap<string, ChangeEvent['change']> = new Map([
  ['customers/create', 'created'],
  ['customers/update', 'changed'],
  ['customers/enable', 'changed'],
  ['customers/disable', 'changed'],
  ['customers/delete', 'deleted'],
  ['customers/merge', 'merged'],
]);

/** Topics and families of topics that Shopify has and no mapping wants. */
const UNMAPPED = new Set([
  'app',
  'bulk_operations',
  'carts',
  'checkouts',
  'collections',
  'companies',
  'company_contacts',
  'company_locations',
  'customer',
  'customer_groups',
  'customer_payment_methods',
  'customers',
  'customers_email_marketing_consent',
  'customers_marketing_consent',
  'customers_whats_app_marketing_consent',
  'discounts',
  'disputes',
  'draft_orders',
  'fulfillment_orders',
  'fulfillments',
  'inventory_items',
  'inventory_levels',
  'locations',
  'metafield_definitions',
  'metaobjects',
  'order_transactions',
  'orders',
  'product_listings',
  'products',
  'refunds',
  'returns',
  'shop',
  'subscription_contracts',
  'tender_transactions',
  'variants',
]);

/** What a topic in the form `customers/update` asks for. */
export function classify(topic: string): TopicMeaning {
  const change = CUSTOMER_TOPICS.get(topic);
  if (change !== undefined) return { status: 'change', change };
  const [family = ''] = topic.split(/[/.]/, 1);
  return { status: 'unhandled', reason: UNMAPPED.has(family) ? 'unmapped_object' : 'unknown_topic' };
}
