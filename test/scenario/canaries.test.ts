import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Http } from '#shared/ports/http.ts';
import type { Ports } from '#shared/ports/ports.ts';
import { linkedCustomer } from '#test/support/customers.ts';
import { captureLogSinks, type LogSinks } from '#test/support/log-sinks.ts';
import {
  createWorld,
  HUBSPOT_SECRET,
  HUBSPOT_WEBHOOK_URL,
  SHOPIFY_SECRET,
  type World,
} from '#test/support/mesh-world.ts';
import { signedByHubspot, signedByShopify } from '#test/support/signed-webhooks.ts';
import { HUBSPOT_TWIN_TOKEN, SHOPIFY_TWIN_TOKEN } from '#test/twins/index.ts';

/** Values that can only come from a customer's data. */
const CANARIES = {
  email: 'canary.e7f1@example.com',
  firstname: 'Kanarienvogel-3b9',
  lastname: 'Gelbschnabel-77c',
  phone: '+12025550177',
  note: 'sings at dawn 5d02',
  bodyJunk: 'unparsable-canary-91aa',
};
const SECRETS = [HUBSPOT_SECRET, SHOPIFY_SECRET, HUBSPOT_TWIN_TOKEN, SHOPIFY_TWIN_TOKEN];

let world: World;
let sinks: LogSinks;

beforeEach(() => {
  sinks = captureLogSinks();
});
afterEach(async () => {
  sinks.release();
  await world.close();
});

/** What of it all has reached a line, a counter, the process's output or the console. */
function leaked(): readonly string[] {
  const sink = [...world.logLines, JSON.stringify(world.logger.snapshot()), sinks.text()]
    .join('\n')
    .toLowerCase();
  return [...Object.values(CANARIES), ...SECRETS, 'canary', 'Bearer'].filter((canary) =>
    sink.includes(canary.toLowerCase()),
  );
}

test('personal data and secrets never reach a log line or a counter, whatever goes wrong', async () => {
  world = await createWorld({ logLevel: 'debug' });
  const { email, firstname, lastname, phone, note } = CANARIES;
  const { contactId, customerId } = await linkedCustomer(world, { email, firstname, lastname, phone });
  await world.shopify.control.edit('customers', customerId, { note });
  await world.settle();

  await world.shopify.control.fault({ kind: '500', count: 2 });
  await world.hubspot.control.fault({ kind: '429', count: 2 });
  await world.shopify.control.fault({ kind: 'timeout-after-effect', count: 1, path: 'customerUpdate' });
  await world.hubspot.control.edit('contacts', contactId, { phone: 'call the canary' });
  await world.settle();
  await world.hubspot.control.edit('contacts', contactId, { email: 'canary.other@example.com', phone });
  await world.shopify.control.edit('customers', customerId, { phone: '+12025550178' });
  await world.settle();
  await world.deliverWebhook(
    '/webhook-ingest/hubspot',
    { 'x-hubspot-signature-v3': SECRETS[0] ?? '' },
    CANARIES.bodyJunk,
  );
  await world.deliverWebhook(
    '/webhook-ingest/shopify',
    { authorization: `Bearer ${SECRETS[2]}` },
    `{"email":"${email}"}`,
  );
  await world.settle();

  expect(world.logLines.length).toBeGreaterThan(10);
  expect(leaked()).toEqual([]);
  expect(world.logLines.filter((line) => line.includes('withheld'))).toEqual([]);
});

test('what is signed and senseless is kept, and its content is not told', async () => {
  world = await createWorld({ logLevel: 'debug' });
  const junk = { email: CANARIES.email, id: CANARIES.bodyJunk, objectId: CANARIES.bodyJunk };
  const hubspot = (body: string) =>
    signedByHubspot({
      body,
      url: HUBSPOT_WEBHOOK_URL,
      secret: HUBSPOT_SECRET,
      timestamp: String(world.clock.now()),
    });
  const shopify = (topic: string) =>
    signedByShopify({ body: JSON.stringify(junk), secret: SHOPIFY_SECRET, topic, webhookId: 'canary@w' });

  for (const { path, headers, body } of [
    hubspot(CANARIES.bodyJunk),
    hubspot(JSON.stringify([junk])),
    hubspot(JSON.stringify([{ ...junk, subscriptionType: `contact.${CANARIES.email}`, eventId: 1 }])),
    shopify('customers/update'),
    shopify(`themes/${CANARIES.email}`),
  ])
    expect((await world.deliverWebhook(path, headers, body)).status).toBe(200);
  await world.settle();

  expect(leaked()).toEqual([]);
});

test('errors that quote what they were given are told without it', async () => {
  const quoting = quotesAtTimes();
  world = await createWorld({ logLevel: 'debug', wrapPorts: quoting.wrapPorts });
  const { email, firstname, lastname, phone } = CANARIES;

  quoting.start();
  await world.hubspot.control.create('contacts', { email, firstname, lastname, phone });
  await world.settle();
  await world.shopify.control.create('customers', { email: 'second.canary@example.com', phone });
  await world.settle();

  expect(quoting.count()).toBeGreaterThan(20);
  expect(world.logLines.join('\n')).toContain('"reason":"internal"');
  expect(leaked()).toEqual([]);
});

/** Ports of which every third call breaks with an error that repeats everything, causes and properties included. */
function quotesAtTimes() {
  let calls = 0;
  let count = 0;
  let isOn = false;

  function breakAtTimes(quoted: unknown): void {
    if (!isOn || (calls += 1) % 3 !== 0) return;
    count += 1;
    const text = `${JSON.stringify(quoted)} for ${CANARIES.email}, with Bearer ${SECRETS[2]}`;
    throw Object.assign(new TypeError(text, { cause: new Error(text) }), { body: text, issues: [text] });
  }
  const http = (inner: Http): Http => ({
    send: async (request) => {
      breakAtTimes(request);
      return inner.send(request);
    },
  });
  const wrapPorts = (ports: Ports): Ports => ({
    ...ports,
    http: http(ports.http),
    store: {
      ...ports.store,
      commit: async (writes) => {
        breakAtTimes(writes);
        return ports.store.commit(writes);
      },
    },
  });
  return { wrapPorts, start: () => (isOn = true), count: () => count };
}
