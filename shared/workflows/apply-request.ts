import { equalUnder } from '#shared/authority/equality.ts';
import { presenceOf } from '#shared/authority/lifecycle.ts';
import type { EntityPolicy, FieldPolicy } from '#shared/authority/policy.ts';
import { grantName, lossRuleName, presenceRuleName, ruleName } from '#shared/authority/rules.ts';
import type { Connector, ReadBackResult, SystemReader } from '#shared/connectors/connector.ts';
import type { StepState } from '#shared/engine/run.ts';
import { ConcordError, ErrorCode } from '#shared/errors/concord-error.ts';
import { fieldOf, type FieldValue, type FieldValues } from '#shared/model/field-value.ts';
import type { FieldPath, NativeId, SystemId } from '#shared/model/ids.ts';
import { toEpochMs, toInstant, type Instant } from '#shared/model/instant.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import type { Representation } from '#shared/model/representation.ts';
import { isRemoval, type Operation, type OperationField } from '#shared/reconciliation/operation.ts';

/** One operation to carry out, and everything that carrying it out depends on. */
export interface ApplyRequest {
  readonly connector: Connector;
  /** Reads the system whose loss a removal carries. */
  readonly lostReader?: SystemReader | undefined;
  readonly policy: EntityPolicy;
  readonly record: RecordDocument;
  readonly operation: Operation;
  /** Who asks for it, as a policy's grants name it: `workflow:<id>`. */
  readonly writer: string;
  readonly step: StepState;
  /** Epoch milliseconds, the clocks' skew taken off: what a vendor stored before that is nothing of this step's. */
  readonly notSentBefore: number;
  /** Derived from (run, step, round), never from content (M2). */
  readonly idempotencyKey: string;
  /** Epoch milliseconds now. */
  readonly now: () => number;
  /** Why nothing may be sent now, although the rule allows it; null when it may. */
  readonly halt: Halt | null;
  /** Whether another call may start under the lease; asked before each. */
  readonly mayCall: () => boolean;
}

/** What operators have switched off, writes to a system for a time or without their word, or what a mass guard stops. */
export type Halt = 'system_paused' | 'mode_forbids' | 'mass_guard';

/** Why an operation was not carried out although nothing failed: the world had moved on. */
export type RefusalReason =
  | 'rule_changed'
  | 'mode_forbids'
  | 'not_linked'
  | 'already_linked'
  | 'preimage_moved'
  | 'gone'
  | 'foreign_answer'
  | 'exists'
  | 'mass_guard'
  /** The loss that the removal carries stands no more. */
  | 'restored';

export type ApplyOutcome =
  | {
      readonly status: 'applied';
      /** What the write's own answer, or the read that resolved it, says was stored. */
      readonly stored: Representation;
      /** The read-back: possibly newer than `stored`. */
      readonly seen: Representation;
      /** Values that others had put there since the pre-image was read, where the vendor keeps history. */
      readonly swallowed: FieldValues;
      /** False when the system already said so and we never wrote. */
      readonly isOurs: boolean;
      /** Fields that others changed between the pre-image and our write: the vendor's time is theirs as well. */
      readonly isShared: boolean;
    }
  /** The object is not there any more, and it was we who removed it. `askedAt` is our time before the look that says so. */
  | { readonly status: 'removed'; readonly askedAt: Instant }
  | {
      readonly status: 'refused';
      readonly reason: RefusalReason;
      /** Our time just before the look that decided it. */
      readonly askedAt: Instant;
      readonly seen: Representation | null;
      /** Objects that hold one of our natural keys. */
      readonly matches: readonly NativeId[];
    }
  /** Certainly without effect. Only a failed write says anything about the values. */
  | { readonly status: 'failed'; readonly during: 'reads' | 'writes'; readonly error: ConcordError }
  /** May have taken effect, or may yet, until the time given. */
  | { readonly status: 'unknown'; readonly error: ConcordError; readonly unresolvedUntil: number }
  /** Took effect; the read-back is still missing. */
  | { readonly status: 'unverified'; readonly stored: Representation; readonly error: ConcordError | null }
  /** Nothing may be sent before the time given. */
  | {
      readonly status: 'waits';
      readonly until: number;
      readonly reason: 'effect_unresolved' | 'lease_too_short' | 'system_paused';
    };

