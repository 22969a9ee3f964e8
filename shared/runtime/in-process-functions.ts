import type { Server } from 'node:http';
import { avoidDomains } from './framework-domain.ts';
import { keepRawRequests } from './framework-requests.ts';
import { toFrameworkHandler } from './framework-handler.ts';
import type { FunctionPlacement } from './function-placement.ts';
import type { Manifest } from './manifest.ts';
import type { LocalMesh } from './mesh.ts';

/**
 * Runs all functions in this process. Internal deliveries call their entries directly; public requests
 * go through functions-framework, without a second socket: the front server's requests are handed to the
 * framework's servers, which never listen.
 */
export async function placeInProcess(
  mesh: LocalMesh,
  manifests: readonly Manifest[],
): Promise<FunctionPlacement> {
  avoidDomains();
  keepRawRequests();
  // Loaded only now: a process without a host, such as a simulation, stays free of the framework.
  const { http } = await import('@google-cloud/functions-framework');
  const { getTestServer } = await import('@google-cloud/functions-framework/testing');

  const servers = new Map<string, Server>();
  for (const { name, ingress } of manifests) {
    if (ingress === 'internal') continue;
    http(
      name,
      toFrameworkHandler((request) => mesh.call(name, request)),
    );
    servers.set(name, getTestServer(name));
  }

  return {
    deliver: mesh.deliver,
    serve(functionName, request, response) {
      servers.get(functionName)?.emit('request', request, response);
    },
    isReady: () => true,
    close: async () => undefined,
  };
}
