import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { invalidConfiguration } from '#shared/errors/faults.ts';
import { forwardRequest } from '#shared/platform/local/front-server.ts';
import { createSocketDelivery } from '#shared/platform/local/socket-delivery.ts';
import type { Clock } from '#shared/ports/clock.ts';
import type { Telemetry } from '#shared/ports/telemetry.ts';
import type { FunctionPlacement } from './function-placement.ts';
import type { Manifest } from './manifest.ts';

/** What a child says once it listens. */
export const ListeningSchema = z.object({ kind: z.literal('listening'), port: z.int().positive() });

export interface IsolatedFunctionsOptions {
  readonly manifests: readonly Manifest[];
  /** Environment of the children, complete. */
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/** One process of a function. `port` is null until it listens and after it ended. */
interface Instance {
  readonly functionName: string;
  process: ChildProcess;
  port: number | null;
}

const CHILD = fileURLToPath(new URL('./isolated-function.ts', import.meta.url));
/** Functions that run twice, so that nothing can lean on the memory of one process. */
const TWICE = new Set(['orchestrator', 'step-executor']);
/** Restarts of one instance within a minute before the host gives it up and says so in its health. */
const MAX_RESTARTS_PER_MINUTE = 20;

/**
 * Runs every function in processes of its own under the stock functions-framework. Deliveries go over
 * HTTP with identity tokens and alternate between a function's instances; an instance that ends is
 * started again, as the cloud would.
 */
export async function placeIsolated(options: IsolatedFunctionsOptions): Promise<FunctionPlacement> {
  const { manifests, environment, clock, telemetry } = options;
  const turns = new Map<string, number>();
  let isClosing = false;

  function start(functionName: string): ChildProcess {
    return fork(CHILD, [functionName], { env: environment, execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  }

  function keepRunning(instance: Instance, restarts: readonly number[], onFirst: () => void): void {
    instance.process.once('message', (message) => {
      const listening = ListeningSchema.safeParse(message);
      if (listening.success) instance.port = listening.data.port;
      onFirst();
    });
    instance.process.once('exit', (code) => {
      instance.port = null;
      onFirst();
      if (isClosing) return;
      telemetry.log('warning', 'instance.ended', { function: instance.functionName, status: code ?? -1 });
      const recent = [...restarts.filter((at) => at > clock.now() - 60_000), clock.now()];
      if (recent.length > MAX_RESTARTS_PER_MINUTE) {
        telemetry.log('error', 'instance.given_up', { function: instance.functionName });
        return;
      }
      instance.process = start(instance.functionName);
      keepRunning(instance, recent, () => undefined);
    });
  }

  const instances = manifests.flatMap(({ name }) =>
    Array.from({ length: TWICE.has(name) ? 2 : 1 }, (): Instance => ({ functionName: name, process: start(name), port: null })),
  );
  await Promise.all(instances.map((instance) => new Promise<void>((resolve) => keepRunning(instance, [], resolve))));

  function portOf(functionName: string): number | undefined {
    const ports = instances.filter((one) => one.functionName === functionName).flatMap(({ port }) => port ?? []);
    const turn = turns.get(functionName) ?? 0;
    turns.set(functionName, turn + 1);
    return ports[turn % Math.max(1, ports.length)];
  }

  const delivery = createSocketDelivery(portOf);
  const placement: FunctionPlacement = {
    deliver: delivery.deliver,
    serve: (functionName, request, response) => forwardRequest(request, response, portOf(functionName)),
    isReady: () => instances.every(({ port }) => port !== null),
    async close() {
      isClosing = true;
      await Promise.all(instances.map(({ process }) => end(process)));
      await delivery.close();
    },
  };
  if (!placement.isReady()) {
    await placement.close();
    throw invalidConfiguration('A function ended before it could be reached; the lines above say why.');
  }
  return placement;
}

/** A child drains on SIGTERM by itself. */
function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}
