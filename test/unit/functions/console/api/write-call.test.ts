import { beforeEach, describe, expect, test } from 'vitest';
import { unavailable } from '#shared/errors/faults.ts';
import { idempotency } from '#shared/model/idempotency.ts';
import { set, type DocumentStore } from '#shared/ports/document-store.ts';
import { freshKey } from '#test/support/console-client.ts';
import { counterRef, createCounterApi, UNTOUCHABLE, type CounterApi } from './counter-api.ts';

let api: CounterApi;

beforeEach(() => {
  api = createCounterApi();
});

describe('a change', () => {
  test('from the console itself is made, with its trace', async () => {
    const answer = await api.raise();

    expect(answer).toMatchObject({ status: 200, body: { value: 1, by: 'olga' } });
    expect(await api.audited()).toEqual([
      expect.objectContaining({
        actorId: 'olga',
        role: 'operator',
        capability: 'write_attributes',
        action: 'change_attributes',
        targetKind: 'record',
        targetId: 'a',
        before: null,
        after: 1,
        sourceAddress: '127.0.0.1',
      }),
    ]);
  });

  test('by what is no browser is made: it says neither site nor origin', async () => {
    const answer = await api.raise({ headers: { 'sec-fetch-site': undefined, origin: undefined } });

    expect(answer.status).toBe(200);
  });

  test.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }, 'cross_site', 403],
    ['a neighbouring host', { 'sec-fetch-site': 'same-site' }, 'cross_site', 403],
    ['an address that was typed', { 'sec-fetch-site': 'none' }, 'cross_site', 403],
    [
      'another origin',
      { 'sec-fetch-site': undefined, origin: 'https://evil.example.com' },
      'cross_site',
      403,
    ],
    ['another port', { 'sec-fetch-site': undefined, origin: 'http://localhost:9090' }, 'cross_site', 403],
    ['a page without an origin', { 'sec-fetch-site': undefined, origin: 'null' }, 'cross_site', 403],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'unsupported_media_type', 415],
    ['a form that sends text', { 'content-type': 'text/plain' }, 'unsupported_media_type', 415],
    ['what says nothing about its form', { 'content-type': undefined }, 'unsupported_media_type', 415],
  ])('from %s is NOT made', async (_what, headers, code, status) => {
    const answer = await api.raise({ headers });

    expect(answer).toMatchObject({ status, body: { code } });
    expect(await api.stored()).toBeUndefined();
  });

  test.each([
    ['no key', { 'idempotency-key': undefined }],
    ['a key that is too short to be one', { 'idempotency-key': 'short' }],
    ['a key with strange characters', { 'idempotency-key': 'key with spaces' }],
  ])('with %s is NOT made', async (_what, headers) => {
    const answer = await api.raise({ headers });

    expect(answer).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining('Idempotency-Key') },
    });
    expect(await api.stored()).toBeUndefined();
  });

  test.each([
    ['text that is no JSON', '{"by":'],
    ['a list', []],
    ['a member that nobody knows', { by: 1, colour: 'red' }],
    ['too much', { by: 10 }],
    ['nothing', undefined],
  ])('with %s as its body is NOT made, and nothing is asked of the store', async (_what, body) => {
    const answer = await api.ask('POST', '/things/a/raise', { body }, UNTOUCHABLE);

    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  });

  test('takes no query', async () => {
    expect(await api.ask('POST', '/things/a/raise?by=1', { body: { by: 1 } })).toMatchObject({ status: 400 });
  });
});

