import { describe, expect, test } from 'vitest';
import { compareRecord, type CompareResult } from '#shared/drift/compare.ts';
import type { Sign } from '#shared/drift/evidence.ts';
import type { SystemId } from '#shared/model/ids.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import type { Modes, ModeSetting } from '#shared/model/settings.ts';
import type { Mode } from '#shared/model/vocabulary.ts';
import {
  aField,
  aPolicy,
  HUBSPOT,
  latest,
  NAME,
  owner,
  PHONE,
  PROFILE,
  SHOPIFY,
} from '#test/support/builders/policies.ts';
import { aKey, aRecordOf, aRecordWith, aSign, minute, says } from '#test/support/builders/records.ts';
import { moved, steady } from '#test/support/builders/worlds.ts';

const rule = owner(HUBSPOT);
const policy = aPolicy([aField(PHONE, rule)]);
const SWITCH = minute(4);

const setting = (mode: Mode, since: ModeSetting['since'] = null): ModeSetting => ({ mode, since });
const auto = (since: ModeSetting['since'] = null): Modes => ({
  client: setting('auto', since),
  systems: {},
  dimensions: {},
});
const clientIn = (mode: Mode): Modes => ({ ...auto(), client: setting(mode) });

function compare(
  record: RecordDocument,
  modes: Modes,
  signs: Readonly<Record<SystemId, readonly Sign[]>> = { [HUBSPOT]: [aSign()] },
  used = policy,
): CompareResult {
  return compareRecord({ policy: used, record, signs, modes, at: minute(11) });
}

function verdictOf(result: CompareResult): readonly unknown[] {
  const verdict = result.verdicts.get(PHONE);
  return [verdict?.verdict, verdict?.cause];
}

/** Systems that would be written to at once. */
function written(result: CompareResult): readonly SystemId[] {
  return result.differences
    .filter(({ isExplained, waiting }) => isExplained && waiting === null)
    .map(({ system }) => system);
}

const ownerMoved = aRecordOf(PHONE, 'a', { [HUBSPOT]: moved('a', 'b'), [SHOPIFY]: steady('a') });
const mirrorBehind = aRecordOf(PHONE, 'b', { [HUBSPOT]: steady('b'), [SHOPIFY]: steady('a') });
const newlySeen = (shopify: string) =>
  aRecordOf(PHONE, undefined, { [HUBSPOT]: { now: 'a' }, [SHOPIFY]: { now: shopify } });

describe.each<[Mode, string]>([
  ['observe', 'observe_mode'],
  ['ask', 'ask_mode'],
])('a client in %s', (mode, cause) => {
  const modes = clientIn(mode);

  test('accepts no move, and says that it waits', () => {
    const result = compare(ownerMoved, modes);

    expect(verdictOf(result)).toEqual(['soft_drift', cause]);
    expect(result).toMatchObject({ accepted: [], golden: ownerMoved.golden, bases: ownerMoved.bases });
    expect(written(result)).toEqual([]);
  });

  test('tells nobody who is behind', () => {
    const result = compare(mirrorBehind, modes);

    expect(verdictOf(result)).toEqual(['soft_drift', cause]);
    expect(written(result)).toEqual([]);
  });

  test('sets neither golden nor bases where everybody says the same, and yet shows it in sync', () => {
    const result = compare(newlySeen('a'), modes);

    expect(verdictOf(result)).toEqual(['in_sync', 'equal']);
    expect(result).toMatchObject({ golden: {}, bases: {} });
  });

  test('shows what differs at the first sight', () => {
    expect(verdictOf(compare(newlySeen('c'), modes))).toEqual(['hard_conflict', 'first_link_differs']);
  });

  test('shows that a value is the key of another record, though nothing of it would be accepted (M16)', () => {
    const result = compareRecord({
      policy,
      record: newlySeen('a'),
      signs: {},
      takenKeys: [aKey('a', PHONE)],
      modes,
      at: minute(11),
    });

    expect(verdictOf(result)).toEqual(['hard_conflict', 'key_taken']);
  });

  test('shows a value that all have moved to as waiting, for it is not what was agreed on', () => {
    const all = aRecordOf(PHONE, 'a', { [HUBSPOT]: moved('a', 'b'), [SHOPIFY]: moved('a', 'b') });

    expect(verdictOf(compare(all, modes))).toEqual(['soft_drift', cause]);
  });
});

