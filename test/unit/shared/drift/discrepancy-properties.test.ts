import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareRecord } from '#shared/drift/compare.ts';
import { findingIn, tracked } from '#shared/drift/discrepancy.ts';
import { rollUp } from '#shared/drift/verdict.ts';
import type { Discrepancy } from '#shared/model/discrepancy.ts';
import type { Dimension } from '#shared/model/ids.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import { IDENTITY, PROFILE } from '#test/support/builders/policies.ts';
import { minute } from '#test/support/builders/records.ts';
import type { SlowWorld } from '#test/support/slow-world.ts';
import { compareInputOf, slowWorlds } from '#test/support/slow-worlds.ts';

const GREEN = ['in_sync', 'excluded', 'unchecked'];
const NO_EVIDENCE = { signs: {}, candidates: [], survivors: {}, refusals: {} };

/** The record with its verdicts, as a pass stores it. */
function judged(world: SlowWorld): RecordDocument {
  const input = compareInputOf(world);
  const { verdicts } = compareRecord(input);
  const dimensionOf = (path: string): Dimension => (path.startsWith('@') ? IDENTITY : PROFILE);
  return { ...input.record, verdicts: rollUp(verdicts, dimensionOf, () => minute(10)) };
}

function after(existing: Discrepancy | undefined, record: RecordDocument, dimension: Dimension) {
  return tracked(existing, {
    record,
    dimension,
    finding: findingIn(record, dimension),
    evidence: NO_EVIDENCE,
    prompt: { kind: 'check', id: null },
    at: minute(20),
  });
}

test('whatever is not green lists what is wrong, or that it is under way; whatever is green lists nothing', () => {
  fc.assert(
    fc.property(slowWorlds, (world) => {
      const record = judged(world);

      for (const dimension of [PROFILE, IDENTITY]) {
        const verdict = record.verdicts[dimension]?.verdict ?? 'unchecked';
        const finding = findingIn(record, dimension);
        if (GREEN.includes(verdict)) {
          expect(finding).toBeNull();
          continue;
        }
        expect(finding).not.toBeNull();
        if (finding?.kind !== 'at_odds') continue;
        const fields = Object.values(finding.fields);
        expect(fields.length).toBeGreaterThan(0);
        expect(fields.map(({ verdict: one }) => one)).toContain(finding.class);
        for (const field of fields) {
          expect(GREEN).not.toContain(field.verdict);
          expect(field.rule).not.toBe('');
          // Somebody differs, or it is the rule itself that is missing or asks.
          expect(field.systems.length > 0 || field.cause.startsWith('rule_')).toBe(true);
        }
      }
    }),
    { numRuns: 3_000 },
  );
}, 30_000);

test('a comparison that finds the same again changes nothing, and one that finds nothing resolves for good', () => {
  fc.assert(
    fc.property(slowWorlds, slowWorlds, (world, next) => {
      const opened = after(undefined, judged(world), PROFILE);
      if (opened === null) return;

      expect(after(opened, judged(world), PROFILE)).toBeNull();
      const later = after(opened, judged(next), PROFILE) ?? opened;
      const finding = findingIn(judged(next), PROFILE);
      expect(later.status === 'resolved').toBe(finding === null);
      expect(later.isOpen).toBe(finding !== null);
      expect(later.occurrenceCount).toBe(1);
      if (finding === null) expect(after(later, judged(next), PROFILE)).toBeNull();
    }),
    { numRuns: 1_500 },
  );
}, 30_000);
