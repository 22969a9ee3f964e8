import { describe, expect, test } from 'vitest';
import {
  vendorBusy,
  vendorProtocol,
  vendorRateLimited,
  vendorRejected,
  vendorUnauthorised,
  vendorUnavailable,
} from '#shared/errors/vendor-faults.ts';

const read = { system: 'hubspot', action: 'read', subject: 'customer 501', writes: false };
const write = { ...read, action: 'update', writes: true };

describe('vendor faults', () => {
  test('a failing vendor leaves a write in doubt, and never a read', () => {
    expect(vendorUnavailable(write, 502, 5_000)).toMatchObject({
      code: 'vendor_unavailable',
      disposition: 'retry',
      effect: 'unknown',
      retryAfterMs: 5_000,
      message:
        'The hubspot call "update" for customer 501 failed at the vendor with status 502; it is tried again.',
    });
    expect(vendorUnavailable(read, 502)).toMatchObject({ effect: 'none', retryAfterMs: undefined });
  });

  test('a call that was put off, limited or not allowed certainly changed nothing', () => {
    expect(vendorBusy(write, 423, 2_000)).toMatchObject({
      code: 'vendor_unavailable',
      disposition: 'retry',
      effect: 'none',
      retryAfterMs: 2_000,
      message:
        'The hubspot call "update" for customer 501 was put off by the vendor with status 423; it is tried again later.',
    });
    expect(vendorRateLimited(write, 1_000)).toMatchObject({
      code: 'vendor_rate_limited',
      disposition: 'retry',
      effect: 'none',
      retryAfterMs: 1_000,
      message:
        'The hubspot call "update" for customer 501 met the vendor\'s rate limit; it is tried again in 1000 ms.',
    });
    expect(vendorUnauthorised(write, 403, ['MISSING_SCOPES'])).toMatchObject({
      code: 'vendor_unauthorised',
      disposition: 'park',
      effect: 'none',
      message:
        'The hubspot call "update" for customer 501 was not allowed (status 403: MISSING_SCOPES); it waits until the credentials or their scopes are renewed.',
    });
  });

  test('a refusal names codes and fields and drops whatever may be a value', () => {
    const fault = vendorRejected(write, 400, [
      'INVALID_EMAIL',
      'email',
      'INVALID_EMAIL',
      'ada@example.com',
      'Ada King',
      '+1 213',
    ]);

    expect(fault).toMatchObject({
      code: 'vendor_rejected',
      disposition: 'terminal',
      effect: 'none',
      message:
        'The hubspot call "update" for customer 501 was refused (status 400: INVALID_EMAIL, email); nothing was changed and it is not repeated as it is.',
      context: {
        system: 'hubspot',
        action: 'update',
        subject: 'customer 501',
        status: 400,
        reasons: 'INVALID_EMAIL email',
      },
    });
  });

  test('an answer in an unknown form leaves a write in doubt unless the caller knows better', () => {
    expect(vendorProtocol(write, 'the body is not JSON')).toMatchObject({
      code: 'vendor_protocol',
      disposition: 'retry',
      effect: 'unknown',
      message:
        'The hubspot call "update" for customer 501 was answered in a form that cannot be used (the body is not JSON); it is looked at again.',
    });
    expect(vendorProtocol(write, 'the body is not JSON', 'none').effect).toBe('none');
    expect(vendorProtocol(read, 'the body is not JSON').effect).toBe('none');
  });
});
