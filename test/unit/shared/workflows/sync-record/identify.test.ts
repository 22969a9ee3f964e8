import { describe, expect, test } from 'vitest';
import { naturalKeyRef } from '#shared/model/identity-documents.ts';
import { EntityType, NativeId, RecordId } from '#shared/model/ids.ts';
import type { Link, RecordDocument } from '#shared/model/record.ts';
import { records } from '#shared/model/record.ts';
import type { NaturalKey } from '#shared/model/representation.ts';
import { create } from '#shared/ports/document-store.ts';
import {
  ambiguousVerdicts,
  claimWrites,
  currentRecord,
  findClaims,
  findCreator,
  matchRecord,
  releaseClaims,
  withClaims,
} from '#shared/workflows/sync-record/identify.ts';
import { aContext, type TestContext } from '#test/support/builders/contexts.ts';
import { aPolicy, CUSTOMER, EMAIL, HUBSPOT, IDENTITY, SHOPIFY } from '#test/support/builders/policies.ts';
import {
  aKey,
  aLink,
  aRecord,
  aRepresentation,
  minute,
  RECORD_ID,
  RUN_ID,
} from '#test/support/builders/records.ts';

const ada = aKey('ada@example.com');
const bob = aKey('bob@example.com');
const other = RecordId('rec_02');
const third = RecordId('rec_03');

async function store(context: TestContext, ...list: readonly RecordDocument[]): Promise<void> {
  await context.store.commit(list.map((record) => create(records.at(record.id), record)));
}

async function claim(context: TestContext, by: RecordId, key = ada): Promise<void> {
  await context.store.commit(claimWrites(aRecord({ id: by }), [key], minute(1)));
}

/** A record of which HubSpot says these natural keys. */
function saying(keys: readonly NaturalKey[], id = RECORD_ID): RecordDocument {
  return aRecord({
    id,
    links: { [HUBSPOT]: aLink() },
    representations: { [HUBSPOT]: aRepresentation({}, { keys }) },
  });
}

describe('a natural key', () => {
  test('is free until a record claims it', async () => {
    const context = aContext();
    await claim(context, other, bob);

    expect(await findClaims(context, saying([ada, bob]))).toEqual({
      free: [ada],
      taken: [{ key: bob, by: other }],
    });
  });

  test('that the record holds is neither free nor taken, and costs no look', async () => {
    const context = aContext();
    const holder = withClaims(saying([ada, ada]), [ada]);

    expect(await findClaims(context, holder)).toEqual({ free: [], taken: [] });
    expect(holder.claims).toEqual([naturalKeyRef(CUSTOMER, ada).path]);
  });

  test('seen twice is looked up once', async () => {
    expect((await findClaims(aContext(), saying([ada, ada]))).free).toEqual([ada]);
  });

  test('can be claimed by one record only: the second commit is refused as a whole', async () => {
    const context = aContext();
    await claim(context, other);

    await expect(claim(context, third)).rejects.toMatchObject({ code: 'already_exists' });
  });

  test('is stored as a hash, never as its value', () => {
    const [write] = claimWrites(aRecord(), [ada], minute(1));

    expect(JSON.stringify(write)).not.toContain('ada');
    expect(write).toMatchObject({ op: 'create', value: { key: 'email', recordId: RECORD_ID } });
  });

  test('of another kind of record is another key', () => {
    expect(naturalKeyRef(CUSTOMER, ada).path).not.toBe(naturalKeyRef('company' as never, ada).path);
    expect(naturalKeyRef(CUSTOMER, ada).path).not.toBe(
      naturalKeyRef(CUSTOMER, aKey('ada@example.com', 'phone')).path,
    );
  });
});

describe('a claim on an address that nobody gives for the record any more', () => {
  const former = withClaims(
    aRecord({
      links: { [HUBSPOT]: aLink() },
      representations: { [HUBSPOT]: aRepresentation({}, { keys: [bob] }) },
    }),
    [ada, bob],
  );

  test('is released, and another record may claim it', async () => {
    const context = aContext();
    await claim(context, former.id, ada);
    await claim(context, former.id, bob);

    const { record, writes } = releaseClaims(former);
    await context.store.commit(writes);

    expect(record.claims).toEqual([naturalKeyRef(CUSTOMER, bob).path]);
    expect(await findClaims(context, saying([ada, bob], other))).toEqual({
      free: [ada],
      taken: [{ key: bob, by: former.id }],
    });
  });

  test('is released as well once every system has lost the record', () => {
    const lost = { ...former, links: { [HUBSPOT]: aLink({ state: 'gone' }) } };

    expect(releaseClaims(lost).record.claims).toEqual([]);
  });

  test.each<[string, Partial<RecordDocument>]>([
    [
      'a run may still write it',
      { writeSets: { [RUN_ID]: { epoch: 1, targets: [{ system: SHOPIFY, path: EMAIL }] } } },
    ],
    ['a linked system was never read', { links: { ...former.links, [SHOPIFY]: aLink() } }],
    [
      'another system still gives it',
      {
        links: { ...former.links, [SHOPIFY]: aLink() },
        representations: { ...former.representations, [SHOPIFY]: aRepresentation({}, { keys: [ada] }) },
      },
    ],
  ])('is kept while %s', (_when, differing) => {
    const record = { ...former, ...differing };

    expect(releaseClaims(record)).toEqual({ record, writes: [] });
  });
});