describe('a change that is sent again', () => {
  const headers = { 'idempotency-key': 'dialog-4711' };

  test('is made once and answered twice (M2)', async () => {
    const first = await api.raise({ headers });
    const second = await api.raise({ headers });

    expect(second).toMatchObject({
      status: 200,
      body: first.body,
      headers: { 'idempotent-replayed': 'true' },
    });
    expect(await api.stored()).toBe(1);
    expect(await api.audited()).toHaveLength(1);
  });

  test('under the key of another request is refused', async () => {
    await api.raise({ headers });

    const other = await api.raise({ headers, body: { by: 2 } });
    const elsewhere = await api.raise({ headers }, 'b');

    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    expect(elsewhere).toMatchObject({ status: 422 });
    expect(await api.stored()).toBe(1);
  });

  test('by somebody else under the same key is a change of theirs', async () => {
    await api.raise({ headers });

    const answer = await api.raise({ headers, as: 'otto:operator' });

    expect(answer).toMatchObject({ status: 200, body: { value: 2, by: 'otto' } });
  });

  test('while it is under way is told to wait, and not made a second time', async () => {
    let beside: Awaited<ReturnType<typeof api.raise>> | undefined;
    api.between(async () => {
      beside = await api.raise({ headers });
    });

    const answer = await api.raise({ headers });

    expect(beside).toMatchObject({
      status: 409,
      headers: { 'retry-after': '1' },
      body: { code: 'call_under_way' },
    });
    expect(answer.status).toBe(200);
    expect(await api.stored()).toBe(1);
  });

  test('after its instance died is carried out, and the dead one can commit nothing any more', async () => {
    let second: Awaited<ReturnType<typeof api.raise>> | undefined;
    api.between(async () => {
      api.context.clock.advance(120_000);
      second = await api.raise({ headers });
    });

    const zombie = await api.raise({ headers });

    expect(second).toMatchObject({ status: 200, body: { value: 1 } });
    expect(zombie).toMatchObject({ status: 409, body: { code: 'call_under_way' } });
    expect(await api.stored()).toBe(1);
    expect(await api.audited()).toHaveLength(1);
  });

  test('after its instance died is made once also where it depends on nothing that was read', async () => {
    await api.store.commit([set(counterRef, { value: 0 })]);
    const bump = () => api.ask('POST', '/things/a/bump', { headers });
    api.between(async () => {
      api.context.clock.advance(120_000);
      await bump();
    });

    const zombie = await bump();

    expect(zombie).toMatchObject({ status: 409, body: { code: 'call_under_way' } });
    expect(await api.stored()).toBe(1);
    expect(await api.audited()).toEqual([]);
  });

  test('after it was refused is decided anew, because nothing had happened', async () => {
    const first = await api.raise({ headers }, 'closed');
    const second = await api.raise({ headers }, 'closed');

    expect([first.status, second.status]).toEqual([409, 409]);
    expect(api.decisions()).toBe(2);
    expect(await api.store.count({ from: idempotency.ref })).toBe(0);
  });

  test('a day later is a new one', async () => {
    await api.raise({ headers });
    api.context.clock.advance(24 * 60 * 60_000);

    await api.raise({ headers });

    expect(await api.stored()).toBe(2);
    expect(await api.audited()).toHaveLength(2);
  });

  test('after a commit whose outcome nobody knows is made once at most', async () => {
    let commits = 0;
    const flaky: DocumentStore = {
      ...api.store,
      async commit(writes) {
        const results = await api.store.commit(writes);
        commits += 1;
        if (commits === 2) throw unavailable('The store');
        return results;
      },
    };

    const first = await api.ask('POST', '/things/a/raise', { body: { by: 1 }, headers }, flaky);
    const second = await api.raise({ headers });

    expect(first.status).toBe(503);
    expect(second).toMatchObject({
      status: 200,
      body: { value: 1 },
      headers: { 'idempotent-replayed': 'true' },
    });
    expect(await api.stored()).toBe(1);
  });
});

describe('a change that meets a newer state', () => {
  test('is decided anew on what stands there now', async () => {
    api.between(async () => {
      await api.raise({ as: 'otto:operator', headers: { 'idempotency-key': freshKey() } });
    });

    const answer = await api.raise();

    expect(answer).toMatchObject({ status: 200, body: { value: 2 } });
    expect(api.decisions()).toBe(3);
    expect((await api.audited()).map(({ actorId, after }) => [actorId, after])).toEqual(
      expect.arrayContaining([
        ['otto', 1],
        ['olga', 2],
      ]),
    );
  });

  test('again and again gives up and asks to be sent again', async () => {
    let churn = 0;
    const restless: DocumentStore = {
      ...api.store,
      async get(ref) {
        const found = await api.store.get(ref);
        churn += 1;
        if (ref.path === counterRef.path) await api.store.commit([set(counterRef, { value: churn })]);
        return found;
      },
    };

    const answer = await api.ask('POST', '/things/a/raise', { body: { by: 1 } }, restless);

    expect(answer).toMatchObject({ status: 409, body: { code: 'conflict', retryAfter: 1 } });
    expect(await api.audited()).toEqual([]);
  });
});
