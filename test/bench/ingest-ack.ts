import { join } from 'node:path';
import type { Benchmark, Result } from './benchmark.ts';
import type { BareOrders } from './processes/bare-handler-process.ts';
import type { Customer } from './processes/change-watch.ts';
import type { Child } from './processes/child.ts';
import type { LoadOrders, LoadReport } from './processes/load-process.ts';
import type { MeshOrders } from './processes/mesh-process.ts';
import { atRest, environmentOf, onStage, type Stage } from './stage.ts';
import { judged, quantile, rounded, spreadOf } from './statistics.ts';

const RATES = [50, 200] as const;
const TARGET = 1.7;
const CUSTOMERS = 100;
const WARM_UP = 300;

const SUBJECTS = ['bare', 'whole', 'ingestAlone'] as const;
type SubjectName = (typeof SUBJECTS)[number];

interface Receiver {
  readonly url: string;
  /** Resolves when what the last window has caused is over. */
  readonly rest: () => Promise<unknown>;
}

type Round = Readonly<Record<SubjectName, LoadReport>>;

/**
 * How long a vendor waits for the acknowledgement of a webhook, at fixed rates. `whole`: the mesh with everything
 * behind it, where each webhook leads to a pass with a vendor read; `ingestAlone`: webhook-ingest and the bus, to
 * tell ingest's own cost from that of the work beside it. Both are flushed to the disk before they answer, and so
 * is the bare handler they are measured against.
 */
export const ingestAck: Benchmark = {
  name: 'ingest-ack',
  run: ({ isQuick }) =>
    onStage(async (stage) => {
      // Before anything was entered: a later time would ask for a later state than there is.
      const happenedAt = Date.now();
      const load = await stage.start<LoadOrders>('load-process');
      const { receivers, customers, left } = await receiversOn(stage);
      const send = (to: SubjectName, perSecond: number, requests: number) =>
        load.ask('send', { url: receivers[to].url, perSecond, requests, customers, happenedAt });
      for (const name of shuffled(SUBJECTS)) {
        await send(name, 200, WARM_UP);
        await receivers[name].rest();
      }

      const seconds = isQuick ? 0.8 : 1.5;
      const rounds = new Map<number, Round[]>(RATES.map((rate) => [rate, []]));
      for (let round = 0; round < (isQuick ? 3 : 9); round += 1) {
        for (const rate of RATES) rounds.get(rate)?.push(await playRound(rate, seconds * rate));
      }
      const after = await left();
      return RATES.map((rate) => resultOf(rate, rounds.get(rate) ?? [], after));

      async function playRound(rate: number, requests: number): Promise<Round> {
        const reports: Partial<Record<SubjectName, LoadReport>> = {};
        for (const name of shuffled(SUBJECTS)) {
          reports[name] = await send(name, rate, requests);
          await receivers[name].rest();
        }
        return reports as Round;
      }
    }),
};

interface Receivers {
  readonly receivers: Readonly<Record<SubjectName, Receiver>>;
  readonly customers: readonly Customer[];
  readonly left: () => Promise<Readonly<Record<string, number>>>;
}

async function receiversOn(stage: Stage): Promise<Receivers> {
  const whole = await stage.startMesh({
    latencyMs: 0,
    webhookDelayMs: { hubspot: 0, shopify: 0 },
    customers: CUSTOMERS,
  });
  const alone = await stage.start<MeshOrders>('mesh-process', {
    args: ['ingest'],
    environment: environmentOf(stage.folder('alone')),
  });
  const bare = await stage.start<BareOrders>('bare-handler-process', {
    args: [join(stage.folder('bare'), 'lines')],
  });
  const receiver = async (child: Child<{ url: () => string }>): Promise<Receiver> => ({
    url: await child.ask('url'),
    rest: async () => undefined,
  });
  return {
    receivers: {
      bare: await receiver(bare),
      whole: { url: whole.url, rest: () => atRest(whole.child, stage.vendors, whole.pair) },
      ingestAlone: await receiver(alone),
    },
    customers: whole.customers,
    left: () => atRest(whole.child, stage.vendors, whole.pair),
  };
}

function resultOf(rate: number, rounds: readonly Round[], left: Readonly<Record<string, number>>): Result {
  const p50 = (report: LoadReport) => quantile(report.tookMs, 0.5);
  const bare = spreadOf(rounds.map((round) => p50(round.bare)));
  const ratioOf = (name: SubjectName) => spreadOf(rounds.map((round) => p50(round[name]) / p50(round.bare)));
  const all = (name: SubjectName) => rounds.flatMap((round) => round[name].tookMs);
  const reports = rounds.flatMap((round) => Object.values(round));
  const refused = reports.reduce((sum, report) => sum + report.refused, 0);
  const isWrong = refused + Object.values(left).reduce((sum, count) => sum + count, 0) > 0;
  const ratio = ratioOf('whole');
  return {
    benchmark: `ingest-ack at ${rate}/s`,
    verdict: isWrong ? 'missed' : judged(ratio, TARGET, bare),
    target: TARGET,
    ratio,
    ratioOfIngestAlone: ratioOf('ingestAlone'),
    ...Object.fromEntries(
      SUBJECTS.map((name) => [
        name,
        {
          p50Ms: spreadOf(rounds.map((round) => p50(round[name]))),
          p99Ms: rounded(quantile(all(name), 0.99)),
          requests: all(name).length,
        },
      ]),
    ),
    sentLateMs: rounded(
      quantile(
        reports.map(({ latestMs }) => latestMs),
        0.5,
      ),
    ),
    refused,
    left,
  };
}

function shuffled<T>(items: readonly T[]): readonly T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
