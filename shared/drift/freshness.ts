import type { CheckCadence } from '#shared/authority/check-policy.ts';

/** How the age of a verdict stands to its dimension's target, from best to worst. */
export type Freshness = 'fresh' | 'ageing' | 'stale' | 'never';

/** Share of the target from which on a verdict is ageing. */
const AGEING_FROM = 0.8;

/**
 * Freshness of a verdict: `fresh` up to 80 % of its dimension's target, `ageing` up to the target, `stale` beyond it,
 * `never` when nothing was compared.
 *
 * @param ageMs milliseconds since the oldest observation compared, null when there was none. What seems to come from
 *   the future, by the clock of another instance, is of no age.
 */
export function freshnessOf(ageMs: number | null, { targetMs }: Pick<CheckCadence, 'targetMs'>): Freshness {
  if (ageMs === null) return 'never';
  if (ageMs > targetMs) return 'stale';
  return ageMs > targetMs * AGEING_FROM ? 'ageing' : 'fresh';
}
