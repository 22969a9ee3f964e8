/**
 * Receives a change: resolves whose it is, and leaves a debt. One commit holds the event and the mark, so that
 * an acknowledged message is either both or neither (M1). Whoever makes the record owe also enqueues the task;
 * if it dies in between, the watchdog finds the overdue debt.
 *
 * Costs at most two reads and two writes for a known record.
 */
import { ConcordError, ErrorCode } from '#shared/errors/concord-error.ts';
import { contention } from '#shared/errors/faults.ts';
import type { Evidence } from '#shared/model/evidence.ts';
import { crosswalkRef } from '#shared/model/identity-documents.ts';
import { EntityType, NativeId, SystemId, type RecordId } from '#shared/model/ids.ts';
import { parseInstant, toInstant } from '#shared/model/instant.ts';
import { eventRef, type EventDocument } from '#shared/model/intake-documents.ts';
import type { ChangeEvent } from '#shared/model/source-event.ts';
import type { EventReason } from '#shared/model/vocabulary.ts';
import { work as workCollection, type Sight } from '#shared/model/work.ts';
import { create, set, type Write } from '#shared/ports/document-store.ts';
import type { Task } from '#shared/ports/task-queue.ts';
import type { SyncContext } from '../sync-record/context.ts';
import { addMark, dueSystems, type Hint } from '../sync-record/marks.ts';
import { newProvisional } from '../sync-record/new-provisional.ts';
import { showsState } from '../sync-record/sights.ts';
import { taskOfWork } from '../sync-record/wake.ts';

const MAX_RACES = 10;

/** Events are kept this long to recognise deliveries of the same fact; vendors retry for a day at most. */
export const EVENT_KEPT_MS = 30 * 24 * 60 * 60_000;

export type ReceiveContext = Pick<SyncContext, 'ports' | 'connectors'>;

interface Attempt {
  readonly writes: readonly Write[];
  readonly task: Task | undefined;
  readonly reason: EventReason;
}

/**
 * Stores the event and its mark, and sees to it that somebody serves the debt.
 *
 * @returns `duplicate` when the event is already stored.
 * @throws ConcordError `contention` (retry) when every commit lost a race; store errors pass through.
 */
export async function receiveChange(
  context: ReceiveContext,
  event: ChangeEvent,
): Promise<EventReason | 'duplicate'> {
  const { store, tasks } = context.ports;
  for (let race = 0; race < MAX_RACES; race += 1) {
    const attempt = await prepare(context, event);
    try {
      await store.commit(attempt.writes);
    } catch (error) {
      if (ConcordError.is(error, ErrorCode.conflict)) continue;
      if (!ConcordError.is(error, ErrorCode.alreadyExists)) throw error;
      // Either this very event is stored already, or somebody has just met the same native id.
      const stored = await store.get(eventRef(SystemId(event.system), event.dedupeKey));
      if (stored === undefined) continue;
      await enqueueAgain(context, stored.value.recordId);
      return 'duplicate';
    }
    if (attempt.task !== undefined) await tasks.enqueue(attempt.task);
    return attempt.reason;
  }
  throw contention(MAX_RACES);
}

async function prepare(context: ReceiveContext, event: ChangeEvent): Promise<Attempt> {
  const { store, clock } = context.ports;
  const [system, type, nativeId] = [SystemId(event.system), EntityType(event.type), NativeId(event.nativeId)];
  const now = clock.now();
  const hint = hintOf(event);
  const crosswalk = await store.get(crosswalkRef(system, type, nativeId));
  if (crosswalk === undefined || crosswalk.value.state === 'deleted') {
    const provisional = newProvisional(context, {
      system,
      type,
      nativeId,
      evidence: crosswalk === undefined ? 'first_seen' : 'seen_again',
      former: crosswalk,
      now,
      hint,
    });
    const stored = eventDocument(event, 'new_record', provisional.recordId, 1, now);
    return { writes: [...provisional.writes, stored], task: provisional.task, reason: 'new_record' };
  }
  const { recordId } = crosswalk.value;
  const owed = await store.get(workCollection.at(recordId));
  if (owed === undefined) throw contention(1);
  const resolutionMs = context.connectors.get(system)?.reader.capabilities.timeResolutionMs ?? 0;
  if (isTold(event, owed.value.sights?.[system], resolutionMs)) {
    return {
      writes: [
        eventDocument(event, 'already_seen', recordId, null, now),
        // Holds the sight to what it was: a pass may find at this moment that the object is gone.
        set(workCollection.at(recordId), owed.value, owed.version),
      ],
      task: undefined,
      reason: 'already_seen',
    };
  }
  const marked = addMark(owed.value, hint, resolutionMs, now);
  const reason = marked.isRewritten ? 'marked' : 'covered_by_mark';
  const seq = marked.work.marks[system]?.seq ?? null;
  return {
    writes: [
      eventDocument(event, reason, recordId, seq, now),
      set(workCollection.at(recordId), marked.work, owed.version),
    ],
    task: marked.needsTask ? taskOfWork(marked.work, now) : undefined,
    reason,
  };
}

/** The first delivery may have died between its commit and its task. A name that was used is refused, so this is safe. */
async function enqueueAgain(context: ReceiveContext, recordId: RecordId | null): Promise<void> {
  const { store, clock, tasks } = context.ports;
  const owed = recordId === null ? undefined : await store.get(workCollection.at(recordId));
  if (owed === undefined || dueSystems(owed.value, clock.now()).length === 0) return;
  const task = taskOfWork(owed.value);
  if (task !== undefined) await tasks.enqueue(task);
}

function hintOf(event: ChangeEvent): Hint {
  const at = event.occurredAt === null ? null : (parseInstant(event.occurredAt) ?? null);
  const evidence: Evidence = {
    source: event.change === 'created' ? 'created' : event.source,
    at,
    // A merge or a restoration may have changed anything, whatever the delivery happened to name.
    fields: event.change === 'changed' || event.change === 'created' ? event.fields : null,
    eventKey: event.dedupeKey,
    ...(event.change === 'merged' ? { isMerge: true } : {}),
  };
  return { system: SystemId(event.system), vendorTime: at, lane: event.lane, evidence: [evidence] };
}

/**
 * Whether a poll lists what a read has seen since: a webhook had told of it. Only for a plain change; that an object
 * was deleted, merged or restored shows in no modified time.
 */
function isTold(event: ChangeEvent, sight: Sight | undefined, resolutionMs: number): boolean {
  const at = event.occurredAt === null ? undefined : parseInstant(event.occurredAt);
  if (event.source !== 'poll' || event.change !== 'changed' || at === undefined) return false;
  return sight?.nativeId === event.nativeId && showsState(sight, at, resolutionMs);
}

function eventDocument(
  event: ChangeEvent,
  reason: EventReason,
  recordId: RecordId,
  markSeq: number | null,
  now: number,
): Write {
  const system = SystemId(event.system);
  return create<EventDocument>(eventRef(system, event.dedupeKey), {
    system,
    receivedAt: toInstant(now),
    reason,
    topic: null,
    recordId,
    markSeq,
    expireAt: new Date(now + EVENT_KEPT_MS),
  });
}
