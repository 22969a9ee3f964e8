import { toChildEnvironment } from '#shared/config/child-environment.ts';
import type { Config } from '#shared/config/load-config.ts';
import {
  createChaos,
  startLoops,
  withDeadline,
  type ChaosRates,
  type LocalHostLoop,
  type LocalPlatform,
} from '#shared/platform/local/index.ts';
import { startFrontServer } from '#shared/platform/local/front-server.ts';
import type { Deliver } from '#shared/ports/delivery.ts';
import type { Pump } from '#shared/ports/pump.ts';
import type { CounterReading } from '#shared/telemetry/counters.ts';
import { locationOf } from '#shared/telemetry/error-location.ts';
import { LOCAL_ADDRESSES } from './addresses.ts';
import { createFrontDoor } from './front-door.ts';
import type { FunctionPlacement } from './function-placement.ts';
import { placeInProcess } from './in-process-functions.ts';
import { placeIsolated } from './isolated-functions.ts';
import { loadFunctions } from './load-functions.ts';
import { composeLocally, openPlatform, type LocalComposition } from './local-composition.ts';
import { createLocalMesh, type LocalMesh } from './mesh.ts';

export interface LocalHostOptions {
  readonly config: Config;
  /** Each function in processes of its own, under the stock framework. @default false */
  readonly isolate?: boolean;
  /** Keeps nothing. Not together with `isolate`, whose processes share a file. @default false */
  readonly memory?: boolean;
  /** Disturbs ports and deliveries at these rates. @default nothing is disturbed */
  readonly chaos?: ChaosRates;
  /** Pumps to run beside the platform's own. */
  readonly pumps?: readonly Pump[];
}

/** The whole mesh on this machine. */
export interface LocalHost {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  readonly platform: LocalPlatform;
  /** Resolves when nothing is due and nothing in flight; work of a later time does not count. */
  idle(): Promise<void>;
  /** What this process has counted. */
  counters(): readonly CounterReading[];
  /** Takes nothing new, finishes what has begun, and closes the data. */
  close(): Promise<void>;
}

/** Time for what is in flight when the host closes; what is broken off then is delivered again. */
const DRAIN_MS = 10_000;

/**
 * Starts the mesh: one port for vendors and operators, pumps in real time, one data file. The port opens
 * first and answers 503 until the mesh stands, so that its number is known to whoever signs URLs.
 */
export async function startLocalHost(options: LocalHostOptions): Promise<LocalHost> {
  const composition = await composeLocally(options.config);
  const running: Running = { placement: null, platform: null, loops: null };
  const front = await startFrontServer(
    options.config.port,
    createFrontDoor({
      manifests: composition.manifests,
      placement: () => running.placement,
      pumps: () => running.loops?.pumps() ?? null,
    }),
  );
  const url = `http://127.0.0.1:${front.port}`;

  async function close(): Promise<void> {
    await running.loops?.stop(DRAIN_MS);
    await front.close(DRAIN_MS);
    await running.placement?.close();
    await running.platform?.close();
    await composition.http.close();
  }

  try {
    const platform = await open({ options, composition, running, url });
    return {
      url,
      platform,
      idle: async () => running.loops?.idle(),
      counters: () => composition.telemetry.snapshot(),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Running {
  placement: FunctionPlacement | null;
  platform: LocalPlatform | null;
  loops: LocalHostLoop | null;
}

interface Opening {
  readonly options: LocalHostOptions;
  readonly composition: LocalComposition;
  readonly running: Running;
  readonly url: string;
}

async function open(opening: Opening): Promise<LocalPlatform> {
  const { options, composition, running, url } = opening;
  const { config, isolate = false, memory = false, pumps = [] } = options;
  const publicUrl = config.publicUrl ?? url;
  const chaos =
    options.chaos === undefined
      ? null
      : createChaos({ rates: options.chaos, random: () => composition.ids.random() });

  // The platform needs somebody to deliver to before the functions, which need the platform, are there.
  const deliver: Deliver = async (delivery) => running.placement?.deliver(delivery) ?? { status: 503 };
  const timeouts = new Map(composition.manifests.map(({ name, timeoutSeconds }) => [name, timeoutSeconds]));
  const timeoutMsOf = (functionName: string): number => (timeouts.get(functionName) ?? 0) * 1_000;
  const platform = openPlatform(composition, {
    deliver: withDeadline(chaos?.wrapDeliver(deliver) ?? deliver, timeoutMsOf),
    isHost: true,
    isShared: isolate,
    inMemory: memory,
  });
  running.platform = platform;

  if (isolate) {
    running.placement = await placeIsolated({
      ...composition,
      environment: toChildEnvironment({ ...config, publicUrl }),
    });
  } else {
    const mesh = await createMesh(opening, publicUrl);
    await mesh.open({
      portsFor: (name) => chaos?.wrap(platform.portsFor(name), name) ?? platform.portsFor(name),
    });
    running.placement = await placeInProcess(mesh, composition.manifests);
  }
  const { clock, telemetry } = composition;
  running.loops = startLoops([...platform.pumps, ...pumps], {
    clock,
    onBroken: (pump, error) =>
      telemetry.log('error', 'pump.broken', { reason: pump, location: locationOf(error) ?? 'unknown' }),
  });
  return platform;
}

async function createMesh({ composition, running }: Opening, publicUrl: string): Promise<LocalMesh> {
  return createLocalMesh({
    functions: await loadFunctions(),
    addresses: LOCAL_ADDRESSES,
    publicUrl,
    contextOf: composition.contextOf,
    pumps: () => running.loops?.pumps() ?? [],
  });
}
