import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

import type { Twin, TwinRequest } from './twin.ts';

/** A twin on a socket. */
export interface ServedTwin {
  /** Without a slash at the end: `http://127.0.0.1:8081`. */
  readonly url: string;
  /** Stops the pump and breaks open connections. */
  close(): Promise<void>;
}

const PUMP_EVERY_MS = 50;
const MAX_BODY_BYTES = 10 * 1024 * 1024;

/**
 * Serves a twin, control side included, on 127.0.0.1 and drives its webhooks in real time. Port 0 takes a
 * free one. A dropped answer keeps the connection open and then breaks it.
 */
export async function serveTwin(twin: Twin, port: number): Promise<ServedTwin> {
  const closing = new AbortController();
  const server = createServer((request, response) => {
    void answer(twin, request, response, closing.signal).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  let isTurning = false;
  const timer = setInterval(() => {
    if (isTurning) return;
    isTurning = true;
    void twin.runOnce(Date.now()).finally(() => {
      isTurning = false;
    });
  }, PUMP_EVERY_MS);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      clearInterval(timer);
      closing.abort();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function answer(
  twin: Twin,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  closing: AbortSignal,
): Promise<void> {
  const body = await readBody(incoming);
  if (body === null) {
    outgoing.writeHead(413).end();
    return;
  }
  const request: TwinRequest = {
    method: incoming.method ?? 'GET',
    path: incoming.url ?? '/',
    headers: Object.fromEntries(
      Object.entries(incoming.headers).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join(', ') : value,
      ]),
    ),
    body,
  };
  const response = await twin.handle(request);
  if (response.delayMs > 0) await wait(response.delayMs, undefined, { signal: closing });
  if (response.drop !== undefined) {
    outgoing.destroy();
    return;
  }
  outgoing.writeHead(response.status, response.headers).end(response.body);
}

async function readBody(incoming: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
