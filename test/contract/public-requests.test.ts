import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Outcome } from '#shared/runtime/ack.ts';
import { MAX_BODY_BYTES, type EntryRequest } from '#shared/runtime/entry.ts';
import { answering, both, closeSockets, open, openSockets } from './both-paths.ts';
import type { Sent } from './delivery-requests.ts';

beforeAll(openSockets);
afterAll(closeSockets);

describe('a public request', () => {
  const plain = (sent: Sent = {}, path = '/hubspot'): EntryRequest => ({
    method: sent.method ?? 'POST',
    path,
    query: sent.query ?? '',
    headers: sent.headers ?? {},
    body: Buffer.from(sent.body ?? ''),
  });

  test.each<readonly [string, EntryRequest]>([
    ['JSON', plain({ headers: { 'content-type': 'application/json' }, body: '[{"a":1}]' })],
    [
      'malformed JSON that says it is JSON',
      plain({ headers: { 'content-type': 'application/json' }, body: '[{"a":' }),
    ],
    ['JSON that is a bare text', plain({ headers: { 'content-type': 'application/json' }, body: '"a"' })],
    [
      'a charset that nobody knows',
      plain({ headers: { 'content-type': 'application/json; charset=klingon' }, body: '{}' }),
    ],
    [
      'a form',
      plain({ headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a=1&b=%20' }),
    ],
    [
      'text',
      plain({
        headers: { 'content-type': 'text/plain; charset=iso-8859-1' },
        body: Uint8Array.of(0x5a, 0xf6),
      }),
    ],
    ['no content type', plain({ body: 'abc' })],
    ['no body', plain({ headers: { 'content-type': 'application/json' } })],
    ['chunks of unknown length', plain({ headers: { 'transfer-encoding': 'chunked' }, body: 'abc' })],
    ['a query', plain({ query: 'a=1?b', body: 'abc' })],
  ])('with %s reaches the handler with the exact bytes', async (_name, request) => {
    answering({ status: 'done', reason: 'published' });

    const answered = await both(open, request);

    expect(answered.status).toBe(200);
    expect(answered.received).toEqual([
      { path: '/hubspot', query: request.query, body: Buffer.from(request.body).toString('latin1') },
    ]);
  });

  test.each(['/', '/%ZZ', '/ada%40example.com%E0', '/robots.txt', '/favicon.ico', '//a/..//b', '/%2e%2e/a'])(
    'to %s reaches the handler with the address as it was sent',
    async (path) => {
      answering({ status: 'rejected', reason: 'not_found' });

      const answered = await both(open, plain({ query: 'b=%ZZ' }, path));

      expect(answered.status).toBe(404);
      expect(answered.received).toEqual([{ path, query: 'b=%ZZ', body: '' }]);
    },
  );

  test.each<readonly [string, EntryRequest, number]>([
    [
      'gzip',
      plain({
        headers: { 'content-encoding': 'gzip', 'content-type': 'application/json' },
        body: gzipSync('[]'),
      }),
      415,
    ],
    ['gzip that is none', plain({ headers: { 'content-encoding': 'gzip' }, body: '[]' }), 415],
    ['an encoding nobody knows', plain({ headers: { 'content-encoding': 'x-own' }, body: '[]' }), 415],
    ['more than 5 MiB', plain({ body: Buffer.alloc(5 * 1024 * 1024 + 1) }), 413],
    ['more than the framework keeps', plain({ body: Buffer.alloc(MAX_BODY_BYTES + 100_000) }), 413],
  ])('with %s is refused', async (_name, request, status) => {
    const answered = await both(open, request);

    expect(answered).toMatchObject({ status, received: [] });
  });

  test.each<readonly [Outcome, number]>([
    [{ status: 'done', reason: 'published' }, 200],
    [{ status: 'duplicate', reason: 'x' }, 200],
    [{ status: 'rejected', reason: 'unauthenticated' }, 401],
    [{ status: 'rejected', reason: 'not_found' }, 404],
    [{ status: 'rejected', reason: 'not_connected' }, 404],
    [{ status: 'retry', reason: 'unavailable', afterMs: 100 }, 503],
    [{ status: 'failed', reason: 'invalid_configuration' }, 500],
  ])('that ends as %j has one answer both ways', async (outcome, status) => {
    answering(outcome);

    const answered = await both(open, plain({ body: 'abc' }));

    expect(answered.status).toBe(status);
  });
});
