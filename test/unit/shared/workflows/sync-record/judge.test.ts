import { describe, expect, test } from 'vitest';
import { presencePath } from '#shared/drift/presence.ts';
import { toInstant } from '#shared/model/instant.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import { judge, type JudgeInput, type Judgement } from '#shared/workflows/sync-record/judge.ts';
import {
  aField,
  agree,
  aPolicy,
  EMAIL,
  HUBSPOT,
  IDENTITY,
  latest,
  PHONE,
  PROFILE,
  SHOPIFY,
} from '#test/support/builders/policies.ts';
import {
  aBase,
  aGolden,
  aKey,
  aLink,
  aRecord,
  aRefusal,
  aRepresentation,
  aSign,
  minute,
  RUN_ID,
  says,
} from '#test/support/builders/records.ts';

const policy = aPolicy([
  aField(EMAIL, agree(HUBSPOT, SHOPIFY), { dimension: IDENTITY, normaliser: 'email' }),
  aField(PHONE, latest(HUBSPOT, SHOPIFY)),
]);
const writable = { [HUBSPOT]: [EMAIL, PHONE], [SHOPIFY]: [EMAIL, PHONE] };
const observedAt = { [HUBSPOT]: minute(10), [SHOPIFY]: minute(8) };

const saying = (phone: string, email = 'ada@example.com') =>
  aRepresentation(
    { [PHONE]: says(phone), [EMAIL]: says(email) },
    { modifiedAt: minute(1), keys: [aKey(email)] },
  );
const basedOn = (phone: string, email = 'ada@example.com') => ({
  [PHONE]: aBase(says(phone)),
  [EMAIL]: aBase(says(email)),
});

/** Both systems say what is held, and were verified there. */
const settled = aRecord({
  links: { [HUBSPOT]: aLink(), [SHOPIFY]: aLink() },
  representations: { [HUBSPOT]: saying('a'), [SHOPIFY]: saying('a') },
  bases: { [HUBSPOT]: basedOn('a'), [SHOPIFY]: basedOn('a') },
  golden: { [PHONE]: aGolden(says('a')), [EMAIL]: aGolden(says('ada@example.com')) },
  claims: ['naturalKeys/customer:email:1'],
});

/** HubSpot has a new phone number, and an event explains it. */
const moved: Partial<RecordDocument> = {
  representations: { [HUBSPOT]: saying('b'), [SHOPIFY]: saying('a') },
};
const explained = { [HUBSPOT]: [aSign({ paths: [PHONE] })] };

function judged(record: Partial<RecordDocument> = {}, differing: Partial<JudgeInput> = {}): Judgement {
  return judge({
    policy,
    record: { ...settled, ...record },
    signs: {},
    writable,
    takenKeys: [],
    observedAt,
    at: minute(11),
    ...differing,
  });
}

