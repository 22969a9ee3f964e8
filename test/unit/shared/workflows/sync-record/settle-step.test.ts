import { describe, expect, test } from 'vitest';
import { vendorTimeout } from '#shared/errors/http-faults.ts';
import { vendorRejected } from '#shared/errors/vendor-faults.ts';
import { CLEARED } from '#shared/model/field-value.ts';
import { NativeId } from '#shared/model/ids.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import type { Operation, OperationField } from '#shared/reconciliation/operation.ts';
import type { ApplyOutcome, RefusalReason } from '#shared/workflows/apply-request.ts';
import { recompare, settleStep } from '#shared/workflows/sync-record/settle-step.ts';
import {
  aField,
  aPolicy,
  CUSTOMER,
  EMAIL,
  HUBSPOT,
  latest,
  PHONE,
  SHOPIFY,
} from '#test/support/builders/policies.ts';
import {
  aBase,
  aGolden,
  aLedgerEntry,
  aLink,
  aRecord,
  aRefusal,
  aRepresentation,
  minute,
  RUN_ID,
  says,
} from '#test/support/builders/records.ts';

const field: OperationField = {
  path: PHONE,
  from: says('a'),
  to: says('b'),
  rule: 'a rule',
  ruleHash: 'hash',
  cause: { kind: 'event', id: 'event-1' },
};
const byRun = { kind: 'run', id: RUN_ID };
const update: Operation = {
  type: CUSTOMER,
  system: SHOPIFY,
  action: 'update',
  nativeId: NativeId('501'),
  fields: [field],
};
const birth: Operation = {
  ...update,
  action: 'create',
  nativeId: null,
  fields: [{ ...field, from: CLEARED }],
};

/** What Shopify said before, and a run that may write its phone number. */
const before = aRepresentation({ [PHONE]: says('a') }, { modifiedAt: minute(5), observedAt: minute(10) });
const record = aRecord({
  links: { [HUBSPOT]: aLink(), [SHOPIFY]: aLink() },
  representations: { [SHOPIFY]: before },
  bases: { [SHOPIFY]: { [PHONE]: aBase(says('a')), [EMAIL]: aBase(says('e')) } },
  writeSets: { [RUN_ID]: { epoch: 1, targets: [{ system: SHOPIFY, path: PHONE }] } },
});

const stored = aRepresentation(
  { [PHONE]: says('b') },
  { modifiedAt: minute(12), observedAt: minute(12), method: 'write_response' },
);
const applied = (differing: Partial<Extract<ApplyOutcome, { status: 'applied' }>> = {}): ApplyOutcome => ({
  status: 'applied',
  stored,
  seen: { ...stored, method: 'read_back', observedAt: minute(13) },
  swallowed: {},
  isOurs: true,
  isShared: false,
  ...differing,
});

function settle(outcome: ApplyOutcome, operation = update, from: RecordDocument = record) {
  return settleStep(from, RUN_ID, operation, outcome, minute(13));
}

describe('a verified write', () => {
  test('sets the target\u2019s base to what was stored, and leaves other fields\u2019 bases alone', () => {
    const { bases } = settle(applied()).record;

    expect(bases[SHOPIFY]).toEqual({ [PHONE]: aBase(says('b'), minute(12)), [EMAIL]: aBase(says('e')) });
  });

  test('notes in the ledger what we wrote and what the vendor made of it', () => {
    const own = { ...stored, fields: { [PHONE]: says('B.') } };

    const settled = settle(applied({ stored: own, seen: own })).record;

    expect(settled.ledger[SHOPIFY]).toEqual({ [PHONE]: aLedgerEntry(says('b'), says('B.')) });
    expect(settled.bases[SHOPIFY]?.[PHONE]?.value).toEqual(says('B.'));
  });

  test('takes an answer that leaves the field out for what we sent', () => {
    const silent = { ...stored, fields: {} };
    const later = { ...stored, fields: { [PHONE]: says('edited') }, version: 'v2' };

    const settled = settle(applied({ stored: silent, seen: later })).record;

    expect(settled.bases[SHOPIFY]?.[PHONE]?.value).toEqual(says('b'));
    expect(settled.ledger[SHOPIFY]?.[PHONE]).toEqual(aLedgerEntry(says('b')));
  });

  test('keeps the base at what we wrote when somebody edited it right after', () => {
    const edited = aRepresentation(
      { [PHONE]: says('c') },
      { modifiedAt: minute(14), observedAt: minute(15), method: 'read_back' },
    );

    const settled = settle(applied({ seen: edited })).record;

    expect(settled.representations[SHOPIFY]).toBe(edited);
    expect(settled.bases[SHOPIFY]?.[PHONE]).toEqual(aBase(says('b'), minute(12)));
  });

  test('claims nothing in the ledger when the system said so already', () => {
    expect(settle(applied({ isOurs: false })).record.ledger).toEqual({});
  });

  test('gives up its hold on the field, and lifts an earlier refusal', () => {
    const refused: RecordDocument = {
      ...record,
      refusals: { [SHOPIFY]: { [PHONE]: aRefusal(says('b')) } },
    };

    const settled = settle(applied(), update, refused).record;

    expect(settled.writeSets).toEqual({});
    expect(settled.refusals).toEqual({});
  });

  test('shows a value of somebody else that it overwrote', () => {
    const swallowed = { [PHONE]: says('unseen') };

    expect(settle(applied({ swallowed })).record.swallowed).toEqual({ [SHOPIFY]: swallowed });
  });

  test('goes into history with its run, its rule, and both values', () => {
    expect(settle(applied()).notes).toEqual([
      {
        kind: 'written',
        trueSince: minute(12),
        system: SHOPIFY,
        path: PHONE,
        before: says('a'),
        after: says('b'),
        rule: 'a rule',
        cause: byRun,
      },
    ]);
  });
});

