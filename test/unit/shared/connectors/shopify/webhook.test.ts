import { createHmac } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shopifyWebhook } from '#shared/connectors/shopify/webhook.ts';
import type { WebhookRequest } from '#shared/connectors/webhook.ts';
import { SourceEventSchema } from '#shared/model/source-event.ts';

const NOW = 1_800_000_000_000;
const ID = '706405506930370084';
const GID = `gid://shopify/Customer/${ID}`;

function requestOf(topic: string, body: unknown, headers: WebhookRequest['headers'] = {}): WebhookRequest {
  return {
    method: 'POST',
    url: 'https://mesh.example.com/webhook-ingest/shopify',
    headers: {
      'x-shopify-topic': topic,
      'x-shopify-webhook-id': 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
      ...headers,
    },
    rawBody: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  };
}

describe('shopifyWebhook.verify', () => {
  const body = '{"id":820982911946154508,"title":"Zo\u00EB"}';

  test('accepts the known example, over its UTF-8 bytes', () => {
    const request = requestOf('products/create', body, {
      'x-shopify-hmac-sha256': 'fFfs54/sWSgCxXg1aR5FP5ss8prikfkWgmw1d1WXBtE=',
    });

    expect(shopifyWebhook.verify(request, ['hush'], NOW)).toEqual({ status: 'valid' });
    expect(shopifyWebhook.verify(request, ['rotated', 'hush'], NOW)).toEqual({ status: 'valid' });
  });

  test('refuses another secret, another body, an empty secret, a cut signature and none', () => {
    const sign = (secret: string): string => createHmac('sha256', secret).update(body).digest('base64');
    const withSignature = (signature: string): WebhookRequest =>
      requestOf('products/create', body, { 'x-shopify-hmac-sha256': signature });
    const wrong = { status: 'refused', reason: 'wrong_signature' };

    expect(shopifyWebhook.verify(withSignature(sign('hush')), ['other'], NOW)).toEqual(wrong);
    expect(
      shopifyWebhook.verify(
        { ...withSignature(sign('hush')), rawBody: Buffer.from(`${body} `) },
        ['hush'],
        NOW,
      ),
    ).toEqual(wrong);
    expect(shopifyWebhook.verify(withSignature(sign('')), [''], NOW)).toEqual(wrong);
    expect(shopifyWebhook.verify(withSignature(sign('hush').slice(0, 8)), ['hush'], NOW)).toEqual(wrong);
    expect(shopifyWebhook.verify(requestOf('products/create', body), ['hush'], NOW)).toEqual({
      status: 'refused',
      reason: 'missing_signature',
    });
  });
});

