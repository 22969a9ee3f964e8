import { describe, expect, test } from 'vitest';
import {
  agree,
  HUBSPOT,
  ignored,
  latest,
  NETSUITE,
  owner,
  PHONE,
  SHOPIFY,
} from '#test/support/builders/policies.ts';
import {
  compare,
  moved,
  outcomeOf,
  steady,
  type Outcome,
  type World,
} from '#test/support/builders/worlds.ts';

describe('a field that one system owns', () => {
  const rule = owner(HUBSPOT);

  test.each<[string, Omit<World, 'rule'>, Outcome]>([
    [
      'everybody says what is held: in sync',
      { golden: 'a', systems: { [HUBSPOT]: steady('a'), [SHOPIFY]: steady('a') } },
      { verdict: 'in_sync', cause: 'equal', golden: 'a', writes: {} },
    ],
    [
      'the owner moved and an event explains it: the others are told',
      { golden: 'a', systems: { [HUBSPOT]: moved('a', 'b'), [SHOPIFY]: steady('a') }, explained: [HUBSPOT] },
      { verdict: 'soft_drift', cause: 'behind', golden: 'b', writes: { [SHOPIFY]: 'b' } },
    ],
    [
      'the owner emptied the field: the others are emptied too',
      { golden: 'a', systems: { [HUBSPOT]: moved('a', null), [SHOPIFY]: steady('a') }, explained: [HUBSPOT] },
      { verdict: 'soft_drift', cause: 'behind', golden: null, writes: { [SHOPIFY]: null } },
    ],
    [
      'the owner moved and nothing explains it: it waits',
      { golden: 'a', systems: { [HUBSPOT]: moved('a', 'b'), [SHOPIFY]: steady('a') } },
      { verdict: 'soft_drift', cause: 'move_unexplained', golden: 'a', writes: {} },
    ],
    [
      'the mirror moved: it gets the owner\u2019s value back',
      { golden: 'a', systems: { [HUBSPOT]: steady('a'), [SHOPIFY]: moved('a', 'b') }, explained: [SHOPIFY] },
      { verdict: 'soft_drift', cause: 'mirror_moved', golden: 'a', writes: { [SHOPIFY]: 'a' } },
    ],
    [
      'the mirror moved and nothing explains it: it waits',
      { golden: 'a', systems: { [HUBSPOT]: steady('a'), [SHOPIFY]: moved('a', 'b') } },
      { verdict: 'soft_drift', cause: 'move_unexplained', golden: 'a', writes: {} },
    ],
    [
      'the mirror is behind: it gets the owner\u2019s value without any further sign',
      { golden: 'b', systems: { [HUBSPOT]: steady('b'), [SHOPIFY]: steady('a') } },
      { verdict: 'soft_drift', cause: 'behind', golden: 'b', writes: { [SHOPIFY]: 'b' } },
    ],
    [
      'owner and mirror moved to the same value: accepted, and nobody is told anything',
      {
        golden: 'a',
        systems: { [HUBSPOT]: moved('a', 'b'), [SHOPIFY]: moved('a', 'b') },
        explained: [HUBSPOT],
      },
      { verdict: 'in_sync', cause: 'equal', golden: 'b', writes: {} },
    ],
    [
      'owner and mirror moved to different values: the owner\u2019s word counts',
      {
        golden: 'a',
        systems: { [HUBSPOT]: moved('a', 'b'), [SHOPIFY]: moved('a', 'c') },
        explained: [HUBSPOT, SHOPIFY],
      },
      { verdict: 'soft_drift', cause: 'mirror_moved', golden: 'b', writes: { [SHOPIFY]: 'b' } },
    ],
    [
      'only the mirror\u2019s event is known: the owner\u2019s move still waits',
      {
        golden: 'a',
        systems: { [HUBSPOT]: moved('a', 'b'), [SHOPIFY]: moved('a', 'c') },
        explained: [SHOPIFY],
      },
      { verdict: 'soft_drift', cause: 'move_unexplained', golden: 'a', writes: {} },
    ],
    [
      'three systems, the owner moved: both mirrors are told',
      {
        golden: 'a',
        systems: { [HUBSPOT]: moved('a', 'b'), [SHOPIFY]: steady('a'), [NETSUITE]: steady('a') },
        explained: [HUBSPOT],
      },
      { verdict: 'soft_drift', cause: 'behind', golden: 'b', writes: { [SHOPIFY]: 'b', [NETSUITE]: 'b' } },
    ],
  ])('%s', (_title, world, expected) => {
    expect(outcomeOf(compare({ rule, ...world }))).toEqual(expected);
  });
});

