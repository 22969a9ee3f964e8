import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ABSENT } from '#shared/model/field-value.ts';
import { agree, HUBSPOT, latest, NETSUITE, owner, PHONE, SHOPIFY } from '#test/support/builders/policies.ts';
import { aBase, aLedgerEntry, aLink, aSign, minute, RUN_ID, says } from '#test/support/builders/records.ts';
import { compare, meet, moved, outcomeOf, steady } from '#test/support/builders/worlds.ts';

describe('the first time a system is seen', () => {
  test('an equal value becomes its base', () => {
    const result = compare({
      rule: owner(HUBSPOT),
      golden: 'a',
      systems: { [HUBSPOT]: steady('a'), [SHOPIFY]: { now: 'a', modifiedAt: minute(3) } },
    });

    expect(outcomeOf(result).verdict).toBe('in_sync');
    expect(result.bases[SHOPIFY]?.[PHONE]).toEqual(aBase(says('a'), minute(3)));
  });

  test.each([owner(HUBSPOT), owner(SHOPIFY), latest(HUBSPOT, SHOPIFY), agree(HUBSPOT, SHOPIFY)])(
    'a different value waits for a plan and becomes nobody\u2019s base (%j)',
    (rule) => {
      const result = compare({
        rule,
        golden: 'a',
        systems: { [HUBSPOT]: steady('a'), [SHOPIFY]: { now: 'b', modifiedAt: minute(9) } },
        explained: [SHOPIFY],
      });

      expect(outcomeOf(result)).toEqual({
        verdict: 'hard_conflict',
        cause: 'first_link_differs',
        golden: 'a',
        writes: {},
      });
      expect(result.bases[SHOPIFY]?.[PHONE]).toBeUndefined();
    },
  );

  test('the first value of all becomes golden without any event', () => {
    const result = compare({ rule: latest(HUBSPOT, SHOPIFY), systems: { [SHOPIFY]: { now: 'a' } } });

    expect(outcomeOf(result)).toEqual({ verdict: 'in_sync', cause: 'equal', golden: 'a', writes: {} });
    expect(result.accepted).toMatchObject([{ system: SHOPIFY, before: ABSENT, after: says('a') }]);
  });

  test('two systems that are seen together and differ: neither becomes golden', () => {
    const result = compare({
      rule: latest(HUBSPOT, SHOPIFY),
      systems: { [HUBSPOT]: { now: 'a' }, [SHOPIFY]: { now: 'b' } },
    });

    expect(outcomeOf(result)).toEqual({
      verdict: 'hard_conflict',
      cause: 'first_link_differs',
      golden: undefined,
      writes: {},
    });
  });

  test('a field that is empty in a new system is filled', () => {
    const result = compare({
      rule: latest(HUBSPOT, SHOPIFY),
      golden: 'a',
      systems: { [HUBSPOT]: steady('a'), [SHOPIFY]: { now: null } },
    });

    expect(outcomeOf(result).writes).toEqual({ [SHOPIFY]: 'a' });
  });

  test('a value never seen anywhere is agreement on nothing', () => {
    const result = compare({
      rule: latest(HUBSPOT, SHOPIFY),
      systems: { [HUBSPOT]: { now: null }, [SHOPIFY]: { now: null } },
    });

    expect(outcomeOf(result)).toEqual({ verdict: 'in_sync', cause: 'equal', golden: undefined, writes: {} });
  });

  test('a field that no system tells us about is unchecked, not green', () => {
    const result = compare({ rule: owner(HUBSPOT), systems: { [HUBSPOT]: {}, [SHOPIFY]: {} } });

    expect(outcomeOf(result).verdict).toBe('unchecked');
  });

  test.each([owner(HUBSPOT), owner(SHOPIFY), latest(HUBSPOT, SHOPIFY), agree(HUBSPOT, SHOPIFY)])(
    'the order in which two systems are met changes neither the value nor who is told what (%j)',
    (rule) => {
      const texts = fc.constantFrom('a', 'b', null);

      fc.assert(
        fc.property(texts, texts, (hubspot, shopify) => {
          const says = { [HUBSPOT]: hubspot, [SHOPIFY]: shopify };

          const first = outcomeOf(meet(rule, says, [HUBSPOT, SHOPIFY]));
          const second = outcomeOf(meet(rule, says, [SHOPIFY, HUBSPOT]));

          expect(second.verdict).toBe(first.verdict);
          expect(second.writes).toEqual(first.writes);
          if (first.verdict !== 'hard_conflict') expect(second.golden).toBe(first.golden);
        }),
      );
    },
  );
});

describe('a field that an open run may write', () => {
  test('is left alone in every system until the run ends', () => {
    const result = compare({
      rule: latest(HUBSPOT, SHOPIFY),
      golden: 'a',
      systems: { [HUBSPOT]: moved('a', 'b'), [SHOPIFY]: moved('a', 'c') },
      explained: [HUBSPOT, SHOPIFY],
      record: { writeSets: { [RUN_ID]: { epoch: 1, targets: [{ system: SHOPIFY, path: PHONE }] } } },
    });

    expect(outcomeOf(result)).toEqual({
      verdict: 'soft_drift',
      cause: 'in_flight',
      golden: 'a',
      writes: {},
    });
    expect(result.bases[HUBSPOT]?.[PHONE]).toEqual(aBase(says('a')));
  });
});

