import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PlainRule } from '#shared/authority/policy.ts';
import { compareRecord } from '#shared/drift/compare.ts';
import { CLEARED } from '#shared/model/field-value.ts';
import type { Override, PlanDirection } from '#shared/model/plan.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import { planOf, written } from '#test/support/builders/plans.ts';
import {
  aField,
  agree,
  aPolicy,
  EMAIL,
  HUBSPOT,
  latest,
  NAME,
  owner,
  PHONE,
  SHOPIFY,
} from '#test/support/builders/policies.ts';
import { aRecordOf, minute, says, type Standing } from '#test/support/builders/records.ts';

const FIELDS = [PHONE, EMAIL, NAME] as const;
const text = fc.constantFrom('a', 'b', 'c', null);
const standing: fc.Arbitrary<Standing> = fc
  .record({ now: text, base: text }, { requiredKeys: [] })
  // What was accepted of a system was seen there.
  .filter(({ now, base }) => base === undefined || now !== undefined);
const rule: fc.Arbitrary<PlainRule> = fc.constantFrom(
  owner(HUBSPOT),
  owner(SHOPIFY),
  latest(HUBSPOT, SHOPIFY),
  agree(HUBSPOT, SHOPIFY),
);
const field = fc.record(
  { rule, golden: text, inHubspot: standing, inShopify: standing },
  { requiredKeys: ['rule', 'inHubspot', 'inShopify'] },
);
const override: fc.Arbitrary<Override> = fc.constantFrom<Override>(
  { kind: 'from', system: HUBSPOT },
  { kind: 'from', system: SHOPIFY },
  { kind: 'golden' },
  { kind: 'value', value: says('d') },
  { kind: 'value', value: CLEARED },
);
const direction: fc.Arbitrary<PlanDirection> = fc.record({
  default: fc.constantFrom<PlanDirection['default']>(
    { kind: 'by_owner' },
    { kind: 'from', system: HUBSPOT },
    { kind: 'from', system: SHOPIFY },
    { kind: 'none' },
  ),
  overrides: fc.dictionary(fc.constantFrom(...FIELDS), override, { maxKeys: 2 }),
});

type Field = typeof field extends fc.Arbitrary<infer T> ? T : never;

function recordOf(fields: readonly Field[]): RecordDocument {
  const parts = fields.map((one, index) =>
    aRecordOf(FIELDS[index] ?? PHONE, one.golden, {
      [HUBSPOT]: one.inHubspot,
      [SHOPIFY]: one.inShopify,
    }),
  );
  const [first] = parts;
  if (first === undefined) throw new Error('A record has fields.');
  return parts.reduce(
    (all, part) => ({
      ...all,
      golden: { ...all.golden, ...part.golden },
      bases: mergedIn(all.bases, part.bases),
      representations: Object.fromEntries(
        [HUBSPOT, SHOPIFY].map((system) => {
          const [seen, more] = [all.representations[system], part.representations[system]];
          return [system, { ...seen, ...more, fields: { ...seen?.fields, ...more?.fields } }];
        }),
      ) as RecordDocument['representations'],
    }),
    first,
  );
}

function mergedIn(a: RecordDocument['bases'], b: RecordDocument['bases']): RecordDocument['bases'] {
  return Object.fromEntries([HUBSPOT, SHOPIFY].map((system) => [system, { ...a[system], ...b[system] }]));
}

describe('whatever systems say and whoever decides', () => {
  const world = fc.record({ fields: fc.tuple(field, field, field), direction });
  const policyOf = (fields: readonly Field[]) =>
    aPolicy(fields.map((one, index) => aField(FIELDS[index] ?? PHONE, one.rule)));

  test('what is applied is settled: the same plan made again is empty', () => {
    fc.assert(
      fc.property(world, ({ fields, direction }) => {
        const policy = policyOf(fields);
        const plan = planOf(recordOf(fields), direction, policy);

        const after = written(plan.record, plan);

        const again = planOf(after, direction, policy);
        expect({ decisions: again.decisions, operations: again.operations }).toEqual({
          decisions: [],
          operations: [],
        });
      }),
      { numRuns: 1_000 },
    );
  });

  test('every field that was decided is in sync once it is written, and every other stands as it did', () => {
    fc.assert(
      fc.property(world, ({ fields, direction }) => {
        const policy = policyOf(fields);
        const record = recordOf(fields);
        const plan = planOf(record, direction, policy);

        const after = written(plan.record, plan);

        const { verdicts } = compareRecord({ policy, record: after, signs: {}, at: minute(22) });
        const decided = new Set(plan.decisions.map(({ path }) => path));
        for (const path of decided) expect([path, verdicts.get(path)?.verdict]).toEqual([path, 'in_sync']);
        for (const path of FIELDS.filter((one) => !decided.has(one))) {
          expect(after.golden[path]).toEqual(record.golden[path]);
          expect(after.representations[SHOPIFY]?.fields[path]).toEqual(
            record.representations[SHOPIFY]?.fields[path],
          );
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('an operation is never told to replace anything but what the system says', () => {
    fc.assert(
      fc.property(world, ({ fields, direction }) => {
        const record = recordOf(fields);

        const { operations, decisions } = planOf(record, direction, policyOf(fields));

        for (const { system, fields: written } of operations)
          for (const { path, from, to } of written) {
            expect(from).toEqual(record.representations[system]?.fields[path]);
            expect(decisions).toContainEqual(expect.objectContaining({ path, value: to }));
          }
      }),
      { numRuns: 1_000 },
    );
  });
});
