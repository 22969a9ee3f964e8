import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FrontServer, forwardRequest, startFrontServer } from '#shared/platform/local/front-server.ts';

let instance: Server;
let front: FrontServer;
let instancePort: number | undefined;
/** Requests that have reached the instance. */
let arrived: IncomingMessage[];

beforeEach(async () => {
  arrived = [];
  instance = createServer((request, response) => {
    arrived.push(request);
    request.resume().once('end', () => response.writeHead(201, { 'x-instance': 'one' }).end(request.url));
  }).listen(0, '127.0.0.1');
  await once(instance, 'listening');
  instancePort = (instance.address() as AddressInfo).port;
  front = await startFrontServer(0, (request, response) => forwardRequest(request, response, instancePort));
});

afterEach(async () => {
  instance.closeAllConnections();
  instance.close();
  await front.close(0);
});

async function post(body: string): Promise<IncomingMessage> {
  const sent = httpRequest({
    host: '127.0.0.1',
    port: front.port,
    method: 'POST',
    path: '/a?b=1',
    agent: false,
  });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return response;
}

describe('a request that is passed on', () => {
  test('brings back the answer of the instance', async () => {
    const response = await post('body');

    expect([response.statusCode, response.headers['x-instance']]).toEqual([201, 'one']);
    expect((await response.toArray()).join('')).toBe('/a?b=1');
  });

  test('is answered 503 when there is no instance', async () => {
    instancePort = undefined;

    expect((await post('body')).statusCode).toBe(503);
  });

  test('is answered 503 when the instance has just gone', async () => {
    instance.close();
    await once(instance, 'close');

    expect((await post('body')).statusCode).toBe(503);
  });

  test('ends at the instance when its sender goes away within the body', async () => {
    const socket = connect(front.port, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\nbegun');
    await expect.poll(() => arrived.length).toBe(1);

    socket.destroy();

    await expect.poll(() => arrived[0]?.destroyed).toBe(true);
  });
});