describe('what is not known', () => {
  test.each([owner(HUBSPOT), latest(HUBSPOT, SHOPIFY), agree(HUBSPOT, SHOPIFY)])(
    'never moves, is never behind and never becomes golden (%j)',
    (rule) => {
      const result = compare({
        rule,
        golden: 'a',
        systems: { [HUBSPOT]: { base: 'a' }, [SHOPIFY]: steady('a') },
        explained: [HUBSPOT],
      });

      expect(outcomeOf(result)).toEqual({ verdict: 'in_sync', cause: 'equal', golden: 'a', writes: {} });
      expect(result.bases[HUBSPOT]?.[PHONE]).toEqual(aBase(says('a')));
    },
  );

  test.each(['gone', 'foreign'] as const)('a system whose object is %s has no say any more', (state) => {
    const result = compare({
      rule: latest(HUBSPOT, SHOPIFY),
      golden: 'a',
      systems: { [HUBSPOT]: moved('a', 'b'), [SHOPIFY]: steady('a') },
      explained: [HUBSPOT],
      record: { links: { [HUBSPOT]: aLink({ state }), [SHOPIFY]: aLink() } },
    });

    expect(outcomeOf(result)).toEqual({ verdict: 'in_sync', cause: 'equal', golden: 'a', writes: {} });
  });
});

describe('the vendor\u2019s own form of what we wrote', () => {
  const ledger = { [SHOPIFY]: { [PHONE]: aLedgerEntry(says('Alexander'), says('Alexan')) } };

  test('counts as equal and never flows back', () => {
    const result = compare({
      rule: latest(HUBSPOT, SHOPIFY),
      golden: 'Alexander',
      systems: { [HUBSPOT]: steady('Alexander'), [SHOPIFY]: moved('Alex', 'Alexan') },
      explained: [SHOPIFY],
      record: { ledger },
    });

    expect(outcomeOf(result)).toEqual({
      verdict: 'in_sync',
      cause: 'equal',
      golden: 'Alexander',
      writes: {},
    });
  });

  test('is void once another value holds', () => {
    const result = compare({
      rule: owner(HUBSPOT),
      golden: 'Alexandra',
      systems: { [HUBSPOT]: steady('Alexandra'), [SHOPIFY]: steady('Alexan') },
      record: { ledger },
    });

    expect(outcomeOf(result).writes).toEqual({ [SHOPIFY]: 'Alexandra' });
  });

  test('excuses no other difference', () => {
    const result = compare({
      rule: latest(HUBSPOT, SHOPIFY),
      golden: 'Alexander',
      systems: { [HUBSPOT]: steady('Alexander'), [SHOPIFY]: moved('Alexan', 'Alexa') },
      explained: [SHOPIFY],
      record: { ledger },
    });

    expect(outcomeOf(result)).toMatchObject({ golden: 'Alexa', writes: { [HUBSPOT]: 'Alexa' } });
  });

  test('belongs to the system that stored it', () => {
    const result = compare({
      rule: owner(NETSUITE),
      golden: 'Alexander',
      systems: { [NETSUITE]: steady('Alexander'), [HUBSPOT]: steady('Alexan') },
      record: { ledger },
    });

    expect(outcomeOf(result).writes).toEqual({ [HUBSPOT]: 'Alexander' });
  });
});

describe('a value that our write overwrote unseen', () => {
  const swallowed = { [SHOPIFY]: { [PHONE]: says('unseen') } };

  test('is a conflict while everything else agrees', () => {
    const result = compare({
      rule: latest(HUBSPOT, SHOPIFY),
      golden: 'b',
      systems: { [HUBSPOT]: steady('b'), [SHOPIFY]: steady('b') },
      record: { swallowed },
    });

    expect(outcomeOf(result)).toMatchObject({ verdict: 'hard_conflict', cause: 'swallowed_value' });
    expect(result.verdicts.get(PHONE)?.systems).toEqual([SHOPIFY]);
  });

  test('is settled by the field\u2019s next accepted move', () => {
    const result = compare({
      rule: latest(HUBSPOT, SHOPIFY),
      golden: 'b',
      systems: { [HUBSPOT]: steady('b'), [SHOPIFY]: moved('b', 'c') },
      explained: [SHOPIFY],
      record: { swallowed },
    });

    expect(outcomeOf(result)).toMatchObject({ verdict: 'soft_drift', golden: 'c' });
  });
});

describe('an accepted move', () => {
  test('carries who moved, from what to what, by which sign and rule', () => {
    const result = compare({
      rule: owner(HUBSPOT),
      golden: 'a',
      systems: { [HUBSPOT]: { base: 'a', now: ' b ', modifiedAt: minute(5) }, [SHOPIFY]: steady('a') },
      explained: [HUBSPOT],
    });

    expect(result.accepted).toEqual([
      {
        path: PHONE,
        system: HUBSPOT,
        before: says('a'),
        after: says('b'),
        sign: aSign(),
        rule: 'customer.phone: owner(hubspot)',
      },
    ]);
    expect(result.golden[PHONE]?.cause).toEqual({
      system: HUBSPOT,
      evidence: { source: 'webhook', at: minute(5), fields: null, eventKey: 'event-1' },
      rule: 'customer.phone: owner(hubspot)',
      acceptedAt: minute(11),
    });
    expect(result.bases[HUBSPOT]?.[PHONE]).toEqual(aBase(says(' b '), minute(5)));
    expect(result.bases[SHOPIFY]?.[PHONE]?.value).toEqual(says('a'));
  });
});
