import { contentHash } from './hash.ts';
import { defineCollection, type DocumentRef } from './document.ts';
import type { Instant } from './instant.ts';

/**
 * One write call of an operator, by the key that the caller gave it. `running` is taken before anything is decided;
 * the commit that makes the change turns it into `done`, so that a call which died in between has changed nothing.
 */
export interface IdempotentCall {
  readonly state: 'running' | 'done';
  /** Names the call, also when another instance takes it over. */
  readonly callId: string;
  /** Hash of what was asked for: the same key with another request is a mistake of the caller. */
  readonly requestHash: string;
  readonly startedAt: Instant;
  /** The answer; null while running. */
  readonly answer: {
    readonly status: number;
    /** JSON text. */
    readonly body: string;
    readonly etag: string | null;
  } | null;
  readonly expireAt: Date;
}

export const idempotency = defineCollection<IdempotentCall>({
  name: 'idempotency',
  indexes: [],
  unindexed: ['callId', 'requestHash', 'startedAt', 'answer'],
  ttlField: 'expireAt',
  erasure: 'delete',
});

/** How long an answer is repeated. */
export const IDEMPOTENCY_KEPT_MS = 24 * 60 * 60_000;

/** Keys of one person and one kind of call never meet those of another. */
export function idempotencyRef(operatorId: string, route: string, key: string): DocumentRef<IdempotentCall> {
  return idempotency.at(contentHash([operatorId, route, key]));
}
