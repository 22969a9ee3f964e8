import type { ClientDefinition } from '#shared/clients/client-definition.ts';
import { invalidConfiguration } from '#shared/errors/faults.ts';

/**
 * Loads the client that this process serves. The name has been checked to be that of a folder.
 * @throws ConcordError `invalid_configuration` when there is no such client.
 */
export async function loadClient(name: string): Promise<ClientDefinition> {
  const file = new URL(`../clients/${name}/client.ts`, import.meta.url);
  const loaded = (await import(/* @vite-ignore */ file.href).catch((cause: unknown) => {
    throw isMissing(cause, file)
      ? invalidConfiguration(`There is no client ${name}; set CONCORD_CLIENT to a folder of shared/clients.`)
      : cause;
  })) as { readonly client?: ClientDefinition };
  if (loaded.client?.id !== name)
    throw invalidConfiguration(`shared/clients/${name}/client.ts does not export the client ${name}.`);
  return loaded.client;
}

function isMissing(cause: unknown, file: URL): boolean {
  const isNotFound = cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND';
  return isNotFound && cause.message.includes(file.pathname);
}
