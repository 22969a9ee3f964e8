import { describe, expect, test } from 'vitest';
import { NO_LIFECYCLE } from '#shared/authority/lifecycle.ts';
import { ALWAYS_AUTO } from '#shared/authority/modes.ts';
import type { EntityPolicy } from '#shared/authority/policy.ts';
import { compareRecord, type CompareResult } from '#shared/drift/compare.ts';
import type { Difference } from '#shared/drift/unit-outcome.ts';
import { CLEARED } from '#shared/model/field-value.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import type { ModeSetting } from '#shared/model/settings.ts';
import { planRecord } from '#shared/reconciliation/planner.ts';
import type { RecordPlan } from '#shared/reconciliation/record-plan.ts';
import {
  aField,
  aPolicy,
  EMAIL,
  HUBSPOT,
  ignored,
  NAME,
  NETSUITE,
  owner,
  PHONE,
  ruleOf,
  SHOPIFY,
  unitOfField,
} from '#test/support/builders/policies.ts';
import {
  aBase,
  aGolden,
  aKey,
  aLink,
  aRecord,
  aRefusal,
  aRepresentation,
  minute,
  says,
} from '#test/support/builders/records.ts';

const phone = aField(PHONE, owner(HUBSPOT));
const email = aField(EMAIL, owner(HUBSPOT));
const name = aField(NAME, ignored('free text'));
const policy = aPolicy([phone, email, name]);
const links = { [HUBSPOT]: aLink(), [SHOPIFY]: aLink() };

function behind(field = phone, differing: Partial<Difference> = {}): Difference {
  return {
    system: SHOPIFY,
    field,
    unit: unitOfField(field),
    from: says('a'),
    to: says('b'),
    isExplained: true,
    waiting: null,
    ...differing,
  };
}

function comparisonOf(
  differences: readonly Difference[],
  golden: CompareResult['golden'] = {},
): CompareResult {
  return {
    lifecycle: NO_LIFECYCLE,
    golden,
    bases: {},
    holds: {},
    unexplainedSince: {},
    accepted: [],
    differences,
    verdicts: new Map(),
    recompareAt: null,
  };
}

function plan(
  comparison: CompareResult,
  record: Partial<RecordDocument> = {},
  used: EntityPolicy = policy,
): RecordPlan {
  return planRecord({
    policy: used,
    record: aRecord({ links, ...record }),
    comparison,
    writable: { [HUBSPOT]: [PHONE, EMAIL, NAME], [SHOPIFY]: [PHONE, EMAIL, NAME] },
    at: minute(60),
  });
}

