import { describe, expect, test } from 'vitest';
import { OBJECTS, openHubspotAccount, START, type Json } from './support/hubspot-account.ts';

const idsOf = (answer: { readonly json: Json }): readonly string[] =>
  (answer.json['results'] as readonly { readonly id: string }[]).map(({ id }) => id);

describe('A HubSpot search that is sorted', () => {
  const BY_TIME = { sorts: [{ propertyName: 'lastmodifieddate', direction: 'ASCENDING' }], limit: 50 };

  test('has rows of one time in an order that is that of no id, the same each time', async () => {
    const { call, asPerson } = openHubspotAccount();
    for (let index = 0; index < 20; index += 1) {
      await asPerson.create('contacts', { email: `person-${index}@example.com` });
    }

    const ids = idsOf(await call('POST', `${OBJECTS}/search`, BY_TIME));

    expect(ids).toHaveLength(20);
    expect(ids).not.toEqual(ids.toSorted());
    expect(ids).not.toEqual(ids.toSorted().toReversed());
    expect(idsOf(await call('POST', `${OBJECTS}/search`, BY_TIME))).toEqual(ids);
  });

  test('puts an earlier time before a later one, and by ids when it is asked for', async () => {
    const { call, asPerson, clock } = openHubspotAccount();
    const late = (await asPerson.create('contacts', { email: 'late@example.com' })).id;
    clock.advance(1);
    const later = (await asPerson.create('contacts', { email: 'later@example.com' })).id;
    clock.advance(1);
    await asPerson.edit('contacts', late, { city: 'Porto' });

    const byId = { sorts: [{ propertyName: 'hs_object_id', direction: 'ASCENDING' }] };

    expect(idsOf(await call('POST', `${OBJECTS}/search`, BY_TIME))).toEqual([later, late]);
    expect(idsOf(await call('POST', `${OBJECTS}/search`, byId))).toEqual([late, later]);
  });
});

test('every answer of an API carries the date of the vendor, to the second', async () => {
  const account = openHubspotAccount();
  account.clock.advance(1_999);

  const { headers } = await account.call('GET', OBJECTS);

  expect(Date.parse(headers['date'] ?? '')).toBe(START + 1_000);
});
