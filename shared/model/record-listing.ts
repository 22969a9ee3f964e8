/**
 * By what lists find a record: one token for each way of asking how it stands, so that a single indexed list answers a
 * verdict, a dimension and a system together. Derived from the record; written with it and never by itself.
 *
 * Of the record as a whole, a verdict that is not green is said as soon as one dimension has it, any other only when
 * no dimension is worse.
 */
import type { Dimension, SystemId } from './ids.ts';
import type { RecordDocument } from './record.ts';
import { Verdict, VERDICT_ORDER } from './vocabulary.ts';

/** Verdicts that ask for somebody's attention. */
export const DISCREPANT = [
  Verdict.hardConflict,
  Verdict.missing,
  Verdict.softDrift,
  Verdict.undetermined,
] as const;

/** How records are asked for. What is left out does not matter. */
export interface ListingFilter {
  /** `differs` stands for each verdict that asks for attention. */
  readonly verdict?: Verdict | 'differs' | undefined;
  readonly dimension?: Dimension | undefined;
  /** One that holds the record. */
  readonly system?: SystemId | undefined;
}

/** The token that answers a filter: `soft_drift|profile|hubspot`. */
export function listingToken({ verdict, dimension, system }: ListingFilter): string {
  return [verdict ?? '*', dimension ?? '*', system ?? '*'].join('|');
}

/** Every token of a record. About a dozen for each system that holds it. */
export function listingOf({
  links,
  verdicts,
}: Pick<RecordDocument, 'links' | 'verdicts'>): readonly string[] {
  const holding = Object.entries(links).flatMap(([system, { state }]) =>
    state === 'active' ? [system as SystemId] : [],
  );
  const said = Object.entries(verdicts).map(([dimension, { verdict }]) => ({
    dimension: dimension as Dimension,
    verdict,
  }));
  const standings: readonly ListingFilter[] = [
    {},
    ...wholeOf(said.map(({ verdict }) => verdict)).map((verdict) => ({ verdict })),
    ...said,
  ];
  const asked = standings.flatMap((standing) =>
    isDiscrepant(standing.verdict) ? [standing, { ...standing, verdict: 'differs' as const }] : [standing],
  );
  const tokens = asked.flatMap((filter) =>
    [undefined, ...holding].map((system) => listingToken({ ...filter, system })),
  );
  return [...new Set(tokens)].toSorted();
}

function wholeOf(verdicts: readonly Verdict[]): readonly Verdict[] {
  const differing = verdicts.filter(isDiscrepant);
  if (differing.length > 0) return differing;
  const worst = verdicts.toSorted((a, b) => VERDICT_ORDER.indexOf(b) - VERDICT_ORDER.indexOf(a))[0];
  return [worst ?? Verdict.unchecked];
}

function isDiscrepant(verdict: ListingFilter['verdict']): boolean {
  return DISCREPANT.some((one) => one === verdict);
}