describe('a plan', () => {
  test('of a settled record is empty', () => {
    const representation = aRepresentation({ [PHONE]: says('a'), [EMAIL]: says('e') });
    const bases = { [PHONE]: aBase(says('a')), [EMAIL]: aBase(says('e')) };
    const record = aRecord({
      links,
      representations: { [HUBSPOT]: representation, [SHOPIFY]: representation },
      bases: { [HUBSPOT]: bases, [SHOPIFY]: bases },
      golden: { [PHONE]: aGolden(says('a')), [EMAIL]: aGolden(says('e')) },
    });
    const comparison = compareRecord({ policy, record, signs: {}, at: minute(11) });

    expect(plan(comparison, record)).toEqual({ operations: [], blocked: [] });
  });

  test('writes all fields of one object in one operation, each with its pre-image and its rule', () => {
    const planned = plan(comparisonOf([behind(phone), behind(email, { from: CLEARED, to: says('e') })]));

    expect(planned.blocked).toEqual([]);
    expect(planned.operations).toEqual([
      {
        type: policy.type,
        system: SHOPIFY,
        action: 'update',
        nativeId: '501',
        fields: [fieldOf(phone, says('a'), says('b')), fieldOf(email, CLEARED, says('e'))],
      },
    ]);
  });

  test('names for each field the event that made its value true', () => {
    const golden = aGolden(says('b'));
    const evidence = { source: 'webhook', at: minute(5), fields: null, eventKey: 'event-7' } as const;
    const held = { [PHONE]: { ...golden, cause: { ...golden.cause, evidence } } };

    expect(plan(comparisonOf([behind()], held)).operations[0]?.fields[0]?.cause).toEqual({
      kind: 'event',
      id: 'event-7',
    });
  });

  test('writes what was refused together one at a time, and nothing that is well with it', () => {
    const both = [behind(phone), behind(email)];
    const shared = aRefusal(says('b'), { isShared: true });
    const pathsOf = (refusals: RecordDocument['refusals'][typeof SHOPIFY]) =>
      plan(comparisonOf(both), { refusals: { [SHOPIFY]: refusals } }).operations.map(({ fields }) =>
        fields.map(({ path }) => path),
      );

    expect(pathsOf({ [PHONE]: shared })).toEqual([[EMAIL]]);
    expect(pathsOf({ [PHONE]: shared, [EMAIL]: shared })).toEqual([[PHONE]]);
    expect(pathsOf({ [PHONE]: aRefusal(says('b')), [EMAIL]: shared })).toEqual([[EMAIL]]);
  });

  test('writes each system in an operation of its own', () => {
    const planned = plan(comparisonOf([behind(), behind(phone, { system: HUBSPOT })]));

    expect(planned.operations.map((operation) => operation.system)).toEqual([SHOPIFY, HUBSPOT]);
  });

  test('carries emptiness: a field that was emptied is emptied elsewhere', () => {
    const planned = plan(comparisonOf([behind(phone, { to: CLEARED })]));

    expect(planned.operations[0]?.fields[0]?.to).toEqual(CLEARED);
  });
});

describe('a difference is not written, and the plan says why,', () => {
  const refusals = { [SHOPIFY]: { [PHONE]: aRefusal(says('b')) } };

  test.each<[string, Difference, Partial<RecordDocument>, string]>([
    ['when nothing explains it', behind(phone, { isExplained: false }), {}, 'unexplained'],
    ['when policy asks an operator first', behind(phone, { waiting: 'rule_asks' }), {}, 'rule_asks'],
    ['when the vendor refused that very value', behind(), { refusals }, 'refused_before'],
  ])('%s', (_title, difference, record, reason) => {
    expect(plan(comparisonOf([difference]), record)).toEqual({
      operations: [],
      blocked: [{ system: SHOPIFY, path: PHONE, reason }],
    });
  });

  test('but another value is tried after a refusal', () => {
    expect(plan(comparisonOf([behind(phone, { to: says('c') })]), { refusals }).operations).toHaveLength(1);
  });

  test('and what is blocked holds back nothing else', () => {
    const planned = plan(comparisonOf([behind(phone, { isExplained: false }), behind(email)]));

    expect(planned.operations[0]?.fields.map((field) => field.path)).toEqual([EMAIL]);
    expect(planned.blocked).toHaveLength(1);
  });
});

