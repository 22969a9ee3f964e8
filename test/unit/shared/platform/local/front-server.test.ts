import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { forwardRequest, startFrontServer, type FrontServer } from '#shared/platform/local/front-server.ts';

const servers: FrontServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close(0)));
});

describe('a request that is passed on to another process', () => {
  test('keeps its method, path, headers and bytes, and so does the answer', async () => {
    const target = await startFrontServer(0, (request, response) => {
      response.writeHead(418, {
        'x-seen': `${request.method} ${request.url} ${String(request.headers['x-sent'])}`,
      });
      request.pipe(response);
    });
    const proxy = await startFrontServer(0, (request, response) =>
      forwardRequest(request, response, target.port),
    );
    servers.push(target, proxy);

    const response = await fetch(`http://127.0.0.1:${proxy.port}/a?b=1`, {
      method: 'PUT',
      headers: { 'x-sent': 'yes' },
      body: 'Zoë',
    });

    expect([response.status, response.headers.get('x-seen'), await response.text()]).toEqual([
      418,
      'PUT /a?b=1 yes',
      'Zoë',
    ]);
  });

  test.each<readonly [string, (free: number) => number | undefined]>([
    ['no instance runs', () => undefined],
    ['the instance is gone', (free) => free],
  ])('is answered with 503 when %s', async (_name, portOf) => {
    const gone = await startFrontServer(0, () => undefined);
    await gone.close(0);
    const proxy = await startFrontServer(0, (request, response) =>
      forwardRequest(request, response, portOf(gone.port)),
    );
    servers.push(proxy);

    const response = await fetch(`http://127.0.0.1:${proxy.port}/`, { method: 'POST', body: '{}' });

    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ status: 'retry', reason: 'unavailable' });
  });

  test('ends there too when its sender goes away within the body', async () => {
    const arrived: IncomingMessage[] = [];
    const target = await startFrontServer(0, (request) => arrived.push(request.resume()));
    const proxy = await startFrontServer(0, (request, response) =>
      forwardRequest(request, response, target.port),
    );
    servers.push(target, proxy);
    const socket = connect(proxy.port, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\nbegun');
    await expect.poll(() => arrived.length).toBe(1);

    socket.destroy();

    await expect.poll(() => arrived[0]?.destroyed).toBe(true);
  });
});
