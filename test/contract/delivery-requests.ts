import { encodeDocumentEvent } from '#shared/platform/local/document-event.ts';
import {
  createLocalIdentity,
  createLocalIssuer,
  temporaryIdentityKey,
} from '#shared/platform/local/identity.ts';
import type { EntryRequest } from '#shared/runtime/entry.ts';
import { createLogger } from '#shared/telemetry/logger.ts';

/*
 * Deliveries as the platform composes them, for the test that sends each through both paths.
 */

export const clock = { now: () => Date.UTC(2026, 10, 20, 10) };
export const telemetry = createLogger({ clock, write: () => undefined });
const issuer = createLocalIssuer({ key: temporaryIdentityKey(), clock });
export const identity = createLocalIdentity({ email: 'invoke-paths@example.com', issuer });
export const AUDIENCE = 'https://paths.example.com';

export const token = (email = 'invoke-paths@example.com', audience = AUDIENCE): string =>
  `Bearer ${issuer.tokenAs(email, audience)}`;

const PUSH = JSON.stringify({
  message: {
    messageId: '1',
    data: Buffer.from('{"kind":"change"}').toString('base64'),
    attributes: { kind: 'change' },
  },
  subscription: 'projects/p/subscriptions/source-events.orchestrator',
  deliveryAttempt: 2,
});
const TASK = JSON.stringify({ kind: 'record', recordId: 'rec_1' });
const CHANGE = encodeDocumentEvent({
  name: 'projects/p/databases/d/documents/clients/demo/crosswalks/a',
  before: undefined,
  after: { state: 'active', count: 3 },
  changedAt: clock.now(),
});

export interface Sent {
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string | Uint8Array;
  readonly method?: string;
  readonly query?: string;
}

export function internalRequest(
  path: string,
  { headers = {}, body = '', method = 'POST', query = '' }: Sent = {},
): EntryRequest {
  const json = { 'content-type': 'application/json', authorization: token() };
  return { method, path, query, headers: { ...json, ...headers }, body: Buffer.from(body) };
}

export const push = (sent: Sent = {}): EntryRequest => internalRequest('/push', { body: PUSH, ...sent });
export const task = (sent: Sent = {}): EntryRequest =>
  internalRequest('/task', {
    body: TASK,
    ...sent,
    headers: {
      'x-cloudtasks-queuename': 'hubspot-live',
      'x-cloudtasks-taskname': 't1',
      'x-cloudtasks-taskretrycount': '3',
      ...sent.headers,
    },
  });
export const tick = (sent: Sent = {}): EntryRequest => internalRequest('/schedule', sent);
export const trigger = (sent: Sent = {}): EntryRequest =>
  internalRequest('/trigger', {
    body: CHANGE,
    ...sent,
    headers: {
      'content-type': 'application/protobuf',
      'ce-id': 'c1',
      'ce-type': 'google.cloud.firestore.document.v1.written',
      'ce-specversion': '1.0',
      'ce-source': '//firestore.googleapis.com/projects/p/databases/d',
      'ce-document': 'clients/demo/crosswalks/a',
      ...sent.headers,
    },
  });
export const channels = { push, task, tick, trigger };
