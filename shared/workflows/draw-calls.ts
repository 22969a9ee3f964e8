/** Draws vendor calls from a system's budget, one window a minute. */
import { ConcordError, ErrorCode } from '#shared/errors/concord-error.ts';
import {
  BUDGET_KEPT_MS,
  BUDGET_WINDOW_MS,
  budgetRef,
  grantOf,
  windowStart,
  type BudgetWindow,
  type CallBudget,
} from '#shared/model/budget.ts';
import type { ConnectorCapabilities } from '#shared/connectors/connector.ts';
import type { SystemId } from '#shared/model/ids.ts';
import { LANES, type Lane } from '#shared/model/vocabulary.ts';
import { create, update, type DocumentStore, type Transform } from '#shared/ports/document-store.ts';
import type { Ports } from '#shared/ports/ports.ts';

/** Whose calls are drawn, and in which minute. */
export interface CallDraw {
  readonly system: SystemId;
  readonly lane: Lane;
  readonly budget: CallBudget;
  /** Our time, epoch milliseconds. */
  readonly now: number;
  /** Calls that are left to others of the same lane. @default 0 */
  readonly spared?: number;
}

/** What the background lane's draws are built from: a part of what functions have. */
export interface BackgroundCaller {
  readonly ports: Pick<Ports, 'clock'>;
  readonly client: {
    readonly callBudgets?: Readonly<Record<SystemId, CallBudget>>;
  };
}

/**
 * The background lane's draw from a system's budget in the present minute. Polls and checks share that lane, and
 * whoever is first could take all of it minute after minute: each leaves the other `spared` calls, half of the lane
 * at most.
 */
export function backgroundDraw(
  { ports, client }: BackgroundCaller,
  { system, backgroundCallsPerMinute }: Pick<ConnectorCapabilities, 'system' | 'backgroundCallsPerMinute'>,
  spared = 0,
): CallDraw {
  const declared = client.callBudgets?.[system];
  const budget = declared ?? { operator: 0, live: 0, background: backgroundCallsPerMinute };
  return {
    system,
    lane: 'background',
    budget,
    now: ports.clock.now(),
    spared: Math.min(spared, Math.floor(budget.background / 2)),
  };
}

/**
 * Draws up to `calls` calls in the present minute, in one commit. What is not granted is given back in a second one.
 * Whoever dies after a draw has spent it: the next minute has a new window.
 *
 * @returns how many of the calls may be made, 0 to `calls`.
 */
export async function drawCalls(store: DocumentStore, draw: CallDraw, calls: number): Promise<number> {
  if (calls <= 0) return 0;
  const { lane, budget, now, spared = 0 } = draw;
  const totals = await count(store, draw, calls);
  const elapsed = (now - windowStart(now)) / BUDGET_WINDOW_MS;
  const granted = grantOf({ lane, calls, totals, elapsed, spared }, budget);
  if (granted < calls) await count(store, draw, granted - calls);
  return granted;
}

/** Closes the present minute to every lane: the vendor said that there were too many calls. */
export async function closeWindow(store: DocumentStore, draw: CallDraw): Promise<void> {
  const limit = LANES.reduce((sum, lane) => sum + draw.budget[lane], 0);
  await count(store, draw, limit);
}

/** Adds to the lane's counter and to the others nothing, which returns what all of them have come to. */
async function count(
  store: DocumentStore,
  { system, lane, now }: CallDraw,
  calls: number,
): Promise<Readonly<Record<Lane, number>>> {
  const start = windowStart(now);
  const ref = budgetRef(system, start);
  const increments = Object.fromEntries(
    LANES.map((one): [Lane, Transform] => [one, { transform: 'increment', by: one === lane ? calls : 0 }]),
  );
  const add = async () => {
    const [result] = await store.commit([update<BudgetWindow>(ref, increments)]);
    return totalsOf(result?.transformed ?? {});
  };
  try {
    return await add();
  } catch (error) {
    if (!ConcordError.is(error, ErrorCode.notFound)) throw error;
  }
  // The first draw of the minute opens its window; somebody else's may have been quicker.
  const opened: BudgetWindow = {
    system,
    operator: 0,
    live: 0,
    background: 0,
    [lane]: calls,
    expireAt: new Date(start + BUDGET_KEPT_MS),
  };
  try {
    await store.commit([create(ref, opened)]);
    return opened;
  } catch (error) {
    if (!ConcordError.is(error, ErrorCode.alreadyExists)) throw error;
    return add();
  }
}

function totalsOf(transformed: Readonly<Record<string, unknown>>): Readonly<Record<Lane, number>> {
  return Object.fromEntries(LANES.map((lane) => [lane, Number(transformed[lane])])) as Record<Lane, number>;
}
