import { isConfirmed } from '#shared/drift/loss.ts';
import type { Representation } from '#shared/model/representation.ts';
import { call, nowOf, obstacleTo, refused, type ApplyOutcome, type ApplyRequest } from './apply-request.ts';

const REFUSAL_OF = { gone: 'gone', foreign: 'foreign_answer' } as const;

/**
 * Removes an object because another system has lost its own, if it is still what was seen when that was decided (A2).
 * That the other one is still gone is read once more immediately before, however long the removal had to wait (M10).
 * That this one is not there any more is done already only where we sent for it before.
 */
export async function applyRemoval(request: ApplyRequest): Promise<ApplyOutcome> {
  const { operation, record, connector, step } = request;
  const { nativeId, system } = operation;
  const askedAt = nowOf(request);
  if (nativeId === null || record.links[system]?.nativeId !== nativeId) return refused('not_linked', askedAt);
  const read = () => connector.reader.read(operation.type, nativeId);
  if (step.attempts > 0 || step.status === 'unknown') {
    const reading = await call(request, 'reads', read);
    if (reading.status !== 'answered') return reading;
    if (reading.answer.status === 'gone') return { status: 'removed', askedAt };
  }
  const objection = await objectionOf(request);
  if (objection !== null) return objection;
  const reading = await call(request, 'reads', read);
  if (reading.status !== 'answered') return reading;
  const { answer } = reading;
  if (answer.status !== 'found') return refused(REFUSAL_OF[answer.status], askedAt);
  const before = answer.representation;
  if (!isAsSeen(request, before)) return refused('preimage_moved', before.observedAt, { seen: before });
  return send(request, before);
}

async function send(request: ApplyRequest, before: Representation): Promise<ApplyOutcome> {
  const obstacle = obstacleTo(request);
  if (obstacle !== null) return obstacle;
  const { operation, connector, idempotencyKey } = request;
  const { type } = operation;
  const { nativeId } = before;
  const removing = await call(request, 'writes', () =>
    connector.writer.remove({ type, nativeId, idempotencyKey }),
  );
  return removing.status === 'answered' ? verifyRemoval(request, before) : removing;
}

/**
 * Done means that a read by id says so, not that the removal was answered (A4). An answer under another id is a merge
 * that took place in the same moment, and is shown as one (M16).
 *
 * @param before the object as it was when it was removed.
 */
export async function verifyRemoval(request: ApplyRequest, before: Representation): Promise<ApplyOutcome> {
  const { operation, connector } = request;
  const askedAt = nowOf(request);
  const reading = await call(request, 'reads', () => connector.reader.read(operation.type, before.nativeId));
  if (reading.status === 'failed') return { status: 'unverified', stored: before, error: reading.error };
  if (reading.status === 'waits') return { status: 'unverified', stored: before, error: null };
  if (reading.status !== 'answered') return reading;
  if (reading.answer.status === 'gone') return { status: 'removed', askedAt };
  if (reading.answer.status === 'foreign') return refused('foreign_answer', askedAt);
  // Restored by somebody since, or an answer from before: only the vendor's time tells.
  const seen = reading.answer.representation;
  return seen.version === before.version
    ? { status: 'unverified', stored: before, error: null }
    : refused('preimage_moved', seen.observedAt, { seen });
}

/** The version carries the vendor's modified time and the content: whatever was done to the object since shows in it. */
function isAsSeen({ operation }: ApplyRequest, { version }: Representation): boolean {
  return operation.fields.every(({ from }) => from.state === 'value' && from.value === version);
}

/** What speaks against the removal: the loss that asks for it stands no more, or cannot be asked for. Null for nothing. */
async function objectionOf(request: ApplyRequest): Promise<ApplyOutcome | null> {
  const { operation, record, lostReader } = request;
  const askedAt = nowOf(request);
  const link = operation.lost === undefined ? undefined : record.links[operation.lost];
  const isStanding = link?.state === 'gone' && link.loss !== undefined && isConfirmed(link.loss);
  if (!isStanding || lostReader === undefined) return refused('restored', askedAt);
  const reading = await call(request, 'reads', () => lostReader.read(operation.type, link.nativeId));
  if (reading.status !== 'answered') return reading;
  return reading.answer.status === 'gone' ? null : refused('restored', askedAt);
}
