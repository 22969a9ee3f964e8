import { once } from 'node:events';
import {
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
  createServer as createHttpServer,
} from 'node:http';
import { type AddressInfo, type Server, createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type LocalHttp, type LocalHttpOptions, createLocalHttp } from '#shared/platform/local/http.ts';
import type { HttpRequest } from '#shared/ports/http.ts';

const open: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

function openHttp(options?: LocalHttpOptions): LocalHttp {
  const http = createLocalHttp(options);
  open.push(() => http.close());
  return http;
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(() => new Promise((resolve) => server.close(resolve)));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A vendor that answers as told. */
function vendor(listener: RequestListener): Promise<string> {
  return listen(createHttpServer(listener));
}

/** A vendor that reads a request and then does something with the connection. */
function rawVendor(
  onRequest: (socket: { end(): unknown; destroy(): unknown; write(text: string): unknown }) => void,
): Promise<string> {
  return listen(
    createServer((socket) => {
      socket.on('error', () => undefined);
      open.push(async () => socket.destroy());
      socket.on('data', () => onRequest(socket));
    }),
  );
}

function get(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return { method: 'GET', url, headers: {}, timeoutMs: 5_000, ...more };
}

describe('a call to a vendor', () => {
  test('sends method, path, headers and body, and brings back the answer', async () => {
    const url = await vendor((request, response) => {
      void answer(request, response);
    });
    async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      response.writeHead(201, { 'X-Answer': 'yes', 'set-cookie': ['a=1', 'b=2'] });
      const { method, headers } = request;
      response.end(
        JSON.stringify({
          method,
          path: request.url,
          tenant: headers['x-tenant'],
          sent: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    }

    const reply = await openHttp().send(
      get(`${url}/crm/v3?limit=5&after=a%2Fb`, {
        method: 'POST',
        headers: { 'X-Tenant': 'demo', connection: 'close' },
        body: 'é',
      }),
    );

    expect(reply.status).toBe(201);
    expect(reply.headers).toMatchObject({ 'x-answer': 'yes', 'set-cookie': 'a=1, b=2' });
    expect(JSON.parse(reply.body)).toEqual({
      method: 'POST',
      path: '/crm/v3?limit=5&after=a%2Fb',
      tenant: 'demo',
      sent: 'é',
    });
  });

  test('takes an error status and a redirect as answers', async () => {
    const url = await vendor((request, response) => {
      response.writeHead(request.url === '/moved' ? 302 : 503, { location: '/elsewhere' }).end('busy');
    });
    const http = openHttp();

    expect(await http.send(get(`${url}/`))).toMatchObject({ status: 503, body: 'busy' });
    expect(await http.send(get(`${url}/moved`))).toMatchObject({
      status: 302,
      headers: { location: '/elsewhere' },
    });
  });

  test('to a port where nobody listens had no effect', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));

    const call = openHttp().send(get(`http://127.0.0.1:${port}/`, { method: 'POST', body: '{}' }));

    await expect(call).rejects.toMatchObject({
      code: 'vendor_unreachable',
      effect: 'none',
      disposition: 'retry',
    });
  });

  test('to a name that does not exist had no effect', async () => {
    const call = openHttp().send(get('http://no-such-host.invalid/'));

    await expect(call).rejects.toMatchObject({ code: 'vendor_unreachable', effect: 'none' });
  });

  test('that is not answered in time may have had an effect', async () => {
    const url = await rawVendor(() => undefined);

    const call = openHttp().send(get(url, { method: 'POST', body: '{}', timeoutMs: 50 }));

    await expect(call).rejects.toMatchObject({ code: 'vendor_timeout', effect: 'unknown' });
  });

  test('whose answer stalls halfway may have had an effect', async () => {
    const url = await rawVendor((socket) =>
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'),
    );

    const call = openHttp().send(get(url, { timeoutMs: 50 }));

    await expect(call).rejects.toMatchObject({ code: 'vendor_timeout', effect: 'unknown' });
  });

  test('whose connection breaks after sending may have had an effect', async () => {
    const url = await rawVendor((socket) => socket.destroy());

    const call = openHttp().send(get(url, { method: 'POST', body: '{}' }));

    await expect(call).rejects.toMatchObject({ code: 'vendor_unavailable', effect: 'unknown' });
  });

  test('that finds no free connection before its deadline had no effect', async () => {
    const url = await rawVendor(() => undefined);
    const http = openHttp({ connections: 1 });
    const first = http.send(get(url, { timeoutMs: 200 })).catch((error: unknown) => error);

    const second = http.send(get(url, { timeoutMs: 50 }));

    await expect(second).rejects.toMatchObject({ code: 'vendor_unreachable', effect: 'none' });
    await expect(first).resolves.toMatchObject({ code: 'vendor_timeout' });
  });

  test('with too large an answer is refused, and the effect is unknown', async () => {
    const url = await vendor((_request, response) => response.end('x'.repeat(2_000)));

    const call = openHttp({ maxResponseBytes: 1_000 }).send(get(url));

    await expect(call).rejects.toMatchObject({ code: 'vendor_protocol', effect: 'unknown' });
  });

  test('asks for no compression and refuses an answer that comes compressed', async () => {
    let asked: unknown;
    const url = await vendor((request, response) => {
      asked = request.headers['accept-encoding'];
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('not really');
    });

    const call = openHttp().send(get(url, { headers: { 'Accept-Encoding': 'gzip' } }));

    await expect(call).rejects.toMatchObject({ code: 'vendor_protocol' });
    expect(asked).toBe('identity');
  });

  test('to something that is no web address is refused without repeating the address', async () => {
    const call = openHttp().send(get('ftp://user:secret@example.com/'));

    await expect(call).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(call).rejects.not.toThrow('secret');
  });

  test('takes an open connection again for later calls', async () => {
    const sockets = new Set<unknown>();
    const url = await vendor((request, response) => {
      sockets.add(request.socket);
      response.end('ok');
    });
    const http = openHttp();

    for (let call = 0; call < 20; call += 1) await http.send(get(url));

    // The answer is there before its connection is free again.
    expect(sockets.size).toBeLessThanOrEqual(2);
  });

  test('after the port is closed is refused', async () => {
    const http = createLocalHttp();
    await http.close();

    await expect(http.send(get('http://127.0.0.1:1/'))).rejects.toMatchObject({ code: 'unavailable' });
  });
});
