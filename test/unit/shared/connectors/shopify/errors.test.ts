import { describe, expect, test } from 'vitest';
import { vendorTimeout } from '#shared/errors/http-faults.ts';
import { json, type Reply } from '../scripted-http.ts';
import { connect, customer, update } from './setup.ts';

describe('failures of Shopify', () => {
  const errors = (code: string, cost?: unknown): Reply =>
    json(200, {
      data: null,
      errors: [{ message: 'about ada@example.com', extensions: { code } }],
      extensions: { cost },
    });
  const cost = {
    requestedQueryCost: 112,
    actualQueryCost: null,
    throttleStatus: { maximumAvailable: 2_000, currentlyAvailable: 12, restoreRate: 100 },
  };

  test.each([
    [
      errors('THROTTLED', cost),
      { code: 'vendor_rate_limited', disposition: 'retry', effect: 'none', retryAfterMs: 1_000 },
    ],
    [errors('THROTTLED'), { code: 'vendor_rate_limited', retryAfterMs: 2_000 }],
    [errors('MAX_COST_EXCEEDED'), { code: 'vendor_rejected', disposition: 'terminal', effect: 'none' }],
    [errors('INVALID_VARIABLE'), { code: 'vendor_rejected', disposition: 'terminal', effect: 'none' }],
    [errors('undefinedField'), { code: 'vendor_rejected', disposition: 'terminal', effect: 'none' }],
    [errors('ACCESS_DENIED'), { code: 'vendor_unauthorised', disposition: 'park', effect: 'none' }],
    [errors('INTERNAL_SERVER_ERROR'), { code: 'vendor_unavailable', effect: 'unknown' }],
    [errors('SHOP_INACTIVE'), { code: 'vendor_unavailable', effect: 'none', retryAfterMs: 60_000 }],
    [errors('NEVER_HEARD_OF'), { code: 'vendor_protocol', disposition: 'retry', effect: 'unknown' }],
    [
      json(200, {
        data: { customerUpdate: { customer: customer(), userErrors: [] } },
        errors: [{ message: 'x' }],
      }),
      { code: 'vendor_protocol', effect: 'unknown' },
    ],
    [
      json(200, { data: { customerUpdate: { customer: customer() } } }),
      { code: 'vendor_protocol', effect: 'unknown' },
    ],
    [
      json(429, { errors: 'Too many' }, { 'retry-after': '2.0' }),
      { code: 'vendor_rate_limited', effect: 'none', retryAfterMs: 2_000 },
    ],
    [json(430, {}), { code: 'vendor_rate_limited', effect: 'none', retryAfterMs: 2_000 }],
    [
      json(401, { errors: '[API] Invalid API key or access token' }),
      { code: 'vendor_unauthorised', disposition: 'park', effect: 'none' },
    ],
    [json(403, {}), { code: 'vendor_unauthorised', disposition: 'park' }],
    [json(400, {}), { code: 'vendor_rejected', disposition: 'terminal', effect: 'none' }],
    [json(404, {}), { code: 'vendor_unavailable', disposition: 'retry', effect: 'none' }],
    [json(423, {}), { code: 'vendor_unavailable', effect: 'none', retryAfterMs: 60_000 }],
    [json(500, {}), { code: 'vendor_unavailable', disposition: 'retry', effect: 'unknown' }],
    [
      { status: 503, headers: { 'retry-after': '4' }, body: '<html>' },
      { code: 'vendor_unavailable', effect: 'unknown', retryAfterMs: 4_000 },
    ],
    [
      { status: 408, body: '' },
      { code: 'vendor_unavailable', effect: 'unknown' },
    ],
    [
      { status: 302, body: '' },
      { code: 'vendor_protocol', effect: 'unknown' },
    ],
    [
      { status: 204, body: '' },
      { code: 'vendor_protocol', effect: 'unknown' },
    ],
    [{ body: 'hello' }, { code: 'vendor_protocol', effect: 'unknown' }],
    [new Error('wires crossed'), { code: 'vendor_protocol', effect: 'unknown' }],
  ] satisfies readonly (readonly [Reply, object])[])(
    'an update answered with %o',
    async (reply, expected) => {
      const { connector, http } = connect(reply);

      const failure: unknown = await connector.writer.update(update).catch((caught: unknown) => caught);

      expect(failure).toMatchObject(expected);
      expect(String(failure)).not.toContain('ada@');
      expect(http.requests).toHaveLength(1);
    },
  );

  test('a deadline comes through as the port stated it, not as the text the SDK makes of it', async () => {
    const timeout = vendorTimeout('127.0.0.1:8082', 4_000);

    await expect(connect(timeout).connector.writer.update(update)).rejects.toBe(timeout);
  });
});
