import { beforeEach, describe, expect, test } from 'vitest';
import { unavailable } from '#shared/errors/faults.ts';
import type { DocumentStore } from '#shared/ports/document-store.ts';
import { createCounterApi, UNTOUCHABLE, type CounterApi } from './counter-api.ts';

let api: CounterApi;

beforeEach(() => {
  api = createCounterApi();
});

describe('a request', () => {
  test('from nobody is refused before anything is read', async () => {
    const answer = await api.ask(
      'GET',
      '/things/a',
      { headers: { 'x-concord-dev-user': 'nobody' } },
      UNTOUCHABLE,
    );

    expect(answer).toMatchObject({
      status: 401,
      headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
      body: { type: 'about:blank', status: 401, code: 'unauthenticated', correlationId: expect.any(String) },
    });
  });

  test('of a role that may not is refused before its form is looked at or anything is read', async () => {
    const answer = await api.ask(
      'POST',
      '/things/a/raise',
      {
        as: 'vera:viewer',
        body: 'no json',
        headers: { 'idempotency-key': undefined, origin: 'https://evil.example.com' },
      },
      UNTOUCHABLE,
    );

    expect(answer).toMatchObject({
      status: 403,
      body: { code: 'forbidden', allowedRoles: ['operator', 'admin'] },
    });
  });

  test('for an address that does not exist is not found, and for another method says which there are', async () => {
    const nowhere = await api.ask('GET', '/nothing', {}, UNTOUCHABLE);
    const wrong = await api.ask('DELETE', '/things/a', {}, UNTOUCHABLE);

    expect(nowhere).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect(wrong).toMatchObject({
      status: 405,
      headers: { allow: 'GET' },
      body: { code: 'method_not_allowed' },
    });
  });

  test.each(['/things/a%2Fb', '/things/', '/things/%E0', '/things/a/', '//things/a'])(
    'for %s reaches no handler, because a part of a path never spans a slash',
    async (path) => {
      expect(await api.ask('GET', path, {}, UNTOUCHABLE)).toMatchObject({ status: 404 });
    },
  );

  test('may be answered without its body', async () => {
    const answer = await api.ask('HEAD', '/things/a');

    expect(answer.status).toBe(200);
  });

  test.each([
    ['a name that nobody knows', '/things/a?colour=red', '(whole)'],
    ['a value that does not exist', '/things/a?size=xl', 'size'],
    ['a name twice', '/things/a?size=s&size=m', 'size'],
    ['a name of the language itself', '/things/a?__proto__=1', '(whole)'],
    ['an id that is too long', `/things/${'a'.repeat(21)}`, 'id'],
  ])('with %s is told what is wrong with it', async (_what, path, field) => {
    const answer = await api.ask('GET', path, {}, UNTOUCHABLE);

    expect(answer).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', fields: { [field]: expect.any(String) } },
    });
  });

  test.each([
    ['half a character', String.raw`{"by":1,"x":["\ud83d"]}`],
    ['half a character in a name', String.raw`{"by":1,"\ude00":1}`],
    ['a member that copies leave out', '{"by":1,"__proto__":{"by":2}}'],
    ['such a member further in', '{"by":1,"x":[{"__proto__":null}]}'],
  ])('with a body that holds %s is refused before anything is read', async (_what, body) => {
    const answer = await api.ask('POST', '/things/a/raise', { body }, UNTOUCHABLE);

    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(answer.body['detail']).toContain('not JSON in UTF-8');
  });

  test('with too long a query or too large a body is refused', async () => {
    const query = await api.ask('GET', `/things/a?size=${'s'.repeat(2_000)}`, {}, UNTOUCHABLE);
    const body = await api.ask(
      'POST',
      '/things/a/raise',
      { body: `{"by":1,"x":"${'x'.repeat(262_144)}"}` },
      UNTOUCHABLE,
    );

    expect([query.status, body.status]).toEqual([413, 413]);
  });

  test('that meets a fault of ours gets an id under which it is logged, and nothing of our insides', async () => {
    const answer = await api.ask('GET', '/things/broken');

    expect(answer).toMatchObject({ status: 500, body: { code: 'internal' } });
    expect(JSON.stringify(answer)).not.toContain('example.com');
    const [line] = api.context.telemetry.lines.filter(({ event }) => event === 'console.failed');
    expect(line).toMatchObject({
      severity: 'error',
      fields: {
        correlationId: answer.body['correlationId'],
        location: expect.stringContaining('counter-api.ts'),
      },
    });
  });

  test('that cannot be served now is told when to come again', async () => {
    const down: DocumentStore = { ...api.store, get: () => Promise.reject(unavailable('The store')) };

    const answer = await api.ask('GET', '/things/a', {}, down);

    expect(answer).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1' },
      body: { code: 'unavailable', retryAfter: 1 },
    });
  });
});

describe('an answer', () => {
  test('that a caller already has costs no body, though it was asked for later', async () => {
    const first = await api.ask('GET', '/things/a');
    api.context.clock.advance(60_000);

    const again = await api.ask('GET', '/things/a', {
      headers: { 'if-none-match': `"x", ${first.headers['etag']}` },
    });

    expect(first.headers['etag']).toMatch(/^W\/"[0-9a-f]{32}"$/);
    expect(again).toMatchObject({ status: 304, body: {}, headers: { etag: first.headers['etag'] } });
  });

  test('comes whole once anything in it has changed', async () => {
    const first = await api.ask('GET', '/things/a');
    await api.raise();

    const again = await api.ask('GET', '/things/a', { headers: { 'if-none-match': first.headers['etag'] } });

    expect(again).toMatchObject({ status: 200, body: { value: 1 } });
  });
});
