import { describe, expect, test } from 'vitest';
import { crosswalkRef, type Crosswalk } from '#shared/model/identity-documents.ts';
import { NativeId, RecordId } from '#shared/model/ids.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import { set, type Snapshot } from '#shared/ports/document-store.ts';
import type { Operation } from '#shared/reconciliation/operation.ts';
import type { ApplyOutcome } from '#shared/workflows/apply-request.ts';
import {
  absorbStrangers,
  isHeldElsewhere,
  readStrangers,
  type Stranger,
} from '#shared/workflows/sync-record/strangers.ts';
import { aConnector } from '#test/support/builders/connectors.ts';
import { aContext } from '#test/support/builders/contexts.ts';
import { HUBSPOT, SHOPIFY } from '#test/support/builders/policies.ts';
import { aRecord, minute, RECORD_ID } from '#test/support/builders/records.ts';
import { behind, keep, load, opened, phonePolicy, tellB } from '#test/support/builders/syncing.ts';
import { aWork, NOW } from '#test/support/builders/work.ts';

const other = RecordId('rec_02');

function snapshotOf<T extends object>(value: T): Snapshot<T> {
  return { ref: { path: 'records/rec' }, value, version: '1' };
}

function aStranger(kind: Stranger['kind'], known: Partial<RecordDocument> | null): Stranger {
  const record = aRecord({ id: other, ...known });
  return {
    nativeId: NativeId('501'),
    kind,
    known:
      known === null
        ? null
        : { record: snapshotOf(record), work: snapshotOf(aWork({ recordId: record.id })) },
  };
}

test('what is in the way of a create and was replaced once is looked at anew, not its former record (M16)', async () => {
  const create: Operation = { ...tellB(), action: 'create', nativeId: null };
  const { run, record } = opened(behind, [create]);
  const context = aContext({ [HUBSPOT]: aConnector({}), [SHOPIFY]: aConnector({}) }, [phonePolicy]);
  await keep(context, { record, runs: [run] });
  const nativeId = NativeId('501');
  const crosswalk = crosswalkRef(SHOPIFY, record.type, nativeId);
  const replaced: Crosswalk = {
    system: SHOPIFY,
    type: record.type,
    nativeId,
    recordId: other,
    state: 'deleted',
    mergedIntoNativeId: null,
    formerRecordIds: [],
    evidence: 'first_seen',
    createdAt: minute(0),
  };
  await context.store.commit([set(crosswalk, replaced)]);
  const exists: ApplyOutcome = {
    status: 'refused',
    reason: 'exists',
    askedAt: minute(10),
    seen: null,
    matches: [nativeId],
  };

  const state = await load(context, run);
  const strangers = await readStrangers(context, state, 'create-shopify', exists);
  const { writes } = absorbStrangers(context, record.id, create, strangers, state.work.value, NOW);
  await context.store.commit(writes);

  const now = (await context.store.get(crosswalk))?.value;
  expect(now).toMatchObject({ state: 'provisional', formerRecordIds: [other] });
  expect(now?.recordId).not.toBe(other);
});

describe('what our create made', () => {
  test.each<[string, boolean, Stranger]>([
    ['is held elsewhere once it stands for another record', true, aStranger('ours', { state: 'active' })],
    ['or for one that was merged since', true, aStranger('ours', { state: 'merged' })],
    ['is ours while its newcomer was not looked at', false, aStranger('ours', { state: 'provisional' })],
    ['is ours while nobody knows it', false, aStranger('ours', null)],
    ['is ours when it was linked to our record already', false, aStranger('ours', { id: RECORD_ID })],
    ['is another matter than what others made', false, aStranger('match', { state: 'active' })],
  ])('%s', (_what, isHeld, stranger) => {
    expect(isHeldElsewhere(RECORD_ID, [stranger])).toBe(isHeld);
  });

  test('is not held elsewhere when there is nothing to be told', () => {
    expect(isHeldElsewhere(RECORD_ID, [])).toBe(false);
  });
});
