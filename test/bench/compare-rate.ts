/** Records a second that one core compares, and plans in the direction of their owners, by the number of fields. */
import { compareRecord } from '#shared/drift/compare.ts';
import { FieldPath, PlanId, SystemId } from '#shared/model/ids.ts';
import { toInstant } from '#shared/model/instant.ts';
import { planDirected } from '#shared/reconciliation/plan-directed.ts';
import type { Benchmark, Result } from './benchmark.ts';
import { quantile } from './statistics.ts';
import { customer, policyOf } from './stored-customers.ts';

const AT = toInstant(Date.UTC(2026, 10, 20, 10));
const BY_OWNER = { default: { kind: 'by_owner' }, overrides: {} } as const;

export const compareRate: Benchmark = {
  name: 'compare-rate',
  async run({ isQuick }) {
    const rounds = isQuick ? 3 : 15;
    return [10, 40, 100].map((fields) => measured(fields, rounds, isQuick ? 200 : 2_000));
  },
};

function measured(fields: number, rounds: number, records: number): Result {
  const policy = policyOf(fields);
  const customers = Array.from({ length: records }, (_, index) => customer(index, fields));
  const paths = policy.fields.map(({ path }) => FieldPath(path));
  const writable = { [SystemId('hubspot')]: paths, [SystemId('shopify')]: paths };
  const compare = () => {
    for (const record of customers) compareRecord({ policy, record, signs: {}, at: AT });
  };
  const plan = () => {
    for (const record of customers)
      planDirected({
        policy,
        record,
        direction: BY_OWNER,
        writable,
        planId: PlanId('plan_1'),
        by: 'bench',
        at: AT,
      });
  };
  compare();
  plan();
  const compared: number[] = [];
  const planned: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    compared.push(rateOf(records, compare));
    planned.push(rateOf(records, plan));
  }
  return {
    benchmark: `compare-rate.${fields}-fields`,
    verdict: 'measured',
    comparedPerSecond: Math.round(quantile(compared, 0.5)),
    plannedPerSecond: Math.round(quantile(planned, 0.5)),
    records,
    rounds,
  };
}

function rateOf(records: number, act: () => void): number {
  const startedAt = performance.now();
  act();
  return records / ((performance.now() - startedAt) / 1_000);
}
