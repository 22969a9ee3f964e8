import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import {
  events,
  quarantine,
  quarantineParts,
  type EventDocument,
  type QuarantineDocument,
} from '#shared/model/intake-documents.ts';
import {
  createWorld,
  HUBSPOT_SECRET,
  HUBSPOT_WEBHOOK_URL,
  SHOPIFY_SECRET,
  type World,
} from '#test/support/mesh-world.ts';
import { createSeededRandom } from '#test/support/seeded-ids.ts';
import { signedByHubspot, signedByShopify, type SignedDelivery } from '#test/support/signed-webhooks.ts';

const SPECS = fileURLToPath(new URL('../../../shared/specs/', import.meta.url));
const CONTACT_EVENT = {
  eventId: 1,
  subscriptionId: 1,
  portalId: 20_000_001,
  appId: 1,
  occurredAt: 1_795_165_200_000,
  subscriptionType: 'contact.propertyChange',
  attemptNumber: 0,
  objectId: 501,
  propertyName: 'firstname',
  propertyValue: 'Ana',
  changeSource: 'CRM_UI',
};

let world: World;
afterEach(() => world.close());

function hubspot(changes: Partial<Parameters<typeof signedByHubspot>[0]> = {}): SignedDelivery {
  return signedByHubspot({
    body: JSON.stringify([CONTACT_EVENT]),
    url: HUBSPOT_WEBHOOK_URL,
    secret: HUBSPOT_SECRET,
    timestamp: String(world.clock.now()),
    ...changes,
  });
}

function shopify(changes: Partial<Parameters<typeof signedByShopify>[0]> = {}): SignedDelivery {
  return signedByShopify({
    body: '{"id":706405506930370084,"admin_graphql_api_id":"gid://shopify/Customer/706405506930370084"}',
    secret: SHOPIFY_SECRET,
    topic: 'customers/update',
    webhookId: 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
    ...changes,
  });
}

function deliver({ path, headers, body }: SignedDelivery) {
  return world.deliverWebhook(path, headers, body);
}

async function stored(): Promise<{
  events: readonly EventDocument[];
  quarantine: readonly QuarantineDocument[];
}> {
  return { events: await world.all(events), quarantine: await world.all(quarantine) };
}

const REFUSED: readonly (readonly [string, () => SignedDelivery])[] = [
  ['a changed byte', () => ({ ...hubspot(), body: JSON.stringify([{ ...CONTACT_EVENT, objectId: 502 }]) })],
  ['a stale timestamp', () => hubspot({ timestamp: String(world.clock.now() - 300_001) })],
  ['a future timestamp', () => hubspot({ timestamp: String(world.clock.now() + 300_001) })],
  ['a timestamp that is no number', () => hubspot({ timestamp: 'yesterday' })],
  ['no timestamp', () => without(hubspot(), 'x-hubspot-request-timestamp')],
  ['no signature', () => without(hubspot(), 'x-hubspot-signature-v3')],
  ['a wrong secret', () => hubspot({ secret: 'somebody else' })],
  [
    'a signature over another URL',
    () => hubspot({ url: 'https://elsewhere.example.com/webhook-ingest/hubspot' }),
  ],
  ['a changed byte (Shopify)', () => ({ ...shopify(), body: '{"id":1}' })],
  ['a wrong secret (Shopify)', () => shopify({ secret: 'somebody else' })],
  ['no signature (Shopify)', () => without(shopify(), 'x-shopify-hmac-sha256')],
];

function without(delivery: SignedDelivery, header: string): SignedDelivery {
  const { [header]: _, ...headers } = delivery.headers;
  return { ...delivery, headers };
}

describe('a delivery that nobody vouches for', () => {
  test.each(REFUSED)('with %s gets 401 and leaves no trace but a counter', async (_, delivery) => {
    world = await createWorld();
    const published = publishedBy(world);

    const answer = await deliver(delivery());
    await world.settle();

    expect(answer.status).toBe(401);
    expect(await stored()).toEqual({ events: [], quarantine: [] });
    expect(await world.records()).toEqual([]);
    expect(publishedBy(world)).toBe(published);
    expect(JSON.stringify(world.logger.snapshot())).toContain('webhooks_refused');
  });

  test('over 5 MiB gets 413, signed or not, and leaves nothing; 5 MiB are still read', async () => {
    world = await createWorld();
    const limit = 5 * 1024 * 1024;

    const tooLarge = await deliver(hubspot({ body: 'x'.repeat(limit + 1) }));
    const unsigned = await deliver({ ...hubspot(), body: 'x'.repeat(limit + 1) });
    const before = await stored();
    const largest = await deliver(hubspot({ body: 'x'.repeat(limit) }));
    await world.settle();

    expect([tooLarge.status, unsigned.status, largest.status]).toEqual([413, 413, 200]);
    expect(before).toEqual({ events: [], quarantine: [] });
    expect((await stored()).quarantine).toMatchObject([{ bytes: limit }]);
  });
});

