import { invalidConfiguration } from '#shared/errors/faults.ts';
import type { Secrets } from '#shared/ports/secrets.ts';

/** Serves secrets from memory, newest version first. The values come from the process's configuration. */
export function createLocalSecrets(values: Readonly<Record<string, readonly string[]>>): Secrets {
  const known = new Map(Object.entries(values));
  return {
    async versions(name) {
      const versions = known.get(name) ?? [];
      if (versions.length === 0)
        throw invalidConfiguration(`The secret ${name} has no version; set it and start again.`);
      return versions;
    },
  };
}
