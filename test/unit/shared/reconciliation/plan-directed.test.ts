import { describe, expect, test } from 'vitest';
import {
  BY_OWNER,
  FROM_SHOPIFY,
  level,
  lagging,
  phone,
  PLAN,
  planOf,
  torn,
  writesOf,
} from '#test/support/builders/plans.ts';
import {
  aField,
  agree,
  aPolicy,
  EMAIL,
  HUBSPOT,
  ignored,
  NAME,
  owner,
  PHONE,
  ruleOf,
  SHOPIFY,
} from '#test/support/builders/policies.ts';
import {
  aKey,
  aLink,
  aRecord,
  aRecordOf,
  aRefusal,
  aRepresentation,
  minute,
  RUN_ID,
  says,
} from '#test/support/builders/records.ts';
import { moved, steady } from '#test/support/builders/worlds.ts';

describe('a plan by what the policy says', () => {
  test('is empty for a settled record', () => {
    const planned = planOf(level);

    expect(planned).toMatchObject({ decisions: [], operations: [], blocked: [] });
    expect(planned.record).toEqual(level);
  });

  test('takes a move that waits for somebody, with what it weighed, and tells the others', () => {
    const record = aRecordOf(PHONE, 'a', { [HUBSPOT]: moved('a', 'b'), [SHOPIFY]: steady('a') });

    const planned = planOf(record, BY_OWNER, aPolicy([{ ...phone, apply: 'ask' }]));

    expect(planned.decisions).toEqual([
      {
        kind: 'adopt',
        path: PHONE,
        before: says('a'),
        value: says('b'),
        system: HUBSPOT,
        weighed: { [HUBSPOT]: says('b'), [SHOPIFY]: says('a') },
        rule: expect.any(String),
      },
    ]);
    expect(writesOf(planned)).toEqual([[SHOPIFY, ['a', 'b']]]);
    expect(planned.record.golden[PHONE]).toMatchObject({
      value: says('b'),
      cause: { system: HUBSPOT, evidence: { source: 'operator' } },
    });
    expect(planned.record.bases[HUBSPOT]?.[PHONE]?.value).toEqual(says('b'));
  });

  test('names the rule by the hash under which it is applied, and itself as the cause (M6)', () => {
    const asking = { ...phone, apply: 'ask' as const };
    const used = aPolicy([asking]);
    const record = aRecordOf(PHONE, 'a', { [HUBSPOT]: moved('a', 'b'), [SHOPIFY]: steady('a') });

    const [operation] = planOf(record, BY_OWNER, used).operations;

    const { id, hash } = ruleOf(used, asking);
    expect(operation?.fields).toMatchObject([
      { rule: id, ruleHash: hash, cause: { kind: 'plan', id: PLAN } },
    ]);
  });

  test('puts a mirror right that moved for no known reason', () => {
    const record = aRecordOf(PHONE, 'a', { [HUBSPOT]: steady('a'), [SHOPIFY]: moved('a', 'x') });

    const planned = planOf(record, BY_OWNER, aPolicy([aField(PHONE, owner(HUBSPOT))]));

    expect(planned.decisions).toMatchObject([
      { kind: 'revert', value: says('a'), weighed: { [SHOPIFY]: says('x') } },
    ]);
    expect(writesOf(planned)).toEqual([[SHOPIFY, ['x', 'a']]]);
    expect(planned.record.golden).toEqual(record.golden);
  });

  test('decides NO conflict: it says what stands in the way', () => {
    const planned = planOf(torn);

    expect(planned.decisions).toEqual([]);
    expect(planned.operations).toEqual([]);
    expect(planned.blocked).toEqual([
      { system: HUBSPOT, path: PHONE, reason: 'both_moved' },
      { system: SHOPIFY, path: PHONE, reason: 'both_moved' },
    ]);
    expect(planned.record).toEqual(torn);
  });

  test('takes the owner\u2019s word where two systems that say different things were linked for the first time', () => {
    const record = aRecordOf(PHONE, undefined, { [HUBSPOT]: { now: 'a' }, [SHOPIFY]: { now: 'b' } });

    const owned = planOf(record, BY_OWNER, aPolicy([aField(PHONE, owner(HUBSPOT))]));
    const shared = planOf(record);

    expect(owned.decisions).toMatchObject([{ kind: 'adopt', value: says('a'), system: HUBSPOT }]);
    expect(writesOf(owned)).toEqual([[SHOPIFY, ['b', 'a']]]);
    expect(shared).toMatchObject({ decisions: [], operations: [] });
    expect(shared.blocked).toContainEqual({ system: SHOPIFY, path: PHONE, reason: 'first_link_differs' });
  });

  test('notes agreement that was never accepted, and writes nothing for it', () => {
    const record = aRecordOf(PHONE, undefined, { [HUBSPOT]: { now: 'a' }, [SHOPIFY]: { now: 'a' } });

    const planned = planOf(record, BY_OWNER, aPolicy([aField(PHONE, agree(HUBSPOT, SHOPIFY))]));

    expect(planned.decisions).toMatchObject([
      { kind: 'baseline', before: { state: 'absent' }, value: says('a') },
    ]);
    expect(planned.operations).toEqual([]);
    expect(planned.record.bases[SHOPIFY]?.[PHONE]?.value).toEqual(says('a'));
  });

  test('leaves a held field and a tolerated difference alone', () => {
    const hold = { by: 'olga', at: minute(1), reason: 'rolled back' };
    const tolerance = {
      value: says('a'),
      golden: says('b'),
      by: 'olga',
      owner: 'olga',
      reason: 'agreed with the shop',
      at: minute(1),
      until: minute(60),
    };

    const held = planOf({ ...lagging, holds: { [PHONE]: hold } });
    const tolerated = planOf({ ...lagging, tolerances: { [SHOPIFY]: { [PHONE]: tolerance } } });

    expect(held).toMatchObject({ operations: [], blocked: [{ path: PHONE, reason: 'held' }] });
    expect(tolerated).toMatchObject({ decisions: [], operations: [], blocked: [] });
  });

  test('sends no value again that was refused, and says so', () => {
    const behind = { ...lagging, refusals: { [SHOPIFY]: { [PHONE]: aRefusal(says('b')) } } };

    const planned = planOf(behind);

    expect(planned.operations).toEqual([]);
    expect(planned.blocked).toEqual([{ system: SHOPIFY, path: PHONE, reason: 'refused_before' }]);
  });

  test('sends nothing to a system to which a run is writing (M3)', () => {
    const behind = {
      ...lagging,
      writeSets: { [RUN_ID]: { epoch: 1, targets: [{ system: SHOPIFY, path: NAME }] } },
    };

    const planned = planOf(behind);

    expect(planned.operations).toEqual([]);
    expect(planned.blocked).toContainEqual({ system: SHOPIFY, path: null, reason: 'in_flight' });
  });

  test('creates what a required system lacks', () => {
    const email = aField(EMAIL, owner(HUBSPOT));
    const record = aRecord({
      links: { [HUBSPOT]: aLink() },
      representations: {
        [HUBSPOT]: aRepresentation({ [EMAIL]: says('ana@example.com') }, { keys: [aKey('ana@example.com')] }),
      },
    });

    const planned = planOf(record, BY_OWNER, aPolicy([email]));

    expect(planned.operations).toMatchObject([
      { system: SHOPIFY, action: 'create', fields: [{ path: EMAIL, to: says('ana@example.com') }] },
    ]);
  });

  test('decides nothing about who is not identified, or answers under another id (M16)', () => {
    const provisional = planOf({ ...torn, state: 'provisional' });
    const foreign = planOf({ ...torn, links: { ...torn.links, [SHOPIFY]: aLink({ state: 'foreign' }) } });

    expect(provisional.blocked).toEqual([{ system: null, path: null, reason: 'not_identified' }]);
    expect(foreign.blocked).toEqual([{ system: SHOPIFY, path: null, reason: 'foreign_answer' }]);
    expect([...provisional.operations, ...foreign.operations]).toEqual([]);
  });
});