describe('shopifyWebhook.parse', () => {
  test('names the customer by its global id and takes the time of the body, not of a header', () => {
    const body = { id: 1, admin_graphql_api_id: GID, updated_at: '2026-11-20T05:00:00-05:00' };

    const events = shopifyWebhook.parse(
      requestOf('customers/update', body, { 'x-shopify-triggered-at': '2030-01-01T00:00:00Z' }),
      NOW,
    );

    expect(events).toEqual([
      {
        kind: 'change',
        system: 'shopify',
        dedupeKey: 'shopify-b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
        receivedAt: '2027-01-15T08:00:00.000Z',
        type: 'customer',
        nativeId: GID,
        change: 'changed',
        occurredAt: '2026-11-20T10:00:00.000Z',
        fields: null,
        lane: 'live',
        source: 'webhook',
      },
    ]);
  });

  test.each([
    ['customers/create', 'created'],
    ['customers/update', 'changed'],
    ['customers/enable', 'changed'],
    ['customers/disable', 'changed'],
    ['customers/delete', 'deleted'],
  ])('%s says that the customer was %s, by the number digit for digit', (topic, change) => {
    expect(shopifyWebhook.parse(requestOf(topic, `{"id": ${ID}}`), NOW)).toMatchObject([
      { nativeId: GID, change, occurredAt: null },
    ]);
  });

  test('a merge names the customer that went and the one that stayed', () => {
    const body = {
      admin_graphql_api_customer_kept_id: GID,
      admin_graphql_api_customer_deleted_id: 'gid://shopify/Customer/2',
      admin_graphql_api_job_id: null,
      status: 'completed',
      errors: [],
    };

    const events = shopifyWebhook.parse(requestOf('customers/merge', body), NOW);

    expect(events).toMatchObject([
      { nativeId: 'gid://shopify/Customer/2', change: 'merged' },
      { nativeId: GID, change: 'changed' },
    ]);
    expect(new Set(events.map(({ dedupeKey }) => dedupeKey)).size).toBe(2);
  });

  test('a retry has the key of the first delivery, another delivery has another', () => {
    const key = (id: string | undefined, body = '{"id":1}'): string | undefined =>
      shopifyWebhook.parse(requestOf('customers/update', body, { 'x-shopify-webhook-id': id }), NOW + 1)[0]
        ?.dedupeKey;

    expect(key('one')).toBe(key('one', '{"id":1,"note":"later"}'));
    expect(key('one')).not.toBe(key('two'));
    expect(key(undefined)).toBe(key(undefined));
    expect(key(undefined)).not.toBe(key(undefined, '{"id":2}'));
    expect(key(`a/${'b'.repeat(300)}`)).toMatch(/^shopify-[0-9a-f]{32}$/);
  });

  test.each([
    ['orders/create', 'unmapped_object'],
    ['customers/data_request', 'unmapped_object'],
    ['customers/redact', 'unmapped_object'],
    ['shop/redact', 'unmapped_object'],
    ['customer.tags_added', 'unmapped_object'],
    ['customers_email_marketing_consent/update', 'unmapped_object'],
    ['planets/create', 'unknown_topic'],
    ['', 'unknown_topic'],
  ])('the topic "%s" is set aside as %s, without its body', (topic, reason) => {
    const events = shopifyWebhook.parse(requestOf(topic, { customer: { email: 'ada@example.com' } }), NOW);

    expect(events).toMatchObject([{ kind: 'unhandled', topic, reason }]);
    expect(JSON.stringify(events)).not.toContain('ada');
  });

  test.each([
    ['customers/update', '{'],
    ['customers/update', '[]'],
    ['customers/update', '{"id": "abc"}'],
    ['customers/update', '{"id": -1}'],
    ['customers/update', '{}'],
    ['customers/merge', '{"admin_graphql_api_customer_kept_id": "gid://shopify/Order/1"}'],
  ])('keeps the bytes of an unreadable %s: %s', (topic, body) => {
    expect(shopifyWebhook.parse(requestOf(topic, body), NOW)).toMatchObject([
      { kind: 'invalid', system: 'shopify', raw: Buffer.from(body).toString('base64') },
    ]);
  });

  test('never throws and always states a valid event, whatever arrives (M1)', () => {
    const topic = fc.constantFrom(
      'customers/create',
      'customers/update',
      'customers/merge',
      'orders/create',
      'x',
      '',
    );
    const body = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .dictionary(fc.constantFrom('id', 'admin_graphql_api_id', 'updated_at'), fc.jsonValue())
        .map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(topic, body, fc.string(), (name, text, id) => {
        const events = shopifyWebhook.parse(requestOf(name, text, { 'x-shopify-webhook-id': id }), NOW);

        expect(events.length).toBeGreaterThan(0);
        for (const event of events) SourceEventSchema.parse(event);
      }),
      { numRuns: 500 },
    );
  });
});

const SPECS = new URL('../../../../../../shared/specs/shopify/webhooks/', import.meta.url);
const isThere = existsSync(SPECS);

describe.skipIf(!isThere)(
  'Shopify sample bodies (skipped where the third-party samples beside the checkout are absent)',
  () => {
    const read = (path: string): string => readFileSync(new URL(path, SPECS), 'utf8');
    const samples = isThere
      ? readdirSync(new URL('payloads/', SPECS)).filter((name) => name !== 'index.json')
      : [];

    test.each(samples)('payloads/%s is understood without an invalid event', (name) => {
      const topic = name.replace('.json', '').replace('__', '/');

      const events = shopifyWebhook.parse(requestOf(topic, read(`payloads/${name}`)), NOW);

      expect(events.map((event) => (event.kind === 'unhandled' ? event.reason : event.kind))).toEqual([
        /^customers\/(create|update|enable)$/.test(topic) ? 'change' : 'unmapped_object',
      ]);
    });

    test.each(['customers__create.json', 'customers__update.json', 'customers__enable.json'])(
      'payloads/%s keeps every digit',
      (name) => {
        const topic = name.replace('.json', '').replace('__', '/');

        expect(shopifyWebhook.parse(requestOf(topic, read(`payloads/${name}`)), NOW)).toMatchObject([
          { nativeId: GID, occurredAt: '2022-01-01T00:00:00.000Z' },
        ]);
      },
    );

    test('a delivery that arrives late still says how old it is', () => {
      const [older] = shopifyWebhook.parse(
        requestOf('customers/update', read('out-of-order/customers-update-older.json')),
        NOW,
      );
      const [newer] = shopifyWebhook.parse(
        requestOf('customers/update', read('out-of-order/customers-update-newer.json')),
        NOW,
      );

      expect([older, newer]).toMatchObject([{ nativeId: GID }, { nativeId: GID }]);
      const times = [older, newer].map((event) => (event?.kind === 'change' ? event.occurredAt : null));
      expect(times[0]).not.toBeNull();
      expect(String(times[0]) < String(times[1])).toBe(true);
    });

    test('a blanked body of a real shop is understood by its number', () => {
      const [event] = shopifyWebhook.parse(
        requestOf('customers/update', read('exemplars/2025-04__customers__1.json')),
        NOW,
      );

      expect(event).toMatchObject({
        kind: 'change',
        nativeId: 'gid://shopify/Customer/123',
        occurredAt: null,
      });
    });
  },
);
