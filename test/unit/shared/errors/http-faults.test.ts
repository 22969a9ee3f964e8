import { describe, expect, test } from 'vitest';
import {
  vendorAnswerRefused,
  vendorDisconnected,
  vendorTimeout,
  vendorUnreachable,
} from '#shared/errors/http-faults.ts';

describe('a failed call to a vendor says whether it may have had an effect (M2)', () => {
  test.each([
    [
      vendorUnreachable('api.example.com'),
      'vendor_unreachable',
      'none',
      'retry',
      'No connection to api.example.com',
    ],
    [vendorTimeout('api.example.com', 250), 'vendor_timeout', 'unknown', 'retry', 'within 250 ms'],
    [
      vendorDisconnected('api.example.com', 'ECONNRESET'),
      'vendor_unavailable',
      'unknown',
      'retry',
      'ECONNRESET',
    ],
    [
      vendorAnswerRefused('api.example.com', 'it is too large'),
      'vendor_protocol',
      'unknown',
      'terminal',
      'too large',
    ],
  ])('%s', (fault, code, effect, disposition, text) => {
    expect(fault).toMatchObject({ code, effect, disposition });
    expect(fault.message).toContain(text);
    expect(fault.message).toContain('api.example.com');
  });
});