function publishedBy(one: World): number {
  return one.logger
    .snapshot()
    .filter((reading) => reading.metric === 'events_published')
    .reduce((sum, reading) => sum + reading.value, 0);
}

describe('a well-signed delivery', () => {
  test('that is not JSON is answered 2xx and kept whole in quarantine', async () => {
    world = await createWorld();
    const body = '[{"objectId": 1, "subscriptionType": "contact.cre';

    const answer = await deliver(hubspot({ body }));
    await world.settle();

    expect(answer.status).toBe(200);
    const kept = await stored();
    expect(kept.quarantine).toHaveLength(1);
    expect(kept.quarantine[0]).toMatchObject({
      system: 'hubspot',
      kind: 'invalid_event',
      bytes: body.length,
      parts: 1,
    });
    expect(await quarantinedText()).toBe(body);
    expect(world.logLines.join('\n')).not.toContain('contact.cre');
  });

  test('of 5 MiB of noise that does not compress is kept whole, in parts that a document can hold', async () => {
    world = await createWorld();
    const random = createSeededRandom(7);
    const noise = Array.from({ length: 4_000_000 }, () =>
      String.fromCharCode(33 + Math.floor(random() * 90)),
    ).join('');

    const answer = await deliver(hubspot({ body: noise }));
    await world.settle();

    expect(answer.status).toBe(200);
    expect((await stored()).quarantine[0]?.parts).toBeGreaterThan(2);
    expect(await quarantinedText()).toBe(noise);
  });

  test('of a topic nobody handles is answered 2xx and noted with the reason', async () => {
    world = await createWorld();

    const answers = [
      await deliver(shopify({ topic: 'themes/publish', webhookId: 'w-1' })),
      await deliver(
        hubspot({ body: JSON.stringify([{ ...CONTACT_EVENT, subscriptionType: 'contact.unheardOf' }]) }),
      ),
    ];
    await world.settle();

    expect(answers.map((answer) => answer.status)).toEqual([200, 200]);
    const kept = await stored();
    expect(kept.quarantine).toEqual([]);
    expect(kept.events.map((event) => event.reason)).toEqual(['unknown_topic', 'unknown_topic']);
    expect(await world.records()).toEqual([]);
  });

  test('that is repeated is stored once', async () => {
    world = await createWorld();

    await deliver(shopify());
    await deliver(shopify());
    await deliver(hubspot());
    await deliver(hubspot({ body: JSON.stringify([{ ...CONTACT_EVENT, attemptNumber: 3 }]) }));
    await world.settle();

    expect((await stored()).events).toHaveLength(2);
  });

  const samples = sampleDeliveries();
  test.skipIf(samples.length === 0)(
    "as in the vendors' own samples is accepted (skipped when the collection of samples is not beside the checkout)",
    async () => {
      world = await createWorld();

      const answers: string[] = [];
      for (const { name, deliver: sign } of samples)
        answers.push(`${name}: ${(await deliver(sign())).status}`);
      await world.settle();

      expect(answers).toEqual(samples.map(({ name }) => `${name}: 200`));

      const kept = await stored();
      expect(kept.quarantine).toEqual([]);
      expect(kept.events.length).toBeGreaterThanOrEqual(samples.length);
    },
  );
});

async function quarantinedText(): Promise<string> {
  const [head] = await world.store.query<QuarantineDocument>({ from: quarantine.ref, limit: 2 });
  if (head === undefined) throw new Error('Nothing is in quarantine.');
  const parts = await world.store.query({ from: quarantineParts.under(head.ref), limit: 100 });
  const inOrder = parts.toSorted(
    (a, b) => Number(a.ref.path.split('/').at(-1)) - Number(b.ref.path.split('/').at(-1)),
  );
  return gunzipSync(Buffer.from(inOrder.map((part) => part.value.chunk).join(''), 'base64')).toString();
}

/** The vendors' documented and captured bodies, read in place. */
function sampleDeliveries(): readonly { readonly name: string; readonly deliver: () => SignedDelivery }[] {
  const [shopifyDir, hubspotDir] = [
    `${SPECS}shopify/webhooks/payloads/`,
    `${SPECS}hubspot/samples/webhooks/`,
  ];
  if (!existsSync(shopifyDir) || !existsSync(hubspotDir)) return [];
  const ofShopify = readdirSync(shopifyDir)
    .filter((file) => file.startsWith('customers'))
    .map((file) => ({
      name: file,
      deliver: () =>
        shopify({
          body: readFileSync(`${shopifyDir}${file}`, 'utf8'),
          topic: file.replace('.json', '').replace('__', '/'),
          webhookId: file,
        }),
    }));
  const ofHubspot = readdirSync(hubspotDir)
    .filter((file) => file !== 'index.json')
    .map((file) => ({
      name: file,
      deliver: () => hubspot({ body: readFileSync(`${hubspotDir}${file}`, 'utf8') }),
    }));
  return [...ofShopify, ...ofHubspot];
}
