import type { Deliver } from '#shared/ports/delivery.ts';
import type { Ports } from '#shared/ports/ports.ts';
import type { Addresses } from './addresses.ts';
import { createCallerGuard } from './caller-guard.ts';
import type { FunctionContext } from './context.ts';
import { answer, requestOf, type Entry, type EntryRequest, type EntryResponse } from './entry.ts';
import type { FunctionHost, PumpHealth } from './function-host.ts';
import type { LoadedFunction } from './load-functions.ts';
import type { Manifest } from './manifest.ts';

export interface FunctionHostOptions {
  readonly manifest: Manifest;
  readonly ports: Ports;
  readonly addresses: Addresses;
  readonly publicUrl: string;
  readonly loadContext: () => Promise<FunctionContext>;
  /** @default none */
  readonly pumps?: () => readonly PumpHealth[];
}

/** Puts together what one function gets. Its callers are those of its manifest. */
export function createFunctionHost(options: FunctionHostOptions): FunctionHost {
  const { manifest, ports, addresses, publicUrl, loadContext, pumps = () => [] } = options;
  const guard = createCallerGuard({
    identity: ports.identity,
    audience: addresses.audienceOf(manifest.name),
    callers: manifest.callers.map(addresses.emailOf),
  });
  return { functionName: manifest.name, ports, guard, publicUrl, loadContext, pumps };
}

/** Binds functions to their hosts: one entry each, by name. A fresh call is a fresh instance of every function. */
async function createEntries(
  functions: readonly LoadedFunction[],
  hostOf: (manifest: Manifest) => FunctionHost,
): Promise<ReadonlyMap<string, Entry>> {
  const bound = functions.map(async ({ manifest, bind }): Promise<readonly [string, Entry]> => [
    manifest.name,
    await bind(hostOf(manifest)),
  ]);
  return new Map(await Promise.all(bound));
}

export interface LocalMeshOptions {
  readonly functions: readonly LoadedFunction[];
  readonly addresses: Addresses;
  /** Base that HubSpot signatures are computed over, without a trailing slash. */
  readonly publicUrl: string;
  /** Client and connectors over the ports of one function. */
  readonly contextOf: (ports: Ports) => FunctionContext;
  readonly pumps?: () => readonly PumpHealth[];
}

/** What a mesh needs from its platform. */
export interface MeshPlatform {
  portsFor(functionName: string): Ports;
}

/** All functions in one process, without a socket and without a timer. */
export interface LocalMesh {
  /** Calls an entry directly. Give it to the platform; it answers 503 until the mesh is open. */
  readonly deliver: Deliver;
  /** Binds the functions to a platform. Again after a crash: every function is a new instance then. */
  open(platform: MeshPlatform): Promise<void>;
  /** Calls a public function as if over HTTP; `path` begins with the function's name. */
  ingest(request: EntryRequest): Promise<EntryResponse>;
  /** Calls one function; `path` is below it. 503 until the mesh is open. */
  call(functionName: string, request: EntryRequest): Promise<EntryResponse>;
}

/**
 * Creates a mesh before its platform, because a platform needs to know whom to deliver to.
 *
 * @example
 * const mesh = createLocalMesh({ functions: await loadFunctions(), ... });
 * const platform = createLocalPlatform({ deliver: mesh.deliver, ... });
 * await mesh.open(platform);
 */
export function createLocalMesh(options: LocalMeshOptions): LocalMesh {
  const { functions, addresses, publicUrl, contextOf, pumps = () => [] } = options;
  let entries: ReadonlyMap<string, Entry> | null = null;

  async function call(functionName: string, request: EntryRequest): Promise<EntryResponse> {
    if (entries === null) return answer({ status: 'retry', reason: 'starting' }, 'http');
    const entry = entries.get(functionName);
    return entry === undefined ? answer({ status: 'rejected', reason: 'not_found' }, 'http') : entry(request);
  }

  return {
    deliver: (delivery) => call(delivery.target, requestOf(delivery)),
    async open(platform) {
      entries = await createEntries(functions, (manifest) => {
        const ports = platform.portsFor(manifest.name);
        const loadContext = async (): Promise<FunctionContext> => contextOf(ports);
        return createFunctionHost({ manifest, ports, addresses, publicUrl, loadContext, pumps });
      });
    },
    async ingest(request) {
      const { functionName, path } = splitPath(request.path);
      return call(functionName, { ...request, path });
    },
    call,
  };
}

/** `/webhook-ingest/hubspot` is `/hubspot` of `webhook-ingest`. */
export function splitPath(path: string): { readonly functionName: string; readonly path: string } {
  const [, functionName = '', ...rest] = path.split('/');
  return { functionName, path: `/${rest.join('/')}` };
}
