/**
 * Polls one stream: lists page by page, publishes, and moves the cursor. Upholds M1: a page counts only once all of
 * its events are durable, and the cursor moves by compare-and-swap from the state that the page was asked from. Of
 * two pollers at once one loses; what it has published twice carries the same keys. Whoever dies in between has
 * moved nothing, and the page is listed again.
 */
import type { ChangePage } from '#shared/connectors/change-feed.ts';
import { ConcordError, ErrorCode } from '#shared/errors/concord-error.ts';
import { retryDelayMs, type RetryPolicy } from '#shared/engine/retry-policy.ts';
import { SOURCE_EVENTS } from '#shared/messaging/topics.ts';
import { toInstant } from '#shared/model/instant.ts';
import {
  cursorRef,
  pollScheduleRef,
  type CursorDocument,
  type ScheduleDocument,
} from '#shared/model/poll-documents.ts';
import type { ChangeEvent } from '#shared/model/source-event.ts';
import { create, set, update, type Version } from '#shared/ports/document-store.ts';
import type { Message } from '#shared/ports/event-bus.ts';
import { eventsOfPage } from './poll-events.ts';
import { afterFailure, afterPage, beginningOf, isTickOver, keyOfChange, newCursor } from './poll-progress.ts';
import type { PollContext, PollStream } from './poll-streams.ts';

/** What a poll may use up. */
export interface PollAllowance {
  /** Our time at which the tick began, epoch milliseconds. */
  readonly now: number;
  /** Takes one page; false when none may be asked for any more in this tick. */
  takePage(): Promise<boolean>;
  /** Ends the minute for everybody: the vendor said that there were too many calls. */
  closeMinute(): Promise<void>;
}

/**
 * - `ended`: everything was listed. `open`: the next tick goes on.
 * - `lost`: another poller was faster. `rate_limited`, `failed`: the vendor gave no page; it is asked again later.
 */
export type PollOutcome = 'ended' | 'open' | 'lost' | 'rate_limited' | 'failed';

/** A vendor that cannot be read is asked less and less often; one that comes back is noticed within half an hour. */
const POLL_RETRY: RetryPolicy = Object.freeze({
  firstDelayMs: 60_000,
  maxDelayMs: 30 * 60_000,
  maxAttempts: Number.POSITIVE_INFINITY,
});

/** Codes of a vendor that does not take what it is asked, as with a continuation that it does not know any more. */
export const REFUSALS: ReadonlySet<ErrorCode> = new Set([
  ErrorCode.vendorRejected,
  ErrorCode.vendorProtocol,
  ErrorCode.invalidArgument,
]);

interface Loaded {
  readonly cursor: CursorDocument;
  /** Null when it is not stored yet. */
  readonly version: Version | null;
}

/**
 * Polls until the end or until the allowance is used up.
 * @throws ConcordError of store and bus; the cursor then stands where everything before it is published.
 */
export async function pollChanges(
  context: PollContext,
  stream: PollStream,
  allowance: PollAllowance,
): Promise<PollOutcome> {
  const stored = await context.ports.store.get(cursorRef(stream));
  let loaded: Loaded | null = {
    cursor: stored?.value ?? newCursor(stream),
    version: stored?.version ?? null,
  };
  while (await allowance.takePage()) {
    const turn = await pollPage(context, stream, loaded.cursor, allowance.now);
    if (turn.outcome === 'rate_limited') {
      await allowance.closeMinute();
      await putOff(context, stream, turn.nextDueAt);
      return turn.outcome;
    }
    loaded = await commit(context, stream, loaded, turn);
    if (loaded === null) return 'lost';
    if (turn.outcome !== 'open') return turn.outcome;
  }
  return 'open';
}

/** What one call has brought. */
type Turn =
  | { readonly outcome: 'open'; readonly cursor: CursorDocument; readonly nextDueAt: null }
  | { readonly outcome: 'ended' | 'failed'; readonly cursor: CursorDocument; readonly nextDueAt: number }
  | { readonly outcome: 'rate_limited'; readonly nextDueAt: number };