describe('a field that several systems may edit', () => {
  const two = latest(HUBSPOT, SHOPIFY);
  const three = latest(HUBSPOT, SHOPIFY, NETSUITE);

  test.each<[string, World, Outcome]>([
    [
      'either of two moved: taken, and the other is told',
      {
        rule: two,
        golden: 'a',
        systems: { [HUBSPOT]: steady('a'), [SHOPIFY]: moved('a', 'b') },
        explained: [SHOPIFY],
      },
      { verdict: 'soft_drift', cause: 'behind', golden: 'b', writes: { [HUBSPOT]: 'b' } },
    ],
    [
      'both moved to different values: nobody wins',
      {
        rule: two,
        golden: 'a',
        systems: { [HUBSPOT]: moved('a', 'b'), [SHOPIFY]: moved('a', 'c') },
        explained: [HUBSPOT, SHOPIFY],
      },
      { verdict: 'hard_conflict', cause: 'both_moved', golden: 'a', writes: {} },
    ],
    [
      'both moved to the same value: in sync',
      {
        rule: two,
        golden: 'a',
        systems: { [HUBSPOT]: moved('a', 'b'), [SHOPIFY]: moved('a', 'b') },
        explained: [SHOPIFY],
      },
      { verdict: 'in_sync', cause: 'equal', golden: 'b', writes: {} },
    ],
    [
      'one moved while it was behind: a conflict, for it may not have seen what is held',
      {
        rule: two,
        golden: 'b',
        systems: { [HUBSPOT]: steady('b'), [SHOPIFY]: moved('a', 'c') },
        explained: [SHOPIFY],
      },
      { verdict: 'hard_conflict', cause: 'moved_while_behind', golden: 'b', writes: {} },
    ],
    [
      'one moved while it was behind, to what is held: in sync',
      {
        rule: two,
        golden: 'b',
        systems: { [HUBSPOT]: steady('b'), [SHOPIFY]: moved('a', 'b') },
        explained: [SHOPIFY],
      },
      { verdict: 'in_sync', cause: 'equal', golden: 'b', writes: {} },
    ],
    [
      'one of three moved: both others are told',
      {
        rule: three,
        golden: 'a',
        systems: { [HUBSPOT]: steady('a'), [SHOPIFY]: moved('a', 'b'), [NETSUITE]: steady('a') },
        explained: [SHOPIFY],
      },
      { verdict: 'soft_drift', cause: 'behind', golden: 'b', writes: { [HUBSPOT]: 'b', [NETSUITE]: 'b' } },
    ],
    [
      'two of three moved to the same value: the third is told',
      {
        rule: three,
        golden: 'a',
        systems: { [HUBSPOT]: moved('a', 'b'), [SHOPIFY]: moved('a', 'b'), [NETSUITE]: steady('a') },
        explained: [HUBSPOT],
      },
      { verdict: 'soft_drift', cause: 'behind', golden: 'b', writes: { [NETSUITE]: 'b' } },
    ],
    [
      'two of three moved to different values: nobody is told anything',
      {
        rule: three,
        golden: 'a',
        systems: { [HUBSPOT]: moved('a', 'b'), [SHOPIFY]: moved('a', 'c'), [NETSUITE]: steady('a') },
        explained: [HUBSPOT, SHOPIFY],
      },
      { verdict: 'hard_conflict', cause: 'both_moved', golden: 'a', writes: {} },
    ],
    [
      'a third system that only mirrors moved: it gets the held value back',
      {
        rule: two,
        golden: 'a',
        systems: { [HUBSPOT]: steady('a'), [SHOPIFY]: steady('a'), [NETSUITE]: moved('a', 'b') },
        explained: [NETSUITE],
      },
      { verdict: 'soft_drift', cause: 'mirror_moved', golden: 'a', writes: { [NETSUITE]: 'a' } },
    ],
  ])('%s', (_title, world, expected) => {
    expect(outcomeOf(compare(world))).toEqual(expected);
  });
});

