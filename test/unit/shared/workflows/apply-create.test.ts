import { describe, expect, test } from 'vitest';
import { NativeId } from '#shared/model/ids.ts';
import { CUSTOMER, HUBSPOT, PHONE } from '#test/support/builders/policies.ts';
import { aLink, RECORD_ID, says } from '#test/support/builders/records.ts';
import { NOW } from '#test/support/builders/work.ts';
import {
  apply,
  back,
  birth,
  key,
  linked,
  read,
  readBack,
  stored,
  unlinked,
} from '#test/support/builders/applying.ts';

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
    expect(outcome).toEqual({
      status: 'applied',
      stored,
      seen: back,
      swallowed: {},
      isOurs: true,
      isShared: false,
    });
  });

  test('never overwrites what others created: it is matched', async () => {
    const matches = [NativeId('9'), NativeId('10')];

    const { outcome, actions } = await apply(
      { find: { status: 'match', nativeIds: matches } },
      { operation },
    );

    expect(outcome).toMatchObject({ status: 'refused', reason: 'exists', seen: null, matches });
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
      { operation, step: { attempts: 1, reason: 'already_exists' } },
    );

    expect(outcome).toMatchObject({ status: 'refused', reason: 'exists', matches: [] });
  });

  test('looks again when other failures came before', async () => {
    const { outcome } = await apply(
      { find: { status: 'none' }, create: { status: 'exists' } },
      { operation, step: { attempts: 5, reason: 'vendor_rate_limited' } },
    );

    expect(outcome).toMatchObject({ status: 'failed', error: { code: 'already_exists' } });
  });

  test('is not made for a record that every system has lost (M10)', async () => {
    const lost = { ...unlinked, links: { [HUBSPOT]: aLink({ state: 'gone' }) } };

    const { outcome, actions } = await apply({ find: { status: 'none' } }, { operation, record: lost });

    expect(outcome).toMatchObject({ status: 'refused', reason: 'gone' });
    expect(actions).toEqual(['find']);
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
