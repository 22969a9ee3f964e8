import { describe, expect, test } from 'vitest';

import { OBJECTS, openHubspotAccount } from './support/hubspot-account.ts';
import { CREATE, openShopifyShop, READ } from './support/shopify-shop.ts';

describe('Faults', () => {
  test('answer 429 or 500 as often as said, to the path that is named, without any effect', async () => {
    const { asPerson, call } = openHubspotAccount();
    await asPerson.fault({ kind: '429', count: 1, path: `POST ${OBJECTS}` });
    await asPerson.fault({ kind: '500', count: 1, path: `POST ${OBJECTS}` });
    const create = (): ReturnType<typeof call> => call('POST', OBJECTS, { properties: { firstname: 'Ada' } });

    const list = await call('GET', OBJECTS);
    const answers = [await create(), await create(), await create()];

    expect(list.status).toBe(200);
    expect(answers.map(({ status }) => status)).toEqual([429, 500, 201]);
    expect(answers[0]?.json).toMatchObject({ policyName: 'TEN_SECONDLY_ROLLING' });
    expect(await asPerson.list('contacts')).toHaveLength(1);
    expect((await asPerson.stats()).rateLimited).toBe(1);
    expect((await asPerson.writes()).map(({ status, outcome }) => [status, outcome])).toEqual([
      [429, 'refused'],
      [500, 'refused'],
      [201, 'accepted'],
    ]);
  });

  test('take the vendor form at Shopify, with an empty bucket, and find a mutation by its name', async () => {
    const { asPerson, query } = openShopifyShop();
    await asPerson.fault({ kind: '429', count: 1, path: 'customerCreate' });

    const read = await query(READ, { id: 'gid://shopify/Customer/1' });
    const refused = await query(CREATE, { input: { firstName: 'Ada' } });

    expect(read.data).toEqual({ customer: null });
    expect(refused).toMatchObject({
      status: 200,
      json: {
        errors: [{ extensions: { code: 'THROTTLED' } }],
        extensions: { cost: { requestedQueryCost: 10, throttleStatus: { currentlyAvailable: 0 } } },
      },
    });
  });

  test('may name statuses as numbers, and last as long as their kind does when nothing is said', async () => {
    const { asPerson, call, twin } = openHubspotAccount();
    await asPerson.fault({ kind: 500, count: 1 });
    await asPerson.fault({ kind: 'slow', count: 1 });
    await asPerson.fault({ kind: 'search-lag' });

    const listed = await twin.handle({ method: 'GET', path: '/_twin/faults', headers: {}, body: '' });
    const failed = await call('GET', OBJECTS);
    const slow = await call('GET', OBJECTS);

    expect((JSON.parse(listed.body) as { items: unknown[] }).items).toMatchObject([
      { kind: '500', count: 1, ms: 0 },
      { kind: 'slow', count: 1, ms: 10_000 },
      { kind: 'search-lag', ms: 5_000 },
    ]);
    expect([failed.status, slow.delayMs]).toEqual([500, 10_000]);
  });

  test('let as many searches lag as said, at HubSpot and at Shopify, found by path or name', async () => {
    const { asPerson: inHubspot, call } = openHubspotAccount();
    const { asPerson: inShopify, query } = openShopifyShop();
    await inHubspot.create('contacts', { firstname: 'Ada' });
    await inShopify.create('customers', { firstName: 'Ada' });
    await inHubspot.fault({ kind: 'search-lag', count: 2, path: '/contacts/search' });
    await inShopify.fault({ kind: 'search-lag', count: 2, path: 'query customers' });

    const contacts: unknown[] = [];
    const customers: number[] = [];
    for (let search = 0; search < 3; search += 1) {
      contacts.push((await call('POST', `${OBJECTS}/search`, {})).json['total']);
      const { data } = await query('{ customers(first: 5) { nodes { id } } }');
      customers.push((data['customers'] as { nodes: unknown[] }).nodes.length);
    }

    expect(contacts).toEqual([0, 0, 1]);
    expect(customers).toEqual([0, 0, 1]);
  });

  test('hit the share of requests that the rate says', async () => {
    const { asPerson, call } = openHubspotAccount({ limits: { perTenSeconds: 1_000 } });
    await asPerson.fault({ kind: '500', rate: 0.3 });

    const statuses: number[] = [];
    for (let index = 0; index < 400; index += 1) statuses.push((await call('GET', OBJECTS)).status);

    const share = statuses.filter((status) => status === 500).length / statuses.length;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.4);
  });

  test('lose a request before its effect, lose the answer after it, or let the effect come late', async () => {
    const { asPerson, call, clock, twin } = openHubspotAccount();
    const create = (firstname: string): ReturnType<typeof call> =>
      call('POST', OBJECTS, { properties: { firstname } });
    const names = async (): Promise<unknown> =>
      (await asPerson.list('contacts')).map((record) => record['firstname']);

    await asPerson.fault({ kind: 'timeout', count: 1 });
    const lost = await create('Lost');
    await asPerson.fault({ kind: 'timeout-after-effect', count: 1 });
    const unheard = await create('Unheard');
    await asPerson.fault({ kind: 'timeout-after-effect', count: 1, ms: 8_000 });
    const late = await create('Late');
    const before = await names();
    const report = await twin.runOnce(clock.now());
    clock.advance(8_000);
    await twin.runOnce(clock.now());

    expect([lost.drop, unheard.drop, late.drop]).toEqual(['before_effect', 'after_effect', 'after_effect']);
    expect(before).toEqual(['Unheard']);
    expect(report.nextDueAt).toBe(clock.now());
    expect(await names()).toEqual(['Unheard', 'Late']);
    expect((await asPerson.writes()).map(({ at, status, outcome }) => [at, status, outcome])).toEqual([
      ['2026-11-20T10:00:00.000Z', 201, 'accepted'],
      ['2026-11-20T10:00:08.000Z', 201, 'accepted'],
    ]);
  });

  test('slow an answer down on top of its usual latency, and end when they are cleared', async () => {
    const { asPerson, call } = openHubspotAccount({ latencyMs: 20 });
    await asPerson.fault({ kind: 'slow', ms: 3_000 });

    const slow = await call('GET', OBJECTS);
    await asPerson.clearFaults();
    const usual = await call('GET', OBJECTS);

    expect([slow.delayMs, usual.delayMs]).toEqual([3_020, 20]);
  });
});
