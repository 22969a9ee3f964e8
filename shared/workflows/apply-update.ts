import { fieldOf } from '#shared/model/field-value.ts';
import type { NativeId } from '#shared/model/ids.ts';
import type { Representation } from '#shared/model/representation.ts';
import {
  call,
  isStillAllowed,
  nowOf,
  refused,
  othersActed,
  progressOf,
  unresolvedUntil,
  valuesOf,
  verify,
  waits,
  type ApplyOutcome,
  type ApplyRequest,
} from './apply-request.ts';

/** Changes fields of an object that exists, if it still says what the operation was computed from (A2). */
export async function applyUpdate(request: ApplyRequest): Promise<ApplyOutcome> {
  const { operation, record, connector, step } = request;
  const { nativeId } = operation;
  const askedAt = nowOf(request);
  const link = record.links[operation.system];
  if (nativeId === null || link?.nativeId !== nativeId) return refused('not_linked', askedAt);

  const reading = await call(request, 'reads', () => connector.reader.read(operation.type, nativeId));
  if (reading.status !== 'answered') return reading;
  if (reading.answer.status === 'gone') return refused('gone', askedAt);
  if (reading.answer.status === 'foreign') return refused('foreign_answer', askedAt);
  const before = reading.answer.representation;
  switch (progressOfAll(request, before)) {
    case 'moved':
      return refused('preimage_moved', askedAt, { seen: before });
    case 'done':
      // An earlier attempt took effect, at a time that nobody knows: its history is looked at as well (M5).
      if (step.status === 'unknown') return verify(request, before);
      // Somebody else said the same: it is read.
      return {
        status: 'applied',
        stored: before,
        seen: before,
        swallowed: {},
        isOurs: false,
        isShared: false,
      };
    case 'untouched':
      return send(request, nativeId, before);
  }
}

async function send(
  request: ApplyRequest,
  nativeId: NativeId,
  before: Representation,
): Promise<ApplyOutcome> {
  const until = unresolvedUntil(request);
  if (until !== null) return waits(until); // A3
  if (!isStillAllowed(request)) return refused('rule_changed', nowOf(request)); // A1
  const { operation, connector, idempotencyKey } = request;
  const writing = await call(request, 'writes', () =>
    connector.writer.update({ type: operation.type, nativeId, fields: valuesOf(operation), idempotencyKey }),
  );
  if (writing.status !== 'answered') return writing;
  return verify(request, writing.answer, othersActed(request, before, writing.answer));
}

/** `done` when every field already says what we want, `moved` when any says something else altogether. */
function progressOfAll(request: ApplyRequest, before: Representation): 'done' | 'untouched' | 'moved' {
  const progress = request.operation.fields.map((field) =>
    progressOf(request, field, fieldOf(before.fields, field.path)),
  );
  if (progress.includes('moved')) return 'moved';
  return progress.every((one) => one === 'done') ? 'done' : 'untouched';
}
