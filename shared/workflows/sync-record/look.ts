import { ConcordError, ErrorCode } from '#shared/errors/concord-error.ts';
import { retryDelayMs, VENDOR_RETRY } from '#shared/engine/retry-policy.ts';
import { CONCORD, type NativeId, type SystemId } from '#shared/model/ids.ts';
import { toEpochMs, toInstant, type Instant } from '#shared/model/instant.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import type { Representation } from '#shared/model/representation.ts';
import { ServedReason } from '#shared/model/vocabulary.ts';
import type { Mark, WorkDocument } from '#shared/model/work.ts';
import { readerOf, type SyncContext } from './context.ts';
import type { MarkOutcome } from './marks.ts';
import { timeOfAsking } from './sights.ts';

/** What a system answered when a pass looked at it. */
export type Look =
  | {
      readonly status: 'found';
      readonly representation: Representation;
      /** Vendor time that had come when the read was asked for, at least; null when the vendor did not tell its time. */
      readonly askedAt: Instant | null;
    }
  /** The pseudo-system: nothing to read, only to compare. */
  | { readonly status: 'compare' }
  /** `observedAt` is our time just before the call. */
  | { readonly status: 'gone'; readonly observedAt: Instant }
  | { readonly status: 'foreign'; readonly observedAt: Instant; readonly answeredId: NativeId }
  | { readonly status: 'stale'; readonly outcome: MarkOutcome }
  | { readonly status: 'failed'; readonly outcome: MarkOutcome };

/** A look, with what it was based on: the mark's seq, and what was known of the system, both from before the call. */
export interface Seen {
  readonly look: Look;
  readonly seq: number;
  readonly basis: string;
}

/** Older answers that are not believed, one after the other; then the event's time is taken to be the wrong one. */
const STALE_LOOKS = 6;

/**
 * A record keeps a value about seven times (as seen, accepted, written, in runs and history) and a document holds
 * 1 MiB. What is larger is not taken over; the debt stays, so that it never shows as compared (M7).
 */
const LARGEST_BYTES = 96 * 1_024;
const TOO_LARGE_AGAIN_MS = 60 * 60_000;

/**
 * Looks at every due system, all at once. What an earlier round of the same pass has seen is kept while what is
 * stored of that system is still the same: a commit that failed on `work` alone costs no second vendor call (M1).
 */
export async function lookAt(
  context: SyncContext,
  record: RecordDocument,
  work: WorkDocument,
  systems: readonly SystemId[],
  earlier: ReadonlyMap<SystemId, Seen>,
): Promise<ReadonlyMap<SystemId, Seen>> {
  const seen = await Promise.all(
    systems.map(async (system): Promise<[SystemId, Seen]> => {
      const basis = basisOf(record, system);
      const before = earlier.get(system);
      if (before !== undefined && before.basis === basis) return [system, before];
      const mark = work.marks[system] as Mark;
      return [system, { look: await lookOnce(context, record, system, mark), seq: mark.seq, basis }];
    }),
  );
  return new Map(seen);
}

/** What is known of the system: the object it holds, whether it does, and in what state it was seen. */
function basisOf({ links, representations }: RecordDocument, system: SystemId): string {
  const { nativeId = null, deniedAt = null } = links[system] ?? {};
  return JSON.stringify([nativeId, deniedAt, representations[system]?.version ?? null]);
}

async function lookOnce(
  context: SyncContext,
  record: RecordDocument,
  system: SystemId,
  mark: Mark,
): Promise<Look> {
  const link = record.links[system];
  if (system === CONCORD || link === undefined) return { status: 'compare' };
  const reader = readerOf(context, system);
  try {
    const before = context.ports.clock.now();
    const observedAt = toInstant(before);
    const result = await reader.read(record.type, link.nativeId);
    const elapsedMs = context.ports.clock.now() - before;
    if (result.status !== 'found') return { ...result, observedAt };
    if (bytesOf(result.representation) > LARGEST_BYTES) {
      noteFailure(context, record, system, mark, ServedReason.tooLarge);
      const outcome = keep(context, record, system, mark, ServedReason.tooLarge, TOO_LARGE_AGAIN_MS);
      return { status: 'failed', outcome };
    }
    if (isOlderThanEvent(result.representation, mark, reader.capabilities.timeResolutionMs)) {
      return { status: 'stale', outcome: keep(context, record, system, mark, ServedReason.staleRead, null) };
    }
    const { representation, answeredAt = null } = result;
    return { status: 'found', representation, askedAt: timeOfAsking(answeredAt, elapsedMs) };
  } catch (error) {
    if (!ConcordError.is(error)) throw error;
    if (error.code === ErrorCode.invalidConfiguration) throw error;
    noteFailure(context, record, system, mark, error.code);
    const askedForMs = error.retryAfterMs ?? null;
    return {
      status: 'failed',
      outcome: keep(context, record, system, mark, ServedReason.unreadable, askedForMs),
    };
  }
}

function noteFailure(
  context: SyncContext,
  record: RecordDocument,
  system: SystemId,
  mark: Mark,
  code: string,
): void {
  const fields = { system, recordId: record.id, code, attempt: mark.attempts + 1 };
  context.ports.telemetry.log('warning', 'pass.read_failed', fields);
}

function bytesOf({ fields, keys }: Representation): number {
  return Buffer.byteLength(JSON.stringify([fields, keys]));
}

/** M4: an answer from before the event that asked for it, by the ticks of the vendor's clock, is looked at again. */
function isOlderThanEvent(representation: Representation, mark: Mark, resolutionMs: number): boolean {
  if (mark.vendorTime === null || representation.modifiedAt === null || mark.staleReads >= STALE_LOOKS)
    return false;
  const tickOf = (time: Instant) => Math.floor(toEpochMs(time) / resolutionMs);
  return tickOf(representation.modifiedAt) < tickOf(mark.vendorTime);
}

function keep(
  context: SyncContext,
  record: RecordDocument,
  system: SystemId,
  mark: Mark,
  reason: ServedReason,
  askedForMs: number | null,
): MarkOutcome {
  const delay = retryDelayMs(VENDOR_RETRY, mark.attempts + 1, `${record.id}:${system}`, askedForMs);
  return { kind: 'kept', seq: mark.seq, reason, notBefore: context.ports.clock.now() + delay };
}
