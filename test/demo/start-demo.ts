import { join } from 'node:path';
import type { Config } from '#shared/config/load-config.ts';
import type { Connector } from '#shared/connectors/connector.ts';
import { ConcordError } from '#shared/errors/concord-error.ts';
import { invalidConfiguration } from '#shared/errors/faults.ts';
import { SystemId } from '#shared/model/ids.ts';
import { acquireHostLock } from '#shared/platform/local/host-lock.ts';
import { createLocalSecrets } from '#shared/platform/local/secrets.ts';
import { createConnectors } from '#shared/runtime/connectors.ts';
import { composeLocally, type LocalComposition } from '#shared/runtime/local-composition.ts';
import { startLocalHost, type LocalHost } from '#shared/runtime/local-host.ts';
import type { DemoFlags } from './demo-flags.ts';
import { startDemoTwins, type DemoTwin } from './demo-twins.ts';
import { listening } from './listening.ts';
import { makeFolder } from './make-folder.ts';

/** The mesh together with the vendors it works for. */
export interface Demo {
  readonly host: LocalHost;
  /** Vendors that are played; the others are real. */
  readonly twins: readonly DemoTwin[];
  /** Takes nothing new, finishes what has begun, and frees the data. */
  close(): Promise<void>;
}

/**
 * Starts twins first, prepares all vendors for our objects, and then the mesh, so that nothing is written to a
 * vendor that is not prepared. What was started is closed again when the rest cannot be.
 *
 * @throws ConcordError `invalid_configuration` that says which variable to change; a vendor's error when a real
 *   one cannot be prepared.
 */
export async function startDemo(config: Config, flags: DemoFlags): Promise<Demo> {
  const closing: (() => unknown)[] = [];
  async function close(): Promise<void> {
    for (const one of closing.splice(0).toReversed()) await one();
  }
  try {
    return { ...(await start(config, flags, closing)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(
  config: Config,
  flags: DemoFlags,
  closing: (() => unknown)[],
): Promise<Omit<Demo, 'close'>> {
  const folder = flags.memory ? null : join(config.dataDir, 'twins');
  if (folder !== null) {
    makeFolder(folder);
    const lock = lockFolder(folder);
    closing.push(() => lock.release());
  }
  const composition = await composeLocally(config);
  closing.push(() => composition.http.close());
  let meshUrl = config.publicUrl ?? `http://127.0.0.1:${config.port}`;
  let connectors: ReadonlyMap<SystemId, Connector> = new Map();
  const twins = await startDemoTwins({
    ...composition,
    folder,
    meshUrl: () => meshUrl,
    onReset: async (vendor) => connectors.get(SystemId(vendor))?.prepare(),
  });
  closing.push(() => Promise.all(twins.map((twin) => twin.close())));

  const ported = { ...config, twinPorts: { ...config.twinPorts, ...portsOf(twins) } };
  connectors = connect(composition, ported);
  // A client that observes leaves no trace at its vendors.
  if (composition.client.initialMode !== 'observe') await prepare(connectors);
  const host = await listening('PORT', config.port, () =>
    startLocalHost({
      config: ported,
      isolate: flags.isolate,
      memory: flags.memory,
      ...(flags.chaos === null ? {} : { chaos: flags.chaos }),
    }),
  );
  closing.push(() => host.close());
  meshUrl = config.publicUrl ?? host.url;
  for (const twin of twins) twin.startTelling();
  return { host, twins };
}

function portsOf(twins: readonly DemoTwin[]): Partial<Config['twinPorts']> {
  return Object.fromEntries(twins.map(({ vendor, port }) => [vendor, port]));
}

function connect(
  { client, http, clock, telemetry }: LocalComposition,
  config: Config,
): ReadonlyMap<SystemId, Connector> {
  const ports = { http, clock, telemetry, secrets: createLocalSecrets(config.secrets) };
  return createConnectors({ client, ports, timing: config.timing, config });
}

async function prepare(connectors: ReadonlyMap<SystemId, Connector>): Promise<void> {
  for (const [system, connector] of connectors) {
    await connector.prepare().catch((error: unknown) => {
      if (!ConcordError.is(error)) throw error;
      throw invalidConfiguration(
        `${system} could not be prepared: ${error.message.split(';')[0]}. Correct its address or credentials and start again.`,
      );
    });
  }
}

function lockFolder(folder: string): ReturnType<typeof acquireHostLock> {
  try {
    return acquireHostLock(folder);
  } catch (error) {
    if (!ConcordError.is(error)) throw error;
    throw invalidConfiguration(`${error.message} CONCORD_DATA_DIR sets it.`);
  }
}