describe('a system that must hold the record', () => {
  const golden = {
    [PHONE]: aGolden(says('p')),
    [EMAIL]: aGolden(CLEARED),
    [NAME]: aGolden(says('n')),
  };
  const alone = {
    links: { [HUBSPOT]: aLink() },
    representations: { [HUBSPOT]: aRepresentation({}, { keys: [aKey('e')] }) },
  };

  test('gets it once, with every value that is held and that it can hold', () => {
    const planned = plan(comparisonOf([], golden), alone);

    expect(planned.operations).toEqual([
      {
        type: policy.type,
        system: SHOPIFY,
        action: 'create',
        nativeId: null,
        fields: [
          {
            path: PHONE,
            from: CLEARED,
            to: says('p'),
            rule: 'customer: required in shopify',
            ruleHash: expect.any(String),
            cause: { kind: 'observation', id: 'first_seen' },
          },
        ],
      },
    ]);
  });

  test('gets only what its mapping can hold', () => {
    const narrow = planRecord({
      policy,
      record: aRecord(alone),
      comparison: comparisonOf([], { ...golden, [EMAIL]: aGolden(says('e')) }),
      writable: { [SHOPIFY]: [EMAIL] },
      at: minute(60),
    });

    expect(narrow.operations[0]?.fields.map((field) => field.path)).toEqual([EMAIL]);
  });

  test.each<[string, Partial<RecordDocument>, string]>([
    ['nothing identifies the record', { links: alone.links }, 'no_natural_key'],
    [
      'it lost the record: absence is not an order to create it anew',
      { ...alone, links: { ...alone.links, [SHOPIFY]: aLink({ state: 'gone' }) } },
      'gone',
    ],
    [
      'it merged the record into another',
      { ...alone, links: { ...alone.links, [SHOPIFY]: aLink({ state: 'foreign' }) } },
      'foreign_answer',
    ],
    [
      'it refused these values before',
      { ...alone, refusals: { [SHOPIFY]: { [PHONE]: aRefusal(says('p')) } } },
      'refused_before',
    ],
  ])('does not get it when %s', (_title, record, reason) => {
    expect(plan(comparisonOf([], golden), record)).toEqual({
      operations: [],
      blocked: [{ system: SHOPIFY, path: null, reason }],
    });
  });

  test('gets what may flow at once; the rest waits for an operator', () => {
    const asking = aPolicy([phone, aField(EMAIL, owner(HUBSPOT), { apply: 'ask' })]);
    const both = { ...golden, [EMAIL]: aGolden(says('e')) };

    const numbered = {
      ...alone,
      representations: { [HUBSPOT]: aRepresentation({}, { keys: [aKey('7', 'number')] }) },
    };

    expect(plan(comparisonOf([], both), numbered, asking).operations).toMatchObject([
      { action: 'create', fields: [{ path: PHONE }] },
    ]);
  });

  test('waits as a whole while what identifies the record does', () => {
    const asking = aPolicy([phone, aField(EMAIL, owner(HUBSPOT), { apply: 'ask' })]);
    const both = { ...golden, [EMAIL]: aGolden(says('e')) };

    expect(plan(comparisonOf([], both), alone, asking)).toEqual({
      operations: [],
      blocked: [{ system: SHOPIFY, path: null, reason: 'rule_asks' }],
    });
  });

  test.each<[string, ModeSetting, string]>([
    ['its presence there is only observed', { mode: 'observe', since: null }, 'observe_mode'],
    ['its presence there is asked about', { mode: 'ask', since: null }, 'ask_mode'],
    [
      'it was known before its presence flowed by itself',
      { mode: 'auto', since: minute(30) },
      'before_switch',
    ],
  ])('waits while %s, whatever the mode of its fields', (_title, setting, reason) => {
    const planned = planRecord({
      policy,
      record: aRecord(alone),
      comparison: comparisonOf([], golden),
      writable: { [SHOPIFY]: [PHONE] },
      modes: { ...ALWAYS_AUTO, dimensions: { 'customer.identity': setting } },
      at: minute(60),
    });

    expect(planned).toEqual({ operations: [], blocked: [{ system: SHOPIFY, path: null, reason }] });
  });

  test('and one that need not hold it is not given it', () => {
    const loose = aPolicy([phone], { presence: { [HUBSPOT]: 'required', [NETSUITE]: 'optional' } });

    expect(plan(comparisonOf([], golden), alone, loose)).toEqual({ operations: [], blocked: [] });
  });
});

function fieldOf(field: typeof phone, from: Difference['from'], to: Difference['to']) {
  const rule = ruleOf(policy, field);
  const cause = { kind: 'observation', id: 'first_seen' };
  return { path: field.path, from, to, rule: rule.id, ruleHash: rule.hash, cause };
}
