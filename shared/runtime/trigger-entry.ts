import { ConcordError } from '#shared/errors/concord-error.ts';
import { decodeDocumentEvent, type DocumentEvent } from '#shared/messaging/document-event.ts';
import type { Outcome } from './ack.ts';
import type { EntryRequest } from './entry.ts';
import type { InternalRoute } from './internal-entry.ts';

/** One change of a document as Eventarc tells it. A hint: the handler re-reads (M4). */
export interface DocumentTrigger {
  /** The same on every delivery of one change. */
  readonly eventId: string;
  /** Path of the document below the database's root: `clients/demo/crosswalks/...`. */
  readonly document: string;
  readonly change: DocumentEvent;
}

/** Receives a Firestore trigger: a binary CloudEvent around protobuf. */
export function triggerEntry(handle: (trigger: DocumentTrigger) => Promise<Outcome>): InternalRoute {
  return {
    channel: 'trigger',
    async handle(request) {
      const trigger = readTrigger(request);
      return trigger === null ? { status: 'rejected', reason: 'malformed' } : handle(trigger);
    },
  };
}

function readTrigger({ headers, body }: EntryRequest): DocumentTrigger | null {
  const eventId = headers['ce-id'];
  const document = headers['ce-document'];
  if (!eventId || !document || !headers['ce-type']?.startsWith('google.cloud.firestore.document.'))
    return null;
  try {
    return { eventId, document, change: decodeDocumentEvent(body) };
  } catch (error) {
    if (ConcordError.is(error, 'invalid_argument')) return null;
    throw error;
  }
}