describe('a plan in one direction', () => {
  test('settles a conflict by the word of the system that was named', () => {
    const planned = planOf(torn, FROM_SHOPIFY);

    expect(planned.decisions).toMatchObject([
      {
        kind: 'adopt',
        value: says('c'),
        system: SHOPIFY,
        weighed: { [HUBSPOT]: says('b'), [SHOPIFY]: says('c') },
      },
    ]);
    expect(writesOf(planned)).toEqual([[HUBSPOT, ['b', 'c']]]);
  });

  test('overrules the owner of a field', () => {
    const record = aRecordOf(PHONE, 'a', { [HUBSPOT]: steady('a'), [SHOPIFY]: moved('a', 'x') });

    const planned = planOf(record, FROM_SHOPIFY, aPolicy([aField(PHONE, owner(HUBSPOT))]));

    expect(writesOf(planned)).toEqual([[HUBSPOT, ['a', 'x']]]);
  });

  test('decides nothing about a field of which the system says nothing', () => {
    const record = aRecordOf(PHONE, 'a', { [HUBSPOT]: moved('a', 'b'), [SHOPIFY]: {} });

    expect(planOf(record, FROM_SHOPIFY)).toMatchObject({ decisions: [], operations: [], blocked: [] });
  });

  test('is empty where everybody says that already', () => {
    expect(planOf(level, FROM_SHOPIFY)).toMatchObject({ decisions: [], operations: [], blocked: [] });
  });

  test('keeps off a field that is not compared', () => {
    const record = aRecordOf(PHONE, undefined, { [HUBSPOT]: { now: 'a' }, [SHOPIFY]: { now: 'b' } });

    const planned = planOf(record, FROM_SHOPIFY, aPolicy([aField(PHONE, ignored('free text'))]));

    expect(planned).toMatchObject({ decisions: [], operations: [], blocked: [] });
  });
});
