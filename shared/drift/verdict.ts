import type { FieldPath, Dimension } from '#shared/model/ids.ts';
import type { Instant } from '#shared/model/instant.ts';
import type { DimensionVerdict, FieldVerdict } from '#shared/model/record.ts';
import { CauseCode, Verdict, VERDICT_ORDER } from '#shared/model/vocabulary.ts';

/** The worse of two verdicts. */
function isWorse(a: Verdict, b: Verdict): boolean {
  return VERDICT_ORDER.indexOf(a) > VERDICT_ORDER.indexOf(b);
}

/**
 * Rolls field verdicts up: a dimension is as bad as its worst field. A dimension with no compared field is
 * `excluded`, never green (M7).
 *
 * @param verifiedAt the oldest observation compared in a dimension, null while one is missing.
 */
export function rollUp(
  fields: ReadonlyMap<FieldPath, FieldVerdict>,
  dimensionOf: (path: FieldPath) => Dimension,
  verifiedAt: (dimension: Dimension) => Instant | null,
): Record<Dimension, DimensionVerdict> {
  const byDimension = Map.groupBy(fields, ([path]) => dimensionOf(path));
  const verdicts: Record<Dimension, DimensionVerdict> = {};
  for (const [dimension, members] of byDimension) {
    const worst = members
      .map(([, verdict]) => verdict)
      .reduce((a, b) => (isWorse(b.verdict, a.verdict) ? b : a), {
        verdict: Verdict.excluded,
        cause: CauseCode.ignoredByPolicy,
      } as FieldVerdict);
    verdicts[dimension] = {
      verdict: worst.verdict,
      cause: worst.cause,
      fields: Object.fromEntries(members),
      verifiedAt: verifiedAt(dimension),
    };
  }
  return verdicts;
}
