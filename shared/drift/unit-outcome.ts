/** What comes of comparing one unit: types, and the verdict from which nothing follows. */
import type { FieldPolicy } from '#shared/authority/policy.ts';
import type { Unit } from '#shared/authority/rules.ts';
import type { FieldValue } from '#shared/model/field-value.ts';
import type { FieldPath, SystemId } from '#shared/model/ids.ts';
import type { FieldVerdict } from '#shared/model/record.ts';
import type { Base } from '#shared/model/representation.ts';
import type { CauseCode, Verdict } from '#shared/model/vocabulary.ts';
import type { Sign } from './evidence.ts';
import type { Waiting } from './permission.ts';

/** A move that becomes golden. */
export interface AcceptedMove {
  readonly path: FieldPath;
  readonly system: SystemId;
  readonly before: FieldValue;
  readonly after: FieldValue;
  readonly sign: Sign | null;
  readonly rule: string;
}

/** A system that should say something else. Input of the planner. */
export interface Difference {
  readonly system: SystemId;
  readonly field: FieldPolicy;
  readonly unit: Unit;
  readonly from: FieldValue;
  readonly to: FieldValue;
  readonly isExplained: boolean;
  /** Why it is not settled by itself; null when policy lets it flow. */
  readonly waiting: Waiting | null;
}

/** What comes of comparing one unit. */
export interface UnitOutcome {
  readonly verdict: FieldVerdict;
  readonly accepted: readonly AcceptedMove[];
  readonly differences: readonly Difference[];
  readonly bases: readonly (readonly [SystemId, FieldPath, Base])[];
  /** Nothing explains a move of the unit so far. */
  readonly isUnexplained: boolean;
  /** Whether its source has moved on from what an operator's hold protects. */
  readonly liftsHold: boolean;
  /** Epoch milliseconds at which time alone changes the outcome; null for never. */
  readonly recompareAt: number | null;
}

/** A verdict from which nothing follows. */
export function judged(
  unit: Unit,
  verdict: Verdict,
  cause: CauseCode,
  systems: readonly SystemId[] = [],
): UnitOutcome {
  return {
    verdict: { verdict, cause, systems, rule: unit.name.id },
    accepted: [],
    differences: [],
    bases: [],
    isUnexplained: false,
    liftsHold: false,
    recompareAt: null,
  };
}

/** The earlier of two times, either of which may be never. */
export function earliest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}
