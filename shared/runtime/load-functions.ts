import { invalidConfiguration } from '#shared/errors/faults.ts';
import type { BindFunction } from './function-host.ts';
import { FUNCTIONS_DIRECTORY, loadManifests, type Manifest } from './manifest.ts';

/** A function as it stands in its folder: what it declares and how it is bound. */
export interface LoadedFunction {
  readonly manifest: Manifest;
  readonly bind: BindFunction;
}

/**
 * Loads all functions of a folder. Nothing lists them by hand, and nothing in `shared` imports a
 * function: a deployment's bundle holds its own function only. functions-framework is not loaded.
 */
export async function loadFunctions(
  directory: URL = FUNCTIONS_DIRECTORY,
): Promise<readonly LoadedFunction[]> {
  return Promise.all(
    loadManifests(directory).map(async (manifest) => ({
      manifest,
      bind: await loadBind(manifest.name, directory),
    })),
  );
}

async function loadBind(functionName: string, directory: URL): Promise<BindFunction> {
  const file = new URL(`${functionName}/entry.ts`, directory);
  const loaded: unknown = await import(/* @vite-ignore */ file.href);
  if (
    typeof loaded === 'object' &&
    loaded !== null &&
    'bind' in loaded &&
    typeof loaded.bind === 'function'
  ) {
    return loaded.bind as BindFunction;
  }
  throw invalidConfiguration(`functions/${functionName}/entry.ts exports no function named bind.`);
}
