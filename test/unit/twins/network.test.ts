import { describe, expect, test } from 'vitest';

import { ConcordError } from '#shared/errors/concord-error.ts';
import type { HttpRequest } from '#shared/ports/http.ts';
import {
  createHubspotTwin,
  createRandom,
  createTwinControl,
  createTwinHttp,
  HUBSPOT_TWIN_TOKEN,
  serveTwin,
  type Twin,
} from '#test/twins/index.ts';
import { OBJECTS, openHubspotAccount, START } from './support/hubspot-account.ts';

const ORIGIN = 'https://hubspot.example.com';

const createAda: HttpRequest = {
  method: 'POST',
  url: `${ORIGIN}${OBJECTS}`,
  headers: { Authorization: `Bearer ${HUBSPOT_TWIN_TOKEN}` },
  body: '{"properties":{"firstname":"Ada"}}',
  timeoutMs: 5_000,
};

describe('The Http port to twins', () => {
  function openNetwork(
    latencyMs = 0,
  ): ReturnType<typeof openHubspotAccount> & { send(request?: Partial<HttpRequest>): Promise<unknown> } {
    const account = openHubspotAccount({ latencyMs });
    const elapsing = { now: account.clock.now, elapse: async (ms: number) => account.clock.advance(ms) };
    const http = createTwinHttp(new Map([[ORIGIN, account.twin]]), elapsing);
    return {
      ...account,
      send: (request = {}) => http.send({ ...createAda, ...request }).catch((error: unknown) => error),
    };
  }

  test('leads to the twin of that origin while its latency passes on the clock', async () => {
    const { send, clock } = openNetwork(40);

    const answer = await send();

    expect(answer).toMatchObject({
      status: 201,
      headers: { 'content-type': expect.stringContaining('application/json') },
    });
    expect(clock.now() - START).toBe(40);
  });

  test('reaches nobody else: nothing was sent', async () => {
    const { send } = openNetwork();

    const error = await send({ url: 'https://elsewhere.example.com/' });

    expect(ConcordError.is(error, 'vendor_unreachable') && error.effect).toBe('none');
  });

  test.each([
    ['timeout', undefined, 0],
    ['timeout-after-effect', undefined, 1],
    ['slow', 60_000, 1],
  ] as const)(
    'times out under %s with the effect unknown, after the time that was given',
    async (kind, ms, effects) => {
      const { send, clock, asPerson } = openNetwork();
      await asPerson.fault({ kind, ...(ms === undefined ? {} : { ms }) });

      const error = await send();

      expect(ConcordError.is(error, 'vendor_timeout') && error.effect).toBe('unknown');
      expect(clock.now() - START).toBe(5_000);
      expect(await asPerson.list('contacts')).toHaveLength(effects);
    },
  );

  test('breaks the connection of who waits long enough for a dropped answer', async () => {
    const { send, asPerson } = openNetwork();
    await asPerson.fault({ kind: 'timeout' });

    const error = await send({ timeoutMs: 600_000 });

    expect(ConcordError.is(error, 'vendor_unavailable') && error.effect).toBe('unknown');
  });
});

describe('A twin on a socket', () => {
  function realTwin(arrived: (request: HttpRequest) => void): Twin {
    const send = async (request: HttpRequest): Promise<{ status: number; headers: {}; body: string }> => {
      arrived(request);
      return { status: 200, headers: {}, body: '' };
    };
    return createHubspotTwin({
      clock: { now: () => Date.now() },
      random: createRandom(1),
      webhook: { url: 'http://127.0.0.1:9/', secret: 's', send },
    });
  }

  test('serves API and control side on loopback and sends its webhooks in real time', async () => {
    const arrival = Promise.withResolvers<HttpRequest>();
    const served = await serveTwin(realTwin(arrival.resolve), 0);

    const created = await fetch(`${served.url}${OBJECTS}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${HUBSPOT_TWIN_TOKEN}` },
      body: createAda.body ?? '',
    });
    const control = await fetch(`${served.url}/_twin/records/contacts`);
    const webhook = await arrival.promise;
    await served.close();

    expect(served.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(created.status).toBe(201);
    expect(await control.json()).toMatchObject({ items: [{ firstname: 'Ada' }] });
    expect(webhook.body).toContain('contact.creation');
  });

  test('leaves a dropped answer hanging until the caller gives up', async () => {
    const twin = realTwin(() => undefined);
    await createTwinControl(twin).fault({ kind: 'timeout' });
    const served = await serveTwin(twin, 0);

    const failure = await fetch(`${served.url}${OBJECTS}`, { signal: AbortSignal.timeout(100) }).catch(
      (error: unknown) => error,
    );
    await served.close();

    expect(failure).toMatchObject({ name: 'TimeoutError' });
  });
});