async function pollPage(
  context: PollContext,
  stream: PollStream,
  cursor: CursorDocument,
  now: number,
): Promise<Turn> {
  const { clock, telemetry } = context.ports;
  const since = cursor.open === null ? beginningOf(cursor, stream) : cursor.open.since;
  const { until = null, continuation = null } = cursor.open ?? {};
  const { system, type } = stream;
  const page = await list();
  if ('outcome' in page) return page;

  // Vendor times are bounded by the vendor's clock; ours stands in for a vendor that does not tell its own.
  const bound = until ?? page.answeredAt ?? toInstant(clock.now());
  const known = new Set(cursor.recent);
  const vendorNow = page.answeredAt ?? toInstant(clock.now());
  const changed = page.changed.filter(
    (one) => isTickOver(one, stream.calls.timeResolutionMs, vendorNow) && !known.has(keyOfChange(one)),
  );
  await publish(context, await eventsOfPage(context.ports, { target: stream, changed, until: bound }));
  telemetry.count('poll_rows', { system, entityType: type, stream: stream.stream }, page.changed.length);
  const next = afterPage(cursor, { ...page, changed, since, until: bound }, stream, clock.now());
  return page.continuation === null
    ? { outcome: 'ended', cursor: next, nextDueAt: now + stream.everyMs }
    : { outcome: 'open', cursor: next, nextDueAt: null };

  async function list(): Promise<ChangePage | Turn> {
    try {
      return await stream.feed.list({ type, stream: stream.stream, since, until, continuation });
    } catch (error) {
      if (!ConcordError.is(error) || error.code === ErrorCode.invalidConfiguration) throw error;
      if (error.code === ErrorCode.vendorRateLimited) {
        return { outcome: 'rate_limited', nextDueAt: clock.now() + (error.retryAfterMs ?? 0) };
      }
      return failed(error.code, REFUSALS.has(error.code), error.retryAfterMs ?? null);
    }
  }

  function failed(code: string, isRefused: boolean, askedForMs: number | null): Turn {
    const next = afterFailure(cursor, code, isRefused);
    telemetry.log('warning', 'poll.failed', { system, entityType: type, code, attempt: next.failures });
    const spreadBy = `${system}:${type}:${stream.stream}`;
    const delayMs = retryDelayMs(POLL_RETRY, next.failures, spreadBy, askedForMs);
    return { outcome: 'failed', cursor: next, nextDueAt: clock.now() + delayMs };
  }
}

/** Resolves once every event is durable. */
async function publish({ ports }: PollContext, events: readonly ChangeEvent[]): Promise<void> {
  if (events.length === 0) return;
  await ports.bus.publish(
    SOURCE_EVENTS,
    events.map((event): Message => ({ body: event, attributes: { system: event.system, kind: event.kind } })),
  );
  for (const { system, kind } of events) ports.telemetry.count('events_published', { system, kind });
}

/** Moves the cursor, and its schedule with it. @returns null when somebody else has moved it meanwhile. */
async function commit(
  { ports }: PollContext,
  stream: PollStream,
  { version }: Loaded,
  { cursor, nextDueAt }: Exclude<Turn, { outcome: 'rate_limited' }>,
): Promise<Loaded | null> {
  const ref = cursorRef(stream);
  try {
    const [moved] = await ports.store.commit([
      version === null ? create(ref, cursor) : set(ref, cursor, version),
      ...(nextDueAt === null ? [] : [update<ScheduleDocument>(pollScheduleRef(stream), { nextDueAt })]),
    ]);
    return { cursor, version: moved?.version ?? null };
  } catch (error) {
    if (ConcordError.is(error, ErrorCode.conflict) || ConcordError.is(error, ErrorCode.alreadyExists)) {
      return null;
    }
    throw error;
  }
}

async function putOff({ ports }: PollContext, stream: PollStream, nextDueAt: number): Promise<void> {
  await ports.store.commit([update<ScheduleDocument>(pollScheduleRef(stream), { nextDueAt })]);
}
