import { parseArgs } from 'node:util';
import { invalidConfiguration } from '#shared/errors/faults.ts';
import type { ChaosRates } from '#shared/platform/local/index.ts';

export interface DemoFlags {
  /** Each function in processes of its own. */
  readonly isolate: boolean;
  /** Nothing is kept, neither by the mesh nor by the twins. */
  readonly memory: boolean;
  /** Crashes, failures and repetitions at these rates; null without. */
  readonly chaos: ChaosRates | null;
}

/** Enough to see recoveries in the log, little enough that changes still arrive within seconds. */
const CHAOS: ChaosRates = Object.freeze({
  crashBefore: 0.01,
  crashAfter: 0.01,
  failBefore: 0.02,
  failAfter: 0.02,
  duplicate: 0.1,
  delay: 0.05,
  reorder: 0.2,
});

/** Reads the arguments of `npm start -- ...`. @throws ConcordError `invalid_configuration` for any other. */
export function parseDemoFlags(args: readonly string[]): DemoFlags {
  const { isolate, memory, chaos } = parse(args);
  if (isolate && memory) {
    throw invalidConfiguration(
      '--isolate and --memory exclude each other: processes share a file. Leave one out.',
    );
  }
  return { isolate, memory, chaos: chaos ? CHAOS : null };
}

function parse(args: readonly string[]): Readonly<Record<'isolate' | 'memory' | 'chaos', boolean>> {
  const flag = { type: 'boolean', default: false } as const;
  try {
    return parseArgs({ args: [...args], options: { isolate: flag, memory: flag, chaos: flag } }).values;
  } catch {
    throw invalidConfiguration(
      'npm start takes --isolate, --memory and --chaos, after a lone --. Correct the others and start again.',
    );
  }
}
