import { PROPERTY_SEED } from './property-seed.ts';

/** Prints the seed once per run, so that a log says how to repeat it. */
export function setup(): void {
  if (!Number.isSafeInteger(PROPERTY_SEED)) throw new Error('CONCORD_TEST_SEED is not an integer');
  process.stdout.write(`property tests use CONCORD_TEST_SEED=${PROPERTY_SEED}\n`);
}
