import type { Outcome } from './ack.ts';
import { answer, type Entry, type EntryRequest, type EntryResponse } from './entry.ts';
import { settle, type EntrySettings, type Replied } from './settle.ts';

/** Larger bodies are refused unread. Vendors send far less; Cloud Run itself would take 32 MiB. */
const MAX_PUBLIC_BODY_BYTES = 5 * 1024 * 1024;

/** What a public handler gives back: an outcome, or a page of its own. */
export type PublicAnswer = Outcome | Replied<EntryResponse>;

export interface HttpEntryOptions extends EntrySettings {
  readonly handle: (request: EntryRequest) => Promise<PublicAnswer>;
}

/**
 * The entry of a function that anybody can reach. It refuses what is too large, and what is compressed:
 * a signature is over the bytes sent, and no vendor compresses, so inflating would only help attackers.
 */
export function createHttpEntry(options: HttpEntryOptions): Entry {
  return async function httpEntry(request): Promise<EntryResponse> {
    const given = await settle(
      options,
      'http',
      async () => refusalOf(request) ?? (await options.handle(request)),
    );
    return given.status === 'replied' ? given.response : answer(given, 'http');
  };
}

function refusalOf(request: EntryRequest): Outcome | null {
  if (request.body.byteLength > MAX_PUBLIC_BODY_BYTES) return { status: 'rejected', reason: 'too_large' };
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    return { status: 'rejected', reason: 'unsupported_encoding' };
  return null;
}
