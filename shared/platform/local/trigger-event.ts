import type { ClientId } from '#shared/model/ids.ts';
import { contentHash } from '#shared/model/hash.ts';
import { toInstant } from '#shared/model/instant.ts';
import type { TriggerTopology } from '#shared/ports/topology.ts';
import type { DocumentChange } from './document-event.ts';
import { LOCAL_LOCATION, LOCAL_PROJECT } from './push-envelope.ts';
import type { TriggerEvent } from './trigger-rows.ts';

/** Resource name of a document; the database of a client is named after it. */
export function documentName(clientId: ClientId, document: string): string {
  return `projects/${LOCAL_PROJECT}/databases/${clientId}/documents/${document}`;
}

/** An id that every delivery of one change carries, in the form of a UUID. */
export function eventIdOf(seq: number, change: DocumentChange): string {
  const hash = contentHash([seq, change.name, change.changedAt]);
  return [hash.slice(0, 8), hash.slice(8, 12), hash.slice(12, 16), hash.slice(16, 20), hash.slice(20)].join(
    '-',
  );
}

/** What happened to the document, in the word of a trigger's event type. */
export function kindOfChange(change: DocumentChange): 'created' | 'updated' | 'deleted' {
  if (change.before === undefined) return 'created';
  return change.after === undefined ? 'deleted' : 'updated';
}

/** Headers of the binary CloudEvent that Eventarc delivers for a Firestore trigger. */
export function triggerHeaders(
  clientId: ClientId,
  trigger: TriggerTopology,
  event: TriggerEvent,
): Readonly<Record<string, string>> {
  return {
    'content-type': 'application/protobuf',
    'ce-specversion': '1.0',
    'ce-id': event.eventId,
    'ce-type': `google.cloud.firestore.document.v1.${trigger.event ?? 'written'}`,
    'ce-source': `//firestore.googleapis.com/projects/${LOCAL_PROJECT}/databases/${clientId}`,
    'ce-subject': `documents/${event.document}`,
    'ce-time': toInstant(event.changedAt),
    'ce-document': event.document,
    'ce-database': clientId,
    'ce-project': LOCAL_PROJECT,
    'ce-location': LOCAL_LOCATION,
    'ce-namespace': '(default)',
    'user-agent': 'APIs-Google',
  };
}
