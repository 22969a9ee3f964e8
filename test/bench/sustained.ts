import type { Benchmark, Result } from './benchmark.ts';
import type { Child } from './processes/child.ts';
import type { Usage } from './processes/serve-orders.ts';
import { atRest, onStage, type Stage, type Subject } from './stage.ts';
import { rounded, spreadOf, type Spread } from './statistics.ts';

const CHANGES = 10_000;
const IN_FLIGHT = 64;
const CUSTOMERS = 256;
/** After this many rounds or this long it ends, and says how many changes there were. */
const ROUNDS = 10;
const WITHIN_MS = 100_000;
/** The floor is faster; it needs fewer changes for a round of the same length. */
const FLOOR_SHARE = 4;
const NO_LATENCY = { latencyMs: 0, webhookDelayMs: { hubspot: 0, shopify: 0 }, customers: CUSTOMERS };

interface Round {
  readonly changes: number;
  readonly perSecond: number;
  readonly cpuMsPerChange: number;
  readonly vendorCpuMsPerChange: number;
  readonly rssMiB: number;
}

interface Pairing {
  readonly mesh: Round;
  readonly floor: Round;
}

/**
 * How many changes a second come through while 64 customers are always under way and the vendors answer at once;
 * echoes included, until nothing is owed. Beside it a process that does nothing but journal and call. The figure
 * counts only if both vendors agree in the end.
 */
export const sustained: Benchmark = {
  name: 'sustained',
  run: ({ isQuick }) =>
    onStage(async (stage) => {
      const mesh = await stage.startMesh(NO_LATENCY);
      const floor = await stage.startFloor(NO_LATENCY);
      const changes = isQuick ? 200 : CHANGES / ROUNDS;
      const runMesh = (many: number) =>
        round(stage, mesh, many, () => atRest(mesh.child, stage.vendors, mesh.pair));
      const runFloor = (many: number) => round(stage, floor, many, async () => undefined);
      await runMesh(CUSTOMERS);
      await runFloor(CUSTOMERS);

      const startedAt = performance.now();
      const pairings: Pairing[] = [];
      while (pairings.length < (isQuick ? 3 : ROUNDS) && performance.now() - startedAt < WITHIN_MS) {
        const isMeshFirst = Math.random() < 0.5;
        const before = isMeshFirst ? null : await runFloor(changes / FLOOR_SHARE);
        const own = await runMesh(changes);
        pairings.push({ mesh: own, floor: before ?? (await runFloor(changes / FLOOR_SHARE)) });
      }
      const left = await atRest(mesh.child, stage.vendors, mesh.pair);
      const { differing, failedWebhooks, writes } = await stage.vendors.ask('compare', { pair: mesh.pair });
      const unsettled = await mesh.child.ask('unsettled');
      return [resultOf(pairings, { ...left, differing, unsettled }, { failedWebhooks, writes })];
    }),
};

async function round(
  { vendors }: Stage,
  {
    child,
    pair,
    customers,
  }: Pick<Subject<never>, 'pair' | 'customers'> & {
    readonly child: Pick<Child<{ usage: () => Usage }>, 'ask'>;
  },
  changes: number,
  rest: () => Promise<unknown>,
): Promise<Round> {
  const [before, vendorsBefore] = [await child.ask('usage'), await vendors.ask('usage')];
  const startedAt = performance.now();
  await vendors.ask('change', { pair, customers, changes, inFlight: IN_FLIGHT, everyMs: null });
  await rest();
  const seconds = (performance.now() - startedAt) / 1_000;
  const [after, vendorsAfter] = [await child.ask('usage'), await vendors.ask('usage')];
  return {
    changes,
    perSecond: changes / seconds,
    cpuMsPerChange: (after.cpuMs - before.cpuMs) / changes,
    vendorCpuMsPerChange: (vendorsAfter.cpuMs - vendorsBefore.cpuMs) / changes,
    rssMiB: after.rssMiB,
  };
}

function resultOf(
  pairings: readonly Pairing[],
  left: Readonly<Record<string, number>>,
  seen: Readonly<Record<string, number>>,
): Result {
  const of = (pick: (pairing: Pairing) => number): Spread => spreadOf(pairings.map(pick));
  const isRight = Object.values(left).every((count) => count === 0);
  return {
    benchmark: 'sustained',
    verdict: isRight ? 'measured' : 'missed',
    isRight,
    left,
    ...seen,
    changes: CUSTOMERS + pairings.reduce((sum, { mesh }) => sum + mesh.changes, 0),
    inFlight: IN_FLIGHT,
    changesPerSecond: of(({ mesh }) => mesh.perSecond),
    ofFloor: of(({ mesh, floor }) => mesh.perSecond / floor.perSecond),
    cpuMsPerChange: of(({ mesh }) => mesh.cpuMsPerChange),
    cpuOfFloor: of(({ mesh, floor }) => mesh.cpuMsPerChange / floor.cpuMsPerChange),
    vendorCpuMsPerChange: of(({ mesh }) => mesh.vendorCpuMsPerChange),
    rssMiB: pairings.map(({ mesh }) => rounded(mesh.rssMiB)),
    floor: {
      changesPerSecond: of(({ floor }) => floor.perSecond),
      cpuMsPerChange: of(({ floor }) => floor.cpuMsPerChange),
      rssMiB: rounded(pairings.at(-1)?.floor.rssMiB ?? 0),
    },
  };
}
