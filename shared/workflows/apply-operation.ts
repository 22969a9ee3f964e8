/**
 * The one door for writes. Whatever wants to write to a vendor has become an operation and comes through
 * here, under the record's lease; nothing else holds a writing client.
 *
 * A1 The rule that allows the write still stands, unchanged (M6).
 * A2 The pre-image is read immediately before the write by the lease's holder, and anything but what the
 *    operation was computed from refuses it (M5).
 * A3 An earlier attempt whose outcome is unknown is resolved by that same read, or by the vendor's own time
 *    limit, before anything is sent again (M2).
 * A4 Done means read back, not answered 200; a read-back older than the write's own answer is repeated.
 * A5 What operators have switched off is not sent, whatever was planned: what a mode forbids is refused, what is
 *    paused waits. What was sent before is still resolved and verified.
 */
import type { StepState } from '#shared/engine/run.ts';
import type { Representation } from '#shared/model/representation.ts';
import { applyCreate } from './apply-create.ts';
import {
  halted,
  isStillAllowed,
  nowOf,
  refused,
  unresolvedUntil,
  verify,
  waits,
  type ApplyOutcome,
  type ApplyRequest,
} from './apply-request.ts';
import { applyRemoval, verifyRemoval } from './apply-removal.ts';
import { applyUpdate } from './apply-update.ts';
import { isRemoval } from '#shared/reconciliation/operation.ts';

/** Carries out one operation, or says why not. Throws only what is no vendor's failure. */
export async function applyOperation(request: ApplyRequest): Promise<ApplyOutcome> {
  if (!request.mayCall()) return { status: 'waits', until: request.now(), reason: 'lease_too_short' };
  const carried = carriedOf(request.step);
  if (carried !== null)
    return isRemoval(request.operation) ? verifyRemoval(request, carried) : verify(request, carried);
  // What may already have been sent is resolved first, whatever the rules say by now.
  if (request.step.status === 'pending' && !isStillAllowed(request))
    return refused('rule_changed', nowOf(request)); // A1
  const stop = request.step.status === 'pending' ? halted(request) : null;
  if (stop !== null) return stop; // A5
  const outcome = await carryOut(request);
  const until = unresolvedUntil(request);
  // A3: what was sent may still change what was seen, and nothing else is written to the object before.
  return outcome.status === 'refused' && until !== null ? waits(until) : outcome;
}

function carryOut(request: ApplyRequest): Promise<ApplyOutcome> {
  switch (request.operation.action) {
    case 'update':
      return applyUpdate(request);
    case 'create':
      return applyCreate(request);
    case 'archive':
    case 'delete':
      return applyRemoval(request);
  }
}

/** The vendor's answer that an unverified step carries in the journal. */
function carriedOf(step: StepState): Representation | null {
  return step.status === 'unverified' ? (step.carried as unknown as Representation) : null;
}
