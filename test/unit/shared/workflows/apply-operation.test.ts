import { describe, expect, test } from 'vitest';
import { presenceRuleName, ruleName, type EntityPolicy } from '#shared/authority/policy.ts';
import type { ReadResult } from '#shared/connectors/connector.ts';
import { vendorTimeout, vendorUnreachable } from '#shared/errors/http-faults.ts';
import { invalidConfiguration } from '#shared/errors/faults.ts';
import { vendorRejected, vendorUnavailable } from '#shared/errors/vendor-faults.ts';
import { CLEARED, type FieldValue } from '#shared/model/field-value.ts';
import { NativeId } from '#shared/model/ids.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import type { Representation } from '#shared/model/representation.ts';
import type { Operation } from '#shared/reconciliation/operation.ts';
import type { StepState } from '#shared/engine/run.ts';
import { applyOperation } from '#shared/workflows/apply-operation.ts';
import { aConnector, type Answers } from '#test/support/builders/connectors.ts';
import {
  aField,
  aPolicy,
  CUSTOMER,
  HUBSPOT,
  latest,
  owner,
  PHONE,
  SHOPIFY,
} from '#test/support/builders/policies.ts';
import {
  aKey,
  aLink,
  aRecord,
  aRepresentation,
  minute,
  RECORD_ID,
  says,
} from '#test/support/builders/records.ts';
import { aStep } from '#test/support/builders/runs.ts';
import { NOW } from '#test/support/builders/work.ts';

const phone = aField(PHONE, latest(HUBSPOT, SHOPIFY));
const policy = aPolicy([phone]);
const rule = ruleName(policy, phone);
const presence = presenceRuleName(policy, SHOPIFY);

const update: Operation = {
  type: CUSTOMER,
  system: SHOPIFY,
  action: 'update',
  nativeId: NativeId('501'),
  fields: [{ path: PHONE, from: says('a'), to: says('b'), rule: rule.id, ruleHash: rule.hash }],
};
const birth: Operation = {
  ...update,
  action: 'create',
  nativeId: null,
  fields: [{ path: PHONE, from: CLEARED, to: says('b'), rule: presence.id, ruleHash: presence.hash }],
};

const key = aKey('ada@example.com');
const linked = aRecord({
  links: { [HUBSPOT]: aLink(), [SHOPIFY]: aLink() },
  representations: { [HUBSPOT]: aRepresentation({ [PHONE]: says('b') }, { keys: [key] }) },
});
const unlinked: RecordDocument = { ...linked, links: { [HUBSPOT]: aLink() } };

const saying = (value: FieldValue, differing: Partial<Representation> = {}) =>
  aRepresentation({ [PHONE]: value }, differing);
const read = (text: string, differing: Partial<Representation> = {}): ReadResult => ({
  status: 'found',
  representation: saying(says(text), differing),
});
const stored = saying(says('b'), { modifiedAt: minute(11), method: 'write_response' });
const back = saying(says('b'), { modifiedAt: minute(11), method: 'read_back' });
const readBack = { status: 'found', representation: back, replaced: null } as const;

interface Circumstances {
  readonly operation?: Operation;
  readonly record?: RecordDocument;
  readonly step?: Partial<StepState>;
  readonly policy?: EntityPolicy;
  readonly mayCall?: () => boolean;
}

async function apply(answers: Answers, circumstances: Circumstances = {}) {
  const { operation = update } = circumstances;
  const connector = aConnector(answers);
  const outcome = await applyOperation({
    connector,
    policy: circumstances.policy ?? policy,
    record: circumstances.record ?? (operation.action === 'create' ? unlinked : linked),
    operation,
    step: aStep(circumstances.step),
    idempotencyKey: 'key-1',
    now: () => NOW,
    mayCall: circumstances.mayCall ?? (() => true),
  });
  return { outcome, calls: connector.calls, actions: connector.calls.map((call) => call.action) };
}

const writeCall = { system: 'shopify', action: 'update', subject: 'customer 501', writes: true };
const readCall = { ...writeCall, action: 'read', writes: false };
const lost = vendorTimeout('shop.example.com', 10_000);

