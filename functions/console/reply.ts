import type { EntryResponse } from '#shared/runtime/entry.ts';

/**
 * Sent with every answer: nothing is kept by a browser, framed, sniffed or loaded from elsewhere. Answers hold
 * personal data, so a page keeps an answer and its `ETag` in its own memory and never on a disk.
 */
const STRICT_HEADERS = Object.freeze({
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
});

export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** Lower-case names. @default none */
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer of the console, with the headers that every one of them carries. */
export function reply({ status, contentType, body, headers = {} }: Reply): EntryResponse {
  return { status, headers: { ...STRICT_HEADERS, ...headers, 'content-type': contentType }, body };
}
