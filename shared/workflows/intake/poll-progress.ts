/**
 * How a cursor moves. Pure. Upholds M1:
 *
 * - W1: The watermark moves when a poll has ended, never back, and never past the vendor's time at which the poll
 *   began less the settle delay: what the vendor shows late has a later poll to be found in.
 * - W2: Each poll begins an overlap below the watermark. What is listed again for that is known by its key, as long
 *   as it is remembered; the orchestrator recognises the rest.
 * - W3: A span is covered only once a poll has ended that listed all of it.
 * - W4: A change is told, and known by its time, only when the vendor's tick of that time is over. Polls begin below it.
 */
import type { ChangedObject } from '#shared/connectors/change-feed.ts';
import { toEpochMs, toInstant, type Instant } from '#shared/model/instant.ts';
import {
  RECENT_KEPT,
  SPANS_KEPT,
  type CoveredSpan,
  type CursorDocument,
  type PollTarget,
} from '#shared/model/poll-documents.ts';

/** How far polls reach back, milliseconds. */
export interface PollReach {
  readonly overlapMs: number;
  readonly settleMs: number;
}

/** The part of a poll that one page stands for. */
export interface PageOfPoll {
  readonly since: Instant | null;
  readonly until: Instant;
  readonly continuation: string | null;
  readonly changed: readonly ChangedObject[];
}

/** A cursor that has seen nothing. */
export function newCursor({ system, type, stream }: PollTarget): CursorDocument {
  return {
    system,
    type,
    stream,
    watermark: null,
    coverage: [],
    open: null,
    recent: [],
    failures: 0,
    failure: null,
    lastPollAt: null,
  };
}

/** Vendor time at which the next poll begins (W2); null for the beginning of time. */
export function beginningOf({ watermark }: CursorDocument, { overlapMs }: PollReach): Instant | null {
  return watermark === null ? null : before(watermark, overlapMs);
}

/** The cursor once all of a page is published. `now` is ours, epoch milliseconds. */
export function afterPage(
  cursor: CursorDocument,
  page: PageOfPoll,
  reach: PollReach,
  now: number,
): CursorDocument {
  const { since, until, continuation, changed } = page;
  const settled = before(until, reach.settleMs);
  const listedNext = before(settled, reach.overlapMs);
  // An open poll goes on to list what lies further back.
  const listedFrom = continuation !== null && since !== null && since < listedNext ? since : listedNext;
  const recent = remember(cursor.recent, changed, listedFrom);
  const served = { ...cursor, recent, failures: 0, failure: null };
  if (continuation !== null) return { ...served, open: { since, until, continuation } };
  return {
    ...served,
    open: null,
    // W1
    watermark: cursor.watermark === null || settled > cursor.watermark ? settled : cursor.watermark,
    // W3
    coverage: withSpan(cursor.coverage, { from: since, to: settled }),
    lastPollAt: toInstant(now),
  };
}

/**
 * The cursor after a call that failed.
 *
 * @param isRefused whether the vendor refused what was asked: then the open poll begins anew, for its continuation
 *   may be what is refused.
 */
export function afterFailure(cursor: CursorDocument, code: string, isRefused: boolean): CursorDocument {
  return {
    ...cursor,
    open: isRefused ? null : cursor.open,
    failures: cursor.failures + 1,
    failure: code,
  };
}

/**
 * Whether no later change can carry the time of this one any more, by the vendor's clock. One whose tick goes on is left
 * to the next poll: told now, it would pass for the next change of the same tick, which it is listed like (W4).
 */
export function isTickOver(
  { at }: Pick<ChangedObject, 'at'>,
  timeResolutionMs: number,
  vendorNow: Instant,
): boolean {
  return toEpochMs(at) + timeResolutionMs <= toEpochMs(vendorNow);
}

/** Names a change for as long as it is listed. Its text sorts by time. */
export function keyOfChange({ at, nativeId }: ChangedObject): string {
  return `${at} ${nativeId}`;
}

/** Keeps the keys that the next poll will list again; of too many the latest, which are listed for longest. */
function remember(
  known: readonly string[],
  changed: readonly ChangedObject[],
  since: Instant,
): readonly string[] {
  const keys = new Set([...known, ...changed.map(keyOfChange)].filter((key) => key >= since));
  return [...keys].toSorted().slice(-RECENT_KEPT);
}

/** Adds a span to others that are apart from each other; those that it meets become one. */
export function withSpan(spans: readonly CoveredSpan[], added: CoveredSpan): readonly CoveredSpan[] {
  if (added.from !== null && added.from > added.to) return spans;
  const merged: CoveredSpan[] = [];
  for (const span of [...spans, added].toSorted(byBeginning)) {
    const last = merged.at(-1);
    if (last !== undefined && meets(last, span)) {
      merged[merged.length - 1] = { from: last.from, to: last.to > span.to ? last.to : span.to };
    } else merged.push(span);
  }
  return merged.slice(-SPANS_KEPT);
}

function meets(earlier: CoveredSpan, later: CoveredSpan): boolean {
  return later.from === null || later.from <= earlier.to;
}

function byBeginning(a: CoveredSpan, b: CoveredSpan): number {
  if (a.from === b.from) return 0;
  if (a.from === null) return -1;
  return b.from === null || a.from > b.from ? 1 : -1;
}

function before(instant: Instant, ms: number): Instant {
  return toInstant(toEpochMs(instant) - ms);
}