describe('one system that only observes', () => {
  const modes: Modes = { ...auto(), systems: { [SHOPIFY]: setting('observe') } };

  test('is not written to, while what others say is accepted', () => {
    const result = compare(ownerMoved, modes);

    expect(result.accepted).toHaveLength(1);
    expect(verdictOf(result)).toEqual(['soft_drift', 'observe_mode']);
    expect(written(result)).toEqual([]);
  });

  test('has no word that is taken without asking', () => {
    const used = aPolicy([aField(PHONE, latest(HUBSPOT, SHOPIFY))]);
    const record = aRecordOf(PHONE, 'a', { [HUBSPOT]: steady('a'), [SHOPIFY]: moved('a', 'b') });

    const result = compare(record, modes, { [SHOPIFY]: [aSign()] }, used);

    expect(result.accepted).toEqual([]);
    expect(verdictOf(result)).toEqual(['soft_drift', 'observe_mode']);
  });
});

test('the most cautious of client, system and dimension counts', () => {
  const modes: Modes = {
    ...auto(),
    systems: { [HUBSPOT]: setting('auto') },
    dimensions: { 'customer.profile': setting('ask') },
  };

  expect(verdictOf(compare(ownerMoved, modes))).toEqual(['soft_drift', 'ask_mode']);
});

test('a rule that asks accepts nothing and writes nothing, whatever the mode', () => {
  const asking = aPolicy([aField(PHONE, rule, { apply: 'ask' })]);

  const result = compare(ownerMoved, auto(), { [HUBSPOT]: [aSign()] }, asking);

  expect(verdictOf(result)).toEqual(['soft_drift', 'rule_asks']);
  expect(result.accepted).toEqual([]);
});

