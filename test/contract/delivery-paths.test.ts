import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConcordError, ErrorCode, type Disposition } from '#shared/errors/concord-error.ts';
import { unavailable } from '#shared/errors/faults.ts';
import { InstanceCrash } from '#shared/platform/local/instance-crash.ts';
import type { Outcome } from '#shared/runtime/ack.ts';
import { MAX_BODY_BYTES, type EntryRequest } from '#shared/runtime/entry.ts';
import { answering, both, closeSockets, internal, openSockets, throwing } from './both-paths.ts';
import {
  type Sent,
  channels,
  internalRequest,
  push,
  task,
  tick,
  token,
  trigger,
} from './delivery-requests.ts';

beforeAll(openSockets);
afterAll(closeSockets);

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

function fault(disposition: Disposition): ConcordError {
  return new ConcordError({ code: ErrorCode.invalidArgument, disposition, message: 'planted' });
}