describe('a pass over one record', () => {
  test('finds nothing to do in a settled world, and says so', () => {
    const judgement = judged();

    expect(judgement).toMatchObject({ operations: [], reason: 'no_change' });
    expect(judgement.record.verdicts[PROFILE]).toMatchObject({ verdict: 'in_sync', cause: 'equal' });
    expect(judgement.record.verdicts[IDENTITY]).toMatchObject({ verdict: 'in_sync' });
  });

  test('changes nothing when it is made again', () => {
    const first = judged();

    const second = judged(first.record);

    expect(second.record).toEqual(first.record);
    expect(second.notes).toEqual([]);
  });

  test('accepts an explained move, tells the other system, and writes it into history', () => {
    const judgement = judged(moved, { signs: explained });

    expect(judgement.reason).toBe('planned');
    expect(judgement.operations).toMatchObject([
      { system: SHOPIFY, action: 'update', fields: [{ path: PHONE, from: says('a'), to: says('b') }] },
    ]);
    expect(judgement.record.golden[PHONE]?.value).toEqual(says('b'));
    expect(judgement.notes[0]).toEqual({
      kind: 'accepted',
      trueSince: minute(5),
      system: HUBSPOT,
      path: PHONE,
      before: says('a'),
      after: says('b'),
      rule: 'customer.phone: latest(hubspot, shopify)',
      cause: { kind: 'event', id: 'event-1' },
    });
    expect(judgement.record.verdicts[PROFILE]).toMatchObject({ verdict: 'soft_drift', cause: 'in_flight' });
  });

  test('leaves an unexplained move waiting, and says so', () => {
    const judgement = judged(moved);

    expect(judgement).toMatchObject({ operations: [], reason: 'unexplained' });
    expect(judgement.record.golden).toEqual(settled.golden);
    expect(judgement.record.verdicts[PROFILE]).toMatchObject({
      verdict: 'soft_drift',
      cause: 'move_unexplained',
    });
  });

  test('shows a conflict and plans nothing for that field', () => {
    const judgement = judged(
      { representations: { [HUBSPOT]: saying('b'), [SHOPIFY]: saying('c') } },
      { signs: { ...explained, [SHOPIFY]: [aSign()] } },
    );

    expect(judgement).toMatchObject({ operations: [], reason: 'conflict' });
    expect(judgement.record.verdicts[PROFILE]).toMatchObject({
      verdict: 'hard_conflict',
      cause: 'both_moved',
    });
  });

  test('notes each change of a dimension\u2019s verdict once', () => {
    const first = judged(moved);
    const second = judged({ ...moved, verdicts: first.record.verdicts });

    expect(first.notes.filter((note) => note.path === PROFILE)).toMatchObject([
      {
        kind: 'verdict',
        before: 'unchecked',
        after: 'soft_drift',
        cause: { kind: 'verdict', id: 'move_unexplained' },
      },
    ]);
    expect(second.notes).toEqual([]);
  });

  test('is as old as the oldest observation it compares', () => {
    expect(judged().record.verdicts[PROFILE]?.verifiedAt).toBe(minute(8));
  });

  test('is not verified while a system that holds the record was never observed', () => {
    const verdicts = judged({}, { observedAt: { [HUBSPOT]: minute(10) } }).record.verdicts;

    expect(verdicts[PROFILE]?.verifiedAt).toBeNull();
  });

  test('a system that lost the record ages its presence and no field', () => {
    const links = { [HUBSPOT]: aLink(), [SHOPIFY]: aLink({ state: 'gone', deniedAt: minute(8) }) };

    const { verdicts } = judged({ links }).record;

    expect(verdicts[PROFILE]?.verifiedAt).toBe(minute(10));
    expect(verdicts[IDENTITY]?.verifiedAt).toBe(minute(8));
  });

  test('creates the record where it must be and never was', () => {
    const judgement = judged({
      links: { [HUBSPOT]: aLink() },
      representations: { [HUBSPOT]: saying('a') },
      bases: { [HUBSPOT]: basedOn('a') },
    });

    expect(judgement.operations).toMatchObject([{ system: SHOPIFY, action: 'create' }]);
    expect(judgement.record.verdicts[IDENTITY]?.fields[presencePath(SHOPIFY)]).toMatchObject({
      verdict: 'missing',
      cause: 'in_flight',
    });
  });

  test('says why it cannot create what nothing identifies', () => {
    const judgement = judged({
      links: { [HUBSPOT]: aLink() },
      representations: { [HUBSPOT]: { ...saying('a'), keys: [] } },
      bases: { [HUBSPOT]: basedOn('a') },
    });

    expect(judgement).toMatchObject({ operations: [], reason: 'no_natural_key' });
  });
});

describe('while a run is open on the record', () => {
  test('nothing else is planned, however much there is to do', () => {
    const judgement = judged(
      { ...moved, writeSets: { [RUN_ID]: { epoch: 1, targets: [{ system: SHOPIFY, path: EMAIL }] } } },
      { signs: explained },
    );

    expect(judgement).toMatchObject({ operations: [], reason: 'in_flight' });
    expect(judgement.record.golden[PHONE]?.value).toEqual(says('b'));
    expect(judgement.record.verdicts[IDENTITY]).toMatchObject({ verdict: 'soft_drift', cause: 'in_flight' });
  });

  test('the fields that the run may write are left as they are', () => {
    const judgement = judged(
      { ...moved, writeSets: { [RUN_ID]: { epoch: 1, targets: [{ system: SHOPIFY, path: PHONE }] } } },
      { signs: explained },
    );

    expect(judgement.record.golden).toEqual(settled.golden);
    expect(judgement.record.bases[HUBSPOT]?.[PHONE]).toEqual(aBase(says('a')));
  });
});

