import { ConcordError, ErrorCode } from '#shared/errors/concord-error.ts';
import { SystemId } from '#shared/model/ids.ts';
import { toInstant } from '#shared/model/instant.ts';
import { eventRef, type EventDocument } from '#shared/model/intake-documents.ts';
import type { EventReason } from '#shared/model/vocabulary.ts';
import { create } from '#shared/ports/document-store.ts';
import type { Ports } from '#shared/ports/ports.ts';
import { EVENT_KEPT_MS } from './receive-change.ts';

export interface UnhandledNote {
  readonly system: string;
  readonly dedupeKey: string;
  readonly topic: string;
  readonly reason: EventReason;
}

/** Notes a well-signed event that nobody here handles, with the reason. @returns false when it was noted before. */
export async function storeUnhandled(
  ports: Pick<Ports, 'store' | 'clock'>,
  note: UnhandledNote,
): Promise<boolean> {
  const system = SystemId(note.system);
  const now = ports.clock.now();
  const document: EventDocument = {
    system,
    receivedAt: toInstant(now),
    reason: note.reason,
    topic: note.topic,
    recordId: null,
    markSeq: null,
    expireAt: new Date(now + EVENT_KEPT_MS),
  };
  try {
    await ports.store.commit([create(eventRef(system, note.dedupeKey), document)]);
    return true;
  } catch (error) {
    if (ConcordError.is(error, ErrorCode.alreadyExists)) return false;
    throw error;
  }
}
