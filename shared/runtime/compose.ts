import { loadConfig } from '#shared/config/load-config.ts';
import { invalidConfiguration, unavailable } from '#shared/errors/faults.ts';
import { LOCAL_ADDRESSES } from './addresses.ts';
import type { FunctionHost } from './function-host.ts';
import { createFunctionHost } from './mesh.ts';

interface Composed {
  readonly host: FunctionHost;
  close(): Promise<void>;
}

const composed = new Map<string, Promise<Composed>>();

/**
 * Gives a function that runs in a process of its own what it needs, from the environment alone. The
 * same for every call of one process; a failure is not remembered.
 *
 * @throws ConcordError `invalid_configuration`.
 */
export async function composeFromEnvironment(functionName: string): Promise<FunctionHost> {
  const known = composed.get(functionName) ?? compose(functionName);
  composed.set(functionName, known);
  try {
    return (await known).host;
  } catch (error) {
    composed.delete(functionName);
    throw error;
  }
}

/** Closes what {@link composeFromEnvironment} opened: outstanding writes are finished. */
export async function closeComposed(): Promise<void> {
  const opened = [...composed.values()];
  composed.clear();
  for (const one of await Promise.allSettled(opened)) {
    if (one.status === 'fulfilled') await one.value.close();
  }
}

/** The platform is loaded here, so that a function's bundle and its cold start hold one platform only. */
async function compose(functionName: string): Promise<Composed> {
  const { composeLocally, openPlatform } = await import('./local-composition.ts');
  const composition = await composeLocally(loadConfig());
  const manifest = composition.manifests.find(({ name }) => name === functionName);
  if (manifest === undefined) throw invalidConfiguration(`There is no function ${functionName}.`);
  const platform = openPlatform(composition, {
    deliver: () => Promise.reject(unavailable('The pump of another process')),
    isHost: false,
    isShared: true,
    inMemory: false,
  });
  const ports = platform.portsFor(functionName);
  const { config, contextOf, http } = composition;
  return {
    host: createFunctionHost({
      manifest,
      ports,
      addresses: LOCAL_ADDRESSES,
      publicUrl: config.publicUrl ?? `http://127.0.0.1:${config.port}`,
      loadContext: async () => contextOf(ports),
    }),
    async close() {
      await platform.close();
      await http.close();
    },
  };
}
