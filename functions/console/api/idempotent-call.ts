/**
 * Calls that may be repeated: each carries a key of the caller's choice, and is carried out once (M2).
 *
 * I1 The key is taken before anything is decided, and the commit that makes the change also marks it done: a call
 *    that died in between has changed nothing.
 * I2 A call that nobody has finished for longer than an instance may run is taken over. The one that held it can
 *    commit nothing any more, because its commit needs the version that the takeover has changed.
 * I3 A refusal gives the key back. Nothing has happened, so the repetition is a first call.
 */
import { ConcordError, ErrorCode } from '#shared/errors/concord-error.ts';
import { IDEMPOTENCY_KEPT_MS, type IdempotentCall } from '#shared/model/idempotency.ts';
import type { DocumentRef } from '#shared/model/document.ts';
import { toEpochMs, toInstant } from '#shared/model/instant.ts';
import { create, remove, set, type Version, type Write } from '#shared/ports/document-store.ts';
import type { ApiContext } from './context.ts';

/** Longest that an instance works on one request, twice over: see `timeoutSeconds` of the function. */
const TAKEOVER_AFTER_MS = 120_000;

export type StoredAnswer = NonNullable<IdempotentCall['answer']>;

export type TakenCall =
  | { readonly status: 'taken'; readonly callId: string; readonly version: Version }
  | { readonly status: 'answered'; readonly answer: StoredAnswer }
  /** The key was given to another request. */
  | { readonly status: 'reused' }
  /** Somebody is at it right now. */
  | { readonly status: 'under_way'; readonly retryAfter: number };

/** Takes a key for a request, or tells what became of it. */
export async function takeCall(
  { ports }: Pick<ApiContext, 'ports'>,
  ref: DocumentRef<IdempotentCall>,
  requestHash: string,
): Promise<TakenCall> {
  const now = ports.clock.now();
  const known = await ports.store.get(ref);
  if (known !== undefined && known.value.expireAt.getTime() > now) {
    const standing = standingOf(known.value, requestHash, now);
    if (standing !== 'abandoned') return standing;
  }
  const callId = known?.value.state === 'running' ? known.value.callId : ports.ids.ulid();
  const running: IdempotentCall = {
    state: 'running',
    callId,
    requestHash,
    startedAt: toInstant(now),
    answer: null,
    expireAt: new Date(now + IDEMPOTENCY_KEPT_MS),
  };
  const write = known === undefined ? create(ref, running) : set(ref, running, known.version); // I2
  const version = await firstVersion(ports, write);
  return version === null ? { status: 'under_way', retryAfter: 1 } : { status: 'taken', callId, version };
}

/** The part of the change's own commit that keeps its answer (I1). */
export function answeredCall(
  ref: DocumentRef<IdempotentCall>,
  taken: { readonly callId: string; readonly version: Version; readonly requestHash: string },
  answer: StoredAnswer,
  now: number,
): Write {
  const done: IdempotentCall = {
    state: 'done',
    callId: taken.callId,
    requestHash: taken.requestHash,
    startedAt: toInstant(now),
    answer,
    expireAt: new Date(now + IDEMPOTENCY_KEPT_MS),
  };
  return set(ref, done, taken.version);
}

/** Gives a key back (I3). If it cannot be given back now, it is taken over later (I2). */
export async function releaseCall(
  { ports }: Pick<ApiContext, 'ports'>,
  ref: DocumentRef<IdempotentCall>,
  version: Version,
): Promise<void> {
  try {
    await ports.store.commit([remove(ref, version)]);
  } catch (error) {
    if (!ConcordError.is(error) || error.disposition !== 'retry') throw error;
    ports.telemetry.log('warning', 'console.key_kept', { code: error.code });
  }
}

function standingOf(call: IdempotentCall, requestHash: string, now: number): TakenCall | 'abandoned' {
  if (call.requestHash !== requestHash) return { status: 'reused' };
  if (call.answer !== null) return { status: 'answered', answer: call.answer };
  const leftMs = toEpochMs(call.startedAt) + TAKEOVER_AFTER_MS - now;
  return leftMs <= 0 ? 'abandoned' : { status: 'under_way', retryAfter: 1 };
}

/** The version that was written, null when somebody else was first. */
async function firstVersion(ports: ApiContext['ports'], write: Write): Promise<Version | null> {
  try {
    const [result] = await ports.store.commit([write]);
    return result?.version ?? null;
  } catch (error) {
    if (ConcordError.is(error, ErrorCode.alreadyExists) || ConcordError.is(error, ErrorCode.conflict))
      return null;
    throw error;
  }
}
