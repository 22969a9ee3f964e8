import type { Connector } from '#shared/connectors/connector.ts';
import { createHubspotConnector } from '#shared/connectors/hubspot/index.ts';
import { hubspotCustomer } from '#shared/connectors/hubspot/mappers/customer.ts';
import { valueOf, type FieldValue, type FieldValues } from '#shared/model/field-value.ts';
import { EntityType, NativeId, RecordId } from '#shared/model/ids.ts';
import { json, scriptedHttp, silentTelemetry, type Reply, type ScriptedHttp } from '../scripted-http.ts';

export const CUSTOMER = EntityType('customer');
export const ID = NativeId('501');
export const OWN = RecordId('rec_01J00000000000000000000000');
export const NOW = Date.UTC(2026, 10, 20, 10);

export function connect(...replies: readonly Reply[]): {
  readonly connector: Connector;
  readonly http: ScriptedHttp;
} {
  const http = scriptedHttp(...replies);
  const connector = createHubspotConnector({
    http,
    clock: { now: () => NOW },
    telemetry: silentTelemetry,
    credentials: { accessToken: () => Promise.resolve('pat-token'), baseUrl: 'http://127.0.0.1:8081' },
    mappings: [hubspotCustomer],
    callTimeoutMs: 4_000,
  });
  return { connector, http };
}

export function contact(
  properties: Readonly<Record<string, string | null>> = {},
  rest: Readonly<Record<string, unknown>> = {},
): unknown {
  return {
    id: '501',
    properties: {
      email: 'ada@example.com',
      firstname: 'Ada',
      lastmodifieddate: '2026-11-20T09:00:00.123Z',
      ...properties,
    },
    createdAt: '2026-11-01T00:00:00.000Z',
    updatedAt: '2026-11-20T09:00:00.123Z',
    archived: false,
    ...rest,
  };
}

export const values = (named: Readonly<Record<string, FieldValue>>): FieldValues => named;

export const missing = json(404, {
  status: 'error',
  message: 'resource not found',
  category: 'OBJECT_NOT_FOUND',
});
export const update = {
  type: CUSTOMER,
  nativeId: ID,
  fields: { firstName: valueOf('Ada') },
  idempotencyKey: 'key',
};
export const create = {
  type: CUSTOMER,
  ownId: OWN,
  fields: { email: valueOf('ada@example.com') },
  idempotencyKey: 'key',
};
