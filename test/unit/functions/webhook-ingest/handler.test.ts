import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { bind } from '#functions/webhook-ingest/entry.ts';
import { unavailable } from '#shared/errors/faults.ts';
import type { Message } from '#shared/ports/event-bus.ts';
import type { Ports } from '#shared/ports/ports.ts';
import type { Entry, EntryRequest } from '#shared/runtime/entry.ts';
import { createLogger, type Logger } from '#shared/telemetry/logger.ts';

const NOW = Date.UTC(2026, 10, 20, 10);
const PUBLIC_URL = 'https://hooks.example.com';
const SECRETS: Readonly<Record<string, readonly string[]>> = {
  HUBSPOT_CLIENT_SECRET: ['new-hubspot-secret', 'old-hubspot-secret'],
  SHOPIFY_CLIENT_SECRET: ['shopify-secret'],
};

interface World {
  readonly call: Entry;
  readonly published: (readonly Message[])[];
  readonly telemetry: Logger;
  readonly lines: string[];
}

/** Ports without a store: the function must not know one. */
async function world(publish?: () => Promise<never>): Promise<World> {
  const published: (readonly Message[])[] = [];
  const lines: string[] = [];
  const telemetry = createLogger({ clock: { now: () => NOW }, write: (line) => lines.push(line) });
  const ports: Pick<Ports, 'bus' | 'secrets' | 'clock' | 'telemetry'> = {
    clock: { now: () => NOW },
    telemetry,
    secrets: { versions: async (name) => SECRETS[name] ?? [] },
    bus: {
      async publish(_topic, messages) {
        if (publish !== undefined) return publish();
        published.push(messages);
        return messages.map((_message, index) => String(index));
      },
    },
  };
  const call = await bind({
    functionName: 'webhook-ingest',
    ports: ports as Ports,
    guard: { check: () => Promise.reject(new Error('a public function asks for no token')) },
    publicUrl: PUBLIC_URL,
    loadContext: () => Promise.reject(new Error('ingest loads no client')),
    pumps: () => [],
  });
  return { call, published, telemetry, lines };
}

function post(
  path: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): EntryRequest {
  return { method: 'POST', path, query: '', headers, body: Buffer.from(body) };
}

function hubspot(
  body: string,
  options: { readonly secret?: string; readonly url?: string; readonly at?: number } = {},
): EntryRequest {
  const { secret = 'new-hubspot-secret', url = `${PUBLIC_URL}/webhook-ingest/hubspot`, at = NOW } = options;
  const signature = createHmac('sha256', secret).update(`POST${url}${body}${at}`).digest('base64');
  return post('/hubspot', body, {
    'content-type': 'application/json',
    'x-hubspot-signature-v3': signature,
    'x-hubspot-request-timestamp': String(at),
  });
}

function shopify(body: string): EntryRequest {
  return post('/shopify', body, {
    'x-shopify-hmac-sha256': createHmac('sha256', 'shopify-secret').update(body).digest('base64'),
    'x-shopify-topic': 'customers/update',
    'x-shopify-webhook-id': 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
  });
}

function notification(objectId: number, propertyName: string): object {
  return {
    eventId: 1,
    subscriptionId: 2,
    portalId: 3,
    appId: 4,
    occurredAt: NOW - 1_000,
    subscriptionType: 'contact.propertyChange',
    attemptNumber: 0,
    objectId,
    propertyName,
    propertyValue: 'x',
    changeSource: 'CRM_UI',
  };
}

const CONTACTS = JSON.stringify([
  notification(101, 'email'),
  notification(101, 'phone'),
  notification(102, 'email'),
]);
const CUSTOMER = JSON.stringify({
  id: 7_003_000_000_001,
  admin_graphql_api_id: 'gid://shopify/Customer/7003000000001',
  updated_at: '2026-11-20T09:59:00Z',
});

const kinds = (messages: readonly Message[] | undefined): readonly unknown[] =>
  (messages ?? []).map(({ body }) => (body as { readonly kind: string }).kind);