describe('a switch to auto', () => {
  test('releases an edit that came after it', () => {
    const result = compare(ownerMoved, auto(SWITCH));

    expect(result.accepted).toHaveLength(1);
    expect(written(result)).toEqual([SHOPIFY]);
  });

  test('does not release an edit from before it', () => {
    const result = compare(ownerMoved, auto(minute(6)));

    expect(verdictOf(result)).toEqual(['soft_drift', 'before_switch']);
    expect(result.accepted).toEqual([]);
  });

  test('does not release an edit of which nobody knows when it was', () => {
    expect(compare(ownerMoved, auto(SWITCH), { [HUBSPOT]: [aSign({ at: null })] }).accepted).toEqual([]);
  });

  test('does not tell a system what had been held before it', () => {
    const result = compare(mirrorBehind, auto(SWITCH));

    expect(verdictOf(result)).toEqual(['soft_drift', 'before_switch']);
    expect(written(result)).toEqual([]);
  });

  test('does not release a field that was never agreed on because another one was edited', () => {
    const used = aPolicy([aField(PHONE, latest(HUBSPOT))]);
    const record = aRecordOf(PHONE, undefined, { [HUBSPOT]: { now: 'a' }, [SHOPIFY]: { now: null } });

    expect(verdictOf(compare(record, auto(SWITCH), undefined, used))).toEqual([
      'soft_drift',
      'before_switch',
    ]);
  });

  test.each<[string, Partial<Sign>]>([
    ['a customer that was created after it', { source: 'created' }],
    ['a field that is named by an edit after it', { paths: [PHONE] }],
  ])('releases %s', (_title, sign) => {
    const used = aPolicy([aField(PHONE, latest(HUBSPOT))]);
    const record = aRecordOf(PHONE, undefined, { [HUBSPOT]: { now: 'a' }, [SHOPIFY]: { now: null } });

    const result = compare(record, auto(SWITCH), { [HUBSPOT]: [aSign(sign)] }, used);

    expect(written(result)).toEqual([SHOPIFY]);
  });

  describe('does not release what waited before it', () => {
    const waited = (record: RecordDocument) => ({
      representations: record.representations,
      verdicts: {
        [PROFILE]: {
          verdict: 'soft_drift',
          cause: 'observe_mode',
          verifiedAt: null,
          fields: {
            [PHONE]: { verdict: 'soft_drift', cause: 'observe_mode', systems: [HUBSPOT], rule: 'rule' },
          },
        },
      } as const,
    });
    const earlier = aRecordOf(PHONE, 'a', { [HUBSPOT]: moved('a', 'c'), [SHOPIFY]: steady('a') });
    const strayed = aRecordOf(PHONE, 'a', { [HUBSPOT]: steady('a'), [SHOPIFY]: moved('a', 'b') });
    const judge = (record: RecordDocument, before: RecordDocument, sign: Sign) =>
      compareRecord({
        policy,
        record,
        before: waited(before),
        signs: { [HUBSPOT]: [sign], [SHOPIFY]: [sign] },
        modes: auto(SWITCH),
        at: minute(11),
      });

    test('on the word of an event that speaks of the whole record', () => {
      const result = judge(ownerMoved, ownerMoved, aSign());

      expect(verdictOf(result)).toEqual(['soft_drift', 'before_switch']);
      expect(result.accepted).toEqual([]);
    });

    test('nor on that of several that were folded into one, which names the fields of all', () => {
      const result = judge(ownerMoved, ownerMoved, aSign({ paths: [NAME, PHONE], eventKey: null }));

      expect(verdictOf(result)).toEqual(['soft_drift', 'before_switch']);
    });

    test('nor puts a mirror right on it', () => {
      const result = judge(strayed, strayed, aSign());

      expect(verdictOf(result)).toEqual(['soft_drift', 'before_switch']);
      expect(written(result)).toEqual([]);
    });

    test.each<[string, RecordDocument, RecordDocument, Partial<Sign>]>([
      ['an event that names the field', ownerMoved, ownerMoved, { paths: [PHONE] }],
      ['another value', ownerMoved, earlier, {}],
    ])('but releases %s', (_title, record, before, sign) => {
      expect(written(judge(record, before, aSign(sign)))).toEqual([SHOPIFY]);
    });
  });

  test('takes over what everybody says, for nothing is written by that', () => {
    const result = compare(newlySeen('a'), auto(minute(60)), {});

    expect(verdictOf(result)).toEqual(['in_sync', 'equal']);
    expect(result.golden[PHONE]?.value).toEqual(says('a'));
  });

  describe('does not make news of what derives from something older', () => {
    const derived = aPolicy([
      aField(PHONE, rule),
      aField(NAME, { kind: 'derived', from: { fn: 'first', inputs: [PHONE] } }),
    ]);
    const agreed = { systems: { [HUBSPOT]: { now: 'a' }, [SHOPIFY]: { now: 'a' } } };
    const deriving = (shopify: string) =>
      compareRecord({
        policy: derived,
        record: aRecordWith({
          [PHONE]: agreed,
          [NAME]: { systems: { [HUBSPOT]: { now: 'a' }, [SHOPIFY]: { now: shopify } } },
        }),
        signs: {},
        modes: auto(SWITCH),
        at: minute(11),
      });

    test('so that nobody is told it', () => {
      const result = deriving('c');

      expect(result.golden[PHONE]?.value).toEqual(says('a'));
      expect(result.verdicts.get(NAME)).toMatchObject({ verdict: 'soft_drift', cause: 'before_switch' });
      expect(written(result)).toEqual([]);
    });

    test('but takes it over where everybody says it', () => {
      expect(deriving('a').verdicts.get(NAME)).toMatchObject({ verdict: 'in_sync', cause: 'equal' });
    });
  });

  test('counts for each system from its own switch on', () => {
    const modes: Modes = { ...auto(), systems: { [SHOPIFY]: setting('auto', minute(6)) } };

    const result = compare(ownerMoved, modes);

    expect(result.accepted).toHaveLength(1);
    expect(written(result)).toEqual([]);
    expect(verdictOf(result)).toEqual(['soft_drift', 'before_switch']);
  });
});
