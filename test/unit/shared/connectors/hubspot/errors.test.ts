import { describe, expect, test } from 'vitest';
import { createHubspotConnector } from '#shared/connectors/hubspot/index.ts';
import { hubspotCustomer } from '#shared/connectors/hubspot/mappers/customer.ts';
import { vendorTimeout } from '#shared/errors/http-faults.ts';
import { countingTelemetry, json, scriptedHttp, type Reply } from '../scripted-http.ts';
import { connect, contact, CUSTOMER, ID, NOW, update } from './setup.ts';

describe('failures of HubSpot', () => {
  const error = { status: 'error', message: 'ada@example.com is wrong', category: 'VALIDATION_ERROR' };

  test.each([
    [
      json(400, { ...error, errors: [{ code: 'INVALID_EMAIL', context: { propertyName: ['email'] } }] }),
      {
        code: 'vendor_rejected',
        disposition: 'terminal',
        effect: 'none',
        context: { reasons: 'VALIDATION_ERROR INVALID_EMAIL email' },
      },
    ],
    [json(404, error), { code: 'vendor_rejected', effect: 'none' }],
    [
      json(401, { ...error, category: 'EXPIRED_AUTHENTICATION' }),
      { code: 'vendor_unauthorised', disposition: 'park', effect: 'none' },
    ],
    [
      json(403, { ...error, category: 'MISSING_SCOPES' }),
      { code: 'vendor_unauthorised', disposition: 'park', effect: 'none' },
    ],
    [
      json(423, error),
      { code: 'vendor_unavailable', disposition: 'retry', effect: 'none', retryAfterMs: 2_000 },
    ],
    [json(423, error, { 'retry-after': '7' }), { effect: 'none', retryAfterMs: 7_000 }],
    [
      json(477, error, { 'retry-after': '3600' }),
      { code: 'vendor_unavailable', effect: 'none', retryAfterMs: 3_600_000 },
    ],
    [json(477, error), { effect: 'none', retryAfterMs: 60_000 }],
    [
      json(500, error),
      { code: 'vendor_unavailable', disposition: 'retry', effect: 'unknown', retryAfterMs: undefined },
    ],
    [
      { status: 502, body: '<html>' },
      { code: 'vendor_unavailable', effect: 'unknown', retryAfterMs: 5_000 },
    ],
    [
      { status: 524, body: '' },
      { code: 'vendor_unavailable', effect: 'unknown', retryAfterMs: 5_000 },
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
    [
      { status: 200, body: 'hello' },
      { code: 'vendor_protocol', effect: 'unknown' },
    ],
    [
      json(429, { policyName: 'TEN_SECONDLY_ROLLING' }),
      { code: 'vendor_rate_limited', effect: 'none', retryAfterMs: 10_000 },
    ],
    [
      json(
        429,
        { policyName: 'TEN_SECONDLY_ROLLING' },
        { 'x-hubspot-ratelimit-interval-milliseconds': '9000' },
      ),
      { retryAfterMs: 9_000 },
    ],
    [json(429, { policyName: 'SECONDLY' }), { retryAfterMs: 1_000 }],
    [json(429, { message: 'You have reached your secondly limit.' }), { retryAfterMs: 1_000 }],
    [json(429, { policyName: 'DAILY' }), { retryAfterMs: 900_000 }],
    [json(429, {}, { 'retry-after': '3' }), { retryAfterMs: 3_000 }],
    [
      { status: 429, body: '' },
      { code: 'vendor_rate_limited', retryAfterMs: 10_000 },
    ],
  ] satisfies readonly (readonly [Reply, object])[])(
    'an update answered with %o',
    async (reply, expected) => {
      const { connector, http } = connect(reply);

      const failure: unknown = await connector.writer.update(update).catch((caught: unknown) => caught);

      expect(failure).toMatchObject(expected);
      expect(String(failure)).not.toContain('ada@example.com');
      expect(http.requests).toHaveLength(1);
    },
  );

  test('a failed read leaves nothing in doubt', async () => {
    await expect(connect(json(500, error)).connector.reader.read(CUSTOMER, ID)).rejects.toMatchObject({
      effect: 'none',
    });
  });

  test('a deadline comes through as the port stated it', async () => {
    const timeout = vendorTimeout('127.0.0.1:8081', 4_000);

    await expect(connect(timeout).connector.writer.update(update)).rejects.toBe(timeout);
  });

  test('every call is counted with its outcome', async () => {
    const telemetry = countingTelemetry();
    const connector = createHubspotConnector({
      http: scriptedHttp(json(200, contact()), json(429, {})),
      clock: { now: () => NOW },
      telemetry,
      credentials: { accessToken: () => Promise.resolve('t'), baseUrl: 'http://127.0.0.1:8081' },
      mappings: [hubspotCustomer],
      callTimeoutMs: 1,
    });

    await connector.reader.read(CUSTOMER, ID);
    await connector.reader.read(CUSTOMER, ID).catch(() => undefined);

    expect(telemetry.counts).toEqual([
      { system: 'hubspot', action: 'read', outcome: 'ok' },
      { system: 'hubspot', action: 'read', outcome: 'vendor_rate_limited' },
    ]);
  });
});