describe('a value that the vendor refused', () => {
  const refusals = { [SHOPIFY]: { [PHONE]: aRefusal(says('b')) } };
  const behind: Partial<RecordDocument> = {
    golden: { ...settled.golden, [PHONE]: aGolden(says('b')) },
    representations: { [HUBSPOT]: saying('b'), [SHOPIFY]: saying('a') },
    bases: { [HUBSPOT]: basedOn('b'), [SHOPIFY]: basedOn('a') },
    refusals,
  };

  test('is not sent again, and shows as refused', () => {
    const judgement = judged(behind);

    expect(judgement).toMatchObject({ operations: [], reason: 'blocked' });
    expect(judgement.record.verdicts[PROFILE]).toMatchObject({
      verdict: 'soft_drift',
      cause: 'write_refused',
    });
    expect(judgement.record.refusals).toEqual(refusals);
  });

  test('is forgotten once somebody moves the field, and the new value is sent', () => {
    const judgement = judged(
      { ...behind, representations: { [HUBSPOT]: saying('c'), [SHOPIFY]: saying('a') } },
      { signs: explained },
    );

    expect(judgement.operations).toMatchObject([{ system: SHOPIFY, fields: [{ to: says('c') }] }]);
    expect(judgement.record.refusals).toEqual({});
  });

  test('of one field is not forgotten because another moved', () => {
    const judgement = judged(
      { ...moved, refusals: { [SHOPIFY]: { [EMAIL]: aRefusal(says('x')) } } },
      { signs: explained },
    );

    expect(Object.keys(judgement.record.refusals[SHOPIFY] ?? {})).toEqual([EMAIL]);
  });
});

describe('a value that one of our writes overwrote unseen', () => {
  const swallowed = { [SHOPIFY]: { [PHONE]: says('unseen') } };

  test('is a conflict until the field moves', () => {
    const judgement = judged({ swallowed });

    expect(judgement.reason).toBe('conflict');
    expect(judgement.record.verdicts[PROFILE]).toMatchObject({ cause: 'swallowed_value' });
    expect(judgement.record.swallowed).toEqual(swallowed);
  });

  test('is settled by the field\u2019s next move', () => {
    expect(judged({ ...moved, swallowed }, { signs: explained }).record.swallowed).toEqual({});
  });
});

describe('a value whose natural key belongs to another record', () => {
  /** Both sides changed the address, so that the rule alone would accept it. */
  const taken: Partial<RecordDocument> = {
    representations: { [HUBSPOT]: saying('a', 'bob@example.com'), [SHOPIFY]: saying('a', 'BOB@example.com') },
  };
  const input: Partial<JudgeInput> = {
    signs: { [HUBSPOT]: [aSign()] },
    takenKeys: [aKey('bob@example.com')],
  };

  test('is not accepted: somebody must decide who is who', () => {
    const judgement = judged(taken, input);

    expect(judgement).toMatchObject({ operations: [], reason: 'conflict' });
    expect(judgement.record.golden).toEqual(settled.golden);
    expect(judgement.record.bases[HUBSPOT]?.[EMAIL]).toEqual(settled.bases[HUBSPOT]?.[EMAIL]);
    expect(judgement.record.verdicts[IDENTITY]?.fields[EMAIL]).toMatchObject({
      verdict: 'hard_conflict',
      cause: 'key_taken',
    });
    expect(judgement.notes.filter((note) => note.kind === 'accepted')).toEqual([]);
  });

  test('is accepted when nobody else has it', () => {
    const judgement = judged(taken, { ...input, takenKeys: [] });

    expect(judgement.record.golden[EMAIL]?.value).toEqual(says('bob@example.com'));
  });

  test('holds back no other field', () => {
    const judgement = judged(
      {
        representations: {
          [HUBSPOT]: saying('b', 'bob@example.com'),
          [SHOPIFY]: saying('a', 'bob@example.com'),
        },
      },
      input,
    );

    expect(judgement.operations).toMatchObject([
      { system: SHOPIFY, fields: [{ path: PHONE, to: says('b') }] },
    ]);
  });
});

test('a judgement depends on nothing but what it is given', () => {
  const at = toInstant(0);

  expect(judged(moved, { signs: explained, at })).toEqual(judged(moved, { signs: explained, at }));
});

test('a move that is not accepted because an object was merged away is not shown as agreed on (M7, M16)', () => {
  const record = aRecord({
    ...settled,
    links: { [HUBSPOT]: aLink(), [SHOPIFY]: aLink({ state: 'foreign', deniedAt: minute(9) }) },
    representations: { [HUBSPOT]: saying('b'), [SHOPIFY]: saying('a') },
  });

  const { record: after } = judge({
    policy,
    record,
    writable,
    observedAt,
    signs: { [HUBSPOT]: [aSign()] },
    at: minute(11),
  });

  expect(after.golden[PHONE]?.value).toEqual(says('a'));
  expect(after.verdicts[PROFILE]).toMatchObject({ verdict: 'undetermined', cause: 'foreign_answer' });
});
