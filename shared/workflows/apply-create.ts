import { ErrorCode } from '#shared/errors/concord-error.ts';
import { createdMeanwhile } from '#shared/errors/faults.ts';
import { CLEARED } from '#shared/model/field-value.ts';
import type { NativeId } from '#shared/model/ids.ts';
import { keysOf } from '#shared/model/record.ts';
import {
  call,
  nowOf,
  obstacleTo,
  refused,
  valuesOf,
  verify,
  type ApplyOutcome,
  type ApplyRequest,
} from './apply-request.ts';

/**
 * Creates the record's representation in a system that never held it, or anew in one of which somebody has decided so
 * after it lost its own; that it is still lost is read once more immediately before (M10). Create-only, under our own unique id:
 * what exists is found and matched, never overwritten (M2).
 */
export async function applyCreate(request: ApplyRequest): Promise<ApplyOutcome> {
  const { operation, record, connector } = request;
  const askedAt = nowOf(request);
  const link = record.links[operation.system];
  const mayHaveCreated = request.step.attempts > 0 || request.step.status === 'unknown';
  const isAnew = operation.lost !== undefined && link?.state === 'gone';
  if (link !== undefined && !isAnew && !mayHaveCreated) return refused('already_linked', askedAt);
  if (isAnew) {
    const reading = await call(request, 'reads', () => connector.reader.read(operation.type, link.nativeId));
    if (reading.status !== 'answered') return reading;
    if (reading.answer.status !== 'gone') return refused('restored', askedAt);
  }
  const keys = keysOf(record);

  const finding = await call(request, 'reads', () =>
    connector.reader.find({ type: operation.type, ownId: mayHaveCreated ? record.id : null, keys }),
  );
  if (finding.status !== 'answered') return finding;
  if (link !== undefined && !isAnew) {
    // The webhook of our own create may have linked it while the answer was lost: it is still what we created.
    const isOurs = finding.answer.status === 'own' && finding.answer.nativeId === link.nativeId;
    return isOurs ? adopt(request, link.nativeId) : refused('already_linked', askedAt);
  }
  switch (finding.answer.status) {
    case 'own':
      return adopt(request, finding.answer.nativeId);
    case 'match':
      return refused('exists', askedAt, { matches: finding.answer.nativeIds });
    case 'none':
      return send(request);
  }
}

async function send(request: ApplyRequest): Promise<ApplyOutcome> {
  const obstacle = obstacleTo(request);
  if (obstacle !== null) return obstacle;
  if (!isHeldSomewhere(request)) return refused('gone', nowOf(request));
  const { operation, record, connector, idempotencyKey } = request;
  const creating = await call(request, 'writes', () =>
    connector.writer.create({
      type: operation.type,
      ownId: record.id,
      fields: valuesOf(operation),
      idempotencyKey,
    }),
  );
  if (creating.status !== 'answered') return creating;
  if (creating.answer.status === 'created') return verify(request, creating.answer.stored);
  // Twice in a row, with a look by our own id in between: somebody else has another value that must be unique there.
  if (request.step.reason === ErrorCode.alreadyExists) return refused('exists', nowOf(request));
  // Somebody was faster than our look. The next attempt looks again, then also under our own id.
  return { status: 'failed', during: 'writes', error: createdMeanwhile(operation.system) };
}

/**
 * An earlier attempt had created it, and its answer is lost. What we sent is taken as what was stored: what
 * stands there now may already be somebody's edit, and must not pass for the vendor's own form (M9). A field that
 * we did not send was empty, and when it was stored nobody can say.
 */
async function adopt(request: ApplyRequest, nativeId: NativeId): Promise<ApplyOutcome> {
  const { operation, connector } = request;
  const askedAt = nowOf(request);
  const reading = await call(request, 'reads', () => connector.reader.read(operation.type, nativeId));
  if (reading.status !== 'answered') return reading;
  if (reading.answer.status !== 'found') return refused('gone', askedAt);
  const seen = reading.answer.representation;
  const unsent = Object.fromEntries(Object.keys(seen.fields).map((path) => [path, CLEARED]));
  const stored = { ...seen, modifiedAt: null, fields: { ...unsent, ...valuesOf(operation) } };
  return { status: 'applied', stored, seen, swallowed: {}, isOurs: true, isShared: false };
}

/** M10: what every system has lost is not made anew anywhere. */
function isHeldSomewhere({ record }: ApplyRequest): boolean {
  return Object.values(record.links).some((link) => link.state === 'active');
}
