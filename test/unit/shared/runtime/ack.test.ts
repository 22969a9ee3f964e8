import { describe, expect, test } from 'vitest';
import { ConcordError, ErrorCode, type Disposition } from '#shared/errors/concord-error.ts';
import { forbidden, unauthenticated, unavailable } from '#shared/errors/faults.ts';
import { httpStatusOf, outcomeOfError, type Channel, type Outcome } from '#shared/runtime/ack.ts';

const CHANNELS: readonly Channel[] = ['push', 'task', 'schedule', 'trigger', 'http'];

function errorWith(disposition: Disposition): ConcordError {
  return new ConcordError({ code: ErrorCode.invalidArgument, disposition, message: 'planted' });
}

describe('what an outcome tells the platform', () => {
  test.each(CHANNELS)('a finished delivery over %s is taken off', (channel) => {
    const statuses = (['done', 'duplicate'] as const).map((status) =>
      httpStatusOf({ status, reason: 'x' }, channel),
    );

    expect(statuses).toEqual([200, 200]);
  });

  test.each(CHANNELS)('a delivery over %s that may succeed later is delivered again', (channel) => {
    const status = httpStatusOf({ status: 'retry', reason: ErrorCode.unavailable }, channel);

    expect(status).toBe(503);
  });

  test('our own breakage is told apart from something that could not be reached', () => {
    const status = httpStatusOf({ status: 'retry', reason: ErrorCode.internal }, 'push');

    expect(status).toBe(500);
  });

  test('a message that can never succeed is refused until it is a dead letter (M1)', () => {
    const status = httpStatusOf({ status: 'failed', reason: 'x' }, 'push');

    expect(status).toBe(500);
  });

  test.each(['task', 'schedule', 'trigger'] as const)(
    'a %s that can never succeed is taken off, because the store still holds the debt',
    (channel) => {
      const status = httpStatusOf({ status: 'failed', reason: 'x' }, channel);

      expect(status).toBe(200);
    },
  );

  test.each([
    ['malformed', 400],
    ['unauthenticated', 401],
    ['forbidden', 403],
    ['not_found', 404],
    ['not_connected', 404],
    ['method_not_allowed', 405],
    ['too_large', 413],
    ['unsupported_encoding', 415],
  ] as const)('%s answers %i on every channel and never 5xx', (reason, expected) => {
    const statuses = CHANNELS.map((channel) => httpStatusOf({ status: 'rejected', reason }, channel));

    expect(new Set(statuses)).toEqual(new Set([expected]));
  });
});

describe('what a thrown error becomes', () => {
  test.each([
    ['a retry', errorWith('retry'), { status: 'retry', reason: 'invalid_argument' }],
    ['an end', errorWith('terminal'), { status: 'failed', reason: 'invalid_argument' }],
    [
      'an end when it waits for somebody, because nothing durable says so',
      errorWith('park'),
      { status: 'failed', reason: 'invalid_argument' },
    ],
    [
      'an unauthenticated caller',
      unauthenticated('planted'),
      { status: 'rejected', reason: 'unauthenticated' },
    ],
    ['a forbidden caller', forbidden('fn-a', 'fn-b'), { status: 'rejected', reason: 'forbidden' }],
    ['an unreachable store', unavailable('the store'), { status: 'retry', reason: 'unavailable' }],
    ['a foreign error', new TypeError('planted'), { status: 'retry', reason: 'internal' }],
    ['something thrown that is no error', 'planted', { status: 'retry', reason: 'internal' }],
  ] as const satisfies readonly (readonly [string, unknown, Outcome])[])('%s', (_name, error, expected) => {
    const outcome = outcomeOfError(error);

    expect(outcome).toEqual(expected);
  });

  test('the wait that a vendor asked for is kept', () => {
    const error = new ConcordError({
      code: ErrorCode.vendorRateLimited,
      disposition: 'retry',
      message: 'planted',
      retryAfterMs: 1_500,
    });

    const outcome = outcomeOfError(error);

    expect(outcome).toEqual({ status: 'retry', reason: 'vendor_rate_limited', afterMs: 1_500 });
  });
});