describe('a field in which all must agree', () => {
  const two = agree(HUBSPOT, SHOPIFY);
  const three = agree(HUBSPOT, SHOPIFY, NETSUITE);

  test.each<[string, World, Outcome]>([
    [
      'one of two moved: a conflict, however well explained',
      {
        rule: two,
        golden: 'a',
        systems: { [HUBSPOT]: moved('a', 'b'), [SHOPIFY]: steady('a') },
        explained: [HUBSPOT],
      },
      { verdict: 'hard_conflict', cause: 'agreement_broken', golden: 'a', writes: {} },
    ],
    [
      'both moved to the same value: they agree again',
      {
        rule: two,
        golden: 'a',
        systems: { [HUBSPOT]: moved('a', 'b'), [SHOPIFY]: moved('a', 'b') },
        explained: [HUBSPOT],
      },
      { verdict: 'in_sync', cause: 'equal', golden: 'b', writes: {} },
    ],
    [
      'both moved to different values: a conflict',
      {
        rule: two,
        golden: 'a',
        systems: { [HUBSPOT]: moved('a', 'b'), [SHOPIFY]: moved('a', 'c') },
        explained: [HUBSPOT, SHOPIFY],
      },
      { verdict: 'hard_conflict', cause: 'both_moved', golden: 'a', writes: {} },
    ],
    [
      'two of three moved to the same value: the third has not agreed',
      {
        rule: three,
        golden: 'a',
        systems: { [HUBSPOT]: moved('a', 'b'), [SHOPIFY]: moved('a', 'b'), [NETSUITE]: steady('a') },
        explained: [HUBSPOT, SHOPIFY],
      },
      { verdict: 'hard_conflict', cause: 'agreement_broken', golden: 'a', writes: {} },
    ],
    [
      'all three moved to the same value: they agree again',
      {
        rule: three,
        golden: 'a',
        systems: { [HUBSPOT]: moved('a', 'b'), [SHOPIFY]: moved('a', 'b'), [NETSUITE]: moved('a', 'b') },
        explained: [NETSUITE],
      },
      { verdict: 'in_sync', cause: 'equal', golden: 'b', writes: {} },
    ],
    [
      'one moved back to what is held: nothing was lost',
      { rule: two, golden: 'a', systems: { [HUBSPOT]: moved('b', 'a'), [SHOPIFY]: steady('a') } },
      { verdict: 'in_sync', cause: 'equal', golden: 'a', writes: {} },
    ],
  ])('%s', (_title, world, expected) => {
    expect(outcomeOf(compare(world))).toEqual(expected);
  });
});

describe('a field that is not compared', () => {
  test('is shown as excluded, whatever anybody says', () => {
    const result = compare({
      rule: ignored('free text'),
      golden: 'a',
      systems: { [HUBSPOT]: moved('a', 'b'), [SHOPIFY]: steady('c') },
      explained: [HUBSPOT],
    });

    expect(outcomeOf(result)).toEqual({
      verdict: 'excluded',
      cause: 'ignored_by_policy',
      golden: 'a',
      writes: {},
    });
    expect(result.verdicts.get(PHONE)?.rule).toContain('free text');
  });
});