describe('a verified create', () => {
  const unlinked: RecordDocument = {
    ...record,
    links: { [HUBSPOT]: aLink() },
    representations: {},
    bases: {},
  };
  const born = { ...stored, nativeId: NativeId('777'), fields: { [PHONE]: says('b'), [EMAIL]: CLEARED } };

  test('links the new object and knows all of it', () => {
    const settled = settle(applied({ stored: born, seen: born }), birth, unlinked).record;

    expect(settled.links[SHOPIFY]).toEqual({
      nativeId: '777',
      state: 'active',
      deniedAt: null,
      linkedAt: minute(13),
      evidence: 'created_by_us',
    });
    expect(settled.representations[SHOPIFY]).toBe(born);
    expect(settled.bases[SHOPIFY]).toEqual({
      [PHONE]: aBase(says('b'), minute(12)),
      [EMAIL]: aBase(CLEARED, minute(12)),
    });
  });
});

describe('a create in the place of an object that was lost', () => {
  const lost: RecordDocument = {
    ...record,
    links: { [HUBSPOT]: aLink(), [SHOPIFY]: aLink({ state: 'gone', deniedAt: minute(11) }) },
  };
  const born = { ...stored, nativeId: NativeId('777'), fields: { [PHONE]: says('b'), [EMAIL]: CLEARED } };

  test('takes nothing over that was accepted of the former one', () => {
    const settled = settle(applied({ stored: born, seen: born }), birth, lost).record;

    expect(settled.links[SHOPIFY]).toMatchObject({ nativeId: '777', state: 'active' });
    expect(settled.representations[SHOPIFY]).toBe(born);
    expect(settled.bases[SHOPIFY]).toEqual({
      [PHONE]: aBase(says('b'), minute(12)),
      [EMAIL]: aBase(CLEARED, minute(12)),
    });
  });
});

describe('a refusal because the world had moved on', () => {
  const refused = (reason: RefusalReason, seen: typeof before | null = null): ApplyOutcome => ({
    status: 'refused',
    reason,
    askedAt: minute(12),
    seen,
    matches: [],
  });

  test('takes over what was seen, accepts none of it, and gives up its hold', () => {
    const seen = aRepresentation({ [PHONE]: says('c') }, { modifiedAt: minute(11), observedAt: minute(12) });

    const settled = settle(refused('preimage_moved', seen)).record;

    expect(settled.representations[SHOPIFY]).toBe(seen);
    expect(settled.bases).toEqual(record.bases);
    expect(settled.writeSets).toEqual({});
    expect(settled.refusals).toEqual({});
  });

  test.each([
    ['gone', 'gone'],
    ['foreign_answer', 'foreign'],
    ['rule_changed', 'active'],
  ] as const)('by %s leaves the link %s', (reason, state) => {
    expect(settle(refused(reason)).record.links[SHOPIFY]?.state).toBe(state);
  });

  test('says in history what was not done, and why', () => {
    expect(settle(refused('gone')).notes).toMatchObject([
      { kind: 'refused', system: SHOPIFY, path: PHONE, after: 'gone', rule: 'a rule', cause: byRun },
    ]);
  });

  test('because the object exists is remembered, until that object has been linked', () => {
    const unlinked: RecordDocument = { ...record, links: {}, representations: {} };

    expect(settle(refused('exists'), birth, unlinked).record.refusals[SHOPIFY]?.[PHONE]?.code).toBe('exists');
    expect(settle(refused('exists'), birth).record.refusals).toEqual({});
  });
});

