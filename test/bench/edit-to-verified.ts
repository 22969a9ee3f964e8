import type { Benchmark, Result } from './benchmark.ts';
import type { Passage } from './processes/change-watch.ts';
import type { Child } from './processes/child.ts';
import type { VendorOrders } from './processes/vendors-process.ts';
import { atRest, onStage, type Subject } from './stage.ts';
import { judged, quantile, rounded, spreadOf } from './statistics.ts';

const CALL_MS = 50;
const TARGET = 1.3;
/** The write's own webhook leaves late enough that the look it causes is no part of the passage. */
const ECHO_AFTER_MS = 500;
const CUSTOMERS = 40;
const EVERY_MS = 60;

interface Round {
  readonly mesh: readonly Passage[];
  readonly floor: readonly Passage[];
}

/**
 * From the webhook of an edit in HubSpot until the shop's copy has been read back, while each vendor takes 50 ms
 * for a call: ten edits a second, each on a customer at rest. Beside it the time of the calls alone, and the same
 * passage through a process that does nothing but those calls.
 */
export const editToVerified: Benchmark = {
  name: 'edit-to-verified',
  run: ({ isQuick }) =>
    onStage(async (stage) => {
      const options = {
        latencyMs: CALL_MS,
        webhookDelayMs: { hubspot: 0, shopify: ECHO_AFTER_MS },
        customers: CUSTOMERS,
      };
      const mesh = await stage.startMesh(options);
      const floor = await stage.startFloor(options);
      await passages(stage.vendors, mesh, CUSTOMERS);
      await passages(stage.vendors, floor, CUSTOMERS);

      const rounds: Round[] = [];
      for (let round = 0; round < (isQuick ? 3 : 9); round += 1) {
        const edits = isQuick ? 15 : 20;
        const isMeshFirst = Math.random() < 0.5;
        const first = await passages(stage.vendors, isMeshFirst ? mesh : floor, edits);
        const second = await passages(stage.vendors, isMeshFirst ? floor : mesh, edits);
        rounds.push(isMeshFirst ? { mesh: first, floor: second } : { mesh: second, floor: first });
      }
      const left = await atRest(mesh.child, stage.vendors, mesh.pair);
      const { differing } = await stage.vendors.ask('compare', { pair: mesh.pair });
      return [resultOf(rounds, { ...left, differing })];
    }),
};

async function passages(
  vendors: Child<VendorOrders>,
  { pair, customers }: Pick<Subject<never>, 'pair' | 'customers'>,
  changes: number,
): Promise<readonly Passage[]> {
  const inFlight = customers.length;
  const done = await vendors.ask('change', { pair, customers, changes, inFlight, everyMs: EVERY_MS });
  await vendors.ask('pause', { ms: ECHO_AFTER_MS + 4 * CALL_MS });
  return done;
}

function resultOf(rounds: readonly Round[], left: Readonly<Record<string, number>>): Result {
  const medianOf = (some: readonly Passage[]) => quantile(some.map(tookMs), 0.5);
  const all = rounds.flatMap(({ mesh }) => mesh);
  const callsMs = spreadOf(rounds.map(({ mesh }) => quantile(mesh.map(nominalMs), 0.5)));
  const ratio = spreadOf(rounds.map(({ mesh }) => medianOf(mesh) / quantile(mesh.map(nominalMs), 0.5)));
  const floorMs = spreadOf(rounds.map(({ floor }) => medianOf(floor)));
  const isWrong = Object.values(left).some((count) => count > 0);
  const took = all.map(tookMs);
  return {
    benchmark: 'edit-to-verified',
    verdict: isWrong ? 'missed' : judged(ratio, TARGET, floorMs),
    target: TARGET,
    ratio,
    p50Ms: rounded(quantile(took, 0.5)),
    p99Ms: rounded(quantile(took, 0.99)),
    p99Ratio: rounded(quantile(took, 0.99) / callsMs.median),
    passages: all.length,
    calls: tally(all),
    callsMs,
    floor: {
      ms: floorMs,
      p99Ms: rounded(
        quantile(
          rounds.flatMap(({ floor }) => floor.map(tookMs)),
          0.99,
        ),
      ),
      ratio: spreadOf(rounds.map(({ mesh, floor }) => medianOf(mesh) / medianOf(floor))),
    },
    left,
  };
}

function tookMs({ toldAt, verifiedAt }: Passage): number {
  return verifiedAt - toldAt;
}

function nominalMs({ calls }: Passage): number {
  return calls.length * CALL_MS;
}

/** Each sequence of calls that was seen, and how often. */
function tally(all: readonly Passage[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { calls } of all) {
    const sequence = calls.map(({ what }) => what).join(', ');
    counts.set(sequence, (counts.get(sequence) ?? 0) + 1);
  }
  return Object.fromEntries(counts);
}
