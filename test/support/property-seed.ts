/** Seed of every property test: fixed, so that a run repeats; `CONCORD_TEST_SEED` chooses another one. */
export const PROPERTY_SEED = Number(process.env['CONCORD_TEST_SEED'] ?? 20_260_701);
