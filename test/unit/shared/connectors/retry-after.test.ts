import { expect, test } from 'vitest';
import { retryAfterMs } from '#shared/connectors/retry-after.ts';

test.each([
  ['2', 2_000],
  ['2.0', 2_000],
  ['0.0004', 1],
  ['0', 0],
  [undefined, undefined],
  ['', undefined],
  ['-1', undefined],
  ['soon', undefined],
  ['1e9', undefined],
  ['99999999', undefined],
  ['Fri, 20 Nov 2026 10:00:00 GMT', undefined],
])('Retry-After "%s" asks for %s ms: seconds, never milliseconds', (header, ms) => {
  expect(retryAfterMs(header)).toBe(ms);
});
