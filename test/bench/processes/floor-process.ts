/**
 * The least that does the same: it checks HubSpot's signature, appends the delivery to a flushed journal, answers,
 * and carries the first name over with the same four vendor calls by the same connectors. It knows beforehand who
 * belongs together, compares nothing, recovers nothing and remembers nothing.
 */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { loadConfig } from '#shared/config/load-config.ts';
import { fieldOf } from '#shared/model/field-value.ts';
import { EntityType, FieldPath, NativeId, SystemId } from '#shared/model/ids.ts';
import { composeLocally, openPlatform } from '#shared/runtime/local-composition.ts';
import type { Customer } from './change-watch.ts';
import { serveOrders, usage } from './serve-orders.ts';

const TYPE = EntityType('customer');
const FIRST_NAME = FieldPath('firstName');
const config = loadConfig();
const composition = await composeLocally(config);
const platform = openPlatform(composition, {
  deliver: async () => ({ status: 503 }),
  isHost: false,
  isShared: false,
  inMemory: true,
});
const { connectors } = composition.contextOf(platform.portsFor('step-executor'));
for (const connector of connectors.values()) await connector.prepare();
const hubspot = connectorOf('hubspot');
const shopify = connectorOf('shopify');
const [secret = ''] = config.secrets['HUBSPOT_CLIENT_SECRET'] ?? [];

const journal = await open(join(config.dataDir, 'journal.jsonl'), 'a');
const customerIds = new Map<string, NativeId>();
let steps = 0;

const server = createServer((request, response) => {
  receive(request, response).catch(() => response.destroy());
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

function connectorOf(system: string) {
  const connector = connectors.get(SystemId(system));
  if (connector === undefined) throw new Error(`${system} is not connected.`);
  return connector;
}

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString('utf8');
  const isHubspot = request.url?.endsWith('/hubspot') === true;
  if (isHubspot && !isSigned(request, body)) {
    response.writeHead(401).end();
    return;
  }
  await journal.write(`${body}\n`);
  await journal.sync();
  response.writeHead(200).end();
  if (!isHubspot) return;
  const events = JSON.parse(body) as readonly { readonly objectId: number }[];
  await Promise.all([...new Set(events.map(({ objectId }) => String(objectId)))].map(carry));
}

function isSigned({ headers, url: path = '' }: IncomingMessage, body: string): boolean {
  const timestamp = String(headers['x-hubspot-request-timestamp']);
  const signed = createHmac('sha256', secret).update(`POST${url}${path}${body}${timestamp}`).digest('base64');
  return signed === headers['x-hubspot-signature-v3'];
}

async function carry(contactId: string): Promise<void> {
  const customerId = customerIds.get(contactId);
  if (customerId === undefined) return;
  const mover = await hubspot.reader.read(TYPE, NativeId(contactId));
  const before = await shopify.reader.read(TYPE, customerId);
  if (mover.status !== 'found' || before.status !== 'found') throw new Error('A customer is not there.');
  const fields = { [FIRST_NAME]: fieldOf(mover.representation.fields, FIRST_NAME) };
  steps += 1;
  const idempotencyKey = `step-${steps}`;
  await shopify.writer.update({ type: TYPE, nativeId: customerId, fields, idempotencyKey });
  await shopify.writer.readBack(TYPE, customerId, [FIRST_NAME], fields);
}

const orders = {
  url: () => url,
  usage,
  know(customers: readonly Customer[]) {
    for (const { contactId, customerId } of customers) customerIds.set(contactId, NativeId(customerId));
  },
};
export type FloorOrders = typeof orders;
serveOrders(orders);
