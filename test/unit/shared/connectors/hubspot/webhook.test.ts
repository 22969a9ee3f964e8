import { existsSync, readFileSync, readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hubspotWebhook } from '#shared/connectors/hubspot/webhook.ts';
import { SourceEventSchema, type ChangeEvent } from '#shared/model/source-event.ts';
import { NOW, requestOf } from './webhook-request.ts';

function changes(body: unknown): readonly ChangeEvent[] {
  return hubspotWebhook.parse(requestOf(body), NOW).filter((event) => event.kind === 'change');
}

const propertyChange = {
  subscriptionType: 'contact.propertyChange',
  portalId: 33,
  eventId: 1,
  objectId: 501,
  occurredAt: NOW - 1_000,
  propertyName: 'firstname',
  propertyValue: 'Ada',
  attemptNumber: 0,
};

describe('hubspotWebhook.parse', () => {
  test('groups a delivery by object, with the union of its properties and the latest time', () => {
    const events = hubspotWebhook.parse(
      requestOf([
        propertyChange,
        { ...propertyChange, eventId: 2, propertyName: 'email', occurredAt: NOW },
        { ...propertyChange, eventId: 3, propertyName: 'email', occurredAt: NOW - 5_000 },
        { ...propertyChange, eventId: 4, objectId: 502 },
      ]),
      NOW,
    );

    expect(events).toEqual([
      {
        kind: 'change',
        system: 'hubspot',
        dedupeKey: expect.stringMatching(/^hubspot-[0-9a-f]{32}$/),
        receivedAt: '2027-01-15T08:00:00.000Z',
        type: 'customer',
        nativeId: '501',
        change: 'changed',
        occurredAt: '2027-01-15T08:00:00.000Z',
        fields: ['email', 'firstname'],
        lane: 'live',
        source: 'webhook',
      },
      expect.objectContaining({
        nativeId: '502',
        fields: ['firstname'],
        occurredAt: '2027-01-15T07:59:59.000Z',
      }),
    ]);
  });

  test('a retry, in any order and with any attempt number, has the key of the first delivery', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(['a', 'b', 'c', 'd'], { minLength: 4 }),
        fc.array(fc.nat(10), { minLength: 4, maxLength: 4 }),
        (order, attempts) => {
          const first = ['a', 'b', 'c', 'd'].map((propertyName) => ({ ...propertyChange, propertyName }));
          const retry = order.map((propertyName, index) => ({
            ...propertyChange,
            propertyName,
            attemptNumber: attempts[index],
          }));

          expect(changes([...retry, ...retry])).toEqual(changes(first));
        },
      ),
    );
  });

  test('another time, property or event id is another fact', () => {
    const variants = [
      {},
      { occurredAt: NOW },
      { propertyName: 'email' },
      { eventId: 2 },
      { objectId: 7 },
      { portalId: 34 },
    ];

    const keys = variants.map((variant) => changes([{ ...propertyChange, ...variant }])[0]?.dedupeKey);

    expect(new Set(keys).size).toBe(variants.length);
  });

  test('ids beyond 2^53 keep their digits', () => {
    const body =
      '[{"subscriptionType":"contact.creation","objectId":90071992547409931234,"occurredAt":1800000000000,"eventId":99999999999999999999}]';

    expect(changes(body)).toMatchObject([
      { nativeId: '90071992547409931234', change: 'created', fields: null },
    ]);
  });

  test.each([
    ['contact.creation', 'created'],
    ['contact.deletion', 'deleted'],
    ['contact.privacyDeletion', 'deleted'],
    ['contact.restore', 'restored'],
    ['contact.propertyChange', 'changed'],
  ])('%s says that the customer was %s', (subscriptionType, change) => {
    expect(changes([{ subscriptionType, objectId: 5, occurredAt: NOW }])).toMatchObject([
      { nativeId: '5', change, type: 'customer' },
    ]);
    const generic = subscriptionType.replace('contact', 'object');
    expect(
      changes([{ subscriptionType: generic, objectTypeId: '0-1', objectId: 5, occurredAt: NOW }]),
    ).toMatchObject([{ nativeId: '5', change }]);
  });

  test('the type may stand under eventType, as in some samples', () => {
    expect(changes([{ eventType: 'contact.creation', objectId: 5 }])).toMatchObject([
      { change: 'created', occurredAt: null },
    ]);
  });

  test('null stands for what does not apply', () => {
    const creation = { subscriptionType: 'contact.creation', objectId: 5, occurredAt: NOW };
    const nothing = {
      eventType: null,
      eventId: null,
      objectTypeId: null,
      propertyName: null,
      primaryObjectId: null,
      mergedObjectIds: null,
      newObjectId: null,
      fromObjectId: null,
      toObjectId: null,
    };

    expect(changes([{ ...creation, ...nothing }])).toEqual(changes([creation]));
    expect(
      hubspotWebhook
        .parse(requestOf([{ ...creation, subscriptionType: null, eventType: 'contact.creation' }]), NOW)
        .map(({ kind }) => kind),
    ).toEqual(['change']);
  });

  test('of several signals on one object the latest decides, whatever their order', () => {
    const created = { subscriptionType: 'contact.creation', objectId: 5, occurredAt: NOW - 3 };
    const deleted = { subscriptionType: 'contact.deletion', objectId: 5, occurredAt: NOW - 2 };
    const restored = { subscriptionType: 'contact.restore', objectId: 5, occurredAt: NOW - 1 };

    expect(changes([restored, deleted, created])).toMatchObject([
      { change: 'restored', occurredAt: '2027-01-15T07:59:59.999Z' },
    ]);
    expect(changes([created, deleted])).toMatchObject([{ change: 'deleted' }]);
    expect(changes([deleted, { ...created, occurredAt: NOW - 2 }])).toMatchObject([{ change: 'deleted' }]);
  });

  describe('a delivery that tells of a birth', () => {
    const born = { subscriptionType: 'contact.creation', objectId: 501, occurredAt: NOW - 1_000 };
    const edited = { ...propertyChange, eventId: 2, propertyName: 'lastname' };

    test('is one event with what the object was born with', () => {
      expect(changes([propertyChange, born])).toMatchObject([
        { change: 'created', occurredAt: '2027-01-15T07:59:59.000Z', fields: null },
      ]);
    });

    test.each([
      ['has changed since', NOW, '2027-01-15T08:00:00.000Z'],
      ['has changed at an unknown time', undefined, null],
    ])('tells what %s apart from it: the birth explains no later change (M9)', (_what, occurredAt, at) => {
      expect(changes([{ ...edited, occurredAt }, propertyChange, born])).toMatchObject([
        { change: 'created', occurredAt: '2027-01-15T07:59:59.000Z', fields: null },
        { change: 'changed', occurredAt: at, fields: ['lastname'] },
      ]);
    });

    test('of unknown time keeps apart whatever changed', () => {
      expect(changes([propertyChange, { ...born, occurredAt: undefined }])).toMatchObject([
        { change: 'created', occurredAt: null, fields: null },
        { change: 'changed', occurredAt: '2027-01-15T07:59:59.000Z', fields: ['firstname'] },
      ]);
    });
  });

  test('tells two changes of one property at one time apart: one may be an echo (M9)', () => {
    const [ours, theirs] = [propertyChange, { ...propertyChange, eventId: 2, propertyValue: 'Eve' }];
    const email = { ...propertyChange, eventId: 3, propertyName: 'email' };

    const told = changes([ours, theirs, email]);

    expect(told.map(({ fields }) => fields)).toEqual([['email', 'firstname'], ['firstname']]);
    expect(new Set(told.map(({ dedupeKey }) => dedupeKey)).size).toBe(2);
    expect(changes([email, theirs, ours, theirs])).toEqual(told);
  });

  test('a group in which one notification has no time has none', () => {
    expect(changes([propertyChange, { ...propertyChange, occurredAt: undefined }])).toMatchObject([
      { occurredAt: null },
    ]);
  });

  test('a merge marks every loser, the primary too when a new id took over, and the survivor', () => {
    const merge = {
      subscriptionType: 'contact.merge',
      objectId: 10,
      primaryObjectId: 10,
      mergedObjectIds: [11, 12],
      occurredAt: NOW,
    };

    expect(changes([merge]).map(({ nativeId, change }) => [nativeId, change])).toEqual([
      ['11', 'merged'],
      ['12', 'merged'],
      ['10', 'changed'],
    ]);
    const renewed = changes([{ ...merge, newObjectId: 99 }]);
    expect(renewed.map(({ nativeId, change }) => [nativeId, change])).toEqual([
      ['10', 'merged'],
      ['11', 'merged'],
      ['12', 'merged'],
      ['99', 'changed'],
    ]);
    expect(new Set(renewed.map(({ dedupeKey }) => dedupeKey)).size).toBe(4);
  });

  test('objects and topics without a mapping are told apart and grouped', () => {
    const events = hubspotWebhook.parse(
      requestOf([
        { subscriptionType: 'company.propertyChange', objectId: 1, eventId: 1 },
        { subscriptionType: 'company.propertyChange', objectId: 2, eventId: 2 },
        { subscriptionType: 'object.creation', objectTypeId: '2-77', objectId: 3 },
        { subscriptionType: 'contact.associationChange', fromObjectId: 5, toObjectId: 6 },
        { subscriptionType: 'contact.somethingNew', objectId: 5 },
        { subscriptionType: 'object.creation', objectId: 5 },
        { subscriptionType: 'vip.creation', objectTypeId: '0-1', objectId: 5 },
      ]),
      NOW,
    );

    expect(
      events.map((event) => (event.kind === 'unhandled' ? [event.topic, event.reason] : event.kind)),
    ).toEqual([
      ['company.propertyChange', 'unmapped_object'],
      ['object.creation', 'unmapped_object'],
      ['contact.associationChange', 'unmapped_object'],
      ['contact.somethingNew', 'unknown_topic'],
      ['object.creation', 'unknown_topic'],
      ['vip.creation', 'unknown_topic'],
    ]);
    expect(new Set(events.map(({ dedupeKey }) => dedupeKey)).size).toBe(events.length);
  });

  test.each([['{'], ['{}'], ['"contact.creation"'], ['null'], ['\u0000']])(
    'keeps the bytes of the unreadable body %s',
    (body) => {
      const events = hubspotWebhook.parse(requestOf(body), NOW);

      expect(events).toMatchObject([
        { kind: 'invalid', system: 'hubspot', raw: Buffer.from(body).toString('base64') },
      ]);
    },
  );

  test('one bad notification does not cost the good ones, and is kept', () => {
    const body = [
      propertyChange,
      null,
      { ...propertyChange, objectId: 'abc' },
      { subscriptionType: 'contact.creation' },
      7,
    ];

    const events = hubspotWebhook.parse(requestOf(body), NOW);

    expect(events.map(({ kind }) => kind)).toEqual(['change', 'invalid']);
    expect(events[1]).toMatchObject({ problem: '4 of 5 notifications cannot be read' });
  });

  test('never throws and always states a valid event, whatever arrives (M1)', () => {
    const part = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom('contact.creation', 'contact.merge', 'object.deletion', '0-1', 1e300, -1),
    );
    const keys = [
      'subscriptionType',
      'objectId',
      'objectTypeId',
      'occurredAt',
      'propertyName',
      'primaryObjectId',
      'mergedObjectIds',
      'newObjectId',
    ];
    const notification = fc.dictionary(fc.constantFrom(...keys), part);
    fc.assert(
      fc.property(fc.oneof(fc.array(fc.oneof(notification, part)), part), (body) => {
        const events = hubspotWebhook.parse(requestOf(body), NOW);

        for (const event of events) SourceEventSchema.parse(event);
        if (!(Array.isArray(body) && body.length === 0)) expect(events.length).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });
});

