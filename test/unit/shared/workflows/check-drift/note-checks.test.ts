import { describe, expect, test } from 'vitest';
import { toEpochMs } from '#shared/model/instant.ts';
import {
  changesBetween,
  withChecks,
  type ComparedRecord,
} from '#shared/workflows/check-drift/note-checks.ts';
import { aCheckedRecord, checkedPolicy, itsWork } from '#test/support/builders/checking.ts';
import { HUBSPOT, IDENTITY, PHONE, PROFILE, SHOPIFY } from '#test/support/builders/policies.ts';
import { aLink, aRepresentation, minute, says } from '#test/support/builders/records.ts';
import { aWork, NOW } from '#test/support/builders/work.ts';

const record = aCheckedRecord();
const compared: ComparedRecord = {
  policy: checkedPolicy,
  record,
  recordVersion: 4,
  changed: new Map(),
  now: NOW,
};

describe('a comparison', () => {
  test('is a check of every dimension that it saw as a whole, due after its interval', () => {
    const work = withChecks(aWork(), compared);

    expect(work.checks[PROFILE]).toMatchObject({
      verifiedAt: minute(1),
      nextDueAt: toEpochMs(minute(7)),
      recordVersion: 4,
      method: 'read',
    });
    expect(work).toMatchObject({ checkDueAt: toEpochMs(minute(7)), value: 1 });
  });

  test('verifies no dimension that it did not see as a whole, whatever was known before (M7)', () => {
    const before = itsWork(record);
    const unseen = {
      ...record,
      verdicts: { ...record.verdicts, [PROFILE]: { ...record.verdicts[PROFILE], verifiedAt: null } },
    };

    const work = withChecks(before, { ...compared, record: unseen });

    expect(work.checks[PROFILE]).toBeUndefined();
    expect(work.checkDueAt).toBe(work.checks[IDENTITY]?.nextDueAt);
    expect(work.checks[IDENTITY]?.recordVersion).toBe(4);
  });

  test('of what stands for itself no more ends its checks', () => {
    const work = withChecks(itsWork(record), { ...compared, record: { ...record, state: 'merged' } });

    expect(work).toMatchObject({ checks: {}, checkDueAt: null });
  });

  test('that found a change makes its dimension due sooner, and moves the record into a more urgent band', () => {
    let work = itsWork(record);
    for (let days = 1; days <= 20; days += 1)
      work = withChecks(work, {
        ...compared,
        changed: new Map([[PROFILE, { isTold: days % 2 === 0 }]]),
        now: NOW + days * 60_000,
      });

    expect(work.checks[PROFILE]?.nextDueAt).toBeLessThan(work.checks[IDENTITY]?.nextDueAt ?? 0);
    expect(work.checkDueAt).toBe(work.checks[PROFILE]?.nextDueAt);
    expect(work.changes[PROFILE]?.seen).toBeCloseTo(20, 1);
    expect(work.changes[PROFILE]?.untold).toBeCloseTo(10, 1);
    expect(work.checkBand).toBeLessThan(itsWork(record).checkBand);
  });

  test('of a valuable record makes it due sooner, and notes what it is worth', () => {
    const valuing = {
      ...checkedPolicy,
      value: { kind: 'by_text' as const, field: PHONE, weights: { a: 100 } },
    };

    const work = withChecks(aWork(), { ...compared, policy: valuing });

    expect(work).toMatchObject({ value: 100, checkDueAt: toEpochMs(minute(2)), checkBand: 0 });
  });
});

describe('a change', () => {
  const never = () => false;
  const saying = (text: string, nativeId = record.representations[SHOPIFY]?.nativeId) => ({
    ...record,
    representations: {
      ...record.representations,
      [SHOPIFY]: aRepresentation({ [PHONE]: says(text) }, nativeId === undefined ? {} : { nativeId }),
    },
  });

  test('is another value of a field, in the dimension of that field', () => {
    expect([...changesBetween(checkedPolicy, record, saying('b'), never)]).toEqual([
      [PROFILE, { isTold: false }],
    ]);
    expect([...changesBetween(checkedPolicy, record, saying('a'), never)]).toEqual([]);
  });

  test('is told when a webhook spoke of the system in which it is', () => {
    const toldOf = (system: string) =>
      changesBetween(checkedPolicy, record, saying('b'), (one) => one === system);

    expect(toldOf(SHOPIFY).get(PROFILE)).toEqual({ isTold: true });
    expect(toldOf(HUBSPOT).get(PROFILE)).toEqual({ isTold: false });
  });

  test('is the loss and the return of an object, in the dimension of its presence', () => {
    const gone = { ...record, links: { ...record.links, [SHOPIFY]: aLink({ state: 'gone' }) } };

    expect([...changesBetween(checkedPolicy, record, gone, never).keys()]).toEqual([IDENTITY]);
    expect([...changesBetween(checkedPolicy, gone, record, never).keys()]).toEqual([IDENTITY]);
  });

  test('is neither the first sight of an object nor another object in its place', () => {
    const unseen = { ...record, representations: {}, links: {} };

    expect([...changesBetween(checkedPolicy, unseen, record, never)]).toEqual([]);
    expect([...changesBetween(checkedPolicy, record, saying('b', 'other' as never), never)]).toEqual([]);
  });
});
