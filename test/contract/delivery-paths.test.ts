import { once } from 'node:events';
import { request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { http } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConcordError, ErrorCode, type Disposition } from '#shared/errors/concord-error.ts';
import { unavailable } from '#shared/errors/faults.ts';
import { InstanceCrash } from '#shared/platform/local/instance-crash.ts';
import type { Outcome } from '#shared/runtime/ack.ts';
import { createCallerGuard } from '#shared/runtime/caller-guard.ts';
import { MAX_BODY_BYTES, type Entry, type EntryRequest } from '#shared/runtime/entry.ts';
import { eventEntry } from '#shared/runtime/event-entry.ts';
import { keepRawBodies } from '#shared/runtime/framework-bodies.ts';
import { toFrameworkHandler } from '#shared/runtime/framework-handler.ts';
import { createHttpEntry } from '#shared/runtime/http-entry.ts';
import { createInternalEntry } from '#shared/runtime/internal-entry.ts';
import { scheduleEntry } from '#shared/runtime/schedule-entry.ts';
import { taskEntry } from '#shared/runtime/task-entry.ts';
import { triggerEntry } from '#shared/runtime/trigger-entry.ts';
import {
  AUDIENCE,
  type Sent,
  channels,
  clock,
  identity,
  internalRequest,
  push,
  task,
  telemetry,
  tick,
  token,
  trigger,
} from './delivery-requests.ts';

/*
 * Internal deliveries reach a function in two ways: the embedded platform calls its entry directly, the
 * cloud goes through functions-framework and a socket. Both must answer the same, byte for byte.
 */

/** What the handlers do with the delivery at hand, and what reached them. */
let behave: () => Promise<Outcome> = async () => ({ status: 'done', reason: 'served' });
let received: unknown[] = [];

function handle(input: unknown): Promise<Outcome> {
  received.push(input);
  return behave();
}

const internal: Entry = createInternalEntry({
  functionName: 'paths',
  telemetry,
  guard: createCallerGuard({ identity, audience: AUDIENCE, callers: ['invoke-paths@example.com'] }),
  routes: {
    '/push': eventEntry(handle),
    '/task': taskEntry((task, dispatch) => handle({ task, dispatch })),
    '/schedule': scheduleEntry(clock, handle),
    '/trigger': triggerEntry(handle),
  },
});

const open: Entry = createHttpEntry({
  functionName: 'open',
  telemetry,
  handle: (request) =>
    handle({ path: request.path, query: request.query, body: Buffer.from(request.body).toString('latin1') }),
});

interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
  readonly received: unknown[];
}

const servers = new Map<Entry, Server>();

beforeAll(async () => {
  keepRawBodies();
  for (const [name, entry] of [
    ['paths', internal],
    ['open', open],
  ] as const) {
    http(name, toFrameworkHandler(entry));
    const server = getTestServer(name).listen(0, '127.0.0.1');
    await once(server, 'listening');
    servers.set(entry, server);
  }
});

afterAll(() => {
  for (const server of servers.values()) server.close();
});

async function direct(entry: Entry, request: EntryRequest): Promise<Answered> {
  received = [];
  const { status, headers, body } = await entry(request);
  return { status, headers, body, received };
}

async function throughSocket(
  entry: Entry,
  { method, path, query, headers, body }: EntryRequest,
): Promise<Answered> {
  received = [];
  const server = servers.get(entry);
  if (server === undefined) throw new Error('The entry is served by nobody.');
  const { port } = server.address() as AddressInfo;
  const sent = httpRequest({
    host: '127.0.0.1',
    port,
    method,
    path: query === '' ? path : `${path}?${query}`,
    headers: Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)),
    agent: false,
  });
  sent.end(body.byteLength === 0 ? undefined : body);
  const [response] = (await once(sent, 'response')) as [
    AsyncIterable<Buffer> & { statusCode: number; headers: Record<string, unknown> },
  ];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return {
    status: response.statusCode,
    headers: response.headers,
    body: Buffer.concat(chunks).toString('utf8'),
    received,
  };
}

/** Sends the same request both ways, asks for the same answer and gives it back. */
async function both(entry: Entry, request: EntryRequest): Promise<Answered> {
  const first = await direct(entry, request);
  const second = await throughSocket(entry, request);
  expect({ status: second.status, body: second.body }).toEqual({ status: first.status, body: first.body });
  expect(second.headers).toMatchObject(first.headers);
  expect(second.received).toEqual(first.received);
  return first;
}

function answering(outcome: Outcome): void {
  behave = async () => outcome;
}

function throwing(error: unknown): void {
  behave = () => Promise.reject(error);
}