const SAMPLES = new URL('../../../../../../shared/specs/hubspot/samples/webhooks/', import.meta.url);
const samples = existsSync(SAMPLES)
  ? readdirSync(SAMPLES).filter((name) => name.endsWith('.json') && name !== 'index.json')
  : [];

describe.skipIf(samples.length === 0)(
  'HubSpot sample deliveries (skipped where the third-party samples beside the checkout are absent)',
  () => {
    test.each(samples)('%s is understood without an invalid event', (name) => {
      const body = readFileSync(new URL(name, SAMPLES), 'utf8');

      const events = hubspotWebhook.parse(requestOf(body), NOW);

      expect(events.length).toBeGreaterThan(0);
      expect(events.filter(({ kind }) => kind === 'invalid')).toEqual([]);
    });

    test('the mixed batch keeps its three contacts and names its unknown topics', () => {
      const events = hubspotWebhook.parse(
        requestOf(readFileSync(new URL('batch-unknown-types.json', SAMPLES), 'utf8')),
        NOW,
      );

      expect(
        events.map((event) => (event.kind === 'change' ? `${event.nativeId} ${event.change}` : event.kind)),
      ).toEqual(['123 created', '456 changed', '789 deleted', 'unhandled', 'unhandled', 'unhandled']);
    });
  },
);
