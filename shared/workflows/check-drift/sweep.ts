/**
 * Sweeps: goes through all objects of a type in a system, a few pages each tick, and tells of those that nobody knows.
 * It finds what neither webhook nor poll told of; what is known is left to checks.
 *
 * S1 The place in the list moves after the unknown objects of a page are published, so that a tick that dies repeats a
 *    page and passes over none (M1). What is published twice is known by its key.
 * S2 Being listed only says whom to look at: the object is read by its id before anything is concluded (M4), and having
 *    been found explains no difference (M9).
 */
import { ConcordError, ErrorCode } from '#shared/errors/concord-error.ts';
import { retryDelayMs, VENDOR_RETRY } from '#shared/engine/retry-policy.ts';
import { SOURCE_EVENTS } from '#shared/messaging/topics.ts';
import { crosswalkRef } from '#shared/model/identity-documents.ts';
import type { EntityType, NativeId, SystemId } from '#shared/model/ids.ts';
import { toInstant } from '#shared/model/instant.ts';
import type { ChangeEvent } from '#shared/model/source-event.ts';
import { holdsAt } from '#shared/model/settings.ts';
import { sweepRef, type OpenSweep, type SweepDocument } from '#shared/model/sweep.ts';
import { create, set, type Snapshot } from '#shared/ports/document-store.ts';
import { closeWindow, drawCalls } from '../draw-calls.ts';
import { REFUSALS } from '../intake/poll-changes.ts';
import { readerOf } from '../sync-record/context.ts';
import { checkDraw, type CheckContext } from './context.ts';

/** Time from one sweep to the next, unless the client says otherwise. */
export const SWEEP_EVERY_MS = 24 * 60 * 60_000;

/** Pages of one list in one tick: 200 objects of HubSpot, or 288,000 in a day, and the budget's rest is the checks'. */
const PAGES_PER_TICK = 2;

/** A crosswalk look-up at once. */
const LOOKUPS_AT_ONCE = 100;

/** What the sweeps of a tick came to. */
export interface SweepReport {
  readonly listed: number;
  readonly unknown: number;
}

interface Target {
  readonly system: SystemId;
  readonly type: EntityType;
}

/** Carries the sweeps that are due at `now`, epoch milliseconds, a little further. */
export async function sweepDue(context: CheckContext, now: number): Promise<SweepReport> {
  const { client } = context;
  const targets = client.systems.flatMap((system) =>
    (client.mappings[system] ?? []).map(({ type }): Target => ({ system, type })),
  );
  const report = { listed: 0, unknown: 0 };
  for (const target of targets) {
    for (let page = 0; page < PAGES_PER_TICK; page += 1) {
      const swept = await sweepPage(context, target, now);
      if (swept === null) break;
      report.listed += swept.listed;
      report.unknown += swept.unknown;
    }
  }
  if (report.unknown > 0) context.ports.telemetry.count('unknown_objects_found', {}, report.unknown);
  return report;
}

/** Sweeps one page. Null when none is due, nothing is left of the budget, the system failed, or another tick is at it. */
async function sweepPage(context: CheckContext, target: Target, now: number): Promise<SweepReport | null> {
  const { store } = context.ports;
  const everyMs = context.client.sweepEveryMs ?? SWEEP_EVERY_MS;
  const stored = await store.get(sweepRef(target.system, target.type));
  if (stored === undefined) {
    await begin(context, target, now + everyMs);
    return null;
  }
  const { open: under, nextDueAt, notBefore, pause } = stored.value;
  if (holdsAt(pause, now) || notBefore > now || (under === null && nextDueAt > now)) return null;
  const open = under ?? { startedAt: now, after: null, listed: 0, unknown: 0 };
  const reader = readerOf(context, target.system);
  const draw = checkDraw(context, reader.capabilities);
  if ((await drawCalls(store, draw, 1)) === 0) return null;
  try {
    const page = await reader.listIds(target.type, open.after);
    const unknown = await unknownOf(context, target, page.nativeIds);
    await publish(context, target, unknown, open.startedAt); // S1
    const seen = { listed: open.listed + page.nativeIds.length, unknown: open.unknown + unknown.length };
    const next: OpenSweep | null = page.after === null ? null : { ...open, ...seen, after: page.after };
    const due = next === null ? Math.max(open.startedAt + everyMs, now) : nextDueAt;
    if (!(await move(context, stored, { open: next, nextDueAt: due, failures: 0, notBefore: 0 })))
      return null;
    return { listed: page.nativeIds.length, unknown: unknown.length };
  } catch (error) {
    if (!isOfList(error)) throw error;
    if (error.code === ErrorCode.vendorRateLimited) await closeWindow(store, draw);
    await putOff(context, stored, open, error, now);
    return null;
  }
}

