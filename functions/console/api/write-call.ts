import { ConcordError, ErrorCode } from '#shared/errors/concord-error.ts';
import type { IdempotentCall } from '#shared/model/idempotency.ts';
import type { DocumentRef } from '#shared/model/document.ts';
import type { Version, Write } from '#shared/ports/document-store.ts';
import { audited, type Actor } from './audited.ts';
import type { ApiContext } from './context.ts';
import { answeredCall, releaseCall, takeCall, type StoredAnswer, type TakenCall } from './idempotent-call.ts';
import { refuse, type Refusal } from './problem.ts';
import type { Decide } from './route.ts';

/** Races lost in a row before the caller is asked to try again. */
const MAX_RACES = 8;

export interface WriteRequest {
  /** Where the call is kept. */
  readonly ref: DocumentRef<IdempotentCall>;
  /** Hash of everything that was asked for. */
  readonly requestHash: string;
  readonly actor: Actor;
  readonly decide: Decide;
}

export type Written =
  | { readonly kind: 'answered'; readonly answer: StoredAnswer; readonly isRepeated: boolean }
  | Refusal;

/**
 * Carries out a write once: the change, its audit entry and the answer for its repetitions are one commit. A commit
 * that meets a newer document is decided anew on what stands there now, so a handler never overwrites unseen.
 */
export async function carryOut(context: ApiContext, request: WriteRequest): Promise<Written> {
  const taken = await takeCall(context, request.ref, request.requestHash);
  if (taken.status !== 'taken') return told(taken);
  try {
    const written = await decideAndCommit(context, request, taken);
    if (written.kind === 'refused') await releaseCall(context, request.ref, taken.version);
    return written;
  } catch (error) {
    // Also after a commit whose outcome is unknown: it took the key with it, or can no longer happen without it (I1).
    await releaseCall(context, request.ref, taken.version);
    throw error;
  }
}

function told(taken: Exclude<TakenCall, { status: 'taken' }>): Written {
  switch (taken.status) {
    case 'answered':
      return { kind: 'answered', answer: taken.answer, isRepeated: true };
    case 'reused':
      return refuse(
        'idempotency_key_reused',
        'This Idempotency-Key was given to another request; make a new key for each thing you do.',
      );
    case 'under_way':
      return refuse('call_under_way', 'The same call is being carried out; repeat it to get its answer.', {
        retryAfter: taken.retryAfter,
      });
  }
}

interface Taken {
  readonly callId: string;
  readonly version: Version;
}

async function decideAndCommit(
  context: ApiContext,
  { ref, requestHash, actor, decide }: WriteRequest,
  taken: Taken,
): Promise<Written> {
  const { store, clock, tasks } = context.ports;
  for (let race = 0; race < MAX_RACES; race += 1) {
    const decision = await decide(taken.callId);
    if (decision.kind === 'refused') return decision;
    const answer: StoredAnswer = {
      status: decision.status,
      body: JSON.stringify(decision.body),
      etag: decision.etag ?? null,
    };
    const writes: Write[] = [
      ...decision.writes,
      ...(decision.audit === null ? [] : [audited(context, taken.callId, actor, decision.audit)]),
      answeredCall(ref, { ...taken, requestHash }, answer, clock.now()),
    ];
    if (await tryCommit(store, writes)) {
      for (const task of decision.tasks ?? []) if (task !== undefined) await tasks.enqueue(task);
      return { kind: 'answered', answer, isRepeated: false };
    }
    const held = await store.get(ref);
    if (held?.version !== taken.version) {
      return refuse(
        'call_under_way',
        'Another instance has taken this call over; repeat it to get its answer.',
        {
          retryAfter: 1,
        },
      );
    }
  }
  return refuse('conflict', 'Others kept changing what this is about; try again in a moment.', {
    retryAfter: 1,
  });
}

/** True when committed; false when something had changed since it was read. */
async function tryCommit(store: ApiContext['ports']['store'], writes: readonly Write[]): Promise<boolean> {
  try {
    await store.commit(writes);
    return true;
  } catch (error) {
    if (ConcordError.is(error, ErrorCode.conflict) || ConcordError.is(error, ErrorCode.alreadyExists))
      return false;
    throw error;
  }
}
