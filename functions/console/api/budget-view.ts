import {
  BUDGET_WINDOW_MS,
  budgetRef,
  windowStart,
  type BudgetWindow,
  type CallBudget,
} from '#shared/model/budget.ts';
import type { SystemId } from '#shared/model/ids.ts';
import { toInstant } from '#shared/model/instant.ts';
import { LANES } from '#shared/model/vocabulary.ts';
import type { ApiContext } from './context.ts';
import { backgroundDraw } from '#shared/workflows/draw-calls.ts';
import type { FunctionContext } from '#shared/runtime/context.ts';

/** What a system allows in the present minute and what of it was drawn, system by system in the order given. */
export async function readBudgets(
  { ports }: Pick<ApiContext, 'ports'>,
  { client, connectors }: Pick<FunctionContext, 'client' | 'connectors'>,
  systems: readonly SystemId[],
): Promise<readonly object[]> {
  const start = windowStart(ports.clock.now());
  const declared = systems.flatMap((system) => {
    const capabilities = connectors.get(system)?.reader.capabilities;
    return capabilities === undefined
      ? []
      : [{ system, budget: backgroundDraw({ ports, client }, capabilities).budget }];
  });
  const windows = await ports.store.getAll(declared.map(({ system }) => budgetRef(system, start)));
  return declared.map(({ system, budget }, index) =>
    budgetView(system, budget, windows[index]?.value, start),
  );
}

function budgetView(
  system: SystemId,
  budget: CallBudget,
  window: BudgetWindow | undefined,
  start: number,
): object {
  const limit = LANES.reduce((sum, lane) => sum + budget[lane], 0);
  const drawn = LANES.reduce((sum, lane) => sum + (window?.[lane] ?? 0), 0);
  return {
    system,
    window: { from: toInstant(start), until: toInstant(start + BUDGET_WINDOW_MS) },
    callsPerMinute: limit,
    drawn: Math.min(drawn, limit),
    left: Math.max(0, limit - drawn),
    lanes: Object.fromEntries(
      LANES.map((lane) => [lane, { share: budget[lane], drawn: window?.[lane] ?? 0 }]),
    ),
  };
}
