import { afterEach, describe, expect, test } from 'vitest';
import { startFrontServer, type FrontServer } from '#shared/platform/local/front-server.ts';
import { createFrontDoor } from '#shared/runtime/front-door.ts';
import type { PumpHealth } from '#shared/runtime/function-host.ts';
import type { FunctionPlacement } from '#shared/runtime/function-placement.ts';
import { loadManifests } from '#shared/runtime/manifest.ts';

const RUNNING: readonly PumpHealth[] = [{ name: 'bus', alive: true, lastTurnAt: 1, undelivered: 0 }];
const servers: FrontServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close(1_000)));
});

/** Functions that answer with who was called, and how. */
function echo(isReady = true): FunctionPlacement {
  return {
    deliver: async () => ({ status: 200 }),
    serve: (functionName, request, response) => {
      response.end(`${functionName} ${request.method} ${request.url}`);
    },
    isReady: () => isReady,
    close: async () => undefined,
  };
}

async function door(
  placement: FunctionPlacement | null = echo(),
  pumps: readonly PumpHealth[] | null = RUNNING,
): Promise<string> {
  const server = await startFrontServer(
    0,
    createFrontDoor({ manifests: loadManifests(), placement: () => placement, pumps: () => pumps }),
  );
  servers.push(server);
  return `http://127.0.0.1:${server.port}`;
}

async function ask(
  url: string,
  init: RequestInit = {},
): Promise<{ status: number; body: string; location: string | null }> {
  const response = await fetch(url, { redirect: 'manual', ...init });
  return { status: response.status, body: await response.text(), location: response.headers.get('location') };
}

describe('the front door of the local host', () => {
  test.each([
    ['/webhook-ingest/hubspot', 'webhook-ingest POST /hubspot'],
    ['/webhook-ingest', 'webhook-ingest POST /'],
    ['/webhook-ingest?a=1', 'webhook-ingest POST /?a=1'],
    ['/console/api/v1/health?a=/console', 'console POST /api/v1/health?a=/console'],
  ])('POST %s reaches the function without its name', async (path, expected) => {
    const url = await door();

    const answered = await ask(url + path, { method: 'POST' });

    expect(answered).toMatchObject({ status: 200, body: expected });
  });

  test.each([
    ['/', '/console/'],
    ['/console', '/console/'],
  ])('GET %s leads to %s', async (path, location) => {
    const url = await door();

    const answered = await ask(url + path);

    expect(answered).toMatchObject({ status: 302, location });
  });

  test.each([
    '/orchestrator',
    '/orchestrator/',
    '/step-executor/',
    '/watchdog/dead-letter',
    '/nowhere',
    '/__proto__/',
  ])('does NOT lead to %s, because only the platform calls that', async (path) => {
    const url = await door();

    const answered = await ask(url + path, { method: 'POST' });

    expect(answered.status).toBe(404);
  });

  test.each<readonly [string, FunctionPlacement | null, readonly PumpHealth[] | null, number]>([
    ['everything runs', echo(), RUNNING, 200],
    [
      'a pump stopped',
      echo(),
      [...RUNNING, { name: 'tasks', alive: false, lastTurnAt: 1, undelivered: 2 }],
      503,
    ],
    ['the pumps have not begun', echo(), null, 503],
    ['the functions are not there yet', null, RUNNING, 503],
    ['a function cannot be reached', echo(false), RUNNING, 503],
  ])('says whether the mesh is well when %s', async (_name, placement, pumps, status) => {
    const url = await door(placement, pumps);

    const answered = await ask(`${url}/healthz`);

    expect(answered.status).toBe(status);
  });

  test('asks vendors to come again while the functions are not there yet', async () => {
    const url = await door(null, null);

    const answered = await ask(`${url}/webhook-ingest/hubspot`, { method: 'POST', body: '{}' });

    expect(answered).toMatchObject({ status: 503, body: '{"status":"retry","reason":"starting"}' });
  });
});
