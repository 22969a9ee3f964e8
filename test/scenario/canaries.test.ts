import { afterEach, expect, test } from 'vitest';
import { linkedCustomer } from '#test/support/customers.ts';
import { createWorld, HUBSPOT_SECRET, SHOPIFY_SECRET, type World } from '#test/support/mesh-world.ts';
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
afterEach(() => world.close());

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

  const sink = [...world.logLines, JSON.stringify(world.logger.snapshot())].join('\n');
  expect(world.logLines.length).toBeGreaterThan(10);
  const leaked = [...Object.values(CANARIES), ...SECRETS, 'canary', 'Bearer'].filter((canary) =>
    sink.toLowerCase().includes(canary.toLowerCase()),
  );
  expect(leaked).toEqual([]);
});
