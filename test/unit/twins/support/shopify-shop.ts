import type { HttpRequest } from '#shared/ports/http.ts';
import {
  createRandom,
  createShopifyTwin,
  createTwinControl,
  SHOPIFY_TWIN_TOKEN,
  type ShopifyTwinOptions,
  type Twin,
  type TwinControl,
  type TwinResponse,
} from '#test/twins/index.ts';

import type { Json } from './hubspot-account.ts';

/** A Shopify twin with a clock in the test's hand and a receiver that keeps what arrives. */
export interface ShopifyShop {
  readonly twin: Twin;
  readonly asPerson: TwinControl;
  readonly clock: { now(): number; advance(ms: number): void };
  readonly received: HttpRequest[];
  readonly receiver: { status: number };
  /** Posts a query with the right token. */
  query(
    text: string,
    variables?: Json,
    headers?: Readonly<Record<string, string>>,
  ): Promise<TwinResponse & { json: Json; data: Json }>;
  /** Creates a customer over the API and returns its gid. */
  create(input: Json): Promise<string>;
  /** Lets everything due arrive and returns those requests. */
  deliver(): Promise<readonly HttpRequest[]>;
}

export const ENDPOINT = '/admin/api/2026-10/graphql.json';
const SHOP_TARGET = {
  url: 'https://mesh.example.com/webhook-ingest/shopify',
  secret: 'local-shopify-secret',
} as const;

export function openShopifyShop(options: Partial<ShopifyTwinOptions> = {}): ShopifyShop {
  let now = Date.parse('2026-11-20T10:00:00.000Z');
  const clock = {
    now: () => now,
    advance(ms: number) {
      now += ms;
    },
  };
  const received: HttpRequest[] = [];
  const receiver = { status: 200 };
  const send = async (request: HttpRequest): Promise<{ status: number; headers: {}; body: string }> => {
    received.push(request);
    return { status: receiver.status, headers: {}, body: '' };
  };
  const twin = createShopifyTwin({
    clock,
    random: createRandom(7),
    webhook: { ...SHOP_TARGET, send },
    ...options,
  });
  const shop: ShopifyShop = {
    twin,
    asPerson: createTwinControl(twin),
    clock,
    received,
    receiver,
    async query(text, variables = {}, headers = { 'x-shopify-access-token': SHOPIFY_TWIN_TOKEN }) {
      const response = await twin.handle({
        method: 'POST',
        path: ENDPOINT,
        headers,
        body: JSON.stringify({ query: text, variables }),
      });
      const json = JSON.parse(response.body) as Json;
      return { ...response, json, data: (json['data'] ?? {}) as Json };
    },
    async create(input) {
      const { data } = await shop.query(CREATE, { input });
      return (data['customerCreate'] as { customer: { id: string } }).customer.id;
    },
    async deliver() {
      const before = received.length;
      await twin.runOnce(now);
      return received.slice(before);
    },
  };
  return shop;
}

const FIELDS = `id legacyResourceId email phone firstName lastName note tags taxExempt createdAt updatedAt displayName
  defaultEmailAddress { emailAddress } defaultPhoneNumber { phoneNumber }`;

export const CREATE = `mutation Create($input: CustomerInput!) {
  customerCreate(input: $input) { customer { ${FIELDS} } userErrors { field message } }
}`;
export const UPDATE = `mutation Update($input: CustomerInput!) {
  customerUpdate(input: $input) { customer { ${FIELDS} } userErrors { field message } }
}`;
export const SET = `mutation Set($identifier: CustomerSetIdentifiers, $input: CustomerSetInput!) {
  customerSet(identifier: $identifier, input: $input) { customer { ${FIELDS} } userErrors { field message code } }
}`;
export const READ = `query Read($id: ID!) { customer(id: $id) { ${FIELDS} } }`;
export const DEFINE = `mutation Define($definition: MetafieldDefinitionInput!) {
  metafieldDefinitionCreate(definition: $definition) {
    createdDefinition { id namespace key type { name } capabilities { uniqueValues { enabled } } }
    userErrors { field message code }
  }
}`;
export const BY_IDENTIFIER = `query By($identifier: CustomerIdentifierInput!) { customerByIdentifier(identifier: $identifier) { id } }`;
export const OWN_ID = {
  ownerType: 'CUSTOMER',
  namespace: 'mesh',
  key: 'record_id',
  name: 'Mesh record id',
  type: 'id',
} as const;
