import { describe, expect, test } from 'vitest';
import { grantName } from '#shared/authority/rules.ts';
import type { ReadResult } from '#shared/connectors/connector.ts';
import { vendorTimeout, vendorUnreachable } from '#shared/errors/http-faults.ts';
import { invalidConfiguration } from '#shared/errors/faults.ts';
import { vendorRejected, vendorUnavailable } from '#shared/errors/vendor-faults.ts';
import { NativeId } from '#shared/model/ids.ts';
import {
  aField,
  aPolicy,
  CUSTOMER,
  HUBSPOT,
  owner,
  PHONE,
  SHOPIFY,
} from '#test/support/builders/policies.ts';
import { minute, says } from '#test/support/builders/records.ts';
import { NOW } from '#test/support/builders/work.ts';
import {
  apply,
  back,
  birth,
  phone,
  read,
  readBack,
  stored,
  unlinked,
  update,
} from '#test/support/builders/applying.ts';

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
    expect(outcome).toEqual({
      status: 'applied',
      stored,
      seen: back,
      swallowed: {},
      isOurs: true,
      isShared: false,
    });
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

  test.each<[string, string, readonly string[], string]>([
    [
      'a workflow that the policy lets write the field may',
      'workflow:welcome',
      ['workflow:welcome'],
      'applied',
    ],
    ['a workflow that nobody let write it may not', 'workflow:other', ['workflow:welcome'], 'refused'],
    ['nor may one whose grant was taken back', 'workflow:welcome', [], 'refused'],
  ])('%s', async (_title, writer, writers, status) => {
    const granting = aPolicy([{ ...phone, rule: owner(HUBSPOT), writers: ['workflow:welcome'] }]);
    const grant = grantName(granting, PHONE, 'workflow:welcome');
    const fields = update.fields.map((field) => ({
      ...field,
      rule: grant?.id ?? '',
      ruleHash: grant?.hash ?? '',
    }));

    const { outcome } = await apply(
      { read: read('a'), update: stored, readBack },
      { operation: { ...update, fields }, writer, policy: aPolicy([{ ...phone, writers }]) },
    );

    expect(outcome.status).toBe(status);
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
    expect((await apply({ read: lost })).outcome).toEqual({ status: 'failed', during: 'reads', error: lost });
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
    const { outcome, actions } = await apply({ read: read('b'), readBack }, { step: doubtful });

    expect(outcome).toMatchObject({ status: 'applied', isOurs: true });
    expect(actions).toEqual(['read', 'readBack']);
  });

  test('and what it overwrote meanwhile is found in the vendor\u2019s history (M5)', async () => {
    const replaced = { [PHONE]: says('unseen') };

    const { outcome } = await apply(
      { read: read('b'), readBack: { ...readBack, replaced } },
      { step: doubtful },
    );

    expect(outcome).toMatchObject({ status: 'applied', swallowed: replaced });
  });

  test.each<[string, ReadResult]>([
    ['says something else', read('c')],
    ['is gone', { status: 'gone' }],
    ['answers under another id', { status: 'foreign', answeredId: NativeId('9') }],
  ])('is not given up because the object %s, while it may still take effect (M2)', async (_now, answer) => {
    const { outcome } = await apply({ read: answer }, { step: doubtful });

    expect(outcome).toEqual({ status: 'waits', until: NOW + 1, reason: 'effect_unresolved' });
  });

  test('is not sent again while it may still take effect', async () => {
    const { outcome, actions } = await apply({ read: read('a') }, { step: doubtful });

    expect(outcome).toEqual({ status: 'waits', until: NOW + 1, reason: 'effect_unresolved' });
    expect(actions).toEqual(['read']);
  });

  test('is sent again once the vendor\u2019s own time limit has passed, where it keeps no history', async () => {
    const { actions } = await apply(
      { read: read('a'), update: stored, readBack, capabilities: { overwrite: 'undetectable' } },
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

    expect(outcome).toEqual({
      status: 'applied',
      stored,
      seen: stored,
      swallowed: {},
      isOurs: true,
      isShared: false,
    });
  });
});