/** The world is not as the operation was planned for. */
export function refused(
  reason: RefusalReason,
  askedAt: Instant,
  found: { readonly seen?: Representation; readonly matches?: readonly NativeId[] } = {},
): ApplyOutcome {
  return { status: 'refused', reason, askedAt, seen: found.seen ?? null, matches: found.matches ?? [] };
}

/** Our time now, as it stands in documents. */
export function nowOf(request: ApplyRequest): Instant {
  return toInstant(request.now());
}

type Called<T> = { readonly status: 'answered'; readonly answer: T } | ApplyOutcome;

/**
 * Runs one vendor call and sorts its failure by what it may have done. A call that only reads had no effect,
 * whatever its error says.
 */
export async function call<T>(
  request: ApplyRequest,
  effect: 'reads' | 'writes',
  run: () => Promise<T>,
): Promise<Called<T>> {
  if (!request.mayCall()) return { status: 'waits', until: request.now(), reason: 'lease_too_short' };
  try {
    return { status: 'answered', answer: await run() };
  } catch (error) {
    if (!ConcordError.is(error) || error.code === ErrorCode.invalidConfiguration) throw error;
    if (effect === 'reads' || error.effect === 'none') return { status: 'failed', during: effect, error };
    const { effectSettlesWithinMs } = request.connector.reader.capabilities;
    return { status: 'unknown', error, unresolvedUntil: request.now() + effectSettlesWithinMs };
  }
}

/** What an earlier attempt sent may still take effect. */
export function waits(until: number): ApplyOutcome {
  return { status: 'waits', until, reason: 'effect_unresolved' };
}

/** A write to a paused system looks again after this long. */
const PAUSE_LOOK_MS = 60_000;

/** A5: what becomes of an operation that may not be sent now. Asked before anything is sent; null when it may be. */
export function halted(request: ApplyRequest): ApplyOutcome | null {
  switch (request.halt) {
    case null:
      return null;
    case 'mode_forbids':
    case 'mass_guard':
      return refused(request.halt, nowOf(request));
    case 'system_paused':
      return { status: 'waits', until: request.now() + PAUSE_LOOK_MS, reason: 'system_paused' };
  }
}

/** A3: milliseconds-exact time until which an earlier attempt may still take effect, null when it cannot. */
export function unresolvedUntil(request: ApplyRequest): number | null {
  const until = request.step.unresolvedUntil;
  return until !== null && until > request.now() ? until : null;
}

/** Reads what the system says of our fields now, and what its history says of our values, where it keeps one. */
export function readBack(request: ApplyRequest, nativeId: NativeId): Promise<Called<ReadBackResult>> {
  const { operation, connector } = request;
  const paths = operation.fields.map((field) => field.path);
  return call(request, 'reads', () =>
    connector.writer.readBack(operation.type, nativeId, paths, valuesOf(operation)),
  );
}

/** Reads back what we wrote and compares it with what the write itself had answered (A4). */
export async function verify(
  request: ApplyRequest,
  stored: Representation,
  isShared = false,
): Promise<ApplyOutcome> {
  const reading = await readBack(request, stored.nativeId);
  if (reading.status === 'failed') return { status: 'unverified', stored, error: reading.error };
  if (reading.status === 'waits') return { status: 'unverified', stored, error: null };
  if (reading.status !== 'answered') return reading;
  const { answer } = reading;
  // Gone or merged right after our write: the write stands, the next look says what became of it.
  const applied = { status: 'applied', stored, isOurs: true, isShared } as const;
  if (answer.status !== 'found') return { ...applied, seen: stored, swallowed: {} };
  if (isOlder(answer.representation, stored)) return { status: 'unverified', stored, error: null };
  const swallowed = swallowedValues(request, answer.replaced);
  return { ...applied, seen: answer.representation, swallowed };
}

