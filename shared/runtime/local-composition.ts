import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import type { ClientDefinition } from '#shared/clients/client-definition.ts';
import type { Config } from '#shared/config/load-config.ts';
import {
  createLocalHttp,
  createLocalPlatform,
  createSystemClock,
  createSystemIds,
  type LocalHttp,
  type LocalPlatform,
} from '#shared/platform/local/index.ts';
import type { Clock } from '#shared/ports/clock.ts';
import type { Deliver } from '#shared/ports/delivery.ts';
import type { Ids } from '#shared/ports/ids.ts';
import type { Ports } from '#shared/ports/ports.ts';
import { createLogger, type Logger } from '#shared/telemetry/logger.ts';
import { LOCAL_ADDRESSES } from './addresses.ts';
import { COLLECTIONS } from './collections.ts';
import { createConnectors } from './connectors.ts';
import type { FunctionContext } from './context.ts';
import { loadClient } from './load-client.ts';
import { loadManifests, type Manifest } from './manifest.ts';
import { topologyOf } from './topology.ts';

/** What one process of the local mesh consists of, before its platform is opened. */
export interface LocalComposition {
  readonly config: Config;
  readonly client: ClientDefinition;
  readonly manifests: readonly Manifest[];
  readonly clock: Clock;
  readonly ids: Ids;
  readonly telemetry: Logger;
  readonly http: LocalHttp;
  /** Client and connectors over the ports of one function. */
  contextOf(this: void, ports: Ports): FunctionContext;
}

export interface OpenPlatformOptions {
  readonly deliver: Deliver;
  /** Whether this process pumps. Of the processes that share a file exactly one does. */
  readonly isHost: boolean;
  /** Whether other processes write the same file. */
  readonly isShared: boolean;
  /** Keeps nothing when the process ends. */
  readonly inMemory: boolean;
}

/** Composes what every process of the local mesh has. */
export async function composeLocally(config: Config): Promise<LocalComposition> {
  const client = await loadClient(config.client);
  const clock = createSystemClock();
  const telemetry = createLogger({ clock, level: config.logLevel });
  return {
    config,
    client,
    manifests: loadManifests(),
    clock,
    ids: createSystemIds(clock),
    telemetry,
    http: createLocalHttp(),
    contextOf: (ports) => ({
      ports,
      client,
      connectors: createConnectors({ client, ports, timing: config.timing, config }),
      release: config.release,
      timing: config.timing,
    }),
  };
}

/** Opens the embedded platform over the configured data directory. */
export function openPlatform(composition: LocalComposition, options: OpenPlatformOptions): LocalPlatform {
  const { config, client, manifests, clock, ids, telemetry, http } = composition;
  const { deliver, isHost, isShared, inMemory } = options;
  if (!inMemory) mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  return createLocalPlatform({
    file: inMemory ? ':memory:' : join(config.dataDir, `${client.id}.sqlite`),
    clientId: client.id,
    addresses: LOCAL_ADDRESSES,
    collections: COLLECTIONS,
    topology: topologyOf(manifests, client.systems),
    clock,
    ids,
    secrets: config.secrets,
    devRole: config.devRole,
    http,
    telemetry,
    deliver,
    isHost,
    isShared,
  });
}