describe('an update', () => {
  test('reads, writes and reads back, in this order', async () => {
    const { outcome, calls } = await apply({ read: read('a'), update: stored, readBack });

    expect(calls).toEqual([
      { action: 'read', request: { type: CUSTOMER, nativeId: '501' } },
      {
        action: 'update',
        request: { type: CUSTOMER, nativeId: '501', fields: { [PHONE]: says('b') }, idempotencyKey: 'key-1' },
      },
      {
        action: 'readBack',
        request: { type: CUSTOMER, nativeId: '501', written: [PHONE], sent: { [PHONE]: says('b') } },
      },
    ]);
    expect(outcome).toEqual({ status: 'applied', stored, seen: back, swallowed: {}, isOurs: true });
  });

  test('writes nothing when the system says anything but what the plan was made from', async () => {
    const { outcome, actions } = await apply({ read: read('c') });

    expect(outcome).toMatchObject({
      status: 'refused',
      reason: 'preimage_moved',
      seen: { fields: { [PHONE]: says('c') } },
    });
    expect(actions).toEqual(['read']);
  });

  test('writes nothing when the system says so already, and claims nothing', async () => {
    const { outcome, actions } = await apply({ read: read(' b ') });

    expect(outcome).toMatchObject({ status: 'applied', isOurs: false });
    expect(actions).toEqual(['read']);
  });

  test.each<[ReadResult, string]>([
    [{ status: 'gone' }, 'gone'],
    [{ status: 'foreign', answeredId: NativeId('9') }, 'foreign_answer'],
  ])('writes nothing when the object is %j', async (answer, reason) => {
    expect((await apply({ read: answer })).outcome).toMatchObject({ status: 'refused', reason });
  });

  test('writes nothing when the record is linked to another object by now', async () => {
    const { outcome, actions } = await apply({}, { record: unlinked });

    expect(outcome).toMatchObject({ status: 'refused', reason: 'not_linked' });
    expect(actions).toEqual([]);
  });

  test('shows what somebody had put there between our read and our write', async () => {
    const replaced = { [PHONE]: says('unseen') };

    const { outcome } = await apply({ read: read('a'), update: stored, readBack: { ...readBack, replaced } });

    expect(outcome).toMatchObject({ status: 'applied', swallowed: replaced });
  });

  test.each([says('a'), says(' a'), says('b')])(
    'swallows nothing when what stood there was %j, which it knew or wanted',
    async (value) => {
      const { outcome } = await apply({
        read: read('a'),
        update: stored,
        readBack: { ...readBack, replaced: { [PHONE]: value } },
      });

      expect(outcome).toHaveProperty('swallowed', {});
    },
  );
});

describe('whoever may no longer write does not', () => {
  test.each([
    ['another rule decides now', aPolicy([aField(PHONE, owner(HUBSPOT))])],
    ['an operator must be asked now', aPolicy([{ ...phone, apply: 'ask' }])],
    ['the field is no longer declared', aPolicy([])],
  ])('an update when %s', async (_when, changed) => {
    const { outcome, actions } = await apply({}, { policy: changed });

    expect(outcome).toMatchObject({ status: 'refused', reason: 'rule_changed' });
    expect(actions).toEqual([]);
  });

  test('a create when the system need no longer hold the record', async () => {
    const loose = aPolicy([phone], { presence: { [SHOPIFY]: 'optional' } });

    expect((await apply({}, { operation: birth, policy: loose })).outcome).toMatchObject({
      reason: 'rule_changed',
    });
  });

  test('and the lease is asked before every call', async () => {
    let left = 2;
    const { outcome, actions } = await apply({ read: read('a') }, { mayCall: () => (left -= 1) >= 0 });

    expect(outcome).toEqual({ status: 'waits', until: NOW, reason: 'lease_too_short' });
    expect(actions).toEqual(['read']);
  });
});

describe('a call that fails', () => {
  test.each([
    ['when reading', { read: vendorUnavailable(readCall, 503) }],
    [
      'when the request was certainly not sent',
      { read: read('a'), update: vendorUnreachable('shop.example.com') },
    ],
    [
      'when the vendor refused it',
      { read: read('a'), update: vendorRejected({ ...writeCall, writes: false }, 422) },
    ],
  ])('%s had no effect', async (_when, answers) => {
    expect((await apply(answers)).outcome).toMatchObject({ status: 'failed' });
  });

  test('after it was sent may have had an effect, for as long as the vendor may take', async () => {
    const { outcome } = await apply({ read: read('a'), update: lost });

    expect(outcome).toEqual({ status: 'unknown', error: lost, unresolvedUntil: NOW + 60_000 });
  });

  test('while only reading had no effect, whatever its error says', async () => {
    expect((await apply({ read: lost })).outcome).toEqual({ status: 'failed', error: lost });
  });

  test.each([invalidConfiguration('no credentials'), new TypeError('a defect of ours')])(
    'for a reason that is ours is no vendor\u2019s failure: %s',
    async (error) => {
      await expect(apply({ read: error })).rejects.toBe(error);
    },
  );
});

describe('an update whose outcome is unknown', () => {
  const doubtful = { status: 'unknown', attempts: 1, unresolvedUntil: NOW + 1 } as const;

  test('is found done by a read, and is ours', async () => {
    const { outcome, actions } = await apply({ read: read('b') }, { step: doubtful });

    expect(outcome).toMatchObject({ status: 'applied', isOurs: true });
    expect(actions).toEqual(['read']);
  });

  test('is not sent again while it may still take effect', async () => {
    const { outcome, actions } = await apply({ read: read('a') }, { step: doubtful });

    expect(outcome).toEqual({ status: 'waits', until: NOW + 1, reason: 'effect_unresolved' });
    expect(actions).toEqual(['read']);
  });

  test('is sent again once the vendor\u2019s own time limit has passed', async () => {
    const { actions } = await apply(
      { read: read('a'), update: stored, readBack },
      { step: { ...doubtful, unresolvedUntil: NOW } },
    );

    expect(actions).toEqual(['read', 'update', 'readBack']);
  });
});

