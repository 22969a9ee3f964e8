import { bind } from '#functions/console/entry.ts';
import { client as demo } from '#shared/clients/demo/client.ts';
import type { ClientDefinition } from '#shared/clients/client-definition.ts';
import { createLocalOperators } from '#shared/platform/local/operators.ts';
import type { Ports } from '#shared/ports/ports.ts';
import type { LocalMesh } from '#shared/runtime/mesh.ts';
import { aContext, type TestContext } from './contexts.ts';

export interface ConsoleOptions {
  /** @default the demo client */
  readonly client?: ClientDefinition;
  /** Wraps the ports that the console gets, for faults and for what happens in between. */
  readonly wrapPorts?: (ports: Ports) => Ports;
}

/** A console over an empty embedded store in memory, in minute 10: production code without the rest of the mesh. */
export interface TestConsole extends TestContext {
  /** Takes the place of a mesh for those who ask the console. */
  readonly mesh: Pick<LocalMesh, 'call'>;
}

/** Creates a console for a client. */
export async function aConsole({
  client = demo,
  wrapPorts = (ports) => ports,
}: ConsoleOptions = {}): Promise<TestConsole> {
  const context = aContext({}, client.entities);
  const ports = wrapPorts({
    ...context.ports,
    operators: createLocalOperators({ role: 'admin' }),
  } as Ports);
  const entry = await bind({
    functionName: 'console',
    ports,
    guard: { check: async () => undefined },
    publicUrl: 'http://localhost:8080',
    loadContext: async () => ({ ...context, ports, client, connectors: context.connectors }),
    pumps: () => [],
  });
  return { ...context, mesh: { call: (_functionName, request) => entry(request) } };
}
