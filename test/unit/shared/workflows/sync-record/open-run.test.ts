import { describe, expect, test } from 'vitest';
import type { Cause } from '#shared/model/cause.ts';
import { NativeId, RecordId } from '#shared/model/ids.ts';
import type { Operation } from '#shared/reconciliation/operation.ts';
import { openRun, type OpenRunRequest } from '#shared/workflows/sync-record/open-run.ts';
import { aPolicy, CUSTOMER, HUBSPOT, PHONE, SHOPIFY } from '#test/support/builders/policies.ts';
import { aRecord, minute, says } from '#test/support/builders/records.ts';
import { RUN_START } from '#test/support/builders/runs.ts';

const EVENT: Cause = { kind: 'event', id: 'event-1' };
const update: Operation = {
  type: CUSTOMER,
  system: HUBSPOT,
  action: 'update',
  nativeId: NativeId('1'),
  fields: [],
};
const birth: Operation = { type: CUSTOMER, system: SHOPIFY, action: 'create', nativeId: null, fields: [] };

function open(differing: Partial<OpenRunRequest> = {}) {
  return opened(differing).run;
}

function opened(differing: Partial<OpenRunRequest> = {}) {
  return openRun({
    record: aRecord({ passNumber: 3, epoch: 6 }),
    policy: aPolicy([]),
    operations: [update, birth],
    lane: 'live',
    cause: EVENT,
    release: 3,
    at: minute(0),
    ...differing,
  });
}

describe('a run that applies what a pass planned', () => {
  test('has one step per object, none waiting for another', () => {
    const run = open();

    expect(run.dag).toEqual([
      { id: 'update-hubspot', system: HUBSPOT, effect: 'reversible', needs: [] },
      { id: 'create-shopify', system: SHOPIFY, effect: 'compensable', needs: [] },
    ]);
    expect(run.input.operations).toEqual({ 'update-hubspot': update, 'create-shopify': birth });
  });

  test('acts for the record\u2019s epoch, is due at once and never tried', () => {
    const run = open();

    expect(run).toMatchObject({ epoch: 7, release: 3, lane: 'live', state: 'running', wakeAt: RUN_START });
    expect(run.steps['update-hubspot']).toMatchObject({
      status: 'pending',
      attempts: 0,
      notBefore: RUN_START,
    });
    expect(run.cause).toEqual(EVENT);
    expect(run.journal).toEqual([{ seq: 1, kind: 'started', at: minute(0) }]);
  });

  test('fences out whoever acted before, and holds what it may write', () => {
    const field = {
      path: PHONE,
      from: says('a'),
      to: says('b'),
      rule: 'a rule',
      ruleHash: 'a hash',
      cause: EVENT,
    };

    const { run, record } = opened({ operations: [{ ...update, fields: [field] }] });

    expect(record).toMatchObject({ passNumber: 4, epoch: run.epoch });
    expect(record.writeSets).toEqual({
      [run.id]: { epoch: run.epoch, targets: [{ system: HUBSPOT, path: PHONE }] },
    });
  });

  test('is named after the record and the pass, and never after what it writes', () => {
    const { id } = open();

    expect(open({ operations: [birth], cause: { kind: 'event', id: 'event-2' }, lane: 'operator' }).id).toBe(
      id,
    );
    expect(open({ record: aRecord({ passNumber: 4 }) }).id).not.toBe(id);
    expect(open({ record: aRecord({ id: RecordId('rec_02'), passNumber: 3 }) }).id).not.toBe(id);
  });

  test('stores its own DAG and the policy it was made under, each with a hash', () => {
    expect(open({ operations: [birth] }).dagHash).not.toBe(open().dagHash);
    expect(open({ policy: aPolicy([], { region: 'DE' }) }).policyHash).not.toBe(open().policyHash);
  });
});
