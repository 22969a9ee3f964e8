import { expect, test } from 'vitest';
import { BUDGETS, overspending } from '#test/bench/operations/operations-benchmark.ts';
import { countOperations, EVENT_KINDS } from '#test/bench/operations/count-operations.ts';

test('no event costs more reads, writes, tasks, publishes, calls of functions or vendor calls than its budget', async () => {
  const measured = await countOperations();

  expect(overspending(measured)).toEqual([]);
});

test('one more operation of any kind than the budget has is noticed', () => {
  for (const kind of EVENT_KINDS) {
    const budget = BUDGETS[kind];
    for (const [what, limit] of Object.entries(budget)) {
      const measured = { ...BUDGETS, [kind]: { ...budget, [what]: Number(limit) + 1 } };

      expect(overspending(measured)).toEqual([`${kind}.${what} ${Number(limit) + 1} > ${limit}`]);
    }
  }
});