async function unknownOf(
  context: CheckContext,
  { system, type }: Target,
  nativeIds: readonly NativeId[],
): Promise<readonly NativeId[]> {
  const unknown: NativeId[] = [];
  for (let start = 0; start < nativeIds.length; start += LOOKUPS_AT_ONCE) {
    const chunk = nativeIds.slice(start, start + LOOKUPS_AT_ONCE);
    const known = await context.ports.store.getAll(chunk.map((id) => crosswalkRef(system, type, id)));
    unknown.push(
      ...chunk.filter((_, index) => {
        const crosswalk = known[index]?.value;
        return crosswalk === undefined || crosswalk.state === 'deleted';
      }),
    );
  }
  return unknown;
}

async function publish(
  context: CheckContext,
  { system, type }: Target,
  nativeIds: readonly NativeId[],
  startedAt: number,
): Promise<void> {
  if (nativeIds.length === 0) return;
  const events = nativeIds.map((nativeId): ChangeEvent => ({
    kind: 'change',
    system,
    dedupeKey: `sweep:${type}:${nativeId}:${startedAt}`,
    receivedAt: toInstant(context.ports.clock.now()),
    type,
    nativeId,
    change: 'created', // S2: a birth explains nothing that came later.
    occurredAt: null,
    fields: null,
    lane: 'background',
    source: 'poll',
  }));
  await context.ports.bus.publish(
    SOURCE_EVENTS,
    events.map((event) => ({ body: event, attributes: { system, kind: event.kind } })),
  );
}

/** The first sweep begins an interval after the first tick: until then a new client is told of by its onboarding. */
async function begin({ ports }: CheckContext, { system, type }: Target, nextDueAt: number): Promise<void> {
  const fresh: SweepDocument = { system, type, nextDueAt, open: null, failures: 0, notBefore: 0 };
  try {
    await ports.store.commit([create(sweepRef(system, type), fresh)]);
  } catch (error) {
    if (!ConcordError.is(error, ErrorCode.alreadyExists)) throw error;
  }
}

/** True when moved; false when another tick has moved it. */
async function move(
  { ports }: CheckContext,
  { ref, value, version }: Snapshot<SweepDocument>,
  moved: Partial<SweepDocument>,
): Promise<boolean> {
  try {
    await ports.store.commit([set(ref, { ...value, ...moved }, version)]);
    return true;
  } catch (error) {
    if (ConcordError.is(error, ErrorCode.conflict)) return false;
    throw error;
  }
}

async function putOff(
  context: CheckContext,
  stored: Snapshot<SweepDocument>,
  open: OpenSweep,
  error: ConcordError,
  now: number,
): Promise<void> {
  const { system, type, failures } = stored.value;
  const waitMs = retryDelayMs(VENDOR_RETRY, failures + 1, `${system}:${type}`, error.retryAfterMs ?? null);
  const fields = { system, entityType: type, code: error.code, attempt: failures + 1 };
  context.ports.telemetry.log('warning', 'sweep.list_failed', fields);
  // What is refused may be the place in the list, as one that an earlier release wrote: then it begins anew.
  const from = REFUSALS.has(error.code) ? { ...open, after: null, listed: 0, unknown: 0 } : open;
  await move(context, stored, { open: from, failures: failures + 1, notBefore: now + waitMs });
}

/** What listing failed at, and not our own store or bus. */
function isOfList(error: unknown): error is ConcordError {
  return ConcordError.is(error) && (error.code.startsWith('vendor_') || REFUSALS.has(error.code));
}
