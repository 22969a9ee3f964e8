import {
  createServer,
  request as sendRequest,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** The door of the local host on 127.0.0.1. */
export interface FrontServer {
  readonly port: number;
  /** Takes no more connections and resolves when every request has been answered, or the grace is over. */
  close(graceMs: number): Promise<void>;
}

/** Listens on the loopback interface only. Port 0 takes a free one. Rejects when the port is taken. */
export async function startFrontServer(port: number, onRequest: RequestListener): Promise<FrontServer> {
  const server = createServer(onRequest);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close(graceMs) {
      return new Promise((resolve) => {
        const timer = setTimeout(() => server.closeAllConnections(), graceMs);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
        server.closeIdleConnections();
      });
    },
  };
}

/** Passes a request on to a process on this machine, `url` included, and its answer back. 503 without a port. */
export function forwardRequest(
  request: IncomingMessage,
  response: ServerResponse,
  port: number | undefined,
): void {
  if (port === undefined) return answerUnavailable(response);
  const { method, url: path, headers } = request;
  const forwarded = sendRequest({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  forwarded.once('error', () => answerUnavailable(response));
  request.pipe(forwarded);
  request.once('close', () => {
    if (!request.complete) forwarded.destroy();
  });
}

/** An answer that has begun cannot be taken back; it is broken off, so that the caller notices. */
function answerUnavailable(response: ServerResponse): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(503, { 'content-type': 'application/json; charset=utf-8', 'retry-after': '1' });
  response.end('{"status":"retry","reason":"unavailable"}');
}
