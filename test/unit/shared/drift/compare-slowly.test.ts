import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareRecord } from '#shared/drift/compare.ts';
import { PHONE } from '#test/support/builders/policies.ts';
import { slowVerdict, type SlowVerdict } from '#test/support/slow-compare.ts';
import type { SlowWorld } from '#test/support/slow-world.ts';
import { compareInputOf, slowWorlds } from '#test/support/slow-worlds.ts';

const WORLDS = 6_000;

function verdictOf(world: SlowWorld): SlowVerdict {
  const verdict = compareRecord(compareInputOf(world)).verdicts.get(PHONE);
  return [verdict?.verdict ?? 'none', verdict?.cause ?? 'none'];
}

test('every world is judged as the words of the design judge it', () => {
  fc.assert(
    fc.property(slowWorlds, (world) => {
      expect(verdictOf(world)).toEqual(slowVerdict(world));
    }),
    { numRuns: WORLDS },
  );
}, 60_000);

test('the worlds meet every verdict and every cause that a field can have', () => {
  const causes = new Set<string>();
  const verdicts = new Set<string>();
  for (const world of fc.sample(slowWorlds, WORLDS)) {
    const [verdict, cause] = slowVerdict(world);
    verdicts.add(verdict);
    causes.add(cause);
  }

  expect([...verdicts].toSorted()).toEqual([
    'excluded',
    'hard_conflict',
    'in_sync',
    'soft_drift',
    'unchecked',
    'undetermined',
  ]);
  expect([...causes].toSorted()).toEqual([
    'agreement_broken',
    'ask_mode',
    'awaiting_evidence',
    'before_switch',
    'behind',
    'both_moved',
    'equal',
    'first_link_differs',
    'gone',
    'held',
    'ignored_by_policy',
    'in_flight',
    'key_taken',
    'mirror_moved',
    'move_unexplained',
    'moved_while_behind',
    'never_compared',
    'not_set',
    'observe_mode',
    'rule_asks',
    'rule_missing',
    'swallowed_value',
    'tolerated',
    'unreadable',
  ]);
});
