/**
 * What an acknowledgement is measured against: one function under the stock functions-framework, alone in its
 * process. It takes the body, appends one line and waits until the line is on the disk.
 */
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { http } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import { serveOrders, usage } from './serve-orders.ts';

const lines = await open(process.argv[2] ?? '', 'a');

http('bare', async (request, response) => {
  await lines.write(`${String(request.rawBody)}\n`);
  await lines.sync();
  response.status(200).json({ status: 'done' });
});

const server = getTestServer('bare').listen(0, '127.0.0.1');
await once(server, 'listening');

const orders = {
  url: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  usage,
};
export type BareOrders = typeof orders;
serveOrders(orders);
