import { once } from 'node:events';
import { request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { http } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import { expect } from 'vitest';
import type { Outcome } from '#shared/runtime/ack.ts';
import { createCallerGuard } from '#shared/runtime/caller-guard.ts';
import type { Entry, EntryRequest } from '#shared/runtime/entry.ts';
import { eventEntry } from '#shared/runtime/event-entry.ts';
import { toFrameworkHandler } from '#shared/runtime/framework-handler.ts';
import { keepRawRequests } from '#shared/runtime/framework-requests.ts';
import { createHttpEntry } from '#shared/runtime/http-entry.ts';
import { createInternalEntry } from '#shared/runtime/internal-entry.ts';
import { scheduleEntry } from '#shared/runtime/schedule-entry.ts';
import { taskEntry } from '#shared/runtime/task-entry.ts';
import { triggerEntry } from '#shared/runtime/trigger-entry.ts';
import { AUDIENCE, clock, identity, telemetry } from './delivery-requests.ts';

/*
 * Internal deliveries reach a function in two ways: the embedded platform calls its entry directly, the
 * cloud goes through functions-framework and a socket. Both must answer the same, byte for byte.
 */

/** What the handlers do with the delivery at hand, and what reached them. */
let behave: () => Promise<Outcome> = async () => ({ status: 'done', reason: 'served' });
let received: unknown[] = [];

function handle(input: unknown): Promise<Outcome> {
  received.push(input);
  return behave();
}

/** An internal function with one trigger of each kind. */
export const internal: Entry = createInternalEntry({
  functionName: 'paths',
  telemetry,
  guard: createCallerGuard({ identity, audience: AUDIENCE, callers: ['invoke-paths@example.com'] }),
  routes: {
    '/push': eventEntry(handle),
    '/task': taskEntry((task, dispatch) => handle({ task, dispatch })),
    '/schedule': scheduleEntry(clock, handle),
    '/trigger': triggerEntry(handle),
  },
});

/** A public function. */
export const open: Entry = createHttpEntry({
  functionName: 'open',
  telemetry,
  handle: (request) =>
    handle({ path: request.path, query: request.query, body: Buffer.from(request.body).toString('latin1') }),
});

interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
  readonly received: unknown[];
}

const servers = new Map<Entry, Server>();

/** Puts both entries behind functions-framework, on sockets. To be called once per test file. */
export async function openSockets(): Promise<void> {
  keepRawRequests();
  for (const [name, entry] of [
    ['paths', internal],
    ['open', open],
  ] as const) {
    http(name, toFrameworkHandler(entry));
    const server = getTestServer(name).listen(0, '127.0.0.1');
    await once(server, 'listening');
    servers.set(entry, server);
  }
}

export function closeSockets(): void {
  for (const server of servers.values()) server.close();
}

async function direct(entry: Entry, request: EntryRequest): Promise<Answered> {
  received = [];
  const { status, headers, body } = await entry(request);
  return { status, headers, body, received };
}

async function throughSocket(
  entry: Entry,
  { method, path, query, headers, body }: EntryRequest,
): Promise<Answered> {
  received = [];
  const server = servers.get(entry);
  if (server === undefined) throw new Error('The entry is served by nobody.');
  const { port } = server.address() as AddressInfo;
  const sent = httpRequest({
    host: '127.0.0.1',
    port,
    method,
    path: query === '' ? path : `${path}?${query}`,
    headers: Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)),
    agent: false,
  });
  sent.end(body.byteLength === 0 ? undefined : body);
  const [response] = (await once(sent, 'response')) as [
    AsyncIterable<Buffer> & { statusCode: number; headers: Record<string, unknown> },
  ];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return {
    status: response.statusCode,
    headers: response.headers,
    body: Buffer.concat(chunks).toString('utf8'),
    received,
  };
}

/** Sends the same request both ways, asks for the same answer and gives it back. */
export async function both(entry: Entry, request: EntryRequest): Promise<Answered> {
  const first = await direct(entry, request);
  const second = await throughSocket(entry, request);
  expect({ status: second.status, body: second.body }).toEqual({ status: first.status, body: first.body });
  expect(second.headers).toMatchObject(first.headers);
  expect(second.received).toEqual(first.received);
  return first;
}

/** Every delivery ends like this from now on. */
export function answering(outcome: Outcome): void {
  behave = async () => outcome;
}

/** Every handler throws this from now on. */
export function throwing(error: unknown): void {
  behave = () => Promise.reject(error);
}
