import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig, type Config } from '#shared/config/load-config.ts';
import { createLocalHttp } from '#shared/platform/local/index.ts';
import { createConnectors } from '#shared/runtime/connectors.ts';
import { composeLocally, openPlatform, type LocalComposition } from '#shared/runtime/local-composition.ts';
import type { Ports } from '#shared/ports/ports.ts';
import { createExchanges, type Exchanges } from './exchanges.ts';
import { createGenerations, type MeshGenerations } from './mesh-generations.ts';
import { startVendorSides, type VendorSides } from './vendor-sides.ts';

/** A mesh that can be killed, between vendors that live on in this process. */
export interface Scene {
  readonly config: Config;
  readonly sides: VendorSides;
  readonly exchanges: Exchanges;
  readonly mesh: MeshGenerations;
}

/** Short enough for a test, and still in the proportions that M3 asks for. */
function environmentOf(folder: string, port: number, twins: VendorSides['ports']): Record<string, string> {
  return {
    PATH: String(process.env['PATH']),
    NODE_COMPILE_CACHE: join(folder, 'compiled'),
    PORT: String(port),
    CONCORD_DATA_DIR: join(folder, 'data'),
    CONCORD_LOG_LEVEL: 'error',
    CONCORD_CALL_TIMEOUT_MS: '1500',
    CONCORD_LEASE_MS: '5000',
    CONCORD_CLOCK_SKEW_MS: '100',
    CONCORD_EFFECT_SETTLES_MS: '1500',
    TWIN_PORT_HUBSPOT: String(twins.hubspot),
    TWIN_PORT_SHOPIFY: String(twins.shopify),
  };
}

/** Starts the vendors and prepares them for our objects; no mesh runs yet. */
export async function setUp(seed: number, closing: (() => unknown)[]): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), 'concord-kill-'));
  closing.push(() => rmSync(folder, { recursive: true, force: true }));
  const http = createLocalHttp();
  closing.push(() => http.close());
  const exchanges = createExchanges();
  const port = await freePort();
  const mapped = (await composeLocally(loadConfig({}))).client.mappings;
  const sides = await startVendorSides({
    seed,
    exchanges,
    meshUrl: `http://127.0.0.1:${port}`,
    http,
    subscribedProperties: Object.values(mapped).flatMap((maps) =>
      maps.flatMap(({ fields }) => fields.map(({ native }) => native)),
    ),
  });
  closing.push(() => sides.close());
  const environment = environmentOf(folder, port, sides.ports);
  const config = loadConfig(environment);
  await withPorts({ config, inMemory: true }, async (ports, composition) => {
    const connectors = createConnectors({ ...composition, ports, timing: config.timing, config });
    await Promise.all([...connectors.values()].map((connector) => connector.prepare()));
  });
  const mesh = createGenerations({ folder, environment });
  closing.push(() => mesh.close());
  return { config, sides, exchanges, mesh };
}

/** Lends the ports of a platform on which nothing runs. */
export async function withPorts<T>(
  { config, inMemory }: { readonly config: Config; readonly inMemory: boolean },
  act: (ports: Ports, composition: LocalComposition) => Promise<T>,
): Promise<T> {
  const composition = await composeLocally(config);
  const platform = openPlatform(composition, {
    deliver: () => Promise.reject(new Error('Nothing is delivered here.')),
    isHost: false,
    isShared: false,
    inMemory,
  });
  try {
    return await act(platform.portsFor('console'), composition);
  } finally {
    await platform.close();
    await composition.http.close();
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { readonly port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}