describe('done means read back', () => {
  const sent = { read: read('a'), update: stored };

  test('a read-back older than the write\u2019s own answer is repeated', async () => {
    const older = { ...readBack, representation: { ...back, modifiedAt: minute(10) } };

    expect((await apply({ ...sent, readBack: older })).outcome).toEqual({
      status: 'unverified',
      stored,
      error: null,
    });
  });

  test('a read-back that fails leaves the write to be verified', async () => {
    const error = vendorUnavailable(readCall, 503);

    expect((await apply({ ...sent, readBack: error })).outcome).toEqual({
      status: 'unverified',
      stored,
      error,
    });
  });

  test('an unverified write is only read back, never sent again', async () => {
    const { outcome, actions } = await apply(
      { readBack },
      { step: { status: 'unverified', carried: stored as never } },
    );

    expect(outcome).toMatchObject({ status: 'applied', isOurs: true, stored });
    expect(actions).toEqual(['readBack']);
  });

  test('an object that is gone right after the write was still written', async () => {
    const { outcome } = await apply({ ...sent, readBack: { status: 'gone' } });

    expect(outcome).toEqual({ status: 'applied', stored, seen: stored, swallowed: {}, isOurs: true });
  });
});

describe('a create', () => {
  const operation = birth;

  test('looks for one of our keys first, and creates under our own id', async () => {
    const { outcome, calls } = await apply(
      { find: { status: 'none' }, create: { status: 'created', stored }, readBack },
      { operation },
    );

    expect(calls.slice(0, 2)).toEqual([
      { action: 'find', request: { type: CUSTOMER, ownId: null, keys: [key] } },
      {
        action: 'create',
        request: {
          type: CUSTOMER,
          ownId: RECORD_ID,
          fields: { [PHONE]: says('b') },
          idempotencyKey: 'key-1',
        },
      },
    ]);
    expect(outcome).toEqual({ status: 'applied', stored, seen: back, swallowed: {}, isOurs: true });
  });

  test('never overwrites what others created: it is matched', async () => {
    const matches = [NativeId('9'), NativeId('10')];

    const { outcome, actions } = await apply(
      { find: { status: 'match', nativeIds: matches } },
      { operation },
    );

    expect(outcome).toEqual({ status: 'refused', reason: 'exists', seen: null, matches });
    expect(actions).toEqual(['find']);
  });

  test('finds what an earlier attempt had created, and creates no second one', async () => {
    const { outcome, calls } = await apply(
      {
        find: { status: 'own', nativeId: NativeId('777') },
        read: read('edited since', { nativeId: NativeId('777') }),
      },
      { operation, step: { status: 'unknown', attempts: 1, unresolvedUntil: NOW + 1 } },
    );

    expect(calls[0]?.request).toMatchObject({ ownId: RECORD_ID });
    expect(calls.map((call) => call.action)).toEqual(['find', 'read']);
    expect(outcome).toMatchObject({
      status: 'applied',
      isOurs: true,
      stored: { nativeId: '777', modifiedAt: null, fields: { [PHONE]: says('b') } },
      seen: { fields: { [PHONE]: says('edited since') } },
    });
  });

  test('is not sent again while an earlier attempt may still take effect', async () => {
    const { outcome, actions } = await apply(
      { find: { status: 'none' } },
      { operation, step: { status: 'unknown', attempts: 1, unresolvedUntil: NOW + 1 } },
    );

    expect(outcome).toEqual({ status: 'waits', until: NOW + 1, reason: 'effect_unresolved' });
    expect(actions).toEqual(['find']);
  });

  test('looks again when somebody was faster than our look', async () => {
    const { outcome } = await apply(
      { find: { status: 'none' }, create: { status: 'exists' } },
      { operation },
    );

    expect(outcome).toMatchObject({
      status: 'failed',
      error: { code: 'already_exists', disposition: 'retry' },
    });
  });

  test('is refused when a value is taken by what no look finds', async () => {
    const { outcome } = await apply(
      { find: { status: 'none' }, create: { status: 'exists' } },
      { operation, step: { attempts: 3 } },
    );

    expect(outcome).toEqual({ status: 'refused', reason: 'exists', seen: null, matches: [] });
  });

  test('is not made for a record that is linked by now', async () => {
    const { outcome, actions } = await apply({}, { operation, record: linked });

    expect(outcome).toMatchObject({ status: 'refused', reason: 'already_linked' });
    expect(actions).toEqual([]);
  });

  test('whose webhook linked it before the answer came is still ours', async () => {
    const { outcome } = await apply(
      { find: { status: 'own', nativeId: NativeId('501') }, read: read('b') },
      { operation, record: linked, step: { status: 'unknown', attempts: 1 } },
    );

    expect(outcome).toMatchObject({ status: 'applied', isOurs: true });
  });
});
