import type { ReadBackResult } from '#shared/connectors/connector.ts';
import { fieldOf } from '#shared/model/field-value.ts';
import type { NativeId } from '#shared/model/ids.ts';
import { toEpochMs, type Instant } from '#shared/model/instant.ts';
import type { Representation } from '#shared/model/representation.ts';
import {
  call,
  nowOf,
  obstacleTo,
  othersActed,
  progressOf,
  readBack,
  refused,
  swallowedValues,
  unresolvedUntil,
  valuesOf,
  verify,
  type ApplyOutcome,
  type ApplyRequest,
} from './apply-request.ts';

type FoundWithHistory = Extract<ReadBackResult, { status: 'found' }>;

const REFUSAL_OF = { gone: 'gone', foreign: 'foreign_answer' } as const;

/** Changes fields of an object that exists, if it still says what the operation was computed from (A2). */
export async function applyUpdate(request: ApplyRequest): Promise<ApplyOutcome> {
  const { operation, record, connector } = request;
  const { nativeId } = operation;
  const askedAt = nowOf(request);
  const link = record.links[operation.system];
  if (nativeId === null || link?.nativeId !== nativeId) return refused('not_linked', askedAt);

  const reading = await call(request, 'reads', () => connector.reader.read(operation.type, nativeId));
  if (reading.status !== 'answered') return reading;
  if (reading.answer.status !== 'found') return refused(REFUSAL_OF[reading.answer.status], askedAt);
  const before = reading.answer.representation;
  return mayBeTakenBack(request, before) ? askHistory(request, nativeId) : proceed(request, before);
}

/**
 * Whether an earlier attempt may have taken effect although a field does not say so: somebody may have put it back
 * since, or to something else. Only a history can tell, and only once nothing can take effect any more (A3).
 */
function mayBeTakenBack(request: ApplyRequest, before: Representation): boolean {
  const { operation, connector, step } = request;
  if (step.status !== 'unknown' || unresolvedUntil(request) !== null) return false;
  if (connector.reader.capabilities.overwrite !== 'history') return false;
  return operation.fields.some(
    (field) => progressOf(request, field, fieldOf(before.fields, field.path)) !== 'done',
  );
}

/**
 * Sends nothing over the word of somebody who took our value back (M2, M5): that we wrote is settled, and the next
 * comparison hears what was said since. What we sent is taken as what was stored, at the history's own time.
 */
async function askHistory(request: ApplyRequest, nativeId: NativeId): Promise<ApplyOutcome> {
  const askedAt = nowOf(request);
  const reading = await readBack(request, nativeId);
  if (reading.status !== 'answered') return reading;
  const { answer } = reading;
  if (answer.status !== 'found') return refused(REFUSAL_OF[answer.status], askedAt);
  const seen = answer.representation;
  const modifiedAt = timeOfEffect(request, answer);
  if (modifiedAt === undefined) return proceed(request, seen);
  return {
    status: 'applied',
    stored: { ...seen, modifiedAt, fields: valuesOf(request.operation) },
    seen,
    swallowed: swallowedValues(request, answer.replaced),
    isOurs: true,
    isShared: false,
  };
}

/**
 * When our value was stored in a field that says something else by now. One field is enough, for an update is stored
 * as a whole. Our values of earlier runs are no later than the field's base, which stays as it is while a run holds
 * the field; both are the vendor's times. A base of unknown time is older than anything. What was stored before the
 * run began is another integration's.
 */
function timeOfEffect(
  request: ApplyRequest,
  { representation, storedAt = {} }: FoundWithHistory,
): Instant | undefined {
  const { operation, record } = request;
  const times = operation.fields.map((field) => {
    const { path } = field;
    if (progressOf(request, field, fieldOf(representation.fields, path)) === 'done') return undefined;
    const at = storedAt[path];
    if (at === undefined || toEpochMs(at) < request.notSentBefore) return undefined;
    const baseAt = record.bases[operation.system]?.[path]?.modifiedAt ?? null;
    return baseAt !== null && toEpochMs(at) <= toEpochMs(baseAt) ? undefined : at;
  });
  return times.find((at) => at !== undefined);
}

/** Sends the operation, unless what the system says speaks against it. */
async function proceed(request: ApplyRequest, before: Representation): Promise<ApplyOutcome> {
  switch (progressOfAll(request, before)) {
    case 'moved':
      return refused('preimage_moved', before.observedAt, { seen: before });
    case 'done':
      // An earlier attempt took effect, at a time that nobody knows: its history is looked at as well (M5).
      if (request.step.status === 'unknown') return verify(request, before);
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
      return send(request, before);
  }
}

async function send(request: ApplyRequest, before: Representation): Promise<ApplyOutcome> {
  const obstacle = obstacleTo(request);
  if (obstacle !== null) return obstacle;
  const { operation, connector, idempotencyKey } = request;
  const { type } = operation;
  const { nativeId } = before;
  const writing = await call(request, 'writes', () =>
    connector.writer.update({ type, nativeId, fields: valuesOf(operation), idempotencyKey }),
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