describe('a failure', () => {
  const call = { system: 'shopify', action: 'update', subject: 'customer 501', writes: true };

  test('that is final is remembered with the value, and accepts nothing', () => {
    const settled = settle({ status: 'failed', during: 'writes', error: vendorRejected(call, 422) });

    expect(settled.record.refusals).toEqual({
      [SHOPIFY]: { [PHONE]: aRefusal(says('b')) },
    });
    expect(settled.record.bases).toEqual(record.bases);
    expect(settled.record.writeSets).toEqual({});
    expect(settled.notes).toMatchObject([{ kind: 'refused', after: 'vendor_rejected' }]);
  });

  test('of several values at once leaves open which of them is at fault', () => {
    const both = { ...update, fields: [field, { ...field, path: EMAIL }] };

    const { record: after, notes } = settle(
      { status: 'failed', during: 'writes', error: vendorRejected(call, 422) },
      both,
    );

    expect(after.refusals[SHOPIFY]?.[PHONE]).toEqual(aRefusal(says('b'), { isShared: true }));
    expect(notes.map(({ path }) => path)).toEqual([PHONE, EMAIL]);
  });

  test('to look, for as long as patience lasts, says nothing about the values', () => {
    const settled = settle({ status: 'failed', during: 'reads', error: vendorRejected(call, 422) });

    expect(settled.record.refusals).toEqual({});
    expect(settled.record.writeSets).toEqual({});
  });

  test.each<ApplyOutcome>([
    { status: 'unknown', error: vendorTimeout('shop.example.com', 1_000), unresolvedUntil: 1 },
    { status: 'unverified', stored, error: null },
    { status: 'waits', until: 1, reason: 'effect_unresolved' },
  ])('that settles nothing leaves the record as it is: $status', (outcome) => {
    expect(settle(outcome)).toEqual({ record, notes: [] });
  });
});

describe('a run of several objects', () => {
  test('keeps its hold on what is still to be written', () => {
    const wide: RecordDocument = {
      ...record,
      writeSets: {
        [RUN_ID]: {
          epoch: 1,
          targets: [
            { system: SHOPIFY, path: PHONE },
            { system: HUBSPOT, path: PHONE },
          ],
        },
      },
    };

    expect(settle(applied(), update, wide).record.writeSets).toEqual({
      [RUN_ID]: { epoch: 1, targets: [{ system: HUBSPOT, path: PHONE }] },
    });
  });
});

describe('the last look at what is stored', () => {
  const policy = aPolicy([aField(PHONE, latest(HUBSPOT, SHOPIFY))]);
  const rest = { signs: {}, writable: { [SHOPIFY]: [PHONE] }, takenKeys: [], observedAt: {}, at: minute(13) };
  const saying = (text: string) => aRepresentation({ [PHONE]: says(text) }, { modifiedAt: minute(1) });
  const base = { [PHONE]: aBase(says('b')) };
  const even = aRecord({
    links: { [HUBSPOT]: aLink(), [SHOPIFY]: aLink() },
    representations: { [HUBSPOT]: saying('b'), [SHOPIFY]: saying('b') },
    bases: { [HUBSPOT]: base, [SHOPIFY]: base },
    golden: { [PHONE]: aGolden(says('b')) },
  });

  test('judges when nothing is left to do', () => {
    const compared = recompare({ policy, record: even, ...rest });

    expect(compared.isSettled).toBe(true);
    expect(compared.record.verdicts).not.toEqual({});
  });

  test('leaves the record alone when there is: a pass has to look', () => {
    const behind = { ...even, bases: { ...even.bases, [SHOPIFY]: { [PHONE]: aBase(says('a')) } } };
    const still = { ...behind, representations: { ...even.representations, [SHOPIFY]: saying('a') } };

    expect(recompare({ policy, record: still, ...rest })).toEqual({
      record: still,
      isSettled: false,
      recompareAt: null,
      notes: [],
    });
  });
});
