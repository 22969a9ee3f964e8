import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CompareResult } from '#shared/drift/compare.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import { planRecord } from '#shared/reconciliation/planner.ts';
import { agree, HUBSPOT, latest, NETSUITE, owner, PHONE, SHOPIFY } from '#test/support/builders/policies.ts';
import { aBase, aRecordOf, aRepresentation, minute, type Standing } from '#test/support/builders/records.ts';
import { compare, compareAgain, outcomeOf, policyOf, type World } from '#test/support/builders/worlds.ts';

describe('for every world of three systems', () => {
  const SYSTEMS = [HUBSPOT, SHOPIFY, NETSUITE] as const;
  const text = fc.constantFrom('a', 'b', 'c', null);
  const standing: fc.Arbitrary<Standing> = fc.record(
    { now: text, base: text, modifiedAt: fc.constantFrom(minute(1), minute(3), null) },
    { requiredKeys: [] },
  );
  const rules = fc.constantFrom(
    owner(HUBSPOT),
    owner(NETSUITE),
    latest(HUBSPOT, SHOPIFY),
    latest(...SYSTEMS),
    agree(HUBSPOT, SHOPIFY),
    agree(...SYSTEMS),
  );
  const worlds: fc.Arbitrary<World> = fc
    .record(
      {
        rule: rules,
        golden: text,
        systems: fc.record({ [HUBSPOT]: standing, [SHOPIFY]: standing, [NETSUITE]: standing }),
        explained: fc.subarray([...SYSTEMS]),
      },
      { requiredKeys: ['rule', 'systems', 'explained'] },
    )
    .filter(isReachable);

  test('an accepted move is accepted once', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const record = aRecordOf(PHONE, world.golden, world.systems);
        const once = compareAgain(world, record);

        const twice = compareAgain(world, { ...record, golden: once.golden, bases: once.bases });

        expect(twice.accepted).toEqual([]);
        expect(outcomeOf(twice)).toEqual({ ...outcomeOf(once), cause: expect.any(String) });
      }),
      { numRuns: 2_000 },
    );
  });

  test('a value nobody knows never holds, and nobody is told it', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const result = compare(world);

        expect(result.accepted.map((move) => move.after.state)).not.toContain('absent');
        expect(result.differences.map((difference) => difference.to.state)).not.toContain('absent');
        for (const { system } of result.differences) expect(world.systems[system]?.now).not.toBeUndefined();
      }),
      { numRuns: 2_000 },
    );
  });

  test('the order in which systems are listed changes nothing', () => {
    fc.assert(
      fc.property(worlds, fc.shuffledSubarray([...SYSTEMS], { minLength: 3 }), (world, order) => {
        const shuffled = {
          ...world,
          systems: Object.fromEntries(order.map((system) => [system, world.systems[system] ?? {}])),
        };

        expect(outcomeOf(compare(shuffled))).toEqual(outcomeOf(compare(world)));
      }),
      { numRuns: 2_000 },
    );
  });

  test('nothing is accepted or told where there is a conflict', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const result = compare(world);

        if (outcomeOf(result).verdict !== 'hard_conflict') return;
        expect(result.accepted).toEqual([]);
        expect(result.differences).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  test('in sync means that whoever says anything says what is held', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const outcome = outcomeOf(compare(world));

        if (outcome.verdict !== 'in_sync') return;
        const spoken = Object.values(world.systems).flatMap(({ now }) => (now === undefined ? [] : [now]));
        expect(new Set(spoken.map((now) => now ?? null))).toEqual(
          new Set(spoken.length === 0 ? [] : [outcome.golden ?? null]),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  test('once everybody was told, the world is settled and its plan is empty', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const record = aRecordOf(PHONE, world.golden, world.systems);
        const result = compareAgain(world, record);
        if (result.differences.some((difference) => !difference.isExplained)) return;
        if (result.differences.length === 0 && outcomeOf(result).verdict !== 'in_sync') return;

        const told = afterTelling(record, result);
        const settled = compareAgain({ ...world, explained: [] }, told);
        const plan = planRecord({
          policy: policyOf(world.rule),
          record: told,
          comparison: settled,
          writable: {},
          at: minute(60),
        });

        expect(outcomeOf(settled).verdict).toBe('in_sync');
        expect(outcomeOf(settled).writes).toEqual({});
        expect(plan.operations).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });
});

/** While nothing is held, nothing but emptiness was ever accepted anywhere. */
function isReachable(world: World): boolean {
  const isHeld = world.golden !== undefined;
  return isHeld || Object.values(world.systems).every(({ base }) => base === undefined || base === null);
}

/** The record once every system holds what it was to be told, and we have verified it there. */
function afterTelling(record: RecordDocument, result: CompareResult): RecordDocument {
  const representations = { ...record.representations };
  const bases = { ...result.bases };
  for (const { system, to } of result.differences) {
    const representation = representations[system] ?? aRepresentation({});
    const written = {
      ...representation,
      fields: { ...representation.fields, [PHONE]: to },
      modifiedAt: minute(12),
    };
    representations[system] = written;
    bases[system] = { ...bases[system], [PHONE]: aBase(to, minute(12)) };
  }
  return { ...record, golden: result.golden, bases, representations };
}
