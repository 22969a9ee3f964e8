import type { Delivery } from '#shared/ports/delivery.ts';
import { httpStatusOf, type Channel, type Outcome } from './ack.ts';

/** Longest body that any function takes: a Pub/Sub message of 10 MB in base64, with its envelope. */
export const MAX_BODY_BYTES = 16 * 1024 * 1024;

/** One request to a function, however it arrived. */
export interface EntryRequest {
  readonly method: string;
  /** Path below the function's URL, `/` at least, without the query. */
  readonly path: string;
  /** Text after the question mark, empty when there is none. */
  readonly query: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The exact bytes that were sent; empty when there was no body. */
  readonly body: Uint8Array;
}

export interface EntryResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * A function as its callers see it, free of any platform. Rejects only when the instance itself dies;
 * every error of a handler is an answer.
 */
export type Entry = (request: EntryRequest) => Promise<EntryResponse>;

/** An internal delivery as a request to the function it is meant for. */
export function requestOf(delivery: Delivery): EntryRequest {
  const { method, path, headers, body } = delivery;
  return { method, path, query: '', headers, body };
}

/** Turns an outcome into the answer of one channel. The body names status and reason, nothing else. */
export function answer(outcome: Outcome, channel: Channel): EntryResponse {
  const status = httpStatusOf(outcome, channel);
  const { reason } = outcome;
  return {
    status,
    headers: { ...JSON_HEADERS, ...retryAfter(outcome) },
    body: JSON.stringify({ status: outcome.status, reason }),
  };
}

const JSON_HEADERS = Object.freeze({
  'content-type': 'application/json; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
});

/** Cloud Tasks honours the header; Pub/Sub keeps to its own backoff. */
function retryAfter(outcome: Outcome): Record<string, string> {
  if (outcome.status !== 'retry' || outcome.afterMs === undefined) return {};
  return { 'retry-after': String(Math.max(1, Math.ceil(outcome.afterMs / 1000))) };
}