/** How far one field of the operation is at the system. */
export function progressOf(
  request: ApplyRequest,
  field: OperationField,
  current: FieldValue,
): 'done' | 'untouched' | 'moved' {
  if (equal(request, field.path, current, field.to)) return 'done';
  return equal(request, field.path, current, field.from) ? 'untouched' : 'moved';
}

/** The values of an operation. */
export function valuesOf(operation: Operation): FieldValues {
  return Object.fromEntries(operation.fields.map((field) => [field.path, field.to]));
}

/** Whether a field that we did not write differs between two states of the object: somebody else acted. */
export function othersActed(request: ApplyRequest, before: Representation, after: Representation): boolean {
  const written = request.operation.fields.map(({ path }) => path);
  return (Object.keys(after.fields) as FieldPath[]).some((path) => {
    const [was, is] = [fieldOf(before.fields, path), fieldOf(after.fields, path)];
    if (written.includes(path) || was.state === 'absent' || is.state === 'absent') return false;
    return !equal(request, path, was, is);
  });
}

function equal(request: ApplyRequest, path: FieldPath, a: FieldValue, b: FieldValue): boolean {
  const field = fieldPolicy(request.policy, path);
  return field !== undefined && equalUnder(request.policy, field, a, b);
}

/**
 * Whether every rule that the operation names still stands, unchanged, and still asks for what it does (M6). Asked
 * before anything is sent.
 */
export function isStillAllowed({ policy, record, operation, writer }: ApplyRequest): boolean {
  if (isRemoval(operation)) {
    const loss = operation.lost === undefined ? null : lossRuleName(policy, operation.lost).hash;
    return operation.fields.every(({ ruleHash }) => ruleHash === loss);
  }
  // Whoever had it created anew after a loss has said so, whether the policy requires it or not.
  const isCreate = operation.action === 'create' && operation.lost === undefined;
  if (isCreate && !isStillRequired(policy, record, operation.system)) return false;
  const presence = presenceRuleName(policy, operation.system).hash;
  return operation.fields.every((planned) => {
    const rule = ruleName(policy, planned.path, record.lifecycle).hash;
    if (planned.ruleHash === (operation.action === 'create' ? presence : rule)) return true;
    return planned.ruleHash === grantName(policy, planned.path, writer)?.hash;
  });
}

/** What holds true of the record decides who must hold it, and may have changed while a create waited. */
function isStillRequired(policy: EntityPolicy, record: RecordDocument, system: SystemId): boolean {
  const { lifecycle, golden } = record;
  return presenceOf(policy, system, { lifecycle, valueAt: (path) => golden[path]?.value }) === 'required';
}

/**
 * Why nothing may be sent now: what was sent before may still act (A3), the rule is another one (A1), or operators have
 * switched it off (A5). Null when it may be. Asked immediately before every write.
 */
export function obstacleTo(request: ApplyRequest): ApplyOutcome | null {
  const until = unresolvedUntil(request);
  if (until !== null) return waits(until);
  return isStillAllowed(request) ? halted(request) : refused('rule_changed', nowOf(request));
}

/** The policy of a field, undefined when it is no longer declared. */
function fieldPolicy(policy: EntityPolicy, path: FieldPath): FieldPolicy | undefined {
  return policy.fields.find((field) => field.path === path);
}

/** M5: what the vendor's history says stood there before our write, where that is not the pre-image. */
export function swallowedValues(request: ApplyRequest, replaced: FieldValues | null): FieldValues {
  if (replaced === null || request.operation.action === 'create') return {};
  const swallowed = request.operation.fields.flatMap((field) => {
    const value = replaced[field.path];
    if (value === undefined || value.state === 'absent' || progressOf(request, field, value) !== 'moved')
      return [];
    return [[field.path, value] as const];
  });
  return Object.fromEntries(swallowed);
}

function isOlder(seen: Representation, stored: Representation): boolean {
  if (seen.modifiedAt === null || stored.modifiedAt === null) return false;
  return toEpochMs(seen.modifiedAt) < toEpochMs(stored.modifiedAt);
}
