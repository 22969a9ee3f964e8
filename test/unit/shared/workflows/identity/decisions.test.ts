import { describe, expect, test } from 'vitest';
import type { Run } from '#shared/engine/run.ts';
import { leases, type Lease } from '#shared/engine/lease.ts';
import { NativeId, RecordId } from '#shared/model/ids.ts';
import { records } from '#shared/model/record.ts';
import { create } from '#shared/ports/document-store.ts';
import { areDecidedOther, decisionWrites, objectsOf } from '#shared/workflows/identity/decisions.ts';
import { leaseWrites, obstacleOf, type Party } from '#shared/workflows/identity/parties.ts';
import {
  candidatesOf,
  claimWrites,
  findClaims,
  matchRecord,
} from '#shared/workflows/sync-record/identify.ts';
import { aContext, type TestContext } from '#test/support/builders/contexts.ts';
import { CUSTOMER, HUBSPOT, SHOPIFY } from '#test/support/builders/policies.ts';
import {
  aKey,
  aLink,
  aRecord,
  aRepresentation,
  minute,
  RECORD_ID,
  RUN_ID,
} from '#test/support/builders/records.ts';
import { aWork } from '#test/support/builders/work.ts';

const OTHER = RecordId('rec_02');
const ADA = aKey('ada@example.com');

const newcomer = aRecord({
  id: RECORD_ID,
  state: 'provisional',
  links: { [HUBSPOT]: aLink({ nativeId: NativeId('501') }) },
  representations: { [HUBSPOT]: aRepresentation({}, { keys: [ADA] }) },
});
const known = aRecord({ id: OTHER, links: { [SHOPIFY]: aLink({ nativeId: NativeId('9') }) } });

function said(verdict: 'same' | 'not_same') {
  const decision = { type: CUSTOMER, verdict, by: 'olga', at: minute(1), reason: 'the client says so' };
  return decisionWrites({ ones: objectsOf(newcomer), others: objectsOf(known) }, decision);
}

async function met(): Promise<TestContext> {
  const context = aContext();
  await context.store.commit([create(records.at(OTHER), known), ...claimWrites(known, [ADA], minute(1))]);
  return context;
}

describe('what a person has said of two objects', () => {
  test('is found whichever of the two is asked about, and the last word stands', async () => {
    const context = await met();

    await context.store.commit(said('not_same'));
    const [forth, back] = [
      await areDecidedOther(context.store, newcomer, known),
      await areDecidedOther(context.store, known, newcomer),
    ];
    await context.store.commit(said('same'));

    expect([forth, back]).toEqual([true, true]);
    expect(await areDecidedOther(context.store, newcomer, known)).toBe(false);
  });

  test('lets a shared key neither link nor suggest the one for the other', async () => {
    const context = await met();
    const before = await findClaims(context, newcomer);
    await context.store.commit(said('not_same'));

    const claims = await findClaims(context, newcomer);

    expect((await matchRecord(context, HUBSPOT, before)).status).toBe('link');
    expect(candidatesOf(before)).toEqual([{ recordId: OTHER, evidence: 'email' }]);
    expect((await matchRecord(context, HUBSPOT, claims)).status).toBe('new');
    expect(candidatesOf(claims)).toEqual([]);
    expect(claims.taken).toEqual([{ key: ADA, by: OTHER, isOther: true }]);
  });

  test('says nothing of the same object, nor of a pair that nobody named', async () => {
    const context = await met();
    await context.store.commit(said('not_same'));
    const third = aRecord({ links: { [SHOPIFY]: aLink({ nativeId: NativeId('10') }) } });

    expect(await areDecidedOther(context.store, newcomer, third)).toBe(false);
    expect(await areDecidedOther(context.store, newcomer, newcomer)).toBe(false);
  });
});

describe('a decision about records', () => {
  const held: Lease = { owner: 'somebody', runId: RUN_ID, expiresAt: 0 };
  const leaseOf = (value: Lease) => ({ ref: leases.at(RECORD_ID), value, version: 'v1' });
  const runIn = (status: 'pending' | 'unknown' | 'unverified') =>
    ({ steps: { one: { status } } }) as unknown as Run;

  test.each([
    ['a lease that somebody holds, however old it is', { lease: leaseOf(held), runs: [] }, 'being_written'],
    ['a write of unknown outcome', { lease: undefined, runs: [runIn('unknown')] }, 'outcome_unknown'],
    [
      'a write that was not read back yet',
      { lease: undefined, runs: [runIn('unverified')] },
      'outcome_unknown',
    ],
    ['a lease that was given back', { lease: leaseOf({ ...held, owner: null }), runs: [] }, null],
    ['a run that has sent nothing', { lease: undefined, runs: [runIn('pending')] }, null],
  ])('is held up by %s: %#', (_, party, obstacle) => {
    expect(obstacleOf(party)).toBe(obstacle);
  });

  test('takes the leases in the order of ids, on the versions that were read', () => {
    const party = (id: RecordId, lease: Party['lease']): Party => ({
      record: { ref: records.at(id), value: aRecord({ id }), version: 'v1' },
      work: { ref: { path: `work/${id}` }, value: aWork({ recordId: id }), version: 'v1' },
      lease,
      runs: [],
    });

    const writes = leaseWrites([
      party(OTHER, undefined),
      party(RECORD_ID, leaseOf({ ...held, owner: null })),
    ]);

    expect(writes).toMatchObject([
      { op: 'set', ref: { path: `leases/${RECORD_ID}` }, ifVersion: 'v1', value: { owner: null } },
      { op: 'create', ref: { path: `leases/${OTHER}` }, value: { owner: null } },
    ]);
  });
});
