import { fieldOf } from '#shared/model/field-value.ts';
import type { Representation } from '#shared/model/representation.ts';
import {
  call,
  isStillAllowed,
  refused,
  standOf,
  unresolvedUntil,
  valuesOf,
  verify,
  type ApplyOutcome,
  type ApplyRequest,
} from './apply-request.ts';

/** Changes fields of an object that exists, if it still says what the operation was computed from (A2). */
export async function applyUpdate(request: ApplyRequest): Promise<ApplyOutcome> {
  const { operation, record, connector } = request;
  const { nativeId } = operation;
  const link = record.links[operation.system];
  if (nativeId === null || link?.nativeId !== nativeId) return refused('not_linked');

  const reading = await call(request, 'reads', () => connector.reader.read(operation.type, nativeId));
  if (reading.status !== 'answered') return reading;
  if (reading.answer.status === 'gone') return refused('gone');
  if (reading.answer.status === 'foreign') return refused('foreign_answer');
  const before = reading.answer.representation;
  switch (standOfAll(request, before)) {
    case 'moved':
      return refused('preimage_moved', before);
    case 'done':
      // Ours if an earlier attempt was sent, else somebody else said the same: either way it is read.
      return {
        status: 'applied',
        stored: before,
        seen: before,
        swallowed: {},
        isOurs: request.step.status === 'unknown',
      };
    case 'untouched':
      return send(request, nativeId);
  }
}

async function send(
  request: ApplyRequest,
  nativeId: NonNullable<ApplyRequest['operation']['nativeId']>,
): Promise<ApplyOutcome> {
  const until = unresolvedUntil(request);
  if (until !== null) return { status: 'waits', until, reason: 'effect_unresolved' }; // A3
  if (!isStillAllowed(request)) return refused('rule_changed'); // A1
  const { operation, connector, idempotencyKey } = request;
  const writing = await call(request, 'writes', () =>
    connector.writer.update({ type: operation.type, nativeId, fields: valuesOf(operation), idempotencyKey }),
  );
  return writing.status === 'answered' ? verify(request, writing.answer, true) : writing;
}

/** `done` when every field already says what we want, `moved` when any says something else altogether. */
function standOfAll(request: ApplyRequest, before: Representation): 'done' | 'untouched' | 'moved' {
  const stands = request.operation.fields.map((field) =>
    standOf(request, field, fieldOf(before.fields, field.path)),
  );
  if (stands.includes('moved')) return 'moved';
  return stands.every((stand) => stand === 'done') ? 'done' : 'untouched';
}
