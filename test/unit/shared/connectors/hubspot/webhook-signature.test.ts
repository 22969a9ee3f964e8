import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { hubspotWebhook } from '#shared/connectors/hubspot/webhook.ts';
import type { WebhookRequest } from '#shared/connectors/webhook.ts';
import { ENDPOINT, NOW, requestOf } from './webhook-request.ts';

const SECRET = 'first-secret';

interface Signing {
  readonly secret?: string;
  readonly timestamp?: string;
  readonly url?: string;
  readonly signedUrl?: string;
}

function signed(body: string, signing: Signing = {}): WebhookRequest {
  const { secret = SECRET, timestamp = String(NOW), url = ENDPOINT, signedUrl = url } = signing;
  const signature = createHmac('sha256', secret)
    .update(`POST${signedUrl}${body}${timestamp}`)
    .digest('base64');
  return requestOf(
    body,
    { 'x-hubspot-signature-v3': signature, 'x-hubspot-request-timestamp': timestamp },
    url,
  );
}

describe('hubspotWebhook.verify', () => {
  test.each([
    [1_693_657_560_000, 'K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y='],
    [1_700_000_300_000, 'RnbPH7+UMKVkbV32P8bz450N4M56aPmcru1+D3kSDtw='],
  ])('accepts the published example signed at %d', (timestamp, signature) => {
    const request = requestOf(
      "{'example_field':'example_value'}",
      { 'x-hubspot-signature-v3': signature, 'x-hubspot-request-timestamp': String(timestamp) },
      'https://www.example.com/webhook_uri',
    );

    expect(hubspotWebhook.verify(request, ['yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy'], timestamp)).toEqual({
      status: 'valid',
    });
  });

  test('accepts any secret that is valid during a rotation', () => {
    expect(hubspotWebhook.verify(signed('[]'), ['newer-secret', SECRET], NOW)).toEqual({ status: 'valid' });
  });

  test('refuses a signature by another secret, by none, and by the empty one', () => {
    const refused = { status: 'refused', reason: 'wrong_signature' };

    expect(hubspotWebhook.verify(signed('[]'), ['other'], NOW)).toEqual(refused);
    expect(hubspotWebhook.verify(signed('[]'), [], NOW)).toEqual(refused);
    expect(hubspotWebhook.verify(signed('[]', { secret: '' }), [''], NOW)).toEqual(refused);
  });

  test('refuses a changed byte in body, URL, method or timestamp', () => {
    const request = signed('[1]');
    const refused = { status: 'refused', reason: 'wrong_signature' };
    const shifted = { ...request.headers, 'x-hubspot-request-timestamp': String(NOW + 1) };

    expect(hubspotWebhook.verify({ ...request, rawBody: Buffer.from('[2]') }, [SECRET], NOW)).toEqual(
      refused,
    );
    expect(hubspotWebhook.verify({ ...request, url: `${ENDPOINT}/` }, [SECRET], NOW)).toEqual(refused);
    expect(hubspotWebhook.verify({ ...request, method: 'PUT' }, [SECRET], NOW)).toEqual(refused);
    expect(hubspotWebhook.verify({ ...request, headers: shifted }, [SECRET], NOW)).toEqual(refused);
  });

  test('signs bytes, not text: a body that is no UTF-8 still verifies', () => {
    const rawBody = Buffer.from([0x5b, 0xff, 0xfe, 0x5d]);
    const signature = createHmac('sha256', SECRET)
      .update(`POST${ENDPOINT}`)
      .update(rawBody)
      .update(String(NOW))
      .digest('base64');
    const headers = { 'x-hubspot-signature-v3': signature, 'x-hubspot-request-timestamp': String(NOW) };

    expect(hubspotWebhook.verify({ method: 'POST', url: ENDPOINT, headers, rawBody }, [SECRET], NOW)).toEqual(
      {
        status: 'valid',
      },
    );
  });

  test('undoes exactly the escapes that HubSpot undoes before it signs', () => {
    const url = `${ENDPOINT}?a=%3Fb%20c%26d%2Fe%3bf`;
    const signedUrl = `${ENDPOINT}?a=?b%20c%26d/e;f`;

    expect(hubspotWebhook.verify(signed('[]', { url, signedUrl }), [SECRET], NOW)).toEqual({
      status: 'valid',
    });
  });

  test.each([
    [-300_000, { status: 'valid' }],
    [-300_001, { status: 'refused', reason: 'stale' }],
    [300_000, { status: 'valid' }],
    [300_001, { status: 'refused', reason: 'future' }],
  ])('a delivery stamped %d ms from now is judged by the window', (offset, expected) => {
    expect(hubspotWebhook.verify(signed('[]', { timestamp: String(NOW + offset) }), [SECRET], NOW)).toEqual(
      expected,
    );
  });

  test.each(['180000000000', '18000000000000', '1800000000e03', ' 1800000000000', '0x1800000000'])(
    'refuses the timestamp "%s"',
    (timestamp) => {
      const request = signed('[]', { timestamp });

      expect(hubspotWebhook.verify(request, [SECRET], NOW)).toEqual({
        status: 'refused',
        reason: 'malformed_timestamp',
      });
    },
  );

  test('refuses deliveries without signature or timestamp, and the older signatures', () => {
    const { headers } = signed('[]');
    const unsigned = { 'x-hubspot-signature': 'aa', 'x-hubspot-request-timestamp': String(NOW) };
    const unstamped = { 'x-hubspot-signature-v3': headers['x-hubspot-signature-v3'] };

    expect(hubspotWebhook.verify(requestOf('[]', unsigned), [SECRET], NOW)).toEqual({
      status: 'refused',
      reason: 'missing_signature',
    });
    expect(hubspotWebhook.verify(requestOf('[]', unstamped), [SECRET], NOW)).toEqual({
      status: 'refused',
      reason: 'missing_timestamp',
    });
  });
});
