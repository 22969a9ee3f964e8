import type { Connector } from '#shared/connectors/connector.ts';
import { createShopifyConnector, type ShopifyConnectorOptions } from '#shared/connectors/shopify/index.ts';
import { shopifyCustomer } from '#shared/connectors/shopify/mappers/customer.ts';
import { valueOf, type FieldValue, type FieldValues } from '#shared/model/field-value.ts';
import { EntityType, NativeId, RecordId } from '#shared/model/ids.ts';
import { json, scriptedHttp, silentTelemetry, type Reply, type ScriptedHttp } from '../scripted-http.ts';

export const CUSTOMER = EntityType('customer');
export const ID = NativeId('gid://shopify/Customer/706405506930370084');
export const OTHER = 'gid://shopify/Customer/2';
export const OWN = RecordId('rec_01J00000000000000000000000');
const NOW = Date.UTC(2026, 10, 20, 10);

export function connect(...replies: readonly Reply[]): {
  readonly connector: Connector;
  readonly http: ScriptedHttp;
} {
  const http = scriptedHttp(...replies);
  return { connector: createShopifyConnector(optionsWith(http)), http };
}

export function optionsWith(http: ScriptedHttp): ShopifyConnectorOptions {
  return {
    http,
    clock: { now: () => NOW },
    telemetry: silentTelemetry,
    credentials: {
      shop: 'example.myshopify.com',
      accessToken: () => Promise.resolve('shpat'),
      baseUrl: 'http://127.0.0.1:8082',
    },
    mappings: [shopifyCustomer],
    callTimeoutMs: 4_000,
  };
}

export const values = (named: Readonly<Record<string, FieldValue>>): FieldValues => named;

export function customer(changes: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return {
    id: ID,
    updatedAt: '2026-11-20T09:00:00Z',
    firstName: 'Ada',
    lastName: null,
    note: null,
    taxExempt: false,
    defaultEmailAddress: { emailAddress: 'Ada@example.com' },
    defaultPhoneNumber: null,
    ...changes,
  };
}

export const read = (value: unknown): Reply => json(200, { data: { customer: value } });
export const payload = (name: string, value: unknown, userErrors: readonly unknown[] = []): Reply =>
  json(200, { data: { [name]: { customer: value, userErrors } } });

export const update = {
  type: CUSTOMER,
  nativeId: ID,
  fields: values({ firstName: valueOf('Ada') }),
  idempotencyKey: 'key',
};
export const create = {
  type: CUSTOMER,
  ownId: OWN,
  fields: values({ email: valueOf('ada@example.com') }),
  idempotencyKey: 'key',
};

export interface Sent {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

export function sent(http: ScriptedHttp): readonly Sent[] {
  return http.requests.map(({ body = '' }) => JSON.parse(body) as Sent);
}
