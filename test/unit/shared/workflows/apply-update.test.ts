import { describe, expect, test } from 'vitest';
import type { ReadBackResult } from '#shared/connectors/connector.ts';
import { vendorUnavailable } from '#shared/errors/vendor-faults.ts';
import { NativeId } from '#shared/model/ids.ts';
import { toEpochMs, toInstant } from '#shared/model/instant.ts';
import type { Operation } from '#shared/reconciliation/operation.ts';
import {
  aField,
  aPolicy,
  CUSTOMER,
  HUBSPOT,
  latest,
  NAME,
  PHONE,
  ruleOf,
  SHOPIFY,
} from '#test/support/builders/policies.ts';
import { aBase, aRepresentation, minute, says } from '#test/support/builders/records.ts';
import { NOW } from '#test/support/builders/work.ts';
import { apply, linked, phone, read, readBack, stored, update } from '#test/support/builders/applying.ts';

/** The phone number said "a" in minute 5, when "b" was first sent. */
const record = { ...linked, bases: { [SHOPIFY]: { [PHONE]: aBase(says('a'), minute(5)) } } };
const step = { status: 'unknown', attempts: 1, unresolvedUntil: NOW } as const;

const asBefore = aRepresentation({ [PHONE]: says('a') }, { modifiedAt: minute(9), method: 'read_back' });
const neverStored = { status: 'found', representation: asBefore, replaced: {}, storedAt: {} } as const;
const takenBack = {
  status: 'found',
  representation: asBefore,
  replaced: { [PHONE]: says('a') },
  storedAt: { [PHONE]: minute(8) },
} as const satisfies ReadBackResult;

describe('a doubtful update of which nothing is to be seen', () => {
  test('is not sent again if it was stored since and taken back: whoever did that is heard (M5)', async () => {
    const { outcome, calls } = await apply({ read: read('a'), readBack: takenBack }, { step, record });

    expect(calls).toEqual([
      { action: 'read', request: { type: CUSTOMER, nativeId: '501' } },
      {
        action: 'readBack',
        request: { type: CUSTOMER, nativeId: '501', written: [PHONE], sent: { [PHONE]: says('b') } },
      },
    ]);
    expect(outcome).toEqual({
      status: 'applied',
      stored: { ...asBefore, modifiedAt: minute(8), fields: { [PHONE]: says('b') } },
      seen: asBefore,
      swallowed: {},
      isOurs: true,
      isShared: false,
    });
  });

  test('is settled as taken back whatever the rules say by now', async () => {
    const { outcome } = await apply(
      { read: read('a'), readBack: takenBack },
      { step, record: { ...record, bases: {} }, policy: aPolicy([{ ...phone, apply: 'ask' }]) },
    );

    expect(outcome).toMatchObject({ status: 'applied', isOurs: true });
  });

  test('shows what it overwrote unseen before it was taken back', async () => {
    const replaced = { [PHONE]: says('unseen') };

    const { outcome } = await apply(
      { read: read('a'), readBack: { ...takenBack, replaced } },
      { step, record },
    );

    expect(outcome).toMatchObject({ status: 'applied', swallowed: replaced });
  });

  test('counts as taken back although another of its fields was changed since', async () => {
    const name = aField(NAME, latest(HUBSPOT, SHOPIFY));
    const policy = aPolicy([phone, name]);
    const rule = ruleOf(policy, name);
    const [first] = update.fields;
    const operation = {
      ...update,
      fields: [first, { ...first, path: NAME, rule: rule.id, ruleHash: rule.hash }],
    } as Operation;
    const seen = { ...asBefore, fields: { [PHONE]: says('a'), [NAME]: says('c') } };
    const storedAt = { [PHONE]: minute(8), [NAME]: minute(8) };

    const { outcome } = await apply(
      {
        read: { status: 'found', representation: seen },
        readBack: { ...takenBack, representation: seen, storedAt },
      },
      { step, record, policy, operation },
    );

    expect(outcome).toMatchObject({
      status: 'applied',
      stored: { fields: { [PHONE]: says('b'), [NAME]: says('b') } },
      seen,
    });
  });

  test.each<[string, ReadBackResult]>([
    ['never stored', neverStored],
    [
      'stored before what the plan was made from, and not since',
      { ...takenBack, storedAt: { [PHONE]: minute(5) } },
    ],
  ])('is sent again if the value was %s', async (_when, history) => {
    const { outcome, actions } = await apply(
      { read: read('a'), readBack: [history, readBack].map((one) => async () => one), update: stored },
      { step, record },
    );

    expect(actions).toEqual(['read', 'readBack', 'update', 'readBack']);
    expect(outcome).toMatchObject({ status: 'applied', stored });
  });

  test('is sent again if the value was stored by somebody else before the run began', async () => {
    const before = { ...takenBack, storedAt: { [PHONE]: toInstant(toEpochMs(minute(6)) - 1) } };

    const { actions } = await apply(
      { read: read('a'), readBack: [before, readBack].map((one) => async () => one), update: stored },
      { step, record: { ...record, bases: {} } },
    );

    expect(actions).toEqual(['read', 'readBack', 'update', 'readBack']);
  });

  test.each([
    ['and spoken over since: whoever did that is heard', takenBack.storedAt, 'applied'],
    ['never, so that somebody has changed what it was planned from', {}, 'refused'],
  ])('whose field says something else was stored %s (M5)', async (_when, storedAt, status) => {
    const seen = aRepresentation({ [PHONE]: says('c') }, { modifiedAt: minute(9), method: 'read_back' });

    const { outcome, actions } = await apply(
      { read: read('c'), readBack: { ...takenBack, representation: seen, storedAt } },
      { step, record },
    );

    expect(actions).toEqual(['read', 'readBack']);
    expect(outcome).toMatchObject({ status, seen });
  });

  test('asks no history while it may still take effect', async () => {
    const { outcome, actions } = await apply(
      { read: read('a') },
      { step: { ...step, unresolvedUntil: NOW + 1 }, record },
    );

    expect(outcome).toMatchObject({ status: 'waits', until: NOW + 1 });
    expect(actions).toEqual(['read']);
  });

  test.each<[string, ReadBackResult, object]>([
    ['gone', { status: 'gone' }, { reason: 'gone' }],
    ['another object', { status: 'foreign', answeredId: NativeId('9') }, { reason: 'foreign_answer' }],
    [
      'changed',
      { ...neverStored, representation: { ...asBefore, fields: { [PHONE]: says('c') } } },
      { reason: 'preimage_moved', seen: { fields: { [PHONE]: says('c') } } },
    ],
  ])('is not sent when the object is %s by the time its history is read', async (_what, answer, refusal) => {
    const { outcome, actions } = await apply({ read: read('a'), readBack: answer }, { step, record });

    expect(outcome).toMatchObject({ status: 'refused', ...refusal });
    expect(actions).toEqual(['read', 'readBack']);
  });

  test('is not sent when its history cannot be read', async () => {
    const error = vendorUnavailable(
      { system: 'shopify', action: 'read back', subject: 'customer 501', writes: false },
      503,
    );

    const { outcome, actions } = await apply({ read: read('a'), readBack: error }, { step, record });

    expect(outcome).toEqual({ status: 'failed', during: 'reads', error });
    expect(actions).toEqual(['read', 'readBack']);
  });
});

test('an update that was never sent asks for no history before it is', async () => {
  const { actions } = await apply({ read: read('a'), update: stored, readBack }, { record });

  expect(actions).toEqual(['read', 'update', 'readBack']);
});
