import { ConcordError, ErrorCode } from '#shared/errors/concord-error.ts';

/** Why a request was refused before any work was done. */
export type Rejection =
  | 'malformed'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'not_connected'
  | 'method_not_allowed'
  | 'too_large'
  | 'unsupported_encoding';

/**
 * What a handler made of one delivery.
 *
 * - `done`: everything it asked for is durable, or there was nothing to do. Waiting and parking are done too.
 * - `duplicate`: an earlier delivery did it.
 * - `rejected`: it is not for us or cannot be read; nothing was touched.
 * - `retry`: nothing was lost, the same delivery may succeed later.
 * - `failed`: the same delivery will fail again, whoever repeats it.
 *
 * `reason` is a fixed token, never text built from data (M14).
 */
export type Outcome =
  | { readonly status: 'done'; readonly reason: string }
  | { readonly status: 'duplicate'; readonly reason: string }
  | { readonly status: 'rejected'; readonly reason: Rejection }
  | { readonly status: 'retry'; readonly reason: string; readonly afterMs?: number }
  | { readonly status: 'failed'; readonly reason: string };

/** Who delivers: Pub/Sub, Cloud Tasks, Cloud Scheduler, Eventarc, or anybody over HTTP. */
export type Channel = 'push' | 'task' | 'schedule' | 'trigger' | 'http';

const REJECTED: Readonly<Record<Rejection, number>> = Object.freeze({
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  not_connected: 404,
  method_not_allowed: 405,
  too_large: 413,
  unsupported_encoding: 415,
});

/**
 * What happens when repeating is useless. A pushed message exists nowhere else, so it is refused until
 * Pub/Sub moves it to the dead-letter topic and the watchdog into quarantine (M1). A task, a trigger
 * and a tick are only wake-up calls: what they were about still stands in the store with its `wakeAt`,
 * so they are taken off and the watchdog drives the debt again, with backoff.
 */
const FAILED: Readonly<Record<Channel, number>> = Object.freeze({
  push: 500,
  task: 200,
  schedule: 200,
  trigger: 200,
  http: 500,
});

/**
 * The only table from an outcome to an HTTP status. 5xx asks the platform to deliver again: 503 when
 * something outside could not be reached, 500 when our own code broke.
 */
export function httpStatusOf(outcome: Outcome, channel: Channel): number {
  switch (outcome.status) {
    case 'done':
    case 'duplicate':
      return 200;
    case 'rejected':
      return REJECTED[outcome.reason];
    case 'retry':
      return outcome.reason === ErrorCode.internal ? 500 : 503;
    case 'failed':
      return FAILED[channel];
  }
}

/**
 * The outcome of a thrown error, by its disposition. Nothing durable is known of an error that reached
 * the entry, so `park` counts like `terminal`: repeating the delivery does not help.
 */
export function outcomeOfError(error: unknown): Outcome {
  if (!ConcordError.is(error)) return { status: 'retry', reason: ErrorCode.internal };
  if (error.code === ErrorCode.unauthenticated) return { status: 'rejected', reason: 'unauthenticated' };
  if (error.code === ErrorCode.forbidden) return { status: 'rejected', reason: 'forbidden' };
  if (error.disposition !== 'retry') return { status: 'failed', reason: error.code };
  return error.retryAfterMs === undefined
    ? { status: 'retry', reason: error.code }
    : { status: 'retry', reason: error.code, afterMs: error.retryAfterMs };
}