describe.each(Object.entries(channels))('a delivery by %s', (channel, request) => {
  test.each<readonly [Outcome, number, number]>([
    [{ status: 'done', reason: 'served' }, 200, 200],
    [{ status: 'duplicate', reason: 'known_event' }, 200, 200],
    [{ status: 'retry', reason: 'unavailable' }, 503, 503],
    [{ status: 'retry', reason: 'vendor_rate_limited', afterMs: 1_500 }, 503, 503],
    [{ status: 'rejected', reason: 'malformed' }, 400, 400],
    [{ status: 'failed', reason: 'invalid_argument' }, 500, 200],
  ])('that ends as %j has one answer both ways', async (outcome, pushed, others) => {
    answering(outcome);

    const answered = await both(internal, request());

    expect(answered.status).toBe(channel === 'push' ? pushed : others);
    expect(answered.received).toHaveLength(1);
  });

  test.each<readonly [string, () => unknown, number, number]>([
    ['retry', () => fault('retry'), 503, 503],
    ['terminal', () => fault('terminal'), 500, 200],
    ['park', () => fault('park'), 500, 200],
    ['an unreachable store', () => unavailable('The store'), 503, 503],
    ['an error of ours', () => new TypeError('planted ada@example.com'), 500, 500],
    ['something that is no error', () => 'planted', 500, 500],
  ])(
    'that throws (%s) has one answer both ways, without the text of the error',
    async (_name, error, pushed, others) => {
      throwing(error());

      const answered = await both(internal, request());

      expect(answered.status).toBe(channel === 'push' ? pushed : others);
      expect(answered.body).not.toContain('planted');
    },
  );

  test.each<readonly [string, Sent, number]>([
    ['no token', { headers: { authorization: undefined } }, 401],
    ['no bearer token', { headers: { authorization: 'Basic YTpi' } }, 401],
    ['a made-up token', { headers: { authorization: 'Bearer aaa.bbb.ccc' } }, 401],
    [
      'a token for another function',
      { headers: { authorization: token(undefined, 'https://other.example.com') } },
      401,
    ],
    ["another account's token", { headers: { authorization: token('fn-console@example.com') } }, 403],
  ])('with %s is refused before anything is read', async (_name, sent, status) => {
    answering({ status: 'done', reason: 'served' });

    const answered = await both(internal, request(sent));

    expect(answered).toMatchObject({ status, received: [] });
  });

  test('whose body is too large is refused', async () => {
    answering({ status: 'done', reason: 'served' });

    const answered = await both(internal, request({ body: Buffer.alloc(MAX_BODY_BYTES + 1, 'a') }));

    expect(answered).toMatchObject({ status: 413, received: [] });
  });

  test('with another method than POST is refused', async () => {
    answering({ status: 'done', reason: 'served' });

    const answered = await both(internal, request({ method: 'PUT' }));

    expect(answered).toMatchObject({ status: 405, received: [] });
  });

  test('to a dying instance is NOT answered by the entry', async () => {
    throwing(new InstanceCrash('paths'));

    const dying = internal(request());

    await expect(dying).rejects.toBeInstanceOf(InstanceCrash);
  });
});

describe('a body that cannot be read', () => {
  test.each<readonly [string, EntryRequest, number]>([
    ['a push of malformed JSON', push({ body: '{"message":' }), 400],
    ['a push without a body', push({ body: '' }), 400],
    ['a push that is JSON and no envelope', push({ body: '[]' }), 400],
    ['a push of bytes that are no text', push({ body: Uint8Array.of(0xff, 0xfe, 0x00) }), 400],
    ['a task of malformed JSON', task({ body: '{' }), 400],
    ['a task without a body', task({ body: '' }), 400],
    ['a task of an unknown kind', task({ body: '{"kind":"later"}' }), 400],
    ['a trigger that is no protobuf', trigger({ body: '{"a":1}' }), 400],
    ['a trigger without a document', trigger({ headers: { 'ce-document': undefined } }), 400],
    [
      'a trigger of another type',
      trigger({ headers: { 'ce-type': 'google.cloud.audit.log.v1.written' } }),
      400,
    ],
  ])('%s never reaches the handler', async (_name, request, status) => {
    answering({ status: 'done', reason: 'served' });

    const answered = await both(internal, request);

    expect(answered).toMatchObject({ status, received: [] });
  });

  test.each<readonly [string, EntryRequest]>([
    ['a push whose payload is missing', push({ body: '{"message":{"messageId":"1"},"subscription":"s"}' })],
    [
      'a push whose payload is no JSON',
      push({ body: '{"message":{"messageId":"1","data":"eyI="},"subscription":"s"}' }),
    ],
    ['a tick without a body', tick({ body: '' })],
    ['a tick of malformed JSON', tick({ body: '{"a":' })],
  ])('%s is for the handler to judge', async (_name, request) => {
    answering({ status: 'done', reason: 'served' });

    const answered = await both(internal, request);

    expect(answered.status).toBe(200);
    expect(answered.received).toHaveLength(1);
  });
});

describe('what reaches the handler', () => {
  test('is the same task, with what Cloud Tasks tells about it', async () => {
    answering({ status: 'done', reason: 'served' });

    const answered = await both(internal, task());

    expect(answered.received).toEqual([
      {
        task: { kind: 'record', recordId: 'rec_1' },
        dispatch: { queue: 'hubspot-live', taskName: 't1', retryCount: 3 },
      },
    ]);
  });

  test('is the same change of a document', async () => {
    answering({ status: 'done', reason: 'served' });

    const answered = await both(internal, trigger());

    expect(answered.received).toMatchObject([
      {
        eventId: 'c1',
        document: 'clients/demo/crosswalks/a',
        change: { value: { fields: { state: 'active', count: 3 } } },
      },
    ]);
  });

  test('is nothing for an address that the function does not have', async () => {
    const answered = await both(internal, internalRequest('/elsewhere'));

    expect(answered).toMatchObject({ status: 404, received: [] });
  });

  test('is not even an address for a caller without a token', async () => {
    const answered = await both(
      internal,
      internalRequest('/elsewhere', { headers: { authorization: undefined } }),
    );

    expect(answered.status).toBe(401);
  });
});

describe('a public request', () => {
  const plain = (sent: Sent = {}): EntryRequest => ({
    method: sent.method ?? 'POST',
    path: '/hubspot',
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

function fault(disposition: Disposition): ConcordError {
  return new ConcordError({ code: ErrorCode.invalidArgument, disposition, message: 'planted' });
}
