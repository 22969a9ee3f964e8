import { invalidConfiguration } from '#shared/errors/faults.ts';
import { forwardRequest } from '#shared/platform/local/front-server.ts';
import { startInstance, type InstanceProcess } from '#shared/platform/local/instance-process.ts';
import { createSocketDelivery } from '#shared/platform/local/socket-delivery.ts';
import type { Telemetry } from '#shared/ports/telemetry.ts';
import type { FunctionPlacement } from './function-placement.ts';
import type { Manifest } from './manifest.ts';

export interface IsolatedFunctionsOptions {
  readonly manifests: readonly Manifest[];
  /** Environment of the children, complete. */
  readonly environment: Readonly<Record<string, string>>;
  readonly telemetry: Telemetry;
}

const CHILD = new URL('./isolated-function.ts', import.meta.url);
/** Functions that run twice, so that nothing can lean on the memory of one process. */
const TWICE: ReadonlySet<string> = new Set(['orchestrator', 'step-executor']);
/** Time for a child to answer what it has begun. */
const GRACE_MS = 15_000;

/**
 * Runs every function in processes of its own under the stock functions-framework. Deliveries go over
 * HTTP with identity tokens and alternate between a function's instances; an instance that ends is
 * replaced, as in the cloud.
 *
 * @throws ConcordError `invalid_configuration` when a function does not start.
 */
export async function placeIsolated(options: IsolatedFunctionsOptions): Promise<FunctionPlacement> {
  const { manifests, environment, telemetry } = options;

  async function start(functionName: string): Promise<readonly [string, InstanceProcess]> {
    const instance = await startInstance({
      module: CHILD,
      args: [functionName],
      environment,
      onEnd: (exitCode) =>
        telemetry.log('error', 'instance.ended', { function: functionName, status: exitCode ?? -1 }),
    });
    return [functionName, instance];
  }

  const names = manifests.flatMap(({ name }) => (TWICE.has(name) ? [name, name] : [name]));
  const instances = await Promise.all(names.map(start));
  const portOf = alternating(instances);
  const delivery = createSocketDelivery(portOf);

  const placement: FunctionPlacement = {
    deliver: delivery.deliver,
    serve: (functionName, request, response) => forwardRequest(request, response, portOf(functionName)),
    isReady: () => instances.every(([, { port }]) => port !== undefined),
    async close() {
      await Promise.all(instances.map(([, instance]) => instance.stop(GRACE_MS)));
      await delivery.close();
    },
  };
  if (placement.isReady()) return placement;
  await placement.close();
  throw invalidConfiguration('A function ended before it could be reached; what it wrote before says why.');
}

/** The ports of a function's instances in turn; those that are being replaced are passed over. */
function alternating(
  instances: readonly (readonly [string, InstanceProcess])[],
): (functionName: string) => number | undefined {
  const turns = new Map<string, number>();
  return (functionName) => {
    const ports = instances.flatMap(([name, { port }]) =>
      name === functionName && port !== undefined ? [port] : [],
    );
    const turn = turns.get(functionName) ?? 0;
    turns.set(functionName, turn + 1);
    return ports[turn % Math.max(1, ports.length)];
  };
}