describe('a native id that nobody knows', () => {
  const taken = (...owners: readonly RecordId[]) => ({
    free: [],
    taken: owners.map((by, index) => ({ key: index === 0 ? ada : bob, by })),
  });

  test('is a new record when none of its keys belongs to another', async () => {
    expect(await matchRecord(aContext(), SHOPIFY, { free: [ada], taken: [] })).toEqual({ status: 'new' });
  });

  test('is the one record that holds its keys', async () => {
    const context = aContext();
    await store(context, aRecord({ id: other, links: { [HUBSPOT]: aLink() } }));

    expect(await matchRecord(context, SHOPIFY, taken(other, other))).toMatchObject({
      status: 'link',
      winner: { value: { id: other } },
    });
  });

  test.each<[Link['state'], string]>([
    ['active', 'ambiguous'],
    ['foreign', 'ambiguous'],
    ['gone', 'link'],
  ])('of a system to which that record has a link that is %s: %s', async (state, status) => {
    const context = aContext();
    await store(context, aRecord({ id: other, links: { [SHOPIFY]: aLink({ state }) } }));

    expect((await matchRecord(context, SHOPIFY, taken(other))).status).toBe(status);
  });

  test('never links automatically when its keys belong to two records', async () => {
    const context = aContext();
    await store(context, aRecord({ id: other }), aRecord({ id: third }));

    expect(await matchRecord(context, SHOPIFY, taken(other, third))).toEqual({ status: 'ambiguous' });
  });

  test('finds the record that took the place of one that was merged', async () => {
    const context = aContext();
    await store(context, aRecord({ id: other, state: 'merged', mergedInto: third }), aRecord({ id: third }));

    expect(await matchRecord(context, SHOPIFY, taken(other, third))).toMatchObject({
      status: 'link',
      winner: { value: { id: third } },
    });
  });

  test('is not new while the record that holds its key cannot be found', async () => {
    expect(await matchRecord(aContext(), SHOPIFY, taken(other))).toEqual({ status: 'ambiguous' });
  });
});

describe('an object that carries the id of a record', () => {
  const seen = aRepresentation({}, { ownId: other });
  const newcomer = aRecord({ state: 'provisional', links: { [HUBSPOT]: aLink() } });

  async function creatorAmong(...stored: readonly RecordDocument[]): Promise<RecordId | undefined> {
    const context = aContext();
    await store(context, ...stored);
    return (await findCreator(context, newcomer, HUBSPOT, seen, []))?.value.id;
  }

  test.each<[string, RecordDocument['links']]>([
    ['has nothing there yet', { [SHOPIFY]: aLink() }],
    ['lost what it had there', { [HUBSPOT]: aLink({ nativeId: NativeId('9'), state: 'gone' }) }],
    ['had another there, merged away', { [HUBSPOT]: aLink({ nativeId: NativeId('9'), state: 'foreign' }) }],
    ['is linked to it already', { [HUBSPOT]: aLink() }],
  ])('is that record when it %s', async (_when, links) => {
    expect(await creatorAmong(aRecord({ id: other, links }))).toBe(other);
  });

  test('is the record that took the place of one that was merged', async () => {
    const merged = aRecord({ id: other, state: 'merged', mergedInto: third });

    expect(await creatorAmong(merged, aRecord({ id: third }))).toBe(third);
  });

  test.each<[string, Partial<RecordDocument>]>([
    ['has another object there', { links: { [HUBSPOT]: aLink({ nativeId: NativeId('9') }) } }],
    ['is of another type', { type: EntityType('company') }],
    ['is not known well enough itself', { state: 'provisional' }],
    ['was merged into what carries its id', { state: 'merged', mergedInto: newcomer.id }],
  ])('is not told by it when that record %s', async (_when, differing) => {
    expect(await creatorAmong(newcomer, aRecord({ id: other, ...differing }))).toBeUndefined();
  });

  test.each([
    ['is not told by it when what was merged away was merged with another record\u2019s', third, undefined],
    ['is that record although what was merged away had its own key', other, other],
  ])('%s (M16)', async (_what, by, expected) => {
    const context = aContext();
    const links = { [HUBSPOT]: aLink({ nativeId: NativeId('9'), state: 'foreign' }) };
    await store(context, aRecord({ id: other, links }));

    const creator = await findCreator(context, newcomer, HUBSPOT, seen, [{ key: ada, by }]);

    expect(creator?.value.id).toBe(expected);
  });

  test('is not told by it when there is no such record', async () => {
    expect(await creatorAmong()).toBeUndefined();
  });

  test('is not asked about without an id, nor once it is gone, and costs no look then', async () => {
    const context = aContext();
    const gone = { ...newcomer, links: { [HUBSPOT]: aLink({ state: 'gone' }) } };
    const refusing = { get: () => Promise.reject(new Error('nobody expected a read')) };
    const blind = { ...context, ports: { ...context.ports, store: { ...context.store, ...refusing } } };

    expect(await findCreator(blind, newcomer, HUBSPOT, { ...seen, ownId: null }, [])).toBeUndefined();
    expect(await findCreator(blind, gone, HUBSPOT, seen, [])).toBeUndefined();
  });
});

describe('merges', () => {
  test('that point to each other are followed only so far', async () => {
    const context = aContext();
    await store(
      context,
      aRecord({ id: other, state: 'merged', mergedInto: third }),
      aRecord({ id: third, state: 'merged', mergedInto: other }),
    );

    await expect(currentRecord(context, other)).resolves.toBeDefined();
  });
});

test('an ambiguous record is shown as a conflict in the dimension of identity', () => {
  expect(ambiguousVerdicts(aPolicy([]), SHOPIFY, minute(3))).toEqual({
    [IDENTITY]: {
      verdict: 'hard_conflict',
      cause: 'ambiguous_match',
      fields: {
        '@shopify': {
          verdict: 'hard_conflict',
          cause: 'ambiguous_match',
          systems: [SHOPIFY],
          rule: 'customer: natural keys',
        },
      },
      verifiedAt: minute(3),
    },
  });
});