describe('a genuine webhook', () => {
  test('of HubSpot is published in one call, grouped by object, and then answered with 200', async () => {
    const { call, published } = await world();

    const response = await call(hubspot(CONTACTS));

    expect(response).toMatchObject({ status: 200, body: '{"status":"done","reason":"published"}' });
    expect(published.map(kinds)).toEqual([['change', 'change']]);
    expect(published[0]?.[0]?.attributes).toEqual({ system: 'hubspot', kind: 'change' });
  });

  test('of Shopify is published', async () => {
    const { call, published } = await world();

    const response = await call(shopify(CUSTOMER));

    expect(response.status).toBe(200);
    expect(published.map(kinds)).toEqual([['change']]);
  });

  test('is accepted under the previous secret while the vendor rotates', async () => {
    const { call } = await world();

    const response = await call(hubspot(CONTACTS, { secret: 'old-hubspot-secret' }));

    expect(response.status).toBe(200);
  });

  test.each(['{"a":', '{}', ''])(
    'that reads %j is published as invalid, so that it ends in quarantine',
    async (body) => {
      const { call, published } = await world();

      const response = await call(hubspot(body));

      expect(response.status).toBe(200);
      expect(published.map(kinds)).toEqual([['invalid']]);
    },
  );

  test('without any event is answered and publishes nothing', async () => {
    const { call, published } = await world();

    const response = await call(hubspot('[]'));

    expect(response).toMatchObject({ status: 200, body: '{"status":"done","reason":"empty_delivery"}' });
    expect(published).toEqual([]);
  });

  test('answers 503 when it could not be published, so that the vendor delivers again (M1)', async () => {
    const { call } = await world(() => Promise.reject(unavailable('the topic')));

    const response = await call(hubspot(CONTACTS));

    expect(response.status).toBe(503);
  });
});

describe('a webhook that is refused', () => {
  test.each([
    ['with a wrong signature', hubspot(CONTACTS, { secret: 'guess' })],
    [
      'signed for another address',
      hubspot(CONTACTS, { url: 'https://evil.example.org/webhook-ingest/hubspot' }),
    ],
    ['that is ten minutes old', hubspot(CONTACTS, { at: NOW - 600_000 })],
    ['without a signature', post('/hubspot', CONTACTS)],
    ['for Shopify without a signature', post('/shopify', CUSTOMER)],
    [
      'changed after it was signed',
      { ...hubspot(CONTACTS), body: Buffer.from(CONTACTS.replace('101', '999')) },
    ],
  ])('%s leaves a count and nothing else', async (_name, request) => {
    const { call, published, telemetry, lines } = await world();

    const response = await call(request);

    expect(response).toMatchObject({ status: 401, body: '{"status":"rejected","reason":"unauthenticated"}' });
    expect(published).toEqual([]);
    expect(lines).toEqual([]);
    expect(telemetry.snapshot().map(({ metric }) => metric)).toEqual(['webhooks_refused', 'entry_outcomes']);
  });

  test('because it is larger than 5 MiB is not even checked', async () => {
    const { call, telemetry } = await world();
    const body = `[${' '.repeat(5 * 1024 * 1024)}]`;

    const response = await call(hubspot(body));

    expect(response.status).toBe(413);
    expect(telemetry.snapshot().map(({ metric }) => metric)).toEqual(['entry_outcomes']);
  });

  test('because it is exactly one byte too large, and not a byte sooner', async () => {
    const { call } = await world();
    const largest = `[${' '.repeat(5 * 1024 * 1024 - 2)}]`;

    const responses = [await call(hubspot(largest)), await call(hubspot(`${largest} `))];

    expect(responses.map(({ status }) => status)).toEqual([200, 413]);
  });

  test.each(['gzip', 'br', 'deflate'])('because it is compressed with %s', async (encoding) => {
    const { call, published } = await world();
    const request = hubspot(CONTACTS);

    const response = await call({
      ...request,
      headers: { ...request.headers, 'content-encoding': encoding },
    });

    expect(response.status).toBe(415);
    expect(published).toEqual([]);
  });

  test.each([
    ['GET', '/hubspot', 405],
    ['PUT', '/shopify', 405],
    ['POST', '/', 404],
    ['POST', '/salesforce', 404],
    ['POST', '/hubspot/', 404],
    ['POST', '/__proto__', 404],
    ['GET', '/salesforce', 404],
  ])('%s %s answers %i in JSON', async (method, path, expected) => {
    const { call } = await world();

    const response = await call({ ...post(path, CONTACTS), method });

    expect(response.status).toBe(expected);
    expect(JSON.parse(response.body)).toMatchObject({ status: 'rejected' });
  });

  test('because its system is known and not connected yet says so', async () => {
    const { call } = await world();

    const response = await call(post('/netsuite', '{}'));

    expect(response).toMatchObject({ status: 404, body: '{"status":"rejected","reason":"not_connected"}' });
  });
});
